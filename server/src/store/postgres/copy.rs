//! Writes whole tables, for a copy.

use super::{
    PostgresStore,
    handovers::shopper,
    sql::{Params, Transaction},
};
use crate::store::{
    Stored,
    copy::tables::{CellValue, CellValues, Kind, Sum, TABLES, Table},
    rows,
};
use futures::{TryStreamExt, pin_mut};
use tokio_postgres::{Row, types::ToSql};

/// The transaction of a copy. Without a commit, it changes nothing.
pub(in crate::store) struct CopyTarget(Transaction);

impl PostgresStore {
    /// Begins a copy. No other session can write to the tables until it ends.
    pub(in crate::store) async fn copying(&self) -> Stored<CopyTarget> {
        let mut tx = self.begin().await?;
        // Copying a large table takes longer than the usual limits.
        tx.is_slow();
        tx.batch("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            .await?;
        let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        tx.batch(&format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "))).await?;
        tx.run("DELETE FROM visitor_key", &[]).await?;
        Ok(CopyTarget(tx))
    }
}

impl CopyTarget {
    /// Returns whether the table has rows.
    pub(in crate::store) async fn has_rows(&self, table: &Table) -> Stored<bool> {
        self.0.any(&format!("SELECT 1 FROM {} LIMIT 1", table.name), &[]).await
    }

    /// Writes rows.
    pub(in crate::store) async fn insert(&self, table: &Table, rows: Vec<CellValues>) -> Stored<()> {
        if table.name == "handover" {
            return self.insert_handovers(table, rows).await;
        }
        self.insert_as_they_are(table, rows).await
    }

    /// Writes handovers, with the text that a search finds them by.
    async fn insert_handovers(&self, table: &Table, rows: Vec<CellValues>) -> Stored<()> {
        let column = |name| table.columns.iter().position(|(column, _)| *column == name);
        let (mut ids, mut shoppers) = (Vec::new(), Vec::new());
        for row in &rows {
            let text = |name| match column(name).and_then(|place| row.get(place)) {
                Some(CellValue::Text(text)) => text.as_deref().unwrap_or_default(),
                _ => "",
            };
            let id = text("id").to_owned();
            shoppers.push(shopper(&rows::Cell("handover", "summary", &id).json(text("summary"))?));
            ids.push(id);
        }
        self.insert_as_they_are(table, rows).await?;
        let sql = "UPDATE handover SET shopper = new.shopper FROM unnest($1::text[], $2::text[]) AS new (id, shopper)
             WHERE handover.id = new.id";
        self.0.run(sql, &[&ids, &shoppers]).await?;
        Ok(())
    }

    async fn insert_as_they_are(&self, table: &Table, rows: Vec<CellValues>) -> Stored<()> {
        let mut columns: Vec<Column> = table.columns.iter().map(|(_, kind)| Column::new(*kind)).collect();
        for (column, cell) in rows.into_iter().flat_map(|row| row.into_iter().enumerate()) {
            if let Some(column) = columns.get_mut(column) {
                column.push(cell);
            }
        }
        let names: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let arrays =
            columns.iter().enumerate().map(|(n, column)| format!("${}::{}[]", n + 1, column.sql_type()));
        let arrays = arrays.collect::<Vec<_>>();
        // Numbers that the database generates are copied too.
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({})",
            table.name,
            names.join(", "),
            arrays.join(", ")
        );
        let values: Vec<_> = columns.iter().map(Column::values).collect();
        self.0.run(&sql, &values).await?;
        Ok(())
    }

    /// Adds up the table's rows.
    pub(in crate::store) async fn sum(&self, table: &Table) -> Stored<Sum> {
        let names: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let sql =
            format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), table.name, table.key.join(", "));
        let none: Params<'_> = &[];
        let rows = self.0.query_raw(&sql, none.iter().copied()).await?;
        pin_mut!(rows);
        let mut sum = Sum::default();
        while let Some(row) = rows.try_next().await? {
            let cells =
                table.columns.iter().map(|column| cell(&row, column)).collect::<Stored<CellValues>>()?;
            sum.add(&cells);
        }
        Ok(sum)
    }

    /// Makes the numbers that the database generates continue after the copied ones.
    pub(in crate::store) async fn continue_numbers(&self) -> Stored<()> {
        let sql = "SELECT setval(pg_get_serial_sequence('connection_change', 'id'), max(id))
             FROM connection_change HAVING count(*) > 0";
        self.0.all(sql, &[]).await.map(drop)
    }

    /// Commits everything. After an error, it is unknown whether it was committed.
    pub(in crate::store) async fn commit(self) -> Stored<()> {
        self.0.commit(()).await
    }
}

/// The values of a column, for a statement.
enum Column {
    Text(Vec<Option<String>>),
    Number(Vec<Option<i64>>),
    Flag(Vec<Option<bool>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
            Kind::Bytes => Self::Bytes(Vec::new()),
        }
    }

    fn push(&mut self, cell: CellValue) {
        match (self, cell) {
            (Self::Text(all), CellValue::Text(text)) => all.push(text),
            (Self::Number(all), CellValue::Number(number)) => all.push(number),
            (Self::Flag(all), CellValue::Flag(flag)) => all.push(flag),
            (Self::Bytes(all), CellValue::Bytes(bytes)) => all.push(bytes),
            // A row is read with the same kinds.
            _ => {}
        }
    }

    fn sql_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "bigint",
            Self::Flag(_) => "boolean",
            Self::Bytes(_) => "bytea",
        }
    }

    fn values(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Text(all) => all,
            Self::Number(all) => all,
            Self::Flag(all) => all,
            Self::Bytes(all) => all,
        }
    }
}

fn cell(row: &Row, (name, kind): &(&'static str, Kind)) -> Stored<CellValue> {
    Ok(match kind {
        Kind::Text => CellValue::Text(row.try_get(name)?),
        Kind::Number => CellValue::Number(row.try_get(name)?),
        Kind::Flag => CellValue::Flag(row.try_get(name)?),
        Kind::Bytes => CellValue::Bytes(row.try_get(name)?),
    })
}
