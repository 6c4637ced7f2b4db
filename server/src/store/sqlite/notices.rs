//! The team's address and its mails in SQLite.

use super::{SqliteStore, from_json, parsed, to_json};
use crate::{
    clock::Millis,
    store::{
        Stored,
        notices::{Notice, NoticeBody, NoticeStore},
    },
};
use app::model::EmailAddress;
use sqlx::{Row, SqliteConnection};

#[async_trait::async_trait]
impl NoticeStore for SqliteStore {
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>> {
        let row = sqlx::query("SELECT email FROM team WHERE merchant = ?")
            .bind(merchant)
            .fetch_optional(&self.reader)
            .await?;
        let email: Option<String> = row.map(|row| row.try_get("email")).transpose()?.flatten();
        email.map(|email| parsed(EmailAddress::parse(&email).ok(), "team")).transpose()
    }

    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        sqlx::query(
            "INSERT INTO team (merchant, email) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET email = excluded.email",
        )
        .bind(merchant)
        .bind(email.map(EmailAddress::as_str))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<Notice>> {
        let row = sqlx::query(
            "UPDATE notice SET next_at = ?, fence = fence + 1, attempts = attempts + 1
             WHERE id = (SELECT id FROM notice WHERE next_at <= ? ORDER BY next_at LIMIT 1)
             RETURNING id, merchant, body, attempts, fence",
        )
        .bind(until)
        .bind(now)
        .fetch_optional(&self.writer)
        .await?;
        row.map(|row| {
            Ok(Notice {
                id: row.try_get("id")?,
                merchant: row.try_get("merchant")?,
                body: from_json(row.try_get("body")?, "notice")?,
                attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
                fence: row.try_get("fence")?,
            })
        })
        .transpose()
    }

    async fn settle_notice(&self, notice: &Notice, next_at: Option<Millis>) -> Stored<()> {
        sqlx::query("UPDATE notice SET next_at = ? WHERE id = ? AND fence = ?")
            .bind(next_at)
            .bind(&notice.id)
            .bind(notice.fence)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// Writes a mail to the team, if it has an address.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    id: &str,
    merchant: &str,
    body: &NoticeBody,
    now: Millis,
) -> Stored<()> {
    sqlx::query(
        "INSERT INTO notice (id, merchant, body, next_at, created_at)
         SELECT ?, merchant, ?, ?, ? FROM team WHERE merchant = ? AND email IS NOT NULL",
    )
    .bind(id)
    .bind(to_json(body, "notice")?)
    .bind(now)
    .bind(now)
    .bind(merchant)
    .execute(connection)
    .await?;
    Ok(())
}
