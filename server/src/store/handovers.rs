//! Handovers as they were accepted.

use super::{Connection, Stored};
use app::model::{DeliveryState, Destination, FieldError, TriggerKind};
use domain::{
    account::Lane,
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
    text::{composed, http_url},
};
use serde::{Deserialize, Serialize};

/// Writes an answer: the handover's id, its deliveries, whether it is continued, and the warnings.
pub type AnswerWriter = fn(&str, &[(Destination, DeliveryState)], bool, &[FieldError]) -> String;

/// A parsed handover on its way into the database.
#[derive(Clone, Debug)]
pub struct NewHandover {
    /// Ours, if the conversation was not handed over before.
    pub id: String,
    /// The ids of its deliveries, one for a helpdesk and one for the mail.
    pub delivery_ids: [String; 2],
    /// The sender's key.
    pub webhook_id: String,
    /// SHA-256 of the bytes that were sent.
    pub body_hash: [u8; 32],
    /// What was sent.
    pub handover: Handover,
    /// Now.
    pub accepted_at: Millis,
    /// What was not read as it was sent.
    pub warnings: Vec<FieldError>,
    /// Writes the answer.
    pub answer: AnswerWriter,
}

/// What came of accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The answer to give: to a new handover, to the same request again, or to a continued conversation.
    Answer {
        /// The handover that is answered, which need not be a new one.
        handover: String,
        /// The answer.
        answer: String,
        /// In which lanes something may be due now.
        lanes: Vec<Lane>,
    },
    /// The key was used before for other bytes.
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
    /// By the ability or by a person.
    pub trigger: TriggerKind,
    /// Why.
    pub reason: Option<String>,
    /// Who clicked.
    pub by: Option<String>,
    /// When it was handed over, milliseconds.
    pub occurred_at: Millis,
}

impl From<&Handover> for Summary {
    fn from(handover: &Handover) -> Self {
        let conversation = &handover.conversation;
        let url = conversation.url.clone();
        Self {
            conversation_url: url.filter(|url| http_url(url).is_some()),
            // Composed, as it is searched for.
            shopper_name: conversation.shopper.name.as_deref().map(|name| composed(name).into_owned()),
            shopper_email: conversation.shopper.email.as_ref().map(ToString::to_string),
            trigger: handover.trigger.kind,
            reason: handover.trigger.reason.clone(),
            by: handover.trigger.by.clone(),
            occurred_at: handover.occurred_at.as_millisecond(),
        }
    }
}

/// A handover and where its deliveries stand, without the transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverRecord {
    /// Ours.
    pub id: String,
    /// Convi's.
    pub conversation: String,
    /// The ticket's name.
    pub subject: String,
    /// What lists show.
    pub summary: Summary,
    /// When it was durable.
    pub accepted_at: Millis,
    /// In the order in which they were made: the helpdesk's first.
    pub deliveries: Vec<Delivery>,
    /// When those were delivered that are.
    pub delivered_at: Vec<(Destination, Millis)>,
    /// How the team is told that there is no ticket yet, while there is none.
    pub second_way: Option<SecondWay>,
    /// Its transcript was removed, and with it who asked and what about.
    pub removed: bool,
}

impl HandoverRecord {
    /// Whether it is to become a ticket and has not yet.
    pub fn lacks_a_ticket(&self) -> bool {
        self.deliveries.iter().any(|delivery| {
            delivery.destination != Destination::Email
                && !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled)
        })
    }
}

/// How a team is told that a handover has no ticket yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondWay {
    /// When it was mailed.
    pub told_at: Option<Millis>,
    /// There is no address to mail to.
    pub nobody: bool,
    /// When the handover should have had a ticket; none: the merchant wants no mail.
    pub late_at: Option<Millis>,
}

/// What handovers are searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// A ticket's number.
    Ticket(i64),
    /// A part of the shopper's name or address, whatever its case.
    Shopper(String),
    /// One or the other.
    Either(i64, String),
}

impl Search {
    /// What somebody typed: `#123` is a ticket, `123` may be one too. Nothing: none.
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
    /// Only those whose shopper or ticket this is.
    pub search: Option<Search>,
    /// Only those accepted then or later.
    pub from: Option<Millis>,
    /// Only those accepted before.
    pub until: Option<Millis>,
    /// Only those older than this one: time of acceptance and id.
    pub before: Option<(Millis, String)>,
    /// How many at most.
    pub limit: u32,
}

/// What a request to a helpdesk is made of.
#[derive(Clone, Debug)]
pub struct ToSend {
    /// Where it goes. None: disconnected.
    pub connection: Option<Connection>,
    /// What is sent. None: it is not there, or not as this program would have written it.
    pub handover: Option<Handover>,
    /// When the team was mailed that there was no ticket yet.
    pub told_at: Option<Millis>,
}

/// Handovers as they were accepted.
#[async_trait::async_trait]
pub trait HandoverStore: Send + Sync + 'static {
    /// Keeps a handover and its deliveries, durably and in one transaction. The same key and bytes get the same
    /// answer; a conversation that was handed over before keeps its first handover, and what is new is added.
    async fn accept(&self, new: NewHandover) -> Stored<Accepted>;

    /// Lists a merchant's handovers.
    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>>;

    /// The handovers of these conversations of a merchant, in no order.
    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>>;

    /// The whole handover, for a mail or to be looked for.
    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>>;

    /// A number that is another one after each write to what is listed of a merchant's handovers, whoever wrote it. Asked
    /// before what is listed is read, it says later whether that is still so; but for what comes with time alone. None:
    /// not now, or not of this store.
    async fn version(&self, merchant: &str) -> Stored<Option<u64>> {
        let _ = merchant;
        Ok(None)
    }

    /// Sends the handovers that no helpdesk got (nobody was told, or a disconnect cancelled them) to the one that
    /// receives handovers. Answers how many. `new_ids` gives ids to deliveries.
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
    fn a_search_is_for_a_ticket_or_a_shopper() {
        assert_eq!(Search::parse(" #123 "), Some(Search::Ticket(123)));
        assert_eq!(Search::parse("123"), Some(Search::Either(123, "123".into())));
        for shopper in ["Jane", "#jane", "-5", "0", "#0", "#", "99999999999999999999", "1 2"] {
            assert_eq!(Search::parse(shopper), Some(Search::Shopper(shopper.into())), "{shopper}");
        }
        assert_eq!(Search::parse("  "), None);
    }
}
