//! `cargo xtask faults`: tests that every handover becomes exactly one ticket or arrives as events, whatever breaks. The driver is
//! `server/tests/faults/`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::database::Database;
use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{cargo, tools};

/// A second PostgreSQL server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Standby {
    /// There is none
    None,
    /// It has every commit
    Sync,
    /// It lacks the last commits
    Async,
}

impl Standby {
    /// Returns its name on a command line.
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

#[derive(clap::Args)]
pub struct Args {
    /// How long to inject faults, in seconds; after that, all handovers are allowed to finish
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many handovers to post in that time
    #[arg(long, default_value_t = 3_000)]
    handovers: usize,
    /// How many times to kill the server
    #[arg(long, default_value_t = 40)]
    kills: usize,
    /// How many merchants post handovers, to each kind of helpdesk in turn; four merchants share three accounts
    #[arg(long, default_value_t = 32)]
    merchants: usize,
    /// The database
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// How many processes run on PostgreSQL, behind a proxy
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// What takes over from PostgreSQL in the middle of the run
    #[arg(long, value_enum, default_value_t = Standby::None)]
    standby: Standby,
    /// Repeats the faults of the run that printed this seed
    #[arg(long)]
    seed: Option<u64>,
    /// Keep the run's database and log
    #[arg(long)]
    keep: bool,
}

impl Args {
    /// Returns a run on this database, short enough for `cargo xtask test`.
    pub fn short(database: Database) -> Self {
        let seed = None;
        Self {
            seconds: 20,
            handovers: 300,
            kills: 6,
            merchants: 16,
            database,
            replicas: 3,
            standby: Standby::None,
            seed,
            keep: false,
        }
    }

    fn command(&self, paths: &Paths) -> Command {
        // Name no package, as in a plain `cargo test`: the features stay the same, and nothing is built twice.
        let mut command = cargo::command(paths, &["test", "--quiet", "--test", "faults", "--"]);
        for (name, value) in [
            ("--seconds", self.seconds.to_string()),
            ("--handovers", self.handovers.to_string()),
            ("--kills", self.kills.to_string()),
            ("--merchants", self.merchants.to_string()),
            ("--database", self.database.name().to_owned()),
            ("--replicas", self.replicas.to_string()),
            ("--standby", self.standby.name().to_owned()),
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

/// Runs the driver, and fails if a handover did not become exactly one ticket, or did not arrive as events.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    if let Err(error) = tools::ensure_faketime() {
        eprintln!("libfaketime could not be installed, so the clock will not jump: {error:#}");
    }
    if args.database == Database::Postgres {
        tools::ensure_postgres()?;
    }
    progress::run(Show::All, "faults", &mut args.command(&paths))
        .context("handovers and tickets do not match, or the run did not finish; see the seed above")
}
