//! Accepted handovers.

use super::{Connection, Stored};
use app::model::{DeliveryState, Destination, FieldError, Progress, TriggerKind};
use domain::{
    account::Lane,
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
    text::{composed, http_url},
};
use serde::{Deserialize, Serialize};

/// Writes an answer from the handover's id, its deliveries, whether it is continued, and the warnings.
pub type AnswerWriter = fn(&str, &[(Destination, DeliveryState)], bool, &[FieldError]) -> String;

/// A parsed handover that is about to be stored.
#[derive(Clone, Debug)]
pub struct NewHandover {
    /// The id it gets if its conversation was not handed over before.
    pub id: String,
    /// The ids of its deliveries: one for the helpdesk and one for the email.
    pub delivery_ids: [String; 2],
    /// The sender's key.
    pub webhook_id: String,
    /// The SHA-256 of the request's body.
    pub body_hash: [u8; 32],
    /// The handover itself.
    pub handover: Handover,
    /// When it is accepted.
    pub accepted_at: Millis,
    /// What was not read as it was sent.
    pub warnings: Vec<FieldError>,
    /// Writes the answer.
    pub answer: AnswerWriter,
}

/// The result of accepting a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The answer to a new handover, to a repeated request, or to a continued conversation.
    Answer {
        /// The handover in the answer, which may be an older one.
        handover: String,
        /// The answer.
        answer: String,
        /// The lanes that may have something due now.
        lanes: Vec<Lane>,
    },
    /// The key was already used with a different body.
    OtherBody,
}

/// What lists show of a handover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Convi's page of the conversation.
    pub conversation_url: Option<String>,
    /// The shopper's name.
    pub shopper_name: Option<String>,
    /// The shopper's address.
    pub shopper_email: Option<String>,
    /// Whether the ability or a person handed it over.
    pub trigger: TriggerKind,
    /// The reason.
    pub reason: Option<String>,
    /// The person who clicked.
    pub by: Option<String>,
    /// When it was handed over, in milliseconds.
    pub occurred_at: Millis,
}

impl From<&Handover> for Summary {
    fn from(handover: &Handover) -> Self {
        let conversation = &handover.conversation;
        let url = conversation.url.clone();
        Self {
            conversation_url: url.filter(|url| http_url(url).is_some()),
            // Composed, like the text it is searched with.
            shopper_name: conversation.shopper.name.as_deref().map(|name| composed(name).into_owned()),
            shopper_email: conversation.shopper.email.as_ref().map(ToString::to_string),
            trigger: handover.trigger.kind,
            reason: handover.trigger.reason.clone(),
            by: handover.trigger.by.clone(),
            occurred_at: handover.occurred_at.as_millisecond(),
        }
    }
}

/// A handover and the state of its deliveries, without the transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverRecord {
    /// Our id.
    pub id: String,
    /// Convi's id.
    pub conversation: String,
    /// The ticket's subject.
    pub subject: String,
    /// What lists show.
    pub summary: Summary,
    /// When it was stored.
    pub accepted_at: Millis,
    /// The deliveries in the order of their creation, the helpdesk's first.
    pub deliveries: Vec<Delivery>,
    /// When each delivered one was delivered.
    pub delivered_at: Vec<(Destination, Millis)>,
    /// How the team learns that there is no ticket yet, as long as there is none.
    pub second_way: Option<SecondWay>,
    /// Whether its transcript was removed, together with the shopper and the subject.
    pub removed: bool,
}

impl HandoverRecord {
    /// Returns whether it should become a ticket but has not yet.
    pub fn lacks_a_ticket(&self) -> bool {
        self.deliveries.iter().any(|delivery| {
            delivery.destination != Destination::Email
                && !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled)
        })
    }
}

/// How a team learns that a handover has no ticket yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondWay {
    /// When it was emailed.
    pub told_at: Option<Millis>,
    /// True if there is no address to email.
    pub nobody: bool,
    /// When the handover should have had a ticket, or `None` if the merchant wants no email.
    pub late_at: Option<Millis>,
}

/// What to search handovers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// A ticket's number.
    Ticket(i64),
    /// A part of the shopper's name or address, ignoring case.
    Shopper(String),
    /// A ticket's number or a part of the name or address.
    Either(i64, String),
}

impl Search {
    /// Parses what was typed: `#123` is a ticket, and `123` may be one. Returns `None` if nothing was typed.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = app::model::pasted::trim(typed);
        if typed.is_empty() {
            return None;
        }
        let number = |text: &str| {
            text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten().filter(|id| *id > 0)
        };
        Some(match (typed.strip_prefix('#').and_then(number), number(typed)) {
            (Some(ticket), _) => Self::Ticket(ticket),
            (None, Some(ticket)) => Self::Either(ticket, typed.to_owned()),
            (None, None) => Self::Shopper(typed.to_owned()),
        })
    }
}

/// Which handovers to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this one.
    pub id: Option<String>,
    /// Only those of this conversation.
    pub conversation: Option<String>,
    /// Only those with a delivery in this state.
    pub state: Option<DeliveryState>,
    /// Only those that are this far.
    pub progress: Option<Progress>,
    /// Only those with this shopper or ticket.
    pub search: Option<Search>,
    /// Only those accepted at this time or later.
    pub from: Option<Millis>,
    /// Only those accepted before this time.
    pub until: Option<Millis>,
    /// Only those older than this one, given by its time of acceptance and id.
    pub before: Option<(Millis, String)>,
    /// The maximum number to return.
    pub limit: u32,
}

/// What a request to a helpdesk is built from.
#[derive(Clone, Debug)]
pub struct ToSend {
    /// Where it is sent, or `None` if the helpdesk is disconnected.
    pub connection: Option<Connection>,
    /// What is sent, or `None` if it is missing or unreadable.
    pub handover: Option<Handover>,
    /// When the team was emailed that there was no ticket yet.
    pub told_at: Option<Millis>,
}

/// Stores accepted handovers.
#[async_trait::async_trait]
pub trait HandoverStore: Send + Sync + 'static {
    /// Stores a handover and its deliveries durably, in one transaction.
    ///
    /// The same key and bytes get the same answer. A conversation that was already handed over keeps its first
    /// handover, and what is new is added to it.
    async fn accept(&self, new: NewHandover) -> Stored<Accepted>;

    /// Lists a merchant's handovers.
    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>>;

    /// Returns the handovers of these conversations of a merchant, in no particular order.
    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>>;

    /// Returns the whole handover, for an email or a look-up.
    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>>;

    /// Returns a number that changes with each write to a merchant's listed handovers, by any process.
    ///
    /// A caller who reads it before the list can later tell whether the list is still current, except for what changes
    /// with time alone. Returns `None` if the store has no such number, or not at the moment.
    async fn version(&self, merchant: &str) -> Stored<Option<u64>> {
        let _ = merchant;
        Ok(None)
    }

    /// Sends the handovers that no helpdesk got (there was no destination, or a disconnect cancelled them) to the
    /// helpdesk that receives handovers. Returns how many. `new_id` returns a new id for each delivery.
    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_parses_ticket_numbers_and_names() {
        assert_eq!(Search::parse(" #123 "), Some(Search::Ticket(123)));
        assert_eq!(Search::parse("123"), Some(Search::Either(123, "123".into())));
        for shopper in ["Jane", "#jane", "-5", "0", "#0", "#", "99999999999999999999", "1 2"] {
            assert_eq!(Search::parse(shopper), Some(Search::Shopper(shopper.into())), "{shopper}");
        }
        assert_eq!(Search::parse("  "), None);
    }
}
