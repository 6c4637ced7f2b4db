//! The history of one handover: its deliveries and attempts from the database, its lines from the log.

use sqlx::{Column, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::Path;

pub async fn tell(id: &str, database: &Path, log: &Path) {
    let options = SqliteConnectOptions::new().filename(database);
    let Ok(mut connection) = SqliteConnection::connect_with(&options).await else { return };
    let deliveries = "SELECT * FROM delivery WHERE handover = ? ORDER BY part";
    let attempts = "SELECT attempt.* FROM attempt JOIN delivery ON delivery.id = attempt.delivery
                    WHERE handover = ? ORDER BY attempt.id";
    for (what, query) in [("delivery", deliveries), ("attempt", attempts)] {
        for row in sqlx::query(query).bind(id).fetch_all(&mut connection).await.unwrap_or_default() {
            let columns = row.columns().iter().filter_map(|column| {
                let number = row.try_get::<i64, _>(column.ordinal()).ok().map(|it| it.to_string());
                let value = number.or_else(|| row.try_get::<String, _>(column.ordinal()).ok())?;
                Some(format!("{}={value}", column.name()))
            });
            println!("    {what}: {}", columns.collect::<Vec<_>>().join(" "));
        }
    }
    let text = std::fs::read(log).unwrap_or_default();
    for line in String::from_utf8_lossy(&text).lines().filter(|line| line.contains(id)) {
        println!("    log: {line}");
    }
}
