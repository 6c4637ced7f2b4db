//! `cargo xtask soak`: an hour of hostile traffic next to honest traffic. The driver is `server/tests/soak/`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo;
use crate::paths::Paths;
use crate::progress::{self, Show};

#[derive(clap::Args)]
pub struct Args {
    /// How long hostile traffic lasts, in seconds; after that, accepted handovers are allowed to finish
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// Draws the same random numbers as the run that printed this seed
    #[arg(long)]
    seed: Option<u64>,
    /// Print how long tickets took, but do not judge it: for a machine that is busy with something else
    #[arg(long)]
    counts: bool,
    /// Keep the run's database and log
    #[arg(long)]
    keep: bool,
}

impl Args {
    /// Returns a run short enough for `cargo xtask test`.
    pub fn short() -> Self {
        Self { seconds: 105, seed: None, counts: true, keep: false }
    }

    fn command(&self, paths: &Paths) -> Command {
        // Name no package, as in a plain `cargo test`: the features stay the same, and nothing is built twice.
        let mut command = cargo::command(paths, &["test", "--quiet", "--test", "soak", "--"]);
        command.args(["--seconds", &self.seconds.to_string()]);
        if let Some(seed) = self.seed {
            command.args(["--seed", &seed.to_string()]);
        }
        command.args(self.counts.then_some("--counts"));
        command.args(self.keep.then_some("--keep"));
        command
    }
}

/// Runs the driver and fails if a check fails.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    progress::run(Show::All, "soak", &mut args.command(&paths))
        .context("a check failed under hostile traffic; see the lines above that start with WRONG")
}
