//! Chooses the implementation for a `CONVI_DATABASE_URL`.

use super::{Database, DatabaseUrl, OpenError, Opener, postgres::PostgresStore, sqlite::SqliteStore};
use std::sync::Arc;

/// Opens the database, and creates it if it is a missing file. Does not migrate it.
pub async fn open(url: &DatabaseUrl, opener: Opener) -> Result<Arc<dyn Database>, OpenError> {
    Ok(match url {
        DatabaseUrl::Sqlite(path) => Arc::new(SqliteStore::open(path, opener).await?),
        DatabaseUrl::Postgres(url) => Arc::new(PostgresStore::open(url)?),
    })
}
