//! The Convi side: what visitors say on a storefront, what the assistant and the team answer, and how a conversation is
//! handed over.

pub mod presence;
mod rates;
pub mod readiness;
pub mod respond;
pub mod team;
mod token;
pub mod turns;
pub mod visitor;

use crate::{
    handover::bell::Bell,
    limits::Windows,
    metrics::Metrics,
    services::Services,
    store::{
        Store,
        conversations::{Conversation, ConversationChange, Turn, Uses},
        handovers::NewHandover,
        rules::answers::account_of as answered_on,
    },
    wire::{rfc3339, store_failed},
};
use app::model::{CallError, ChatAuthor, ChatMessage, EmailAddress, TriggerKind};
use domain::{
    addition::{Addition, additions},
    clock::World,
    handover::{self, Author, Handover, Message, Trigger},
};
use jiff::Timestamp;
use presence::Sightings;
use std::sync::Arc;
use turns::Turns;

/// The services behind conversations and abilities.
#[derive(Clone)]
pub struct Chat {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Reads handovers and connections.
    pub services: Services,
    /// The clock and the source of ids.
    pub world: World,
    /// Limits what visitors may do.
    pub windows: Arc<Windows>,
    /// Makes changes of a conversation take turns.
    pub turns: Arc<Turns>,
    /// Which merchants' shoppers have the chat open.
    pub presence: Arc<Sightings<()>>,
    /// What each of them has seen.
    pub sightings: Arc<Sightings<i64>>,
    /// The key that visitors' tokens are made with.
    pub visitor_key: Arc<[u8]>,
    /// The base of links to conversations.
    pub public_url: String,
    /// Wakes the dispatcher after a handover is stored.
    pub bell: Arc<Bell>,
    /// Counts optional fields that were not read as sent.
    pub metrics: Arc<Metrics>,
}

/// Builds a new turn.
fn turn(author: ChatAuthor, text: impl Into<String>, sent_at: i64) -> Turn {
    Turn { number: 0, author, name: None, key: None, text: text.into(), sent_at }
}

/// Converts a turn to what people see.
fn shown(turn: Turn) -> ChatMessage {
    ChatMessage {
        number: turn.number,
        author: turn.author,
        helpdesk: answered_on(&turn).map(|account| account.helpdesk.name().to_owned()),
        name: turn.name,
        text: turn.text,
        sent_at: rfc3339(turn.sent_at),
    }
}

/// Converts a turn to a handover's message.
fn handed(turn: &Turn) -> Message {
    Message {
        id: turn.key.clone(),
        author: match turn.author {
            ChatAuthor::Shopper => Author::Shopper,
            ChatAuthor::Assistant => Author::Assistant,
            ChatAuthor::Agent => Author::Agent,
            ChatAuthor::System => Author::System,
        },
        text: turn.text.clone(),
        sent_at: Timestamp::from_millisecond(turn.sent_at).ok(),
        attachments: Vec::new(),
    }
}

/// What a change of a conversation means for its ticket.
enum Pass {
    /// Nothing.
    Nothing,
    /// Hand it over, or hand it over again. A given address goes into the same ticket.
    HandOver(Trigger, Option<EmailAddress>),
    /// Add what was said since the handover to the same ticket, with a given address.
    FollowUp(Option<EmailAddress>),
    /// The assistant answers again: only the address goes into the ticket; messages follow if it is handed over again.
    Address(EmailAddress),
}

/// The handover or additions that a [`Pass`] produces.
#[derive(Default)]
struct Passed {
    handover: Option<Box<NewHandover>>,
    additions: Vec<Addition>,
}

