//! A handover that was read once (`reading/`) and can be trusted.

use super::text::{one_line, shorten};
use app::model::{EmailAddress, FieldError, TriggerKind, pasted};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most messages of one handover.
pub const MAX_MESSAGES: usize = 5_000;
/// The most bytes of a body.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

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
    pub conversation: Conversation,
}

impl Handover {
    /// What is left when the transcript is removed: nothing that anybody said, and the ids by which a message is known
    /// when it is sent again.
    pub fn without_transcript(&self) -> Self {
        let conversation = &self.conversation;
        Self {
            conversation: Conversation {
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
pub struct Conversation {
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

/// Why a body is no handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Not JSON at all.
    NotJson(String),
    /// JSON, but these fields are wrong.
    Fields(Vec<FieldError>),
}

impl Handover {
    /// [`Handover::read`], without what it has to say about the body.
    pub fn parse(body: &[u8], received_at: Timestamp) -> Result<Self, BodyError> {
        Self::read(body, received_at).map(|(handover, _)| handover)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn example() -> Value {
        json!({"merchant_id":"m1","occurred_at":"2026-11-22T10:00:00Z",
            "trigger":{"kind":"automatic","reason":"asked_for_human"},
            "conversation":{"id":"c-42","url":"https://app.example/conversations/c-42","locale":"en",
                "summary":"Billing question",
                "shopper":{"email":"jane@example.com","name":"Jane Doe","phone":null},
                "context":{"page_url":"https://shop.example/p/1","order_number":"#1042",
                    "cart":[{"title":"Mug","quantity":2,"price":"12.00 EUR"}],"custom":{"plan":"gold"}},
                "messages":[{"id":"1","author":"shopper","text":"I need to talk to a human about a billing issue.",
                    "sent_at":"2026-11-22T09:59:00Z",
                    "attachments":[{"url":"https://files.example/a.png","name":"a.png","content_type":"image/png"}]}]}})
    }

    fn parse(value: &Value) -> Result<Handover, BodyError> {
        Handover::parse(value.to_string().as_bytes(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_contracts_example_is_a_handover() {
        let handover = parse(&example()).unwrap();
        assert_eq!(handover.merchant, "m1");
        assert_eq!(handover.subject(), "Billing question");
        assert_eq!(handover.conversation.context.cart[0].quantity.as_deref(), Some("2"));
        assert_eq!(handover.conversation.context.custom, [("plan".to_owned(), "gold".to_owned())]);
        let stored = serde_json::to_string(&handover).unwrap();
        assert_eq!(
            serde_json::from_str::<Handover>(&stored).unwrap(),
            handover,
            "what is stored is read back"
        );
    }

    #[test]
    fn the_least_that_is_required_is_enough() {
        let least = json!({"merchant_id":"m","trigger":{"kind":"manual"},
            "conversation":{"id":"c","messages":[{"author":"shopper"}]}});
        let handover = parse(&least).unwrap();
        assert_eq!(handover.occurred_at, Timestamp::UNIX_EPOCH, "received, when it does not say when");
        assert_eq!(handover.subject(), "Conversation handed over");
    }

    #[test]
    fn a_wrong_address_is_kept_as_text() {
        let mut body = example();
        *body.pointer_mut("/conversation/shopper/email").unwrap() = json!("jane at\nexample.com");
        let shopper = parse(&body).unwrap().conversation.shopper;
        assert_eq!((shopper.email, shopper.email_as_text.as_deref()), (None, Some("jane at example.com")));
    }

    #[test]
    fn an_address_is_read_through_what_came_along_with_it() {
        for sent in [
            "jane@example.com\u{a0}",
            "\u{feff}jane@example.com\n",
            " Jane Doe <jane@example.com> ",
            "mailto:jane@example.com",
        ] {
            let mut body = example();
            *body.pointer_mut("/conversation/shopper/email").unwrap() = json!(sent);
            let shopper = parse(&body).unwrap().conversation.shopper;
            assert_eq!(
                shopper.email.as_ref().map(EmailAddress::as_str),
                Some("jane@example.com"),
                "{sent:?}"
            );
            assert_eq!(shopper.email_as_text, None);
        }
        let mut body = example();
        *body.pointer_mut("/conversation/shopper/email").unwrap() = json!("jane@müller.de");
        let shopper = parse(&body).unwrap().conversation.shopper;
        assert_eq!(shopper.email.as_ref().map(EmailAddress::as_str), Some("jane@xn--mller-kva.de"));
    }

    #[test]
    fn names_and_subjects_are_one_line() {
        let mut body = example();
        *body.pointer_mut("/conversation/summary").unwrap() = json!("Hello\r\nBcc: x@example.com");
        *body.pointer_mut("/conversation/shopper/name").unwrap() = json!("Jane\n\u{0}Doe");
        let handover = parse(&body).unwrap();
        assert_eq!(handover.subject(), "Hello Bcc: x@example.com");
        assert_eq!(handover.conversation.shopper.name.as_deref(), Some("Jane Doe"));
        *body.pointer_mut("/conversation/summary").unwrap() = json!(null);
        *body.pointer_mut("/conversation/messages/0/text").unwrap() =
            json!(format!("\n\n{}\nrest", "x".repeat(200)));
        assert_eq!(parse(&body).unwrap().subject().chars().count(), 120);
        for text in ["\u{200b}\nHello", "\u{feff}Hello", "\u{3164}\n \u{200d}Hello\u{a0}"] {
            *body.pointer_mut("/conversation/messages/0/text").unwrap() = json!(text);
            assert_eq!(parse(&body).unwrap().subject(), "Hello", "{text:?}");
        }
    }
}
