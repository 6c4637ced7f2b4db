//! `token mint`: creates a dashboard token for trying things out.

use super::{CommandError, output};
use crate::{config::Config, http::token::Tokens};
use app::model::{Role, Viewer};
use domain::clock::World;

/// What `token` can do.
#[derive(Debug, clap::Subcommand)]
pub enum TokenCommand {
    /// Print a token signed with the first secret of CONVI_TOKEN_SECRET.
    Mint {
        /// The merchant it is for.
        #[arg(long)]
        merchant: String,
        /// owner, admin or member.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The person's name, for the history of changes.
        #[arg(long, default_value = "Operator")]
        name: String,
        /// How many minutes it is valid.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u8).range(1..=15))]
        minutes: u8,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "must be owner, admin or member".to_owned())
}

/// Mints a token.
pub fn run(command: TokenCommand, config: &Config, world: &World) -> Result<(), CommandError> {
    let TokenCommand::Mint { merchant, role, name, minutes } = command;
    let settings = |error: crate::http::token::TokenError| CommandError::Settings(error.to_string());
    let tokens = Tokens::new(&config.token_keys).map_err(settings)?;
    let viewer = Viewer { merchant, subject: "token-mint".to_owned(), name, role };
    output::line(tokens.mint(&viewer, minutes, world.clock.now()).map_err(settings)?)
}
