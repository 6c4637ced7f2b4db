//! `migrate`: brings the database to this version's form.

use super::{CommandError, output};
use crate::{config::Config, wiring};

/// Migrates and says what was done.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    output::line(wiring::migrate(config).await?)
}
