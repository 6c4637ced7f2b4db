//! The team's address, and the emails to it, in SQLite.

use super::{
    SqliteStore,
    sql::{Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Stored,
    notices::{NoticeBody, NoticeStore, Team, TeamNotice},
    rows::{notice, team, to_json},
    rules,
    tx::NoticeTx,
};
use app::model::{AccessMethod, EmailAddress, Helpdesk};
use domain::clock::Millis;

#[async_trait::async_trait]
impl NoticeStore for SqliteStore {
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>> {
        Ok(self.team(merchant).await?.email)
    }

    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        let (merchant, email) = (merchant.to_owned(), email.cloned());
        self.write(move |tx| ready(rules::notices::set_email(tx, &merchant, email.as_ref()))).await
    }

    async fn team(&self, merchant: &str) -> Stored<Team> {
        let merchant = merchant.to_owned();
        self.read_few(move |db| team_of(db, &merchant)).await
    }

    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let merchant = merchant.to_owned();
        self.write(move |tx| ready(rules::notices::set_minutes(tx, &merchant, minutes))).await
    }

    async fn tell_late(&self, now: Millis) -> Stored<()> {
        let due = self.read(move |db| {
            db.any(
                "SELECT 1 FROM delivery INDEXED BY delivery_late
                 WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= ? LIMIT 1",
                [now],
            )
        });
        if due.await? {
            self.write(move |tx| ready(rules::notices::tell_late(tx, now))).await?;
        }
        Ok(())
    }

    async fn tell_end(&self, helpdesk: Helpdesk, method: &'static AccessMethod, now: Millis) -> Stored<()> {
        self.write(move |tx| ready(rules::notices::tell_end(tx, helpdesk, method, now))).await
    }

    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()> {
        let (id, fence) = (notice.id.clone(), notice.fence);
        self.write(move |tx| {
            tx.run(
                "UPDATE notice SET next_at = NULL, sent_at = ? WHERE id = ? AND fence = ?",
                params![at, id, fence],
            )?;
            Ok(())
        })
        .await
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>> {
        // Usually none is due. This check must not wait for the writer.
        let due = self.read(move |db| db.any("SELECT 1 FROM notice WHERE next_at <= ? LIMIT 1", [now]));
        if !due.await? {
            return Ok(None);
        }
        let leased = self.write(move |tx| {
            tx.first(
                "UPDATE notice SET next_at = ?, fence = fence + 1, attempts = attempts + 1
                 WHERE id = (SELECT id FROM notice WHERE next_at <= ? ORDER BY next_at LIMIT 1)
                 RETURNING id, merchant, body, attempts, fence",
                [until, now],
                // An unreadable notice is leased too; otherwise it would stay first in line forever.
                |row| Ok(notice(row)),
            )
        });
        leased.await?.transpose()
    }

    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()> {
        let (id, fence) = (notice.id.clone(), notice.fence);
        self.write(move |tx| {
            tx.run("UPDATE notice SET next_at = ? WHERE id = ? AND fence = ?", params![next_at, id, fence])?;
            Ok(())
        })
        .await
    }
}

impl NoticeTx for SqliteConnection {
    async fn team_of(&mut self, merchant: &str) -> Stored<Team> {
        team_of(self, merchant)
    }

    async fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        self.run(
            "INSERT INTO team (merchant, email) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET email = excluded.email",
            params![merchant, email.map(EmailAddress::as_str)],
        )?;
        Ok(())
    }

    async fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        self.run(
            "INSERT INTO team (merchant, no_ticket_after) VALUES (?, ?)
             ON CONFLICT (merchant) DO UPDATE SET no_ticket_after = excluded.no_ticket_after",
            params![merchant, minutes],
        )?;
        Ok(())
    }

    async fn insert_notice(
        &mut self,
        id: &str,
        merchant: &str,
        body: &NoticeBody,
        now: Millis,
    ) -> Stored<()> {
        self.run(
            "INSERT INTO notice (id, merchant, body, next_at, created_at)
             SELECT ?, merchant, ?, ?, ? FROM team WHERE merchant = ? AND email IS NOT NULL
             ON CONFLICT (id) DO NOTHING",
            params![id, to_json(body)?, now, now, merchant],
        )?;
        Ok(())
    }
}

fn team_of(db: &SqliteConnection, merchant: &str) -> Stored<Team> {
    let found =
        db.first("SELECT email, no_ticket_after FROM team WHERE merchant = ?", [merchant], |row| {
            team(row, merchant)
        })?;
    Ok(found.unwrap_or_default())
}
