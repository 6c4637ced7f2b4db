//! Sends the team's emails that are not handovers.

use super::{super::mail::TeamMail, parts::Parts, second_way::LateMail};
use crate::{
    connection,
    mail::{Mail, MailError, Mailer},
    metrics::{MailKind, Metrics},
    store::{
        Store, Stored,
        notices::{NoticeBody, TeamNotice},
    },
};
use app::model::EmailAddress;
use domain::{
    clock::{Millis, World},
    delivery::LEASE,
};
use std::sync::Arc;

/// Leases and sends notices.
pub(super) struct Notices {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    team_mail: TeamMail,
    metrics: Arc<Metrics>,
    world: World,
    late_mail: LateMail,
}

impl Notices {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            mailer: parts.mailer.clone(),
            team_mail: parts.team_mail.clone(),
            metrics: parts.metrics.clone(),
            world: parts.world.clone(),
            late_mail: LateMail::new(parts),
        }
    }

    /// Writes a notice for each handover that should have a ticket by now.
    pub(super) async fn tell_late(&self, now: Millis) -> Stored<()> {
        self.store.tell_late(now).await
    }

    /// Leases the first due notice.
    pub(super) async fn lease(&self, now: Millis) -> Stored<Option<TeamNotice>> {
        self.store.lease_notice(now, now + LEASE).await
    }

    /// Gives a lease back, so that the notice is due again immediately.
    pub(super) async fn hand_back(&self, notice: &TeamNotice) -> Stored<()> {
        self.store.settle_notice(notice, Some(self.world.clock.now_ms())).await
    }

    /// Sends one notice, unless it has become pointless or the team no longer has an address.
    pub(super) async fn send(&self, notice: TeamNotice) -> Stored<()> {
        let mail = match self.store.team_email(&notice.merchant).await? {
            Some(to) => self.mail(&notice, &to).await?,
            None => None,
        };
        let Some(mail) = mail else { return self.store.settle_notice(&notice, None).await };
        let sent = match mail {
            Ok(mail) => self.mailer.send(mail).await,
            Err(error) => Err(error),
        };
        self.metrics.mail(kind(&notice), &sent);
        if let Err(error) = &sent {
            tracing::warn!(merchant = notice.merchant, error = %error, "an email to the team was not sent");
        }
        let now = self.world.clock.now_ms();
        match sent {
            Ok(()) => self.store.notice_sent(&notice, now).await,
            Err(MailError::Never(_)) => self.store.settle_notice(&notice, None).await,
            Err(MailError::Later(_) | MailError::RefusesUs(_)) => {
                let wait = connection::recheck_wait(notice.attempts, self.world.entropy.fraction());
                self.store.settle_notice(&notice, Some(now + wait)).await
            }
        }
    }

    /// Writes the notice's email. Returns `None` if there is no longer a reason to send it.
    async fn mail(&self, notice: &TeamNotice, to: &EmailAddress) -> Stored<Option<Result<Mail, MailError>>> {
        match &notice.body {
            NoticeBody::NoTicketYet { handover, helpdesk, first_mail } => {
                self.late_mail.mail(notice, to, handover, *helpdesk, first_mail.as_deref()).await
            }
            body => Ok(Some(self.team_mail.notice(&notice.id, to, body))),
        }
    }
}

/// Returns the notice's kind for the metrics.
fn kind(notice: &TeamNotice) -> MailKind {
    match notice.body {
        NoticeBody::NoTicketYet { .. } => MailKind::NoTicketYet,
        _ => MailKind::Notice,
    }
}
