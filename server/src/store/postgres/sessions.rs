//! Sessions in PostgreSQL.

use super::{PostgresStore, sql::Params};
use crate::store::{
    Stored,
    rows::session,
    sessions::{Session, SessionHash, SessionStore},
};
use domain::clock::Millis;

#[async_trait::async_trait]
impl SessionStore for PostgresStore {
    async fn insert(&self, session: &Session) -> Stored<()> {
        let Session { id, viewer, created_at, seen_at } = session;
        let sql = "INSERT INTO session (id, merchant, subject, name, role, created_at, seen_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let role = viewer.role.as_str();
        let values: Params<'_> =
            &[&&id.0[..], &viewer.merchant, &viewer.subject, &viewer.name, &role, created_at, seen_at];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn find(&self, id: &SessionHash) -> Stored<Option<Session>> {
        let sql = "SELECT merchant, subject, name, role, created_at, seen_at FROM session WHERE id = $1";
        let row = self.first(sql, &[&&id.0[..]]).await?;
        row.map(|row| session(&row, *id)).transpose()
    }

    async fn touch(&self, id: &SessionHash, seen_at: Millis) -> Stored<()> {
        self.run("UPDATE session SET seen_at = $1 WHERE id = $2", &[&seen_at, &&id.0[..]]).await?;
        Ok(())
    }

    async fn delete(&self, id: &SessionHash) -> Stored<()> {
        self.run("DELETE FROM session WHERE id = $1", &[&&id.0[..]]).await?;
        Ok(())
    }

    async fn purge(&self, created_before: Millis, seen_before: Millis) -> Stored<u64> {
        let sql = "DELETE FROM session WHERE created_at < $1 OR seen_at < $2";
        self.run(sql, &[&created_before, &seen_before]).await
    }
}
