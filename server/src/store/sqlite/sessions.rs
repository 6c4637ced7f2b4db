//! Sessions in SQLite.

use super::{Cell, SqliteStore};
use crate::store::{
    Stored,
    sessions::{Session, SessionHash, SessionStore},
};
use app::model::{Role, Viewer};
use domain::clock::Millis;
use sqlx::Row;

#[async_trait::async_trait]
impl SessionStore for SqliteStore {
    async fn insert(&self, session: &Session) -> Stored<()> {
        let viewer = &session.viewer;
        sqlx::query(
            "INSERT INTO session (id, merchant, subject, name, role, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&session.id.0[..])
        .bind(&viewer.merchant)
        .bind(&viewer.subject)
        .bind(&viewer.name)
        .bind(viewer.role.as_str())
        .bind(session.created_at)
        .bind(session.seen_at)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>> {
        let row = sqlx::query("SELECT * FROM session WHERE id = ?")
            .bind(&id.0[..])
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| {
            let merchant: String = row.try_get("merchant")?;
            let role = Cell("session", "role", &merchant).parsed(Role::from_name(row.try_get("role")?))?;
            let viewer =
                Viewer { merchant, subject: row.try_get("subject")?, name: row.try_get("name")?, role };
            Ok(Session {
                id: *id,
                viewer,
                created_at: row.try_get("created_at")?,
                seen_at: row.try_get("seen_at")?,
            })
        })
        .transpose()
    }

    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()> {
        sqlx::query("UPDATE session SET seen_at = ? WHERE id = ?")
            .bind(seen_at)
            .bind(&id.0[..])
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn delete(&self, id: &SessionHash) -> Stored<()> {
        sqlx::query("DELETE FROM session WHERE id = ?").bind(&id.0[..]).execute(&self.writer).await?;
        Ok(())
    }

    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64> {
        let done = sqlx::query("DELETE FROM session WHERE created_at < ? OR seen_at < ?")
            .bind(created_before)
            .bind(seen_before)
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected())
    }
}
