//! A leased piece of work with everything it needs, as leasing passes it to the tasks.

use crate::{
    helpdesk::{Access, events::EventMessage},
    store::{Connection, notices::TeamNotice, shopper_mail::ShopperMail},
};
use domain::{
    answer::Watch,
    delivery::Delivery,
    ticket::{Append, Ticket},
};
use std::time::Duration;
use tracing::Span;

/// The result of a lane's turn.
pub(super) enum Next {
    /// A leased piece of work.
    Work(Box<Work>),
    /// A delivery changed without a request, so the lane may have more work.
    Settled,
    /// Another process owns the account, or its request is still in flight, for as long as its lease at most.
    Refused,
    /// Nothing is due.
    Nothing,
    /// The budget is used up for this long.
    Wait(Duration),
}

/// One leased piece of work.
pub(super) enum Work {
    Create(Box<Creation>),
    Mail(Delivery),
    LookUp(Delivery),
    Check(Delivery),
    Notice(Box<TeamNotice>),
    ShopperMail(Box<ShopperMail>),
    Recheck(Box<Connection>),
    Answers(Box<Watch>),
}

impl Work {
    /// Returns the span for every log line of this work, so that the handover's id leads from the incoming request to
    /// the ticket.
    pub(super) fn span(&self) -> Span {
        let of = |delivery: &Delivery, work: &'static str| {
            tracing::info_span!(
                "delivery",
                handover = delivery.handover,
                delivery = delivery.id,
                destination = delivery.destination.slug(),
                attempt = delivery.attempts,
                work
            )
        };
        match self {
            Self::Create(creation) if matches!(creation.request, HelpdeskRequest::Event(_)) => {
                of(&creation.delivery, "event")
            }
            Self::Create(creation) if creation.delivery.part == 0 => of(&creation.delivery, "create"),
            Self::Create(creation) => of(&creation.delivery, "append"),
            Self::Mail(delivery) => of(delivery, "mail"),
            Self::LookUp(delivery) => of(delivery, "look_up"),
            Self::Check(delivery) => of(delivery, "check"),
            Self::Notice(notice) => tracing::info_span!("notice", notice = notice.id),
            Self::ShopperMail(mail) => tracing::info_span!("shopper_mail", mail = mail.id),
            Self::Recheck(connection) => tracing::info_span!(
                "recheck",
                merchant = connection.merchant,
                helpdesk = connection.helpdesk.slug()
            ),
            Self::Answers(watch) => {
                tracing::info_span!("answers", helpdesk = watch.account.helpdesk.slug())
            }
        }
    }
}

/// A leased delivery with everything its request needs.
pub(super) struct Creation {
    pub(super) delivery: Delivery,
    pub(super) connection: Connection,
    pub(super) access: Access,
    pub(super) request: HelpdeskRequest,
    /// When the request ends at the latest, since boot.
    pub(super) ends_at: Duration,
}

/// The one request that creates something.
pub(super) enum HelpdeskRequest {
    /// A new ticket.
    Ticket(Box<Ticket>),
    /// A message on this ticket.
    Append(i64, Append),
    /// An event.
    Event(EventMessage),
}
