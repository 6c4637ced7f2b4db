//! Conversations of the storefront chat, as the team sees them.

use super::HandoverView;
use crate::text::later;
use serde::{Deserialize, Serialize};

/// The state of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// The assistant answers.
    Open,
    /// The assistant answers. The shopper asked for a person, but could not be handed over.
    AskedForPerson,
    /// A person answers.
    HandedOver,
    /// Resolved.
    Resolved,
}

impl ConversationState {
    /// Every state, in the order of the filters.
    pub const ALL: [Self; 4] = [Self::Open, Self::AskedForPerson, Self::HandedOver, Self::Resolved];

    /// Returns the text of its badge and filter.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => later("Open"),
            Self::AskedForPerson => later("Asked for a person"),
            Self::HandedOver => later("Handed over"),
            Self::Resolved => later("Resolved"),
        }
    }

    /// Returns its name in the database and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AskedForPerson => "asked_for_person",
            Self::HandedOver => "handed_over",
            Self::Resolved => "resolved",
        }
    }

    /// Returns whether the assistant answers.
    pub fn is_answered_by_assistant(self) -> bool {
        matches!(self, Self::Open | Self::AskedForPerson)
    }

    /// Returns the state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatAuthor {
    /// The shopper.
    Shopper,
    /// The assistant.
    Assistant,
    /// A member of the team.
    Agent,
    /// The chat itself.
    System,
}

impl ChatAuthor {
    /// Returns its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Assistant => "assistant",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }

    /// Returns the author with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Shopper, Self::Assistant, Self::Agent, Self::System].into_iter().find(|it| it.as_str() == name)
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Counts up from 1 within the conversation.
    pub number: i64,
    /// The author.
    pub author: ChatAuthor,
    /// The person's name, for an agent.
    pub name: Option<String>,
    /// The name of the helpdesk that an agent answered in. `None` for messages that were written in Convi.
    pub helpdesk: Option<String>,
    /// The text, which may have several lines.
    pub text: String,
    /// When it was sent, RFC 3339, UTC.
    pub sent_at: String,
}

/// A row of the Conversations page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationItem {
    /// Our id.
    pub id: String,
    /// The state.
    pub state: ConversationState,
    /// The shopper's name, if known.
    pub shopper_name: Option<String>,
    /// The shopper's email address, if known.
    pub shopper_email: Option<String>,
    /// The latest message on one line, shortened.
    pub preview: String,
    /// When the latest message was sent, RFC 3339, UTC.
    pub active_at: String,
    /// Its handover, if there was one.
    pub handover: Option<HandoverView>,
}

/// The parameters of the Conversations page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationQuery {
    /// Only conversations in this state.
    #[serde(default)]
    pub state: Option<ConversationState>,
    /// Only conversations with these words in a message, or in the shopper's name or address.
    #[serde(default)]
    pub search: Option<String>,
    /// 1 to 100; 30 by default.
    #[serde(default)]
    pub limit: Option<u32>,
    /// The previous page's `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A page of conversations, most recent activity first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// The conversations.
    pub conversations: Vec<ConversationItem>,
    /// The cursor of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
    /// Handover to human is inactive, which is why a merchant may miss a ticket.
    pub handover_inactive: bool,
}

/// Whether the shopper has the chat open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopperPresence {
    /// Nothing is known: a chat is watched only once a person may answer.
    #[default]
    Unknown,
    /// It is open.
    Here,
    /// It was last open this many minutes ago.
    Left(u32),
}

/// One conversation with its transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    /// The conversation as in the list.
    pub item: ConversationItem,
    /// The messages after the requested number, in order.
    pub messages: Vec<ChatMessage>,
    /// Names and values: the page, the order and whatever else is known.
    pub context: Vec<(String, String)>,
    /// Whether the shopper has the chat open.
    pub presence: ShopperPresence,
}
