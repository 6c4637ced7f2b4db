//! Conversations of the storefront chat, as the team sees them.

use super::HandoverView;
use crate::text::later;
use serde::{Deserialize, Serialize};

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// The assistant answers.
    Open,
    /// A person answers.
    HandedOver,
    /// Done.
    Resolved,
}

impl ConversationState {
    /// Every one, in the order of the screen's filters.
    pub const ALL: [Self; 3] = [Self::Open, Self::HandedOver, Self::Resolved];

    /// The badge's and the filter's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => later("Open"),
            Self::HandedOver => later("Handed over"),
            Self::Resolved => later("Resolved"),
        }
    }

    /// Its name in tables and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::HandedOver => "handed_over",
            Self::Resolved => "resolved",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatAuthor {
    /// The visitor.
    Shopper,
    /// The AI.
    Assistant,
    /// A person of the shop.
    Agent,
    /// The chat itself.
    System,
}

impl ChatAuthor {
    /// Its name in tables and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Assistant => "assistant",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }

    /// The author with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Shopper, Self::Assistant, Self::Agent, Self::System].into_iter().find(|it| it.as_str() == name)
    }
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Counts up within the conversation from 1.
    pub number: i64,
    /// Who.
    pub author: ChatAuthor,
    /// The person's name, for an agent.
    pub name: Option<String>,
    /// What; several lines.
    pub text: String,
    /// When, RFC 3339, UTC.
    pub sent_at: String,
}

/// A row of the Conversations page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationItem {
    /// Ours.
    pub id: String,
    /// Where it stands.
    pub state: ConversationState,
    /// The shopper's name, when known.
    pub shopper_name: Option<String>,
    /// The shopper's address, when known.
    pub shopper_email: Option<String>,
    /// The last message, on one line and shortened.
    pub preview: String,
    /// When somebody last said something, RFC 3339, UTC.
    pub active_at: String,
    /// What became of its handover, if there was one.
    pub handover: Option<HandoverView>,
}

/// What the Conversations page can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationQuery {
    /// Only those in this state.
    #[serde(default)]
    pub state: Option<ConversationState>,
    /// Only those with these words in a message, the shopper's name or address.
    #[serde(default)]
    pub search: Option<String>,
    /// 1 to 100; 30 without it.
    #[serde(default)]
    pub limit: Option<u32>,
    /// As the last page answered.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A page of conversations, newest activity first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// The conversations.
    pub conversations: Vec<ConversationItem>,
    /// Where the next page starts; none on the last.
    pub next_cursor: Option<String>,
    /// Why a merchant may miss a ticket: Handover to human is inactive.
    pub handover_inactive: bool,
}

/// One conversation with its transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    /// As in the list.
    pub item: ConversationItem,
    /// In order; only those after the asked number.
    pub messages: Vec<ChatMessage>,
    /// Name and value: page, order, and what else is known.
    pub context: Vec<(String, String)>,
}
