//! The database of a test: a file.

use rusqlite::Connection;
use std::path::{Path, PathBuf};

pub struct TestDatabase(PathBuf);

impl TestDatabase {
    /// Returns an empty database in this folder.
    pub async fn empty(folder: &Path) -> Self {
        Self(folder.join("convi.db"))
    }

    /// Returns the settings for it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("CONVI_DATABASE_URL", format!("sqlite://{}", self.0.display()))]
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn beside(&self) -> Connection {
        Connection::open(&self.0).unwrap()
    }

    /// Returns the rows of a query, each of which is one text.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let beside = self.beside();
        let mut query = beside.prepare(query).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Changes the database behind the server's back.
    pub async fn sql(&self, statement: &str) {
        self.beside().execute_batch(statement).unwrap();
    }
}
