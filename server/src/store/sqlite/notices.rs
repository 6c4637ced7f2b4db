//! The team's address and its mails in SQLite.

use super::{Cell, SqliteStore, to_json};
use crate::store::{
    Stored,
    notices::{Notice, NoticeBody, NoticeStore, Team},
};
use app::model::{Destination, EmailAddress};
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
        let before = team(&mut tx, merchant).await?;
        sqlx::query(
            "INSERT INTO team (merchant, email) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET email = excluded.email",
        )
        .bind(merchant)
        .bind(email.map(EmailAddress::as_str))
        .execute(&mut *tx)
        .await?;
        if before.email.is_none() && email.is_some() {
            plan(&mut tx, merchant, before.no_ticket_after).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn team(&self, merchant: &str) -> Stored<Team> {
        let mut reader = self.reader.acquire().await?;
        team(&mut reader, merchant).await
    }

    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO team (merchant, no_ticket_after) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET no_ticket_after = excluded.no_ticket_after",
        )
        .bind(merchant)
        .bind(minutes)
        .execute(&mut *tx)
        .await?;
        plan(&mut tx, merchant, minutes).await?;
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
        let rows = sqlx::query(
            "SELECT seq, handover, merchant, destination,
                 (SELECT first.id FROM delivery AS first
                  WHERE first.handover = delivery.handover AND first.destination = 'email' AND first.part = 0) AS first_mail
             FROM delivery INDEXED BY delivery_late
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= ?
             ORDER BY late_at LIMIT 500",
        )
        .bind(now)
        .fetch_all(&mut *tx)
        .await?;
        for row in rows {
            let key: String = row.try_get("handover")?;
            let cell = Cell("delivery", "destination", &key);
            let destination = cell.parsed(Destination::from_slug(row.try_get("destination")?))?;
            if let Destination::Helpdesk(helpdesk) = destination {
                let handover: String = row.try_get("handover")?;
                let id = no_ticket_yet(&handover);
                let body =
                    NoticeBody::NoTicketYet { handover, helpdesk, first_mail: row.try_get("first_mail")? };
                insert(&mut tx, &id, row.try_get("merchant")?, &body, now).await?;
            }
            // No fence: what the dispatcher decides about a delivery knows nothing of it.
            sqlx::query("UPDATE delivery SET late_at = NULL WHERE seq = ?")
                .bind(row.try_get::<i64, _>("seq")?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn notice_sent(&self, notice: &Notice, at: Millis) -> Stored<()> {
        sqlx::query("UPDATE notice SET next_at = NULL, sent_at = ? WHERE id = ? AND fence = ?")
            .bind(at)
            .bind(&notice.id)
            .bind(notice.fence)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<Notice>> {
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
            Ok(Notice {
                id: row.try_get("id")?,
                merchant: row.try_get("merchant")?,
                body: Cell("notice", "body", &row.try_get::<&str, _>("id")?).json(row.try_get("body")?)?,
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

/// The id of the one mail about a handover without a ticket.
pub(super) fn no_ticket_yet(handover: &str) -> String {
    format!("{handover}.no-ticket-yet")
}

/// How a merchant's team wants to be told.
pub(super) async fn team(connection: &mut SqliteConnection, merchant: &str) -> Stored<Team> {
    let row = sqlx::query("SELECT email, no_ticket_after FROM team WHERE merchant = ?")
        .bind(merchant)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map_or_else(|| Ok(Team::default()), |row| team_of(row, merchant))
}

/// A row that has a team's columns.
pub(super) fn team_of(row: &SqliteRow, merchant: &str) -> Stored<Team> {
    let email: Option<String> = row.try_get("email")?;
    Ok(Team {
        email: email
            .map(|email| Cell("team", "email", &merchant).parsed(EmailAddress::parse(&email).ok()))
            .transpose()?,
        no_ticket_after: row.try_get("no_ticket_after")?,
    })
}

/// When a handover of this moment should have a ticket.
pub(super) fn late_at(team: &Team, from: Millis) -> Option<Millis> {
    team.no_ticket_after.map(|minutes| from.saturating_add(Millis::from(minutes) * MINUTE))
}

const MINUTE: Millis = 60_000;

/// Plans the mail anew for everything of a merchant that is on its way and was not told about.
async fn plan(connection: &mut SqliteConnection, merchant: &str, minutes: Option<u32>) -> Stored<()> {
    sqlx::query(
        "UPDATE delivery
         SET late_at = (SELECT accepted_at FROM handover WHERE handover.id = delivery.handover) + ? * 60000
         WHERE merchant = ? AND destination <> 'email' AND part = 0
             AND state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
             AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.id = delivery.handover || '.no-ticket-yet')",
    )
    .bind(minutes)
    .bind(merchant)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a mail to the team, if it has an address; one with this id is there already.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
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
    .execute(connection)
    .await?;
    Ok(())
}
