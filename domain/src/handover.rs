//! A handover: a conversation passed on to people. Reading has validated it, so it can be trusted.

use crate::{
    EmailAddress, TriggerKind, pasted,
    text::{one_line, shorten},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A conversation that was handed over, without anything that must not reach a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// `[A-Za-z0-9_-]{1,64}`.
    pub merchant: String,
    /// When it was handed over.
    pub occurred_at: Timestamp,
    /// Why it was handed over, and by whom.
    pub trigger: Trigger,
    /// The conversation itself.
    pub conversation: HandoverConversation,
}

impl Handover {
    /// Returns what remains after the transcript is removed: no text, only the ids by which known messages are
    /// recognised.
    pub fn without_transcript(&self) -> Self {
        let conversation = &self.conversation;
        Self {
            conversation: HandoverConversation {
                id: conversation.id.clone(),
                url: conversation.url.clone(),
                locale: None,
                summary: None,
                shopper: Shopper::default(),
                context: Context::default(),
                messages: conversation.messages.iter().filter_map(Message::without_words).collect(),
            },
            ..self.clone()
        }
    }
}

impl Message {
    /// Returns the message with its id only, or `None` if it has no id.
    pub fn without_words(&self) -> Option<Self> {
        self.id.is_some().then(|| Self {
            id: self.id.clone(),
            author: self.author,
            text: String::new(),
            sent_at: None,
            attachments: Vec::new(),
        })
    }
}

/// Why and by whom a conversation was handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Whether the ability or a person handed it over.
    pub kind: TriggerKind,
    /// A code (`asked_for_human`) or a plain text.
    pub reason: Option<String>,
    /// The person who clicked: their name, or else their address.
    pub by: Option<String>,
}

/// The conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoverConversation {
    /// Convi's id of the conversation.
    pub id: String,
    /// Its page in Convi, as sent.
    pub url: Option<String>,
    /// A language tag, as sent.
    pub locale: Option<String>,
    /// One line.
    pub summary: Option<String>,
    /// The shopper.
    pub shopper: Shopper,
    /// Where the shopper was.
    pub context: Context,
    /// At least one.
    pub messages: Vec<Message>,
}

/// The shopper.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shopper {
    /// A valid address.
    pub email: Option<EmailAddress>,
    /// What was sent as an address but is not one.
    pub email_as_text: Option<String>,
    /// One line.
    pub name: Option<String>,
    /// One line.
    pub phone: Option<String>,
}

/// Where the shopper was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The page as sent, which may not be a URL.
    pub page_url: Option<String>,
    /// One line.
    pub order_number: Option<String>,
    /// The items in the cart.
    pub cart: Vec<CartItem>,
    /// Other fields, as name and value on one line each.
    pub custom: Vec<(String, String)>,
}

/// A line of the cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartItem {
    /// The product.
    pub title: String,
    /// The quantity.
    pub quantity: Option<String>,
    /// As sent, with its currency.
    pub price: Option<String>,
}

impl fmt::Display for CartItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(quantity) = &self.quantity {
            write!(f, "{quantity} × ")?;
        }
        f.write_str(&self.title)?;
        self.price.as_ref().map_or(Ok(()), |price| write!(f, ", {price}"))
    }
}

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Convi's id, which tells known messages from new ones.
    pub id: Option<String>,
    /// The author.
    pub author: Author,
    /// The text; it may have several lines, or be empty beside an attachment.
    pub text: String,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Links to files, which we never fetch.
    pub attachments: Vec<Attachment>,
}

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The visitor.
    Shopper,
    /// The AI.
    Assistant,
    /// A person on the shop's team.
    Agent,
    /// The chat itself.
    System,
}

impl Author {
    /// Returns the author's name in a transcript.
    pub fn label(self) -> &'static str {
        match self {
            Self::Shopper => "Shopper",
            Self::Assistant => "Assistant",
            Self::Agent => "Agent",
            Self::System => "System",
        }
    }
}

/// A file attached to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// As sent, so it may not be a URL.
    pub url: String,
    /// One line.
    pub name: Option<String>,
    /// As sent, if it looks like a media type.
    pub content_type: Option<String>,
}

impl Handover {
    /// Returns one line of at most 120 characters: the summary, else the shopper's first line, else a fixed text.
    pub fn subject(&self) -> String {
        let seen = |line: &str| pasted::trim(&one_line(line)).to_owned();
        let first_line = || {
            self.conversation
                .messages
                .iter()
                .filter(|message| message.author == Author::Shopper)
                .find_map(|message| message.text.lines().map(seen).find(|line| !line.is_empty()))
        };
        let subject = self.conversation.summary.clone().or_else(first_line);
        shorten(&subject.unwrap_or_else(|| "Conversation handed over".to_owned()), 120)
    }
}
