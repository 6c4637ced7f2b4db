//! `CONVI_DATABASE_URL`.

use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// Where posted credentials, handovers and sessions are kept.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file; relative to the working directory unless it starts with `/`.
    Sqlite(PathBuf),
    /// A server, with its password.
    Postgres(SecretString),
}

impl DatabaseUrl {
    /// Reads `sqlite://PATH` or `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.into()));
        }
        let Some(path) = text.strip_prefix("sqlite://") else {
            return Err("is no database; write sqlite://PATH, for example sqlite://data/convi.db".to_owned());
        };
        if path.is_empty() || path.ends_with('/') || path == ":memory:" {
            return Err("names no file; write sqlite://PATH, for example sqlite://data/convi.db".to_owned());
        }
        if path.contains('?') || path.contains('#') {
            return Err("takes no options; write sqlite://PATH and nothing after it".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// Returns the database's file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// The folder of the database file: made-up keys are kept there. The working directory without one.
    pub fn folder(&self) -> PathBuf {
        let folder = self.file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_owned()
    }
}
