//! The one place that knows the build. `cargo xtask --help` lists what it does.
#![allow(
    clippy::disallowed_methods,
    reason = "this program drives real processes: the time they take is its subject"
)]

mod assets;
mod bench;
mod bench_embed;
mod budget;
mod build;
mod cargo;
mod child;
mod demo;
mod duration;
mod embed;
mod explain;
mod faults;
mod glue;
mod kind;
mod never;
mod output;
mod paths;
mod processes;
mod progress;
mod scripts;
mod sentences;
mod short;
mod site;
mod soak;
mod storefront;
mod test;
mod tools;
mod wasm;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, shows and tests Convi Integrations")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the server and its site; with --release into target/dist
    Build(build::Args),
    /// Run the server, the helpdesks' emulators and the demo shop, and say where to click
    Demo(demo::Args),
    /// Run every test there is
    Test(test::Args),
    /// Measure: the server under load, how often the abilities are right, how long a search takes
    Bench(bench::Args),
    /// Prove it: post handovers while everything breaks, and hold the ledger against the tickets
    Faults(faults::Args),
    /// Soak it: strangers for an hour beside honest traffic, whose tickets must not wait for them
    Soak(soak::Args),
    /// Become another program that ends when this one's parent does
    #[command(hide = true)]
    Child(child::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Build(args) => build::run(&args),
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Faults(args) => faults::run(&args),
        Task::Soak(args) => soak::run(&args),
        Task::Child(args) => child::become_program(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
