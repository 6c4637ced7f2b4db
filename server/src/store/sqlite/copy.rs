//! Reads whole tables, for a copy.

use super::{
    SqliteStore,
    sql::{Row, Sql},
};
use crate::store::{
    Stored,
    copy::tables::{CellValue, CellValues, Kind, Table},
};
use rusqlite::{params_from_iter, types::Value};

/// The maximum number of rows that are read at once.
const MOST: usize = 1_000;
/// Reading stops after this many bytes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

impl SqliteStore {
    /// Returns the next rows of a table after the one with this key, in the order of the key.
    pub(in crate::store) async fn rows_after(
        &self,
        table: &'static Table,
        after: Option<CellValues>,
    ) -> Stored<Vec<CellValues>> {
        let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let key = table.key.join(", ");
        let from = match &after {
            Some(_) => format!("WHERE ({key}) > ({})", vec!["?"; table.key.len()].join(", ")),
            None => String::new(),
        };
        let sql =
            format!("SELECT {} FROM {} {from} ORDER BY {key} LIMIT {MOST}", columns.join(", "), table.name);
        self.read(move |db| {
            let after = params_from_iter(after.into_iter().flatten().map(value));
            let mut bytes = 0;
            let rows = db.all(&sql, after, |row| {
                // At least one row always fits, so an empty result means the end of the table.
                if bytes > MOST_BYTES {
                    return Ok(None);
                }
                let cells =
                    table.columns.iter().map(|column| cell(row, column)).collect::<Stored<CellValues>>()?;
                bytes += cells.iter().map(CellValue::size).sum::<usize>();
                Ok(Some(cells))
            })?;
            Ok(rows.into_iter().flatten().collect())
        })
        .await
    }
}

fn cell(row: &Row<'_>, (name, kind): &(&'static str, Kind)) -> Stored<CellValue> {
    Ok(match kind {
        Kind::Text => CellValue::Text(row.get(name)?),
        Kind::Number => CellValue::Number(row.get(name)?),
        Kind::Flag => CellValue::Flag(row.get(name)?),
        Kind::Bytes => CellValue::Bytes(row.get(name)?),
    })
}

fn value(cell: CellValue) -> Value {
    match cell {
        CellValue::Text(text) => text.into(),
        CellValue::Number(number) => number.into(),
        CellValue::Flag(flag) => flag.into(),
        CellValue::Bytes(bytes) => bytes.into(),
    }
}
