//! The database for a short command, which works beside a running server, too.

use super::CommandError;
use crate::{
    config::Config,
    store::{self, Database, Opener},
};
use std::sync::Arc;

/// Opens the database as this version knows it: migrates it, unless a running server has it.
pub(super) async fn open(config: &Config) -> Result<Arc<dyn Database>, CommandError> {
    let store = store::open(&config.database, Opener::Command).await?;
    if !store.is_beside() {
        store.migrate().await?;
    } else if store.pending_migrations().await? > 0 {
        let line = "the server that uses the database is of an older version; update it first";
        return Err(CommandError::Settings(line.to_owned()));
    }
    Ok(store)
}
