//! `cargo xtask faults`: the proof of "exactly one ticket, whatever breaks". The driver is `server/tests/faults/`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{cargo, tools};

#[derive(clap::Args)]
pub struct Args {
    /// How long things break, in seconds; bringing all to an end comes after that
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many handovers are posted in that time
    #[arg(long, default_value_t = 3_000)]
    handovers: usize,
    /// How many times the server is killed
    #[arg(long, default_value_t = 40)]
    kills: usize,
    /// How many merchants post, on three quarters as many accounts
    #[arg(long, default_value_t = 32)]
    merchants: usize,
    /// The same seed disturbs in the same order; printed by every run
    #[arg(long)]
    seed: Option<u64>,
    /// Keep the database and the log of the run
    #[arg(long)]
    keep: bool,
}

impl Args {
    /// What `cargo xtask test` has time for.
    pub fn short() -> Self {
        Self { seconds: 20, handovers: 300, kills: 6, merchants: 16, seed: None, keep: false }
    }

    fn command(&self, paths: &Paths) -> Command {
        // No package is named, as in a plain `cargo test`: the features are the same, and nothing is built twice.
        let mut command = cargo::command(paths, &["test", "--quiet", "--test", "faults", "--"]);
        for (name, value) in [
            ("--seconds", self.seconds.to_string()),
            ("--handovers", self.handovers.to_string()),
            ("--kills", self.kills.to_string()),
            ("--merchants", self.merchants.to_string()),
        ] {
            command.args([name, &value]);
        }
        if let Some(seed) = self.seed {
            command.args(["--seed", &seed.to_string()]);
        }
        if self.keep {
            command.arg("--keep");
        }
        command
    }
}

/// Runs the driver, for as long as it takes; fails if the ledger does not fit.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    if let Err(error) = tools::ensure_faketime() {
        eprintln!("libfaketime cannot be installed, so the clock will not jump: {error:#}");
    }
    progress::run(Show::All, "faults", &mut args.command(&paths))
        .context("the ledger does not fit, or the run came to no end; the seed is above")
}
