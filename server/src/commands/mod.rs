//! The commands of `convi-integrations`, one file each.

mod beside;
pub mod copy;
pub mod doctor;
mod error;
mod key_reload;
pub mod keys;
pub mod migrate;
pub mod openapi;
mod output;
pub mod purge;
pub mod serve;
pub mod token;

pub use error::CommandError;

use crate::config::{self, Config, Need};
use clap::{Parser, Subcommand};
use domain::clock::World;
use std::{path::PathBuf, process::ExitCode};

/// The version and the commit that it is built from, as `build.rs` finds them.
const VERSION: &str = env!("PROGRAM_VERSION");

/// Connects shops' helpdesks to Convi: every handed-over conversation becomes one ticket.
#[derive(Debug, Parser)]
#[command(name = "convi-integrations", version = VERSION, after_help = config::help())]
struct Cli {
    /// A TOML file with the settings below.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to do; `serve` by default.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate, then serve requests and dispatch handovers until SIGTERM or Ctrl-C.
    #[command(after_help = config::help())]
    Serve,
    /// Bring the database to this version's schema, then exit.
    Migrate,
    /// Check settings, database, keys, clock, mail, site and every connected account; one line per check.
    Doctor,
    /// Manage the master keys that seal stored credentials.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Create dashboard tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Copy everything from SQLite to PostgreSQL.
    Copy(copy::CopyArguments),
    /// Erase a merchant.
    Purge(purge::Arguments),
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs the command line.
pub fn main(world: World) -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&anyhow::Error::new(error).context("cannot start the runtime").into()),
    };
    match runtime.block_on(cli.run(world)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn report(error: &CommandError) -> ExitCode {
    for line in error.to_string().lines() {
        output::error(format_args!("convi-integrations: {line}"));
    }
    ExitCode::from(error.code())
}

impl Cli {
    async fn run(self, world: World) -> Result<(), CommandError> {
        let file = self.config;
        let load = move |need| Config::load(std::env::vars_os(), file.as_deref(), need);
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(load(Need::Serve)?, world, move || load(Need::Serve)).await,
            Command::Migrate => migrate::run(&load(Need::Offline)?).await,
            Command::Doctor => doctor::run(&load(Need::Serve)?, &world).await,
            Command::Keys(keys::KeysCommand::Generate) => keys::generate(&world),
            Command::Keys(command) => keys::run(command, &load(Need::Offline)?, &world).await,
            Command::Token(command) => token::run(command, &load(Need::Offline)?, &world),
            Command::Copy(arguments) => copy::run(arguments, &load(Need::Offline)?, &world).await,
            Command::Purge(arguments) => purge::run(arguments, &load(Need::Offline)?, &world).await,
            Command::Openapi => openapi::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent_and_has_help() {
        Cli::command().debug_assert();
        for arguments in [
            &["--help"][..],
            &["serve", "--help"],
            &["migrate", "--help"],
            &["doctor", "--help"],
            &["keys", "--help"],
            &["keys", "rewrap", "--help"],
            &["token", "mint", "--help"],
            &["copy", "--help"],
            &["purge", "--help"],
            &["openapi", "--help"],
        ] {
            let shown = Cli::try_parse_from([&["convi-integrations"], arguments].concat()).unwrap_err();
            assert_eq!(shown.exit_code(), 0, "{arguments:?}");
        }
    }
}
