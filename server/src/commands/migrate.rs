//! `migrate`: brings the database to this version's schema.

use super::{CommandError, output};
use crate::{
    config::Config,
    store::{self, Opener},
};

/// Migrates, and prints how many migrations were applied.
pub async fn run(config: &Config) -> Result<(), CommandError> {
    let store = store::open(&config.database, Opener::Server).await?;
    match store.migrate().await? {
        0 => output::line("nothing to do: the database is up to date"),
        1 => output::line("1 migration applied"),
        many => output::line(format_args!("{many} migrations applied")),
    }
}
