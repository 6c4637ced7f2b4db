//! The database of a test: a schema of its own.

use crate::postgres_database;
use std::path::Path;
use tokio_postgres::{Client, NoTls};

pub struct TestDatabase(String);

impl TestDatabase {
    /// Returns an empty database.
    pub async fn empty(_: &Path) -> Self {
        Self(postgres_database::empty().await)
    }

    /// Returns the settings for it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let key = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        vec![("CONVI_DATABASE_URL", self.0.clone()), ("CONVI_MASTER_KEYS", key.to_owned())]
    }

    async fn beside(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.0, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Changes the database behind the server's back.
    pub async fn sql(&self, statement: &str) {
        self.beside().await.batch_execute(statement).await.unwrap();
    }
}
