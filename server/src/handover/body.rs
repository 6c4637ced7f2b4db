//! The body of `POST /v1/handovers`, parsed once into a handover that can be trusted.
//!
//! The wire format is design.md section 4. Unknown fields are ignored; what is there but wrong is refused with
//! the field's name; a shopper's address that is none is kept as text, since the ticket matters more.

use super::text::{clean, one_line, shorten};
use app::model::{EmailAddress, FieldError, TriggerKind};
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
    /// Parses the body. `received_at` stands in when it does not say when it happened.
    pub fn parse(body: &[u8], received_at: Timestamp) -> Result<Self, BodyError> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let wire: wire::Handover = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = error.path().to_string();
            let inner = error.into_inner();
            if inner.is_data() {
                BodyError::Fields(vec![type_error(&field, &inner)])
            } else {
                BodyError::NotJson(format!(
                    "The body is not JSON: line {}, column {}.",
                    inner.line(),
                    inner.column()
                ))
            }
        })?;
        json.end().map_err(|error| {
            BodyError::NotJson(format!(
                "Something follows the JSON: line {}, column {}.",
                error.line(),
                error.column()
            ))
        })?;
        let mut errors = Vec::new();
        let handover = wire.check(received_at, &mut errors);
        match handover {
            Some(handover) if errors.is_empty() => Ok(handover),
            _ => Err(BodyError::Fields(errors)),
        }
    }

    /// One line of at most 120 characters: the summary, else the shopper's first line, else a plain sentence.
    pub fn subject(&self) -> String {
        let first_line = || {
            self.conversation
                .messages
                .iter()
                .filter(|message| message.author == Author::Shopper)
                .find_map(|message| message.text.lines().map(one_line).find(|line| !line.is_empty()))
        };
        let subject = self.conversation.summary.clone().or_else(first_line);
        shorten(&subject.unwrap_or_else(|| "Conversation handed over".to_owned()), 120)
    }
}

/// serde's own words, without the position that means nothing to a sender who builds JSON by program.
fn type_error(path: &str, error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    if let Some(missing) = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        // The path of a missing field is that of what lacks it.
        let field = if path == "." { missing.to_owned() } else { format!("{path}.{missing}") };
        return FieldError::new(field, "This field is required.");
    }
    // serde quotes the value it met, which may be chat text: only what was expected is repeated.
    // The last one: the value itself may say "expected" too.
    let expected = text.rsplit_once("expected ").map_or("another type", |(_, expected)| expected);
    FieldError::new(
        if path == "." { "body" } else { path },
        format!("Wrong type or value: expected {expected}."),
    )
}

/// The JSON as it comes.
mod wire {
    use super::{
        Attachment, Author, CartItem, Context, Conversation, FieldError, MAX_MESSAGES, Message, Shopper,
        Timestamp, TriggerKind, clean, one_line, shorten,
    };
    use serde::Deserialize;
    use serde_json::{Map, Value};

    #[derive(Deserialize)]
    pub struct Handover {
        merchant_id: String,
        #[serde(default)]
        occurred_at: Option<String>,
        trigger: Trigger,
        conversation: ConversationWire,
    }

    #[derive(Deserialize)]
    struct Trigger {
        kind: TriggerKind,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        by: Option<By>,
    }

    #[derive(Deserialize)]
    struct By {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        email: Option<String>,
    }

    #[derive(Deserialize)]
    struct ConversationWire {
        id: String,
        #[serde(default)]
        url: Option<String>,
        #[serde(default)]
        locale: Option<String>,
        #[serde(default)]
        summary: Option<String>,
        #[serde(default)]
        shopper: Option<ShopperWire>,
        #[serde(default)]
        context: Option<ContextWire>,
        messages: Vec<MessageWire>,
    }

    #[derive(Deserialize, Default)]
    struct ShopperWire {
        #[serde(default)]
        email: Option<String>,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        phone: Option<String>,
    }

    #[derive(Deserialize, Default)]
    struct ContextWire {
        #[serde(default)]
        page_url: Option<String>,
        #[serde(default)]
        order_number: Option<Loose>,
        #[serde(default)]
        cart: Option<Vec<CartWire>>,
        #[serde(default)]
        custom: Option<Map<String, Value>>,
    }

