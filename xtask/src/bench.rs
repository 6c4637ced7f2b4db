//! `cargo xtask bench`: measures what is promised in numbers.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{bench_embed, cargo};

#[derive(clap::Args)]
pub struct Args {
    /// What to measure; nothing: all
    names: Vec<Name>,
    /// How long a load lasts; shorter is quicker and less sure
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// How often a screen is opened, for `embed`
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Another program `convi-integrations`, which `cpu` measures in the same run
    #[arg(long)]
    before: Option<PathBuf>,
    /// Also list what the abilities got wrong in the part they are tuned on
    #[arg(long)]
    mistakes: bool,
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Precision and recall of Handover to human, by mode and language
    Abilities,
    /// How long Conversations and the chat wait for the server
    Conversations,
    /// Accepted handovers a second, beside SQLite alone
    Accept,
    /// Dispatched tickets a second, beside a bare loop
    Dispatch,
    /// From acceptance to the first request
    Latency,
    /// The same beside a neighbour with a backlog whose helpdesk hangs
    Fairness,
    /// What taking the next delivery costs the database, however many wait
    Claim,
    /// Start-up time and resident memory
    Startup,
    /// The settings page as the server renders it, beside a bare handler with the same bytes
    Rendering,
    /// What a limit costs while many names are remembered
    Limits,
    /// The CPU of the server for a handover, a poll, a page
    Cpu,
    /// The embedded screen in a browser, beside the same screen in React
    Embed,
}

impl Name {
    /// The name that `server/benches/load/` has for it, if it is measured there.
    fn load(self) -> Option<&'static str> {
        match self {
            Self::Abilities | Self::Conversations | Self::Embed => None,
            Self::Accept => Some("accept"),
            Self::Dispatch => Some("dispatch"),
            Self::Latency => Some("latency"),
            Self::Fairness => Some("fairness"),
            Self::Claim => Some("claim"),
            Self::Startup => Some("startup"),
            Self::Rendering => Some("rendering"),
            Self::Limits => Some("limits"),
            Self::Cpu => Some("cpu"),
        }
    }
}

/// Prints what was measured. Optimised, as it runs for real: the first such build takes minutes.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    let names = if args.names.is_empty() { Name::value_variants() } else { &args.names };
    if names.contains(&Name::Abilities) {
        let options: &[&str] = if args.mistakes { &["--", "--mistakes"] } else { &[] };
        example(&paths, "the abilities' precision and recall", "ability", options)?;
    }
    if names.contains(&Name::Conversations) {
        let what = "searching 10,000 conversations, and talking in a long one";
        example(&paths, what, "conversations", &[])?;
    }
    let loads: Vec<&str> = names.iter().filter_map(|name| name.load()).collect();
    if !loads.is_empty() {
        let load = ["bench", "--quiet", "-p", "server", "--bench", "load"];
        let build = [&load[..], &["--no-run"]].concat();
        progress::run(Show::All, "compile the server, optimised", &mut cargo::command(&paths, &build))?;
        let seconds = args.seconds.to_string();
        let command = [&load[..], &["--", "--seconds", &seconds], &loads].concat();
        let mut command = cargo::command(&paths, &command);
        if let Some(before) = &args.before {
            command.arg("--before").arg(before);
        }
        progress::run(Show::All, "the server under load", &mut command)?;
    }
    if names.contains(&Name::Embed) {
        bench_embed::run(&paths, args.rounds)?;
    }
    Ok(())
}

fn example(paths: &Paths, what: &str, name: &str, options: &[&str]) -> Result<()> {
    let mut command = vec!["run", "--quiet", "--release", "-p", "server", "--example", name];
    command.extend(options);
    progress::run(Show::All, what, &mut cargo::command(paths, &command))
}
