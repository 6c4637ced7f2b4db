//! Statements, rows and values: what the areas use of the driver.

use crate::store::{StoreError, Stored};
use rusqlite::{
    Params, Statement, params_from_iter,
    types::{FromSql, Value},
};
use std::{cell, fmt::Display};

pub(super) use rusqlite::{Connection as SqliteConnection, params};

/// Runs statements. Each connection prepares a text once and keeps it.
pub(super) trait Sql {
    /// Runs a statement that returns no rows. Returns how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> Stored<usize>;

    /// Reads every row.
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

    /// Reads the first row. Without one it is an error.
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

/// A row, read by the names of its columns. Reading them in their order finds each at once.
pub(super) struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    /// Behind the column that was read last.
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

    /// Returns a text without a copy of it.
    pub(super) fn text(&self, column: &str) -> Stored<&'r str> {
        let text = self.row.get_ref(self.position(column)?)?.as_str();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not a text: {error}")))
    }

    /// Returns a text that may be missing, without a copy of it.
    pub(super) fn optional_text(&self, column: &str) -> Stored<Option<&'r str>> {
        let text = self.row.get_ref(self.position(column)?)?.as_str_or_null();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not a text: {error}")))
    }

    /// Returns a number that is never negative and fits.
    pub(super) fn small(&self, column: &str) -> Stored<u32> {
        Ok(u32::try_from(self.get::<i64>(column)?).unwrap_or(u32::MAX))
    }

    /// Returns how many there are.
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

/// Where a value is: table, column, and the key of its row.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a>(pub(super) &'static str, pub(super) &'static str, pub(super) &'a dyn Display);

impl Cell<'_> {
    /// A value that this program wrote as text, read back.
    pub(super) fn parsed<T>(self, value: Option<T>) -> Stored<T> {
        value.ok_or_else(|| StoreError::unreadable(self.0, self.1, self.2.to_string()))
    }

    /// A value that this program wrote as JSON, read back.
    pub(super) fn json<T: serde::de::DeserializeOwned>(self, text: &str) -> Stored<T> {
        self.parsed(serde_json::from_str(text).ok())
    }

    /// The same of a column of this row that may be empty.
    pub(super) fn json_or_default<T: serde::de::DeserializeOwned + Default>(
        self,
        row: &Row<'_>,
    ) -> Stored<T> {
        row.optional_text(self.1)?.map_or_else(|| Ok(T::default()), |text| self.json(text))
    }
}

/// JSON for a column. Our own types always have one.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(StoreError::unavailable)
}

/// A query that is put together, with what is bound to it.
pub(super) struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    pub(super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds text.
    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a value.
    pub(super) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.sql.push('?');
        self.values.push(value.into());
        self
    }

    /// Adds a text as a value.
    pub(super) fn push_text(&mut self, text: &str) -> &mut Self {
        self.push_bind(text.to_owned())
    }

    /// Adds texts as values between commas.
    pub(super) fn push_list(&mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        for (index, text) in texts.into_iter().enumerate() {
            let text: String = text.into();
            self.push(if index > 0 { ", " } else { "" }).push_bind(text);
        }
        self
    }

    /// Reads every row.
    pub(super) fn all<T>(
        &self,
        db: &SqliteConnection,
        read: impl FnMut(&Row<'_>) -> Stored<T>,
    ) -> Stored<Vec<T>> {
        db.all(&self.sql, self.params(), read)
    }

    /// Reads the first row. Without one it is an error.
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
