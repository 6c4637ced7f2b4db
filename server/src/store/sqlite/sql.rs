//! Statements, rows and values: what the areas use of the driver.

use crate::store::{StoreError, Stored};
use rusqlite::{
    Params, Statement, params_from_iter,
    types::{FromSql, Value},
};
use std::{cell, fmt::Display};

pub(super) use rusqlite::{Connection as SqliteConnection, params};

/// Runs statements. Each connection prepares a text once and caches it.
pub(super) trait Sql {
    /// Runs a statement that returns no rows. Returns how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> Stored<usize>;

    /// Reads all rows.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Stored<T>,
    ) -> Stored<Vec<T>>;

    /// Reads the first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Stored<T>,
    ) -> Stored<Option<T>>;

    /// Reads the first row. Fails without one.
    fn one<T>(&self, sql: &str, params: impl Params, read: impl FnOnce(&Row<'_>) -> Stored<T>) -> Stored<T> {
        self.first(sql, params, read)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Returns whether there is a row.
    fn any(&self, sql: &str, params: impl Params) -> Stored<bool> {
        Ok(self.first(sql, params, |_| Ok(()))?.is_some())
    }
}

impl Sql for SqliteConnection {
    fn run(&self, sql: &str, params: impl Params) -> Stored<usize> {
        Ok(self.prepare_cached(sql)?.execute(params)?)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Stored<T>,
    ) -> Stored<Vec<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&Row::new(row))?);
        }
        Ok(all)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Stored<T>,
    ) -> Stored<Option<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(|row| read(&Row::new(row))).transpose()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::unavailable(error)
    }
}

/// A row, read by column name. Reading columns in their order finds each immediately.
pub(super) struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    /// The position after the column that was read last.
    next: cell::Cell<usize>,
}

impl<'r> Row<'r> {
    fn new(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, next: cell::Cell::new(0) }
    }

    /// Returns a value.
    pub(super) fn get<T: FromSql>(&self, column: &str) -> Stored<T> {
        Ok(self.row.get(self.position(column)?)?)
    }

    /// Returns a text without copying it.
    pub(super) fn text(&self, column: &str) -> Stored<&'r str> {
        let text = self.row.get_ref(self.position(column)?)?.as_str();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not text: {error}")))
    }

    /// Returns an optional text without copying it.
    pub(super) fn optional_text(&self, column: &str) -> Stored<Option<&'r str>> {
        let text = self.row.get_ref(self.position(column)?)?.as_str_or_null();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not text: {error}")))
    }

    /// Returns a small non-negative number.
    pub(super) fn small(&self, column: &str) -> Stored<u32> {
        Ok(u32::try_from(self.get::<i64>(column)?).unwrap_or(u32::MAX))
    }

    /// Returns a count.
    pub(super) fn count(&self, column: &str) -> Stored<u64> {
        Ok(u64::try_from(self.get::<i64>(column)?).unwrap_or(0))
    }

    fn position(&self, column: &str) -> Stored<usize> {
        let statement: &Statement<'_> = self.row.as_ref();
        let next = self.next.get();
        let found = (next..statement.column_count())
            .chain(0..next)
            .find(|&position| statement.column_name(position).is_ok_and(|name| name == column));
        let position = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(column.to_owned()))?;
        self.next.set(position + 1);
        Ok(position)
    }
}

/// The place of a value: table, column, and the key of its row.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a>(pub(super) &'static str, pub(super) &'static str, pub(super) &'a dyn Display);

impl Cell<'_> {
    /// Returns a value that this program wrote as text, or an error if it could not be parsed.
    pub(super) fn parsed<T>(self, value: Option<T>) -> Stored<T> {
        value.ok_or_else(|| StoreError::unreadable(self.0, self.1, self.2.to_string()))
    }

    /// Parses a value that this program wrote as JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(self, text: &str) -> Stored<T> {
        self.parsed(serde_json::from_str(text).ok())
    }

    /// Does the same for an optional column of this row.
    pub(super) fn json_or_default<T: serde::de::DeserializeOwned + Default>(
        self,
        row: &Row<'_>,
    ) -> Stored<T> {
        row.optional_text(self.1)?.map_or_else(|| Ok(T::default()), |text| self.json(text))
    }
}

/// Returns the JSON for a column. Our own types always have one.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(StoreError::unavailable)
}

/// A query that is built step by step, with its bound values.
pub(super) struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    pub(super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Appends SQL.
    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Appends a bound value.
    pub(super) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.sql.push('?');
        self.values.push(value.into());
        self
    }

    /// Appends a bound text.
    pub(super) fn push_text(&mut self, text: &str) -> &mut Self {
        self.push_bind(text.to_owned())
    }

    /// Appends bound texts, separated by commas.
    pub(super) fn push_list(&mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        for (index, text) in texts.into_iter().enumerate() {
            let text: String = text.into();
            self.push(if index > 0 { ", " } else { "" }).push_bind(text);
        }
        self
    }

    /// Reads all rows.
    pub(super) fn all<T>(
        &self,
        db: &SqliteConnection,
        read: impl FnMut(&Row<'_>) -> Stored<T>,
    ) -> Stored<Vec<T>> {
        db.all(&self.sql, self.params(), read)
    }

    /// Reads the first row. Fails without one.
    pub(super) fn one<T>(
        &self,
        db: &SqliteConnection,
        read: impl FnOnce(&Row<'_>) -> Stored<T>,
    ) -> Stored<T> {
        db.one(&self.sql, self.params(), read)
    }

    fn params(&self) -> impl Params + '_ {
        params_from_iter(&self.values)
    }
}
