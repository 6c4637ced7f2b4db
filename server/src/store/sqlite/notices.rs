//! The team's address and its mails in SQLite.

use super::{Cell, SqliteStore, small, to_json};
use crate::store::{
    Stored,
    notices::{NoticeBody, NoticeStore, Team, TeamNotice},
    rules,
    tx::NoticeTx,
};
use app::model::EmailAddress;
use domain::clock::Millis;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

#[async_trait::async_trait]
impl NoticeStore for SqliteStore {
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>> {
        let row = sqlx::query("SELECT email FROM team WHERE merchant = ?")
            .bind(merchant)
            .fetch_optional(&self.reader)
            .await?;
        let email: Option<String> = row.map(|row| row.try_get("email")).transpose()?.flatten();
        email
            .map(|email| Cell("team", "email", &merchant).parsed(EmailAddress::parse(&email).ok()))
            .transpose()
    }

    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        let mut tx = self.begin().await?;
        rules::notices::set_email(&mut *tx, merchant, email).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn team(&self, merchant: &str) -> Stored<Team> {
        let mut reader = self.reader.acquire().await?;
        reader.team_of(merchant).await
    }

    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let mut tx = self.begin().await?;
        rules::notices::set_minutes(&mut *tx, merchant, minutes).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn tell_late(&self, now: Millis) -> Stored<()> {
        let due = sqlx::query(
            "SELECT 1 FROM delivery INDEXED BY delivery_late
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= ? LIMIT 1",
        )
        .bind(now)
        .fetch_optional(&self.reader)
        .await?;
        if due.is_none() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        rules::notices::tell_late(&mut *tx, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()> {
        sqlx::query("UPDATE notice SET next_at = NULL, sent_at = ? WHERE id = ? AND fence = ?")
            .bind(at)
            .bind(&notice.id)
            .bind(notice.fence)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>> {
        // Mostly there is none: to find that out nobody waits for the writer.
        let due = sqlx::query("SELECT 1 FROM notice WHERE next_at <= ? LIMIT 1")
            .bind(now)
            .fetch_optional(&self.reader)
            .await?;
        if due.is_none() {
            return Ok(None);
        }
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
            Ok(TeamNotice {
                id: row.try_get("id")?,
                merchant: row.try_get("merchant")?,
                body: Cell("notice", "body", &row.try_get::<&str, _>("id")?).json(row.try_get("body")?)?,
                attempts: small(&row, "attempts")?,
                fence: row.try_get("fence")?,
            })
        })
        .transpose()
    }

    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()> {
        sqlx::query("UPDATE notice SET next_at = ? WHERE id = ? AND fence = ?")
            .bind(next_at)
            .bind(&notice.id)
            .bind(notice.fence)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

impl NoticeTx for SqliteConnection {
    async fn team_of(&mut self, merchant: &str) -> Stored<Team> {
        let row = sqlx::query("SELECT email, no_ticket_after FROM team WHERE merchant = ?")
            .bind(merchant)
            .fetch_optional(&mut *self)
            .await?;
        row.as_ref().map_or_else(|| Ok(Team::default()), |row| team(row, merchant))
    }

    async fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        sqlx::query(
            "INSERT INTO team (merchant, email) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET email = excluded.email",
        )
        .bind(merchant)
        .bind(email.map(EmailAddress::as_str))
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        sqlx::query(
            "INSERT INTO team (merchant, no_ticket_after) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET no_ticket_after = excluded.no_ticket_after",
        )
        .bind(merchant)
        .bind(minutes)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn insert_notice(
        &mut self,
        id: &str,
        merchant: &str,
        body: &NoticeBody,
        now: Millis,
    ) -> Stored<()> {
        sqlx::query(
            "INSERT INTO notice (id, merchant, body, next_at, created_at)
             SELECT ?, merchant, ?, ?, ? FROM team WHERE merchant = ? AND email IS NOT NULL
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(to_json(body)?)
        .bind(now)
        .bind(now)
        .bind(merchant)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

/// A row that has a team's columns.
pub(super) fn team(row: &SqliteRow, merchant: &str) -> Stored<Team> {
    let email: Option<String> = row.try_get("email")?;
    Ok(Team {
        email: email
            .map(|email| Cell("team", "email", &merchant).parsed(EmailAddress::parse(&email).ok()))
            .transpose()?,
        no_ticket_after: row.try_get("no_ticket_after")?,
    })
}
