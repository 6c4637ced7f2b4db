//! A handover: a conversation that goes to people. It was read once and can be trusted.

use crate::{
    EmailAddress, TriggerKind, pasted,
    text::{one_line, shorten},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A conversation that was handed over, cleaned of what no ticket may carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// `[A-Za-z0-9_-]{1,64}`.
    pub merchant: String,
    /// When it was handed over.
    pub occurred_at: Timestamp,
    /// Why and by whom.
    pub trigger: Trigger,
    /// What was said.
    pub conversation: HandoverConversation,
}

impl Handover {
    /// What is left when the transcript is removed: nothing that anybody said, and the ids by which a message is known
    /// when it is sent again.
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
    /// Its id alone; none: it has none.
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
    /// By the ability or by a person.
    pub kind: TriggerKind,
    /// A name for programs (`asked_for_human`) or words.
    pub reason: Option<String>,
    /// The person who clicked: name, or address without a name.
    pub by: Option<String>,
}

/// The conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoverConversation {
    /// Convi's id.
    pub id: String,
    /// Its page in Convi, as sent.
    pub url: Option<String>,
    /// A language tag, as sent.
    pub locale: Option<String>,
    /// One line.
    pub summary: Option<String>,
    /// Who asked.
    pub shopper: Shopper,
    /// Where from.
    pub context: Context,
    /// At least one.
    pub messages: Vec<Message>,
}

/// Who asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shopper {
    /// An address that a mail can be sent to.
    pub email: Option<EmailAddress>,
    /// What stood in its place and is none.
    pub email_as_text: Option<String>,
    /// One line.
    pub name: Option<String>,
    /// One line.
    pub phone: Option<String>,
}

/// Where the shopper was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The page, as sent; perhaps no web address.
    pub page_url: Option<String>,
    /// One line.
    pub order_number: Option<String>,
    /// What lay in the cart.
    pub cart: Vec<CartItem>,
    /// Anything else, name and value on one line each.
    pub custom: Vec<(String, String)>,
}

/// A line of the cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CartItem {
    /// The product.
    pub title: String,
    /// How many.
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
    /// Convi's id, for telling known messages from new ones.
    pub id: Option<String>,
    /// Who said it.
    pub author: Author,
    /// What was said; may have several lines, may be empty beside an attachment.
    pub text: String,
    /// When.
    pub sent_at: Option<Timestamp>,
    /// Links that are never fetched.
    pub attachments: Vec<Attachment>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The visitor.
    Shopper,
    /// The AI.
    Assistant,
    /// A person of the shop.
    Agent,
    /// The chat itself.
    System,
}

impl Author {
    /// As a transcript names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Shopper => "Shopper",
            Self::Assistant => "Assistant",
            Self::Agent => "Agent",
            Self::System => "System",
        }
    }
}

/// A file that was sent along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// As sent; perhaps no web address.
    pub url: String,
    /// One line.
    pub name: Option<String>,
    /// As sent, when it looks like one.
    pub content_type: Option<String>,
}

impl Handover {
    /// One line of at most 120 characters: the summary, else the shopper's first line, else a plain sentence.
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
