//! The team's address, and the emails to it, in PostgreSQL.

use super::{
    PostgresStore,
    sql::{Db, Transaction, near_now, retry},
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
impl NoticeStore for PostgresStore {
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>> {
        Ok(self.team(merchant).await?.email)
    }

    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::notices::set_email(&mut tx, merchant, email).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn team(&self, merchant: &str) -> Stored<Team> {
        team_of(&self.db().await?, merchant).await
    }

    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::notices::set_minutes(&mut tx, merchant, minutes).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn tell_late(&self, now: Millis) -> Stored<()> {
        let sql = "SELECT 1 FROM delivery
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= $1 LIMIT 1";
        if !self.any(sql, &[&now]).await? {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::notices::tell_late(&mut tx, now).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn tell_end(&self, helpdesk: Helpdesk, method: &'static AccessMethod, now: Millis) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::notices::tell_end(&mut tx, helpdesk, method, now).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()> {
        let sql = "UPDATE notice SET next_at = NULL, sent_at = $1 WHERE id = $2 AND fence = $3";
        self.run(sql, &[&at, &notice.id, &notice.fence]).await?;
        Ok(())
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>> {
        // Locks the email, and skips those that another process is leasing, so that no two processes lease the same one.
        let sql = concat!(
            "UPDATE notice SET next_at = $1, fence = fence + 1, attempts = attempts + 1
             WHERE id = (SELECT id FROM notice WHERE next_at <= $2 AND ",
            near_now!("$2", "$3"),
            " ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING id, merchant, body, attempts, fence"
        );
        self.first(sql, &[&until, &now, &self.process.most_off()]).await?.map(|row| notice(&row)).transpose()
    }

    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()> {
        let sql = "UPDATE notice SET next_at = $1 WHERE id = $2 AND fence = $3";
        self.run(sql, &[&next_at, &notice.id, &notice.fence]).await?;
        Ok(())
    }
}

impl NoticeTx for Transaction {
    async fn team_of(&mut self, merchant: &str) -> Stored<Team> {
        team_of(self, merchant).await
    }

    async fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        let sql = "INSERT INTO team (merchant, email) VALUES ($1, $2)
             ON CONFLICT (merchant) DO UPDATE SET email = excluded.email";
        self.run(sql, &[&merchant, &email.map(EmailAddress::as_str)]).await?;
        Ok(())
    }

    async fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let sql = "INSERT INTO team (merchant, no_ticket_after) VALUES ($1, $2)
             ON CONFLICT (merchant) DO UPDATE SET no_ticket_after = excluded.no_ticket_after";
        self.run(sql, &[&merchant, &minutes.map(i64::from)]).await?;
        Ok(())
    }

    async fn insert_notice(
        &mut self,
        id: &str,
        merchant: &str,
        body: &NoticeBody,
        now: Millis,
    ) -> Stored<()> {
        let sql = "INSERT INTO notice (id, merchant, body, next_at, created_at)
             SELECT $1::text, merchant, $2::text, $3::bigint, $3 FROM team WHERE merchant = $4 AND email IS NOT NULL
             ON CONFLICT (id) DO NOTHING";
        self.run(sql, &[&id, &to_json(body)?, &now, &merchant]).await?;
        Ok(())
    }
}

async fn team_of(db: &Db, merchant: &str) -> Stored<Team> {
    let sql = "SELECT email, no_ticket_after FROM team WHERE merchant = $1";
    match db.first(sql, &[&merchant]).await? {
        Some(row) => team(&row, merchant),
        None => Ok(Team::default()),
    }
}
