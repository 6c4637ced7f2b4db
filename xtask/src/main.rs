//! Build automation: everything about the build is defined here. `cargo xtask --help` lists the tasks.
#![allow(clippy::disallowed_methods, reason = "this program runs real processes, so it deals with real time")]

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
mod output;
mod paths;
mod processes;
mod progress;
mod scripts;
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
#[command(name = "cargo xtask", about = "Builds, runs and tests Convi Integrations")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the server and its site; with --release into target/dist
    Build(build::Args),
    /// Run the server, the helpdesk emulators and the demo shop, and print the URLs to open
    Demo(demo::Args),
    /// Run all tests
    Test(test::Args),
    /// Run benchmarks: server load, accuracy of the abilities, search
    Bench(bench::Args),
    /// Post handovers while everything breaks, and check that each became exactly one ticket
    Faults(faults::Args),
    /// Run an hour of hostile traffic next to honest traffic, whose tickets must not be delayed
    Soak(soak::Args),
    /// Become another program that exits when this one's parent does
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