    /// Shops send order numbers, quantities and prices as numbers or as text; both mean the same to an agent.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Text(String),
        Number(serde_json::Number),
    }

    impl Loose {
        fn line(self) -> Option<String> {
            match self {
                Self::Text(text) => line(Some(text), 500),
                Self::Number(number) => Some(number.to_string()),
            }
        }
    }

    #[derive(Deserialize)]
    struct CartWire {
        title: String,
        #[serde(default)]
        quantity: Option<Loose>,
        #[serde(default)]
        price: Option<Loose>,
    }

    #[derive(Deserialize)]
    struct MessageWire {
        #[serde(default)]
        id: Option<String>,
        author: Author,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        sent_at: Option<String>,
        #[serde(default)]
        attachments: Option<Vec<AttachmentWire>>,
    }

    #[derive(Deserialize)]
    struct AttachmentWire {
        url: String,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        content_type: Option<String>,
    }

    /// One cleaned line, or none when nothing is left of it.
    fn line(text: Option<String>, limit: usize) -> Option<String> {
        let line = one_line(&text?);
        (!line.is_empty()).then(|| shorten(&line, limit))
    }

    fn time(field: &str, text: Option<String>, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
        let parsed = text?.parse::<Timestamp>();
        if parsed.is_err() {
            errors.push(FieldError::new(field, "Not an RFC 3339 time, for example 2026-11-22T10:00:00Z."));
        }
        parsed.ok()
    }

    impl Handover {
        pub fn check(self, received_at: Timestamp, errors: &mut Vec<FieldError>) -> Option<super::Handover> {
            if !crate::merchant::is_merchant_id(&self.merchant_id) {
                errors.push(FieldError::new("merchant_id", crate::merchant::MERCHANT_ID_RULE));
            }
            let occurred_at = time("occurred_at", self.occurred_at, errors).unwrap_or(received_at);
            let conversation = self.conversation.check(errors)?;
            let by = self.trigger.by.and_then(|by| line(by.name, 200).or_else(|| line(by.email, 320)));
            Some(super::Handover {
                merchant: self.merchant_id,
                occurred_at,
                trigger: super::Trigger {
                    kind: self.trigger.kind,
                    reason: line(self.trigger.reason, 500),
                    by,
                },
                conversation,
            })
        }
    }

    impl ConversationWire {
        fn check(self, errors: &mut Vec<FieldError>) -> Option<Conversation> {
            let id_fits = (1..=255).contains(&self.id.chars().count()) && one_line(&self.id) == self.id;
            if !id_fits {
                errors.push(FieldError::new(
                    "conversation.id",
                    "1 to 255 characters on one line, without spaces around them.",
                ));
            }
            match self.messages.len() {
                0 => {
                    errors.push(FieldError::new("conversation.messages", "At least one message is required."))
                }
                1..=MAX_MESSAGES => {}
                many => {
                    errors.push(FieldError::new(
                        "conversation.messages",
                        format!("{many} messages; the most is {MAX_MESSAGES}."),
                    ));
                    return None;
                }
            }
            let messages = self
                .messages
                .into_iter()
                .enumerate()
                .map(|(index, message)| message.check(index, errors))
                .collect();
            Some(Conversation {
                id: self.id,
                url: line(self.url, 2_000),
                locale: line(self.locale, 35),
                summary: line(self.summary, 1_000),
                shopper: self.shopper.unwrap_or_default().check(),
                context: self.context.unwrap_or_default().check(),
                messages,
            })
        }
    }

    impl ShopperWire {
        fn check(self) -> Shopper {
            let email = self.email.as_deref().and_then(crate::address::sent);
            let email_as_text = if email.is_none() { line(self.email, 500) } else { None };
            Shopper { email, email_as_text, name: line(self.name, 200), phone: line(self.phone, 100) }
        }
    }

    impl ContextWire {
        fn check(self) -> Context {
            Context {
                page_url: line(self.page_url, 2_000),
                order_number: self.order_number.and_then(Loose::line),
                cart: self
                    .cart
                    .unwrap_or_default()
                    .into_iter()
                    .take(200)
                    .map(|item| CartItem {
                        title: line(Some(item.title), 300).unwrap_or_default(),
                        quantity: item.quantity.and_then(Loose::line),
                        price: item.price.and_then(Loose::line),
                    })
                    .collect(),
                custom: self
                    .custom
                    .unwrap_or_default()
                    .into_iter()
                    .take(100)
                    .filter_map(|(name, value)| {
                        let value = match value {
                            Value::String(text) => text,
                            Value::Null => return None,
                            other => other.to_string(),
                        };
                        Some((line(Some(name), 100)?, line(Some(value), 2_000)?))
                    })
                    .collect(),
            }
        }
    }

    impl MessageWire {
        fn check(self, index: usize, errors: &mut Vec<FieldError>) -> Message {
            let field = format!("conversation.messages[{index}].sent_at");
            Message {
                id: line(self.id, 255),
                author: self.author,
                text: clean(&self.text.unwrap_or_default()).trim_end().to_owned(),
                sent_at: time(&field, self.sent_at, errors),
                attachments: self
                    .attachments
                    .unwrap_or_default()
                    .into_iter()
                    .take(100)
                    .filter_map(|file| {
                        Some(Attachment {
                            url: line(Some(file.url), 2_000)?,
                            name: line(file.name, 200),
                            content_type: line(file.content_type, 100).filter(|text| text.contains('/')),
                        })
                    })
                    .collect(),
            }
        }
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

    fn fields(value: &Value) -> Vec<String> {
        match parse(value) {
            Err(BodyError::Fields(errors)) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        }
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
    fn every_required_field_is_named_when_it_is_missing() {
        for (pointer, field) in [
            ("/merchant_id", "merchant_id"),
            ("/trigger", "trigger"),
            ("/trigger/kind", "trigger.kind"),
            ("/conversation", "conversation"),
            ("/conversation/id", "conversation.id"),
            ("/conversation/messages", "conversation.messages"),
            ("/conversation/messages/0/author", "conversation.messages[0].author"),
        ] {
            let mut body = example();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            assert_eq!(fields(&body), [field]);
        }
    }

    #[test]
    fn wrong_types_and_values_are_named() {
        for (pointer, value, field) in [
            ("/merchant_id", json!(5), "merchant_id"),
            ("/merchant_id", json!("a b"), "merchant_id"),
            ("/merchant_id", json!(""), "merchant_id"),
            ("/merchant_id", json!("m".repeat(65)), "merchant_id"),
            ("/occurred_at", json!("yesterday"), "occurred_at"),
            ("/trigger/kind", json!("magic"), "trigger.kind"),
            ("/conversation/id", json!(""), "conversation.id"),
            ("/conversation/id", json!("a\nb"), "conversation.id"),
            ("/conversation/messages", json!([]), "conversation.messages"),
            ("/conversation/messages", json!("hello"), "conversation.messages"),
            ("/conversation/messages/0/author", json!("robot"), "conversation.messages[0].author"),
            ("/conversation/messages/0/text", json!(["x"]), "conversation.messages[0].text"),
            ("/conversation/messages/0/sent_at", json!("9 o'clock"), "conversation.messages[0].sent_at"),
            ("/conversation/context/cart", json!({}), "conversation.context.cart"),
        ] {
            let mut body = example();
            *body.pointer_mut(pointer).unwrap() = value;
            assert_eq!(fields(&body), [field]);
        }
    }

    #[test]
    fn an_error_never_repeats_what_was_said() {
        let mut body = example();
        *body.pointer_mut("/conversation/messages/0/author").unwrap() = json!("my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
        *body.pointer_mut("/conversation/messages").unwrap() = json!("my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
        let mut body = example();
        *body.pointer_mut("/conversation/messages/0/author").unwrap() = json!("I expected my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
    }

    #[test]
    fn what_is_not_json_says_where() {
        for bad in [&b""[..], b"{", b"hello", b"\xff\xfe", b"{} {}"] {
            let error = Handover::parse(bad, Timestamp::UNIX_EPOCH).unwrap_err();
            // `{} {}` is refused for its first value already, which lacks everything.
            assert!(
                matches!(&error, BodyError::NotJson(text) if text.contains("line")) || bad == b"{} {}",
                "{error:?}"
            );
        }
        let twice = [example().to_string().as_bytes(), b" x"].concat();
        assert!(matches!(Handover::parse(&twice, Timestamp::UNIX_EPOCH), Err(BodyError::NotJson(_))));
        assert!(matches!(Handover::parse(b"[]", Timestamp::UNIX_EPOCH), Err(BodyError::Fields(_))));
    }

    #[test]
    fn five_thousand_messages_pass_and_one_more_does_not() {
        let mut body = example();
        let message = json!({"author":"shopper","text":"x"});
        *body.pointer_mut("/conversation/messages").unwrap() =
            Value::Array(vec![message.clone(); MAX_MESSAGES]);
        assert!(parse(&body).is_ok());
        *body.pointer_mut("/conversation/messages").unwrap() = Value::Array(vec![message; MAX_MESSAGES + 1]);
        assert_eq!(fields(&body), ["conversation.messages"]);
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
    }
}
