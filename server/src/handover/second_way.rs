//! The second way: no ticket after a while (15 minutes, or what the merchant set), so the team is mailed once more and
//! answers from there. The ticket is made all the same, and its note says so.
//!
//! When it is time is a column of the delivery, so that no kill forgets it; the mail itself is a notice with an id of its
//! own, so that there is one of it, at least once.

use super::dispatch::Dispatcher;
use crate::{
    mail::{Mail, MailError},
    metrics::MailKind,
    store::{
        StoreError, Stored,
        notices::{Notice, NoticeBody},
    },
};
use app::model::{DeliveryState, Destination, EmailAddress};
use domain::clock::Millis;
use jiff::Timestamp;

impl Dispatcher {
    /// What a notice says, unless there is no reason for it any more.
    pub(super) async fn notice_mail(
        &self,
        notice: &Notice,
        to: &EmailAddress,
    ) -> Stored<Option<Result<Mail, MailError>>> {
        let NoticeBody::NoTicketYet { handover: id, helpdesk, first_mail } = &notice.body else {
            return Ok(Some(self.team_mail.notice(&notice.id, to, &notice.body)));
        };
        let destination = Destination::Helpdesk(*helpdesk);
        let delivery = self.store.delivery(&notice.merchant, id, destination).await?;
        let open = delivery.is_some_and(|delivery| {
            // A ticket that came while the mail waited, or a disconnect, of which the team has a mail already.
            !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled)
        });
        let handover = match self.store.handover_body(id).await {
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let Some(handover) = handover.filter(|_| open) else { return Ok(None) };
        Ok(Some(self.team_mail.no_ticket_yet(&notice.id, to, &handover, *helpdesk, first_mail.as_deref())))
    }
}

/// What a notice counts as.
pub(super) fn kind(notice: &Notice) -> MailKind {
    match notice.body {
        NoticeBody::NoTicketYet { .. } => MailKind::NoTicketYet,
        _ => MailKind::Notice,
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
