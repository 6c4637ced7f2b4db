//! Copies everything from an SQLite file to an empty PostgreSQL database: all of it, compared row by row, or nothing.

pub(super) mod tables;

use super::{
    ConnectionStore, Database, OpenError, Opener, StoreError,
    postgres::{PostgresStore, PostgresUrl},
    sqlite::{self, SqliteStore},
};
use std::path::{Path, PathBuf};
use tables::{Sum, TABLES, Table, VISITOR_KEY};

/// Both databases of a copy.
pub struct Copying {
    path: PathBuf,
    /// No other process can use the file while this is open.
    source: SqliteStore,
    target: PostgresStore,
    /// The target, for people.
    to: String,
}

/// How many rows of each table were copied.
pub type CopiedRows = Vec<(&'static str, u64)>;

/// Why a copy failed. Nothing was copied unless the message says otherwise; it also says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source does not exist.
    #[error("{0} does not exist; check --from")]
    NoSource(PathBuf),
    /// One of the databases cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// One of the databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of the databases has the tables of another version.
    #[error("{0} does not have this version's tables; run `convi-integrations migrate` on it first")]
    OtherTables(String),
    /// The target has rows.
    #[error("the target's table {0} is not empty; copy into an empty database")]
    NotEmpty(&'static str),
    /// The rows differ after they were copied.
    #[error("table {0} differs after it was copied, so nothing was kept; please report this")]
    Differs(&'static str),
    /// It is unknown whether the commit succeeded.
    #[error(
        "it is unknown whether the commit succeeded ({0}): run this again; if the target is then not empty, everything was \
         copied, and you must move the old file away by hand"
    )]
    Unsure(StoreError),
    /// The copy is complete, but a server could still start on the old file.
    #[error(
        "everything was copied, but {path} could not be put aside ({error}): move it away before any server starts on it"
    )]
    NotPutAside {
        /// The old file.
        path: PathBuf,
        /// The error.
        error: Box<OpenError>,
    },
}

impl Copying {
    /// Opens both databases. Fails if the source is in use, or if one of the two lacks migrations.
    pub async fn open(from: &Path, to: &PostgresUrl) -> Result<Self, CopyError> {
        if !from.exists() {
            return Err(CopyError::NoSource(from.to_owned()));
        }
        let source = SqliteStore::open(from, Opener::Server).await?;
        let target = PostgresStore::open(to)?;
        let it = Self { path: from.to_owned(), source, target, to: to.to_string() };
        for (database, name) in
            [(&it.source as &dyn Database, from.display().to_string()), (&it.target, it.to.clone())]
        {
            if database.pending_migrations().await? > 0 {
                return Err(CopyError::OtherTables(name));
            }
        }
        Ok(it)
    }

    /// Returns the source's connections, whose keys the servers on the target must be able to open.
    pub fn connections(&self) -> &dyn ConnectionStore {
        &self.source
    }

    /// Copies everything and puts the old file aside. With `only_try`, undoes the copy.
    pub async fn run(self, only_try: bool) -> Result<CopiedRows, CopyError> {
        let tx = self.target.copying().await?;
        for table in &TABLES {
            if tx.has_rows(table).await? {
                return Err(CopyError::NotEmpty(table.name));
            }
        }
        let mut copied = Vec::new();
        for table in TABLES.iter().chain([&VISITOR_KEY]) {
            let mut read = Sum::default();
            let mut after = None;
            loop {
                let rows = self.source.rows_after(table, after).await?;
                let Some(last) = rows.last() else { break };
                after = Some(table.key_of(last));
                rows.iter().for_each(|row| read.add(row));
                tx.insert(table, rows).await?;
            }
            let written = tx.sum(table).await?;
            let rows = read.rows;
            if rows != written.rows || read.value() != written.value() {
                return Err(CopyError::Differs(table.name));
            }
            copied.push((table.name, rows));
        }
        tx.continue_numbers().await?;
        if only_try {
            return Ok(copied);
        }
        tx.commit().await.map_err(CopyError::Unsure)?;
        self.source.close().await;
        let put_aside = sqlite::put_aside(&self.path, &self.to);
        put_aside.map_err(|error| CopyError::NotPutAside { path: self.path, error: error.into() })?;
        Ok(copied)
    }
}

impl Table {
    /// Returns the row's key.
    fn key_of(&self, row: &[tables::CellValue]) -> tables::CellValues {
        let place = |key: &&str| self.columns.iter().position(|(name, _)| name == key);
        self.key.iter().filter_map(place).filter_map(|place| row.get(place).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::MIGRATIONS;
    use std::collections::BTreeSet;

    /// Columns that only one of the two databases has, because it derives them.
    const MADE: [&str; 3] = ["attempt.id", "handover.shopper", "schema_version"];

    /// Tables about the running processes, which start empty: owners, processes, jobs, recent calls, and the server's
    /// identity.
    const OF_PROCESSES: [&str; 5] = ["lane.", "process.", "job.", "call_window.", "lineage."];

    /// Returns `table.column` of everything that the statements create.
    fn columns(sql: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for part in sql.split("CREATE TABLE ").skip(1) {
            let (name, rest) = part.split_once('(').unwrap();
            for line in rest.lines().take_while(|line| !line.starts_with(')')) {
                let word = line.split_whitespace().next().unwrap_or_default();
                if !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                    found.insert(format!("{}.{word}", name.trim()));
                }
            }
        }
        for part in sql.split("ALTER TABLE ").skip(1) {
            let mut words = part.split_whitespace();
            if let (Some(table), Some("ADD"), Some("COLUMN"), Some(column)) =
                (words.next(), words.next(), words.next(), words.next())
            {
                found.insert(format!("{table}.{column}"));
            }
        }
        found
    }

    #[test]
    fn every_column_of_postgresql_is_copied_or_derived() {
        let sql: String = MIGRATIONS.iter().map(|(_, sql)| *sql).collect();
        let copied: BTreeSet<_> = TABLES
            .iter()
            .chain([&VISITOR_KEY])
            .flat_map(|table| table.columns.iter().map(move |(column, _)| format!("{}.{column}", table.name)))
            .collect();
        let is_copied = |it: &String| {
            !OF_PROCESSES.iter().any(|table| it.starts_with(table)) && !MADE.contains(&it.as_str())
        };
        assert_eq!(copied, columns(&sql).into_iter().filter(is_copied).collect());
    }
}
