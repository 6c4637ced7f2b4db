//! The Convi side: what visitors say on a storefront, what the assistant and the team answer, and how a conversation
//! is handed over.

pub mod readiness;
pub mod respond;
pub mod team;
pub mod visitor;

use crate::{
    clock::World,
    handover::{
        addition::{Addition, additions},
        body::{self, Author, Handover, Message, Trigger},
    },
    integrations::rfc3339,
    limits::Windows,
    services::Services,
    store::{
        Store,
        conversations::{Conversation, Turn},
        handovers::NewHandover,
    },
};
use app::model::{ChatAuthor, ChatMessage, TriggerKind};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Notify;

/// The services behind conversations and abilities.
#[derive(Clone)]
pub struct Chat {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// For what became of handovers, and the connections.
    pub services: Services,
    /// Time and ids.
    pub world: World,
    /// How often visitors may do what.
    pub windows: Arc<Windows>,
    /// Where links back to conversations lead.
    pub public_url: String,
    /// Rung when a handover was taken in.
    pub wake: Arc<Notify>,
}

/// A turn that is about to be said.
fn turn(author: ChatAuthor, text: impl Into<String>, sent_at: i64) -> Turn {
    Turn { number: 0, author, name: None, key: None, text: text.into(), sent_at }
}

/// A turn as people see it.
fn shown(turn: Turn) -> ChatMessage {
    ChatMessage {
        number: turn.number,
        author: turn.author,
        name: turn.name,
        text: turn.text,
        sent_at: rfc3339(turn.sent_at),
    }
}

/// A turn as it stands in a handover.
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

/// What a conversation's change means for its ticket.
#[derive(Default)]
struct Passed {
    handover: Option<Box<NewHandover>>,
    additions: Vec<Addition>,
}

impl Chat {
    /// The handover of a conversation with all that was said; or, when it was handed over before, what came since.
    fn hand(&self, conversation: &Conversation, turns: &[Turn], trigger: Trigger) -> Passed {
        if conversation.handed_up_to > 0 {
            return self.follow_up(conversation, turns, None);
        }
        let now = self.world.clock.now();
        let handover = Handover {
            merchant: conversation.merchant.clone(),
            occurred_at: now,
            trigger,
            conversation: body::Conversation {
                id: conversation.id.clone(),
                url: Some(format!("{}/conversations/{}", self.public_url, conversation.id)),
                locale: None,
                summary: None,
                shopper: body::Shopper {
                    email: conversation.shopper_email.clone(),
                    name: conversation.shopper_name.clone(),
                    ..body::Shopper::default()
                },
                context: body::Context {
                    page_url: conversation.page_url.clone(),
                    order_number: conversation.order_number.clone(),
                    ..body::Context::default()
                },
                messages: turns.iter().map(handed).collect(),
            },
        };
        let new = NewHandover {
            id: self.world.new_id(),
            delivery_ids: [self.world.new_id(), self.world.new_id()],
            // Not posted: the conversation itself is the key.
            webhook_id: String::new(),
            body_hash: [0; 32],
            handover,
            accepted_at: now.as_millisecond(),
            answer: |_, _, _| String::new(),
        };
        Passed { handover: Some(Box::new(new)), additions: Vec::new() }
    }

    /// What came since the handover, for the same ticket.
    fn follow_up(
        &self,
        conversation: &Conversation,
        turns: &[Turn],
        email: Option<app::model::EmailAddress>,
    ) -> Passed {
        // System lines tell the visitor where things stand; the agents know.
        let since = turns
            .iter()
            .filter(|turn| turn.number > conversation.handed_up_to && turn.author != ChatAuthor::System)
            .map(handed);
        Passed { handover: None, additions: additions(since, email) }
    }
}

/// Why the ability handed it over.
fn automatic(reason: &str) -> Trigger {
    Trigger { kind: TriggerKind::Automatic, reason: Some(reason.to_owned()), by: None }
}

/// Numbers for turns that follow the conversation's last one.
fn numbered(conversation: &Conversation, turns: &mut [Turn]) {
    for (turn, number) in turns.iter_mut().zip(conversation.messages + 1..) {
        turn.number = number;
    }
}
