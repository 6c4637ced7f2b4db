//! Build automation: everything about the build is defined here. `cargo xtask --help` lists the tasks.
#![allow(clippy::disallowed_methods, reason = "this program runs real processes, so it deals with real time")]

mod assets;
mod bench;
mod bench_embed;
mod budget;
mod build;
mod cargo;
mod checkers;
mod child;
mod database;
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
mod places;
mod processes;
mod progress;
mod replicas;
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
    /// Post handovers while everything breaks, and check that each became exactly one ticket, or the right events
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::Parser;
    use clap::error::ErrorKind;

    use super::Cli;

    /// Returns the documents of the repository.
    fn documents() -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files =
            [root.clone(), root.join("docs")].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let files =
            files.map(|entry| entry.unwrap().path()).filter(|it| it.extension().is_some_and(|it| it == "md"));
        files.map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    /// Returns the commands in a document: lines that begin with one, and inline code.
    fn commands(document: &str) -> Vec<&str> {
        let lines = document.lines().filter(|line| line.starts_with("cargo xtask"));
        let code = document.split('`').skip(1).step_by(2).filter(|code| !code.contains('\n'));
        let code = code.filter_map(|code| code.find("cargo xtask").map(|at| &code[at..]));
        lines.map(|line| line.split(" #").next().unwrap_or(line)).chain(code).collect()
    }

    #[test]
    fn every_task_that_documents_name_is_known() {
        let documents = documents();
        let commands: Vec<_> = documents.iter().flat_map(|document| commands(document)).collect();
        assert!(commands.len() > 20, "{commands:?}");
        for command in commands {
            // An ellipsis stands for arguments that were shown earlier.
            let words = command.split_whitespace().skip(1).filter(|word| *word != "…");
            match Cli::try_parse_from(words) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::DisplayHelp => {}
                // "`cargo xtask`" alone names the program.
                Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {}
                Err(error) => panic!("{command}\n{error}"),
            }
        }
    }
}
