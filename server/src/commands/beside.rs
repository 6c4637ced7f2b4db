//! Opens the database for a short command, which may run beside a server.

use super::CommandError;
use crate::{
    config::Config,
    store::{self, Database, Opener},
};
use std::sync::Arc;

/// Opens the database, and migrates it unless a running server has it.
pub(super) async fn open(config: &Config) -> Result<Arc<dyn Database>, CommandError> {
    let store = store::open(&config.database, Opener::Command).await?;
    if !store.is_beside() {
        store.migrate().await?;
    } else if store.pending_migrations().await? > 0 {
        let line = "the running server is older than this program; update and restart it first";
        return Err(CommandError::Settings(line.to_owned()));
    }
    Ok(store)
}
