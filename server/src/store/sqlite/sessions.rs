//! Sessions in SQLite.

use super::{
    SqliteStore,
    sql::{Sql, params},
};
use crate::store::{
    Stored,
    rows::session,
    sessions::{Session, SessionHash, SessionStore},
};
use domain::clock::Millis;

#[async_trait::async_trait]
impl SessionStore for SqliteStore {
    async fn insert(&self, session: &Session) -> Stored<()> {
        let Session { id, viewer, created_at, seen_at } = session.clone();
        self.write_unlisted(move |tx| {
            tx.run(
                "INSERT INTO session (id, merchant, subject, name, role, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    id.0,
                    viewer.merchant,
                    viewer.subject,
                    viewer.name,
                    viewer.role.as_str(),
                    created_at,
                    seen_at
                ],
            )?;
            Ok(())
        })
        .await
    }

    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>> {
        let id = *id;
        self.read_few(move |db| {
            db.first("SELECT * FROM session WHERE id = ?", [id.0], |row| session(row, id))
        })
        .await
    }

    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()> {
        let id = id.0;
        self.write_unlisted(move |tx| {
            tx.run("UPDATE session SET seen_at = ? WHERE id = ?", params![seen_at, id])?;
            Ok(())
        })
        .await
    }

    async fn delete(&self, id: &SessionHash) -> Stored<()> {
        let id = id.0;
        self.write_unlisted(move |tx| {
            tx.run("DELETE FROM session WHERE id = ?", [id])?;
            Ok(())
        })
        .await
    }

    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64> {
        self.write_unlisted(move |tx| {
            let sql = "DELETE FROM session WHERE created_at < ? OR seen_at < ?";
            Ok(tx.run(sql, [created_before, seen_before])? as u64)
        })
        .await
    }
}
