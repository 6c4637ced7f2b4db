//! The second way: no ticket after a while (15 minutes, or what the merchant set), so the team is mailed once more and
//! answers from there. The ticket is made all the same, and its note says so.
//!
//! When it is time is a column of the delivery, so that no kill forgets it; the mail itself is a notice with an id of its
//! own, so that there is one of it, at least once.

use super::{super::mail::TeamMail, parts::Parts};
use crate::{
    mail::{Mail, MailError},
    store::{Store, StoreError, Stored, notices::TeamNotice},
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk};
use domain::clock::Millis;
use jiff::Timestamp;
use std::sync::Arc;

/// Writes the mail about a handover without a ticket.
pub(super) struct LateMail {
    store: Arc<dyn Store>,
    team_mail: TeamMail,
}

impl LateMail {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { store: parts.store.clone(), team_mail: parts.team_mail.clone() }
    }

    /// The notice's mail about this handover, unless there is no reason for it any more. `first_mail` is the delivery in
    /// whose thread it belongs.
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
            // A ticket that came while the mail waited, or a disconnect, of which the team has a mail already.
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

/// A line for the ticket's note, if the team was mailed then that there was none.
pub(super) fn remark(at: Millis) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!(
        "The team was mailed at {} ({}) that there was no ticket yet: somebody may have answered from there.",
        at.strftime("%H:%M UTC"),
        at.strftime("%Y-%m-%d")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_says_when_in_utc() {
        let at: Timestamp = "2026-11-22T10:15:59Z".parse().unwrap();
        let remark = remark(at.as_millisecond());
        assert!(remark.starts_with("The team was mailed at 10:15 UTC (2026-11-22) that"), "{remark}");
    }
}