impl Chat {
    /// Applies a change to the conversation that was read. An agent's message is emailed `by_email` unless the shopper sees
    /// it soon. Returns `false` if another change came first; the caller
    /// then reads it again.
    async fn apply(
        &self,
        before: &Conversation,
        next: Conversation,
        mut turns: Vec<Turn>,
        pass: Pass,
        uses: Uses,
        by_email: bool,
    ) -> Result<bool, CallError> {
        let mut last = before.messages;
        for turn in &mut turns {
            last += 1;
            turn.number = last;
        }
        let without_turns = matches!(pass, Pass::Nothing | Pass::Address(_));
        let passed = self.passed(&next, &turns, pass).await?;
        let handed = passed.handover.is_some() || !passed.additions.is_empty();
        let handed_up_to = if handed && !without_turns { last } else { next.handed_up_to };
        let answer = turns.iter().rfind(|turn| turn.author == ChatAuthor::Agent).map(|turn| turn.number);
        let answered_to = answer.unwrap_or(next.answered_to);
        let change = ConversationChange {
            emails_answer: by_email && answer.is_some() && next.shopper_email.is_some(),
            conversation: Conversation { handed_up_to, answered_to, ..next },
            capture_before: before.capture.clone(),
            turns,
            handover: passed.handover,
            additions: passed.additions,
            uses,
        };
        let done = self.store.change(&change).await.map_err(store_failed)?;
        if done && handed {
            self.bell.ring();
        }
        Ok(done)
    }

    /// Builds the handover of a conversation with all its messages, or the additions since an earlier handover. Only
    /// this reads messages again: all of them once, later the few that the ticket lacks.
    async fn passed(&self, next: &Conversation, turns: &[Turn], pass: Pass) -> Result<Passed, CallError> {
        let (trigger, email) = match pass {
            Pass::Nothing => return Ok(Passed::default()),
            Pass::Address(email) => {
                return Ok(Passed { handover: None, additions: additions([], Some(email)) });
            }
            // The handover itself contains the address.
            Pass::HandOver(trigger, _) if next.handed_up_to == 0 => (Some(trigger), None),
            Pass::HandOver(_, email) | Pass::FollowUp(email) => (None, email),
        };
        let mut since = self.store.turns(&next.id, next.handed_up_to).await.map_err(store_failed)?;
        since.extend_from_slice(turns);
        Ok(match trigger {
            Some(trigger) => {
                let handover = Some(Box::new(self.handover(next, &since, trigger)));
                Passed { handover, additions: Vec::new() }
            }
            None => {
                // System messages tell the visitor the status; the agents know it.
                // The ticket itself has what agents wrote on it.
                let said = since.iter().filter(|turn| turn.author != ChatAuthor::System);
                let said = said.filter(|turn| answered_on(turn).is_none()).map(handed);
                Passed { handover: None, additions: additions(said, email) }
            }
        })
    }

    fn handover(&self, conversation: &Conversation, turns: &[Turn], trigger: Trigger) -> NewHandover {
        let now = self.world.clock.now();
        let handover = Handover {
            merchant: conversation.merchant.clone(),
            occurred_at: now,
            trigger,
            conversation: handover::HandoverConversation {
                id: conversation.id.clone(),
                url: Some(format!("{}/conversations/{}", self.public_url, conversation.id)),
                locale: None,
                summary: None,
                shopper: handover::Shopper {
                    email: conversation.shopper_email.clone(),
                    name: conversation.shopper_name.clone(),
                    ..handover::Shopper::default()
                },
                context: handover::Context {
                    page_url: conversation.page_url.clone(),
                    order_number: conversation.order_number.clone(),
                    cart: conversation.cart.clone(),
                    custom: conversation.custom.clone(),
                },
                messages: turns.iter().map(handed).collect(),
            },
        };
        NewHandover {
            id: self.world.new_id(),
            delivery_ids: [self.world.new_id(), self.world.new_id()],
            // Not posted, so the conversation itself is the key.
            webhook_id: String::new(),
            body_hash: [0; 32],
            handover,
            accepted_at: now.as_millisecond(),
            warnings: Vec::new(),
            answer: |_, _, _, _| String::new(),
        }
    }
}

/// Returns the trigger of a handover by the ability.
fn automatic(reason: &str) -> Trigger {
    Trigger { kind: TriggerKind::Automatic, reason: Some(reason.to_owned()), by: None }
}
