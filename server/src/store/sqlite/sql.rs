//! Statements, rows and values: what the areas use of the driver.

use crate::store::{StoreError, Stored, rows::Columns};
use rusqlite::{
    Params, Statement, params_from_iter,
    types::{FromSql, Value},
};
use std::cell;

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

impl Columns for Row<'_> {
    fn text(&self, column: &str) -> Stored<&str> {
        let text = self.row.get_ref(self.position(column)?)?.as_str();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not text: {error}")))
    }

    fn optional_text(&self, column: &str) -> Stored<Option<&str>> {
        let text = self.row.get_ref(self.position(column)?)?.as_str_or_null();
        text.map_err(|error| StoreError::unavailable(format!("the column {column} is not text: {error}")))
    }

    fn number(&self, column: &str) -> Stored<i64> {
        self.get(column)
    }

    fn optional_number(&self, column: &str) -> Stored<Option<i64>> {
        self.get(column)
    }

    fn flag(&self, column: &str) -> Stored<bool> {
        self.get(column)
    }

    fn bytes(&self, column: &str) -> Stored<Vec<u8>> {
        self.get(column)
    }
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
