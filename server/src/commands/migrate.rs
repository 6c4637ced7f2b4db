//! `migrate`: brings the database to this version's form.

use super::CommandError;
use crate::{config::Config, wiring};

/// Migrates and says what was done.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    println!("{}", wiring::migrate(config).await?);
    Ok(())
}
