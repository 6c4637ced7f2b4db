//! The databases that the server runs on.

/// The kind of database that a task uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// One process, on a file
    Sqlite,
    /// Several processes, on a private server that is started for them
    Postgres,
}

impl Database {
    /// Returns its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}
