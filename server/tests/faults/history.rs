//! Prints the history of one handover: its deliveries and attempts from the database, and its log lines.

use rusqlite::{Connection, Row, types::Value};
use std::path::Path;

pub fn tell(id: &str, database: &Path, log: &Path) {
    let Ok(connection) = Connection::open(database) else { return };
    let deliveries = "SELECT * FROM delivery WHERE handover = ? ORDER BY part";
    let attempts = "SELECT attempt.* FROM attempt JOIN delivery ON delivery.id = attempt.delivery
                    WHERE handover = ? ORDER BY attempt.id";
    for (what, query) in [("delivery", deliveries), ("attempt", attempts)] {
        for row in rows(&connection, query, id).unwrap_or_default() {
            println!("    {what}: {row}");
        }
    }
    let text = std::fs::read(log).unwrap_or_default();
    for line in String::from_utf8_lossy(&text).lines().filter(|line| line.contains(id)) {
        println!("    log: {line}");
    }
}

fn rows(connection: &Connection, query: &str, id: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(query)?;
    statement.query_map([id], |row| Ok(columns(row)))?.collect()
}

/// Returns a row's numbers and texts, with column names.
fn columns(row: &Row<'_>) -> String {
    let columns = row.as_ref().column_names().into_iter().filter_map(|column| {
        let value = match row.get(column).ok()? {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            _ => return None,
        };
        Some(format!("{column}={value}"))
    });
    columns.collect::<Vec<_>>().join(" ")
}
