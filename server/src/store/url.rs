//! `CONVI_DATABASE_URL`.

use super::postgres::PostgresUrl;
use std::path::{Path, PathBuf};

/// Where handovers, conversations, credentials and sessions are stored.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file, relative to the working directory unless it starts with `/`.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<PostgresUrl>),
}

impl DatabaseUrl {
    /// Parses `sqlite://PATH` or `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return PostgresUrl::parse(text).map(|url| Self::Postgres(Box::new(url)));
        }
        let Some(path) = text.strip_prefix("sqlite://") else {
            return Err("is not a database URL; use sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE"
                .to_owned());
        };
        if path.is_empty() || path.ends_with('/') || path == ":memory:" {
            return Err(
                "does not name a file; use sqlite://PATH, for example sqlite://data/convi.db".to_owned()
            );
        }
        if path.contains('?') || path.contains('#') {
            return Err("takes no options; use sqlite://PATH and nothing else".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// Returns the database file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Returns the folder of the database file, where generated keys are stored, or else the working directory.
    pub fn folder(&self) -> PathBuf {
        let folder = self.file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_owned()
    }
}
