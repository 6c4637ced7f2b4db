//! The history of single handovers, from the database and the logs.

use rusqlite::{Connection, Row, types::Value};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, SimpleQueryMessage};

pub struct History {
    database: Database,
    logs: Vec<PathBuf>,
}

enum Database {
    File(PathBuf),
    Server(Option<Client>),
}

/// The names and values of a row's columns.
type Columns = Vec<(String, String)>;

impl History {
    pub fn of_sqlite(file: &Path, logs: Vec<PathBuf>) -> Self {
        Self { database: Database::File(file.to_owned()), logs }
    }

    pub fn of_postgres(client: Option<Client>, logs: Vec<PathBuf>) -> Self {
        Self { database: Database::Server(client), logs }
    }

    /// Prints a handover's deliveries and attempts, and its log lines.
    pub async fn tell(&self, id: &str) {
        let deliveries = format!("SELECT * FROM delivery WHERE handover = '{id}' ORDER BY part");
        let attempts = format!(
            "SELECT attempt.* FROM attempt JOIN delivery ON delivery.id = attempt.delivery
             WHERE handover = '{id}' ORDER BY delivery.part, attempt.fence"
        );
        for (what, query) in [("delivery", deliveries), ("attempt", attempts)] {
            for row in self.rows(&query).await {
                let columns: Vec<_> = row.iter().map(|(name, value)| format!("{name}={value}")).collect();
                println!("    {what}: {}", columns.join(" "));
            }
        }
        for log in &self.logs {
            let replica = log.parent().and_then(Path::file_name).unwrap_or_default().display();
            let text = std::fs::read(log).unwrap_or_default();
            for line in String::from_utf8_lossy(&text).lines().filter(|line| line.contains(id)) {
                println!("    log of {replica}: {line}");
            }
        }
    }

    /// Returns the handovers whose first request to a helpdesk created their ticket, so that nothing was looked up.
    pub async fn created_at_once(&self) -> HashSet<String> {
        let query = "SELECT handover FROM delivery JOIN attempt ON attempt.delivery = delivery.id
             WHERE part = 0 AND destination <> 'email' AND kind <> 'check' GROUP BY handover HAVING count(*) = 1";
        self.rows(query).await.into_iter().flatten().map(|(_, handover)| handover).collect()
    }

    async fn rows(&self, query: &str) -> Vec<Columns> {
        match &self.database {
            Database::File(path) => of_file(path, query).unwrap_or_default(),
            Database::Server(Some(client)) => of_server(client, query).await.unwrap_or_default(),
            Database::Server(None) => Vec::new(),
        }
    }
}

fn of_file(path: &Path, query: &str) -> rusqlite::Result<Vec<Columns>> {
    let connection = Connection::open(path)?;
    let mut statement = connection.prepare(query)?;
    statement.query_map([], |row| Ok(columns(row)))?.collect()
}

/// Returns a row's numbers and texts.
fn columns(row: &Row<'_>) -> Columns {
    let columns = row.as_ref().column_names().into_iter().filter_map(|column| {
        let value = match row.get(column).ok()? {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            _ => return None,
        };
        Some((column.to_owned(), value))
    });
    columns.collect()
}

async fn of_server(client: &Client, query: &str) -> Result<Vec<Columns>, tokio_postgres::Error> {
    let messages = client.simple_query(query).await?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let columns = |row: &tokio_postgres::SimpleQueryRow| {
        let names = row.columns().iter().enumerate();
        names.filter_map(|(n, column)| Some((column.name().to_owned(), row.get(n)?.to_owned()))).collect()
    };
    Ok(rows.map(columns).collect())
}
