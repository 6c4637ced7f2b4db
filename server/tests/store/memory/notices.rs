//! The team's address and its emails, in memory.

use super::{MemoryStore, State};
use app::model::{AccessMethod, EmailAddress, Helpdesk};
use convi_server::store::{
    Stored,
    notices::{NoticeBody, NoticeStore, Team, TeamNotice},
    rules,
    tx::NoticeTx,
};
use domain::clock::Millis;

#[derive(Clone)]
pub struct Row {
    pub notice: TeamNotice,
    /// When it is due; `None` once it is settled.
    pub next_at: Option<Millis>,
    pub created_at: Millis,
    pub sent_at: Option<Millis>,
}

impl State {
    /// Returns the notice if its lease is still the one of `notice`.
    fn leased(&mut self, notice: &TeamNotice) -> Option<&mut Row> {
        self.notices.get_mut(&notice.id).filter(|it| it.notice.fence == notice.fence)
    }
}

#[async_trait::async_trait]
impl NoticeStore for MemoryStore {
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>> {
        Ok(self.team(merchant).await?.email)
    }

    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::notices::set_email(&mut *tx, merchant, email).await?;
        tx.commit();
        Ok(())
    }

    async fn team(&self, merchant: &str) -> Stored<Team> {
        self.state().await.team_of(merchant).await
    }

    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::notices::set_minutes(&mut *tx, merchant, minutes).await?;
        tx.commit();
        Ok(())
    }

    async fn tell_late(&self, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::notices::tell_late(&mut *tx, now).await?;
        tx.commit();
        Ok(())
    }

    async fn tell_end(&self, helpdesk: Helpdesk, method: &'static AccessMethod, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::notices::tell_end(&mut *tx, helpdesk, method, now).await?;
        tx.commit();
        Ok(())
    }

    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()> {
        if let Some(row) = self.state().await.leased(notice) {
            (row.next_at, row.sent_at) = (None, Some(at));
        }
        Ok(())
    }

    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>> {
        let mut state = self.state().await;
        let due = state.notices.values_mut().filter(|it| it.next_at.is_some_and(|at| at <= now));
        let Some(row) = due.min_by_key(|it| it.next_at) else { return Ok(None) };
        row.next_at = Some(until);
        row.notice.attempts += 1;
        row.notice.fence += 1;
        Ok(Some(row.notice.clone()))
    }

    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()> {
        if let Some(row) = self.state().await.leased(notice) {
            row.next_at = next_at;
        }
        Ok(())
    }
}

impl NoticeTx for State {
    async fn team_of(&mut self, merchant: &str) -> Stored<Team> {
        Ok(self.teams.get(merchant).cloned().unwrap_or_default())
    }

    async fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
        self.teams.entry(merchant.to_owned()).or_default().email = email.cloned();
        Ok(())
    }

    async fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        self.teams.entry(merchant.to_owned()).or_default().no_ticket_after = minutes;
        Ok(())
    }

    async fn insert_notice(
        &mut self,
        id: &str,
        merchant: &str,
        body: &NoticeBody,
        now: Millis,
    ) -> Stored<()> {
        if self.team_of(merchant).await?.email.is_some() {
            let (id, merchant) = (id.to_owned(), merchant.to_owned());
            self.notices.entry(id.clone()).or_insert_with(|| Row {
                notice: TeamNotice { id, merchant, body: body.clone(), attempts: 0, fence: 0 },
                next_at: Some(now),
                created_at: now,
                sent_at: None,
            });
        }
        Ok(())
    }
}
