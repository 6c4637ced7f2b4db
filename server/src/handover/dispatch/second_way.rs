//! The second way: if a handover has no ticket after a while (15 minutes, or the time that the merchant set), the team
//! gets another email and can answer from there. The ticket is still created, and its note says so.
//!
//! The due time is a column of the delivery, so that a kill cannot lose it. The email is a notice whose id is derived
//! from the handover's, so there is only one, sent at least once.

use super::{super::mail::TeamMail, parts::Parts};
use crate::{
    mail::{Mail, MailError},
    store::{Store, StoreError, Stored, notices::TeamNotice},
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk};
use domain::clock::Millis;
use jiff::Timestamp;
use std::sync::Arc;

/// Writes the email about a handover without a ticket.
pub(super) struct LateMail {
    store: Arc<dyn Store>,
    team_mail: TeamMail,
}

impl LateMail {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { store: parts.store.clone(), team_mail: parts.team_mail.clone() }
    }

    /// Returns the notice's email about this handover, or `None` if there is no longer a reason to send it.
    ///
    /// `first_mail` is the delivery whose email thread it belongs to.
    pub(super) async fn mail(
        &self,
        notice: &TeamNotice,
        to: &EmailAddress,
        handover: &str,
        helpdesk: Helpdesk,
        first_mail: Option<&str>,
    ) -> Stored<Option<Result<Mail, MailError>>> {
        let destination = Destination::Helpdesk(helpdesk);
        let delivery = self.store.delivery(&notice.merchant, handover, destination).await?;
        let open = delivery.is_some_and(|delivery| {
            // It has its ticket by now, or a disconnect cancelled it, about which the team already has an email.
            !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled)
        });
        let handover = match self.store.handover_body(handover).await {
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let Some(handover) = handover.filter(|_| open) else { return Ok(None) };
        Ok(Some(self.team_mail.no_ticket_yet(&notice.id, to, &handover, helpdesk, first_mail)))
    }
}

/// Returns the line in the ticket's note that says when the team was emailed.
pub(super) fn remark(at: Millis) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!(
        "The team was emailed at {} ({}) because there was no ticket yet, so someone may already have replied by email.",
        at.strftime("%H:%M UTC"),
        at.strftime("%Y-%m-%d")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remark_gives_the_time_in_utc() {
        let at: Timestamp = "2026-11-22T10:15:59Z".parse().unwrap();
        let remark = remark(at.as_millisecond());
        assert!(remark.starts_with("The team was emailed at 10:15 UTC (2026-11-22) because"), "{remark}");
    }
}
