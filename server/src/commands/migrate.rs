//! `migrate`: brings the database to this version's form.

use super::CommandError;
use crate::{clock::World, config::Config, wiring};

/// Migrates and says what was done.
pub async fn run(config: &Config, world: &World) -> Result<(), CommandError> {
    println!("{}", wiring::migrate(config, world).await?);
    Ok(())
}
