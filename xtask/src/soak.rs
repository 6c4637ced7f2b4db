//! `cargo xtask soak`: strangers for an hour, beside honest traffic. The driver is `server/tests/soak/`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo;
use crate::paths::Paths;
use crate::progress::{self, Show};

#[derive(clap::Args)]
pub struct Args {
    /// How long strangers are there, in seconds; what was taken comes to its tickets after that
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// The same seed draws the same numbers; printed by every run
    #[arg(long)]
    seed: Option<u64>,
    /// Print how long tickets took, but do not judge it: for a machine that is busy with something else
    #[arg(long)]
    counts: bool,
    /// Keep the database and the log of the run
    #[arg(long)]
    keep: bool,
}

impl Args {
    /// What `cargo xtask test` has time for.
    pub fn short() -> Self {
        Self { seconds: 105, seed: None, counts: true, keep: false }
    }

    fn command(&self, paths: &Paths) -> Command {
        // No package is named, as in a plain `cargo test`: the features are the same, and nothing is built twice.
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

/// Runs the driver, for as long as it takes; fails if something does not hold.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    progress::run(Show::All, "soak", &mut args.command(&paths))
        .context("what must hold beside strangers does not; the lines above that begin with WRONG say what")
}
