//! Chooses the implementation for a `CONVI_DATABASE_URL`.

use super::{Database, DatabaseUrl, OpenError, Opener, sqlite::SqliteStore};
use std::sync::Arc;

/// Opens the database of the settings and creates it if it is missing. Does not migrate it.
pub async fn open(url: &DatabaseUrl, opener: Opener) -> Result<Arc<dyn Database>, OpenError> {
    Ok(match url {
        DatabaseUrl::Sqlite(path) => Arc::new(SqliteStore::open(path, opener).await?),
        DatabaseUrl::Postgres(_) => return Err(OpenError::Postgres),
    })
}
