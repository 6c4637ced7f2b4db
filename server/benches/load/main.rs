//! Server performance under load, each figure next to its baseline from the same run. `cargo xtask bench` starts it and
//! prints the table in docs/benchmarks.md. A run fails if something silently goes wrong.
//!
//! Everything stays on this machine and exits by itself: the real server program, the Gorgias emulator in this process,
//! and a real SQLite file in a temporary folder.

#![allow(clippy::disallowed_methods, reason = "this program measures a real process in real time")]

mod accept;
mod backlog;
mod claim;
mod cpu;
mod dispatch;
mod fairness;
mod figures;
mod flow;
mod latency;
mod limits;
mod program;
mod rendering;
mod sender;
mod startup;
mod straight;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use figures::Line;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

// The server's own allocator, for the parts of the server that run in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the server under load.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    /// What to measure [default: everything]
    names: Vec<Name>,
    /// How long to apply load, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Another binary, for `cpu` to measure in the same run
    #[arg(long)]
    before: Option<PathBuf>,
    /// Passed by cargo to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// The measurements, one file each.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Accept,
    Dispatch,
    Latency,
    Fairness,
    Claim,
    Startup,
    Rendering,
    Limits,
    Cpu,
}

impl Name {
    async fn measure(self, time: Duration, before: Option<&Path>) -> Result<Vec<Line>> {
        match self {
            Self::Accept => accept::measure(time).await,
            Self::Dispatch => dispatch::measure().await,
            Self::Latency => latency::measure(time).await,
            Self::Fairness => fairness::measure(time).await,
            Self::Claim => claim::measure().await,
            Self::Startup => startup::measure().await,
            Self::Limits => limits::measure(),
            Self::Cpu => cpu::measure(before).await,
            Self::Rendering => rendering::measure(time).await,
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // An error only means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let names = if arguments.names.is_empty() { Name::value_variants() } else { &arguments.names };
    let time = Duration::from_secs(arguments.seconds);
    let mut lines = Vec::new();
    for name in names {
        eprintln!("measuring: {name:?}");
        lines.extend(name.measure(time, arguments.before.as_deref()).await?);
    }
    figures::print(&lines);
    Ok(())
}
