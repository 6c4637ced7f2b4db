//! `cargo xtask bench`: measures the figures that we promise.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use crate::paths::Paths;
use crate::progress::{self, Show};
use crate::{bench_embed, cargo};

#[derive(clap::Args)]
pub struct Args {
    /// What to measure [default: everything]
    names: Vec<Name>,
    /// How long to apply load, in seconds; shorter runs are less accurate
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// How many times to open a screen, for `embed`
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Another `convi-integrations` binary, for `cpu` to measure in the same run
    #[arg(long)]
    before: Option<PathBuf>,
    /// Also list the mistakes that the abilities make on the tuning set
    #[arg(long)]
    mistakes: bool,
}

/// The benchmarks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Precision and recall of Handover to human, by mode and language
    Abilities,
    /// How long Conversations and the chat wait for the server
    Conversations,
    /// Accepted handovers per second, compared with plain SQLite
    Accept,
    /// Dispatched tickets per second, compared with a bare loop
    Dispatch,
    /// Time from acceptance to the first request
    Latency,
    /// The same, with another account whose helpdesk hangs and whose backlog grows
    Fairness,
    /// Database cost of claiming the next delivery, at different queue lengths
    Claim,
    /// Startup time and resident memory
    Startup,
    /// Server-side rendering of the settings page, compared with a bare handler that sends the same bytes
    Rendering,
    /// Cost of a rate limit while it tracks many keys
    Limits,
    /// Server CPU time per handover, poll and page
    Cpu,
    /// The embedded screen in a browser, compared with the same screen in React
    Embed,
}

impl Name {
    /// Returns the benchmark's name in `server/benches/load/`, if it is measured there.
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

/// Measures and prints the results, with optimizations on as in a release. The first optimized build takes minutes.
pub fn run(args: &Args) -> Result<()> {
    let paths = Paths::find()?;
    let names = if args.names.is_empty() { Name::value_variants() } else { &args.names };
    if names.contains(&Name::Abilities) {
        let options: &[&str] = if args.mistakes { &["--", "--mistakes"] } else { &[] };
        example(&paths, "the abilities' precision and recall", "ability", options)?;
    }
    if names.contains(&Name::Conversations) {
        let what = "searching 10,000 conversations, and messages in a long one";
        example(&paths, what, "conversations", &[])?;
    }
    let loads: Vec<&str> = names.iter().filter_map(|name| name.load()).collect();
    if !loads.is_empty() {
        let load = ["bench", "--quiet", "-p", "server", "--bench", "load"];
        let build = [&load[..], &["--no-run"]].concat();
        progress::run(Show::All, "compile the server, optimized", &mut cargo::command(&paths, &build))?;
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
