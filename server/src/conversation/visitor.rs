//! Visitors: their token, what they say, the address they leave. docs/chat-api.md describes the wire format.

use super::{
    Chat, Pass, automatic, rates,
    respond::{EARLIER, Situation, Spoken, respond},
    token, turn,
};
use crate::{
    address,
    client_address::Client,
    handover::reading::{
        Node, Reader, Warnings, context,
        sentences::{MUST_BE, OBJECT, REQUIRED, TEXT, unknown},
    },
    limits::Limit,
    store::conversations::{Conversation, Turn, Uses, Visitor},
    wire::{rfc3339, store_failed},
};
use app::model::{CallError, ChatAuthor, ConversationState, EmailAddress, FieldError, pasted};
use domain::{
    clock::Millis,
    merchant::{MERCHANT_ID_RULE, is_merchant_id},
    said, sentences,
    text::{clean, one_line, shorten},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

const DAY: i64 = 24 * 3_600_000;
/// How long a token is valid after the last recorded use, in milliseconds: 30 days, plus one day in which further uses
/// are not recorded.
pub(crate) const TOKEN_LASTS: i64 = 31 * DAY;
/// The maximum length of a message, in characters.
const MOST_CHARS: usize = 4_000;
/// The maximum number of messages in a conversation; after that, a new one has to begin.
const MOST_MESSAGES: i64 = 4_000;
/// How often a change is retried when another one came first.
const TRIES: usize = 8;

sentences! {
    MESSAGE_ID = "chat.message_id": "This must be 1 to 64 letters, digits, hyphens or underscores.";
    BLANK_MESSAGE = "chat.blank_message": "Your message has no readable text. Write it again.";
    LONG_MESSAGE = "chat.long_message": "Your message is too long. Shorten it to 4,000 characters, or send it in parts.";
    CONVERSATION_TOO_LONG = "chat.conversation_too_long": "This conversation is too long to continue. Please email us instead.";
}

/// A posted message. Optional fields are read only when it is said, so that a shop's mistake there does not keep its
/// shopper from writing.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The sender's own id.
    pub id: String,
    /// The text.
    pub text: String,
    /// The page it is written on.
    pub page_url: Option<Value>,
    /// The shop's context: `order_number`, `cart`, `custom`.
    pub context: Option<Value>,
    /// The language of the chat, as a tag.
    pub locale: Option<String>,
}

impl Posted {
    /// Reads the fields of a body.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let Value::Object(fields) = body else {
            return Err(vec![FieldError::new("body", said!(MUST_BE, wanted = OBJECT))]);
        };
        let known = ["id", "text", "page_url", "context"];
        let mut errors: Vec<_> = fields
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| {
                let name = shorten(&one_line(name), 60);
                FieldError::new(name, unknown(&known.join(", ")))
            })
            .collect();
        errors.truncate(50);
        let mut required = |name: &str| match fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            other => {
                let missing = other.is_none_or(Value::is_null);
                let wrong = if missing { REQUIRED.into() } else { said!(MUST_BE, wanted = TEXT) };
                errors.push(FieldError::new(name, wrong));
                String::new()
            }
        };
        let (id, text) = (required("id"), required("text"));
        let optional = |name: &str| fields.get(name).cloned();
        let mut context = optional("context");
        for pointer in ["", "/cart", "/custom"] {
            context.as_mut().and_then(|it| it.pointer_mut(pointer)).into_iter().for_each(context::unfold);
        }
        let posted = Self { id, text, page_url: optional("page_url"), context, locale: None };
        if errors.is_empty() { Ok(posted) } else { Err(errors) }
    }
}

/// A conversation as its visitor sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct VisitorView {
    /// `new`, `open`, `handed_over` or `resolved`.
    pub state: &'static str,
    /// Whether they were asked for an address.
    pub needs_email: bool,
    /// Their known address.
    pub email: Option<EmailAddress>,
    /// The messages after the requested number.
    pub messages: Vec<VisitorMessage>,
    /// What was not read as it was sent, for the developer of the shop's page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FieldError>,
}

/// A message as a visitor sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct VisitorMessage {
    /// Counts up from 1.
    pub number: i64,
    /// The sender's own id, for the visitor's messages.
    pub id: Option<String>,
    /// The author.
    pub author: ChatAuthor,
    /// The name of the agent.
    pub name: Option<String>,
    /// The text.
    pub text: String,
    /// When it was sent, RFC 3339, UTC.
    pub sent_at: String,
}

impl Chat {
    /// Returns a token for a new visitor of a shop. Nothing is stored before the first message.
    pub async fn new_visitor(&self, merchant: &str, client: Client) -> Result<String, CallError> {
        if !is_merchant_id(merchant) {
            return Err(CallError::field(FieldError::new("merchant", MERCHANT_ID_RULE)));
        }
        self.limit(&rates::new_visitor(client))?;
        Ok(token::make(&self.visitor_key, merchant, self.world.clock.now_ms(), &*self.world.entropy))
    }

    /// Returns the visitor with this token. Its use is recorded once a day, so that polling writes nothing.
    pub async fn visitor(&self, token: &str) -> Result<Visitor, CallError> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let kept = self.store.visitor(&hash).await.map_err(store_failed)?;
        let (is_kept, now) = (kept.is_some(), self.world.clock.now_ms());
        let new = || {
            let (merchant, seen_at) = token::open(&self.visitor_key, token)?;
            Some(Visitor { token: hash, merchant, conversation: None, seen_at })
        };
        let mut visitor = kept.or_else(new).ok_or(CallError::SignedOut)?;
        if now - visitor.seen_at >= TOKEN_LASTS {
            return Err(CallError::SignedOut);
        }
        if is_kept && now - visitor.seen_at >= DAY {
            visitor.seen_at = now;
            self.store.touch_visitor(&visitor).await.map_err(store_failed)?;
        }
        Ok(visitor)
    }

    /// Returns the visitor's conversation. If it is `shown`, the visitor has seen the messages up to `after`.
    pub async fn visitor_view(
        &self,
        visitor: &Visitor,
        after: i64,
        shown: bool,
    ) -> Result<VisitorView, CallError> {
        let Some(conversation) = self.of(visitor).await? else {
            return Ok(VisitorView {
                state: "new",
                needs_email: false,
                email: None,
                messages: Vec::new(),
                warnings: Vec::new(),
            });
        };
        self.note_presence(&conversation).await;
        if shown {
            self.note_seen(&conversation, after).await;
        }
        let turns = self.store.turns(&conversation.id, after).await.map_err(store_failed)?;
        Ok(VisitorView {
            state: match conversation.state {
                // Only the team needs to know.
                ConversationState::AskedForPerson => ConversationState::Open.as_str(),
                state => state.as_str(),
            },
            needs_email: super::respond::asks_for_address(&conversation),
            email: conversation.shopper_email,
            messages: turns
                .into_iter()
                .map(|turn| VisitorMessage {
                    number: turn.number,
                    id: turn.key.filter(|_| turn.author == ChatAuthor::Shopper),
                    author: turn.author,
                    name: turn.name,
                    text: turn.text,
                    sent_at: rfc3339(turn.sent_at),
                })
                .collect(),
            warnings: Vec::new(),
        })
    }

    /// Records that a shopper is waiting for an agent's answer. A failure only delays the answer.
    async fn note_presence(&self, conversation: &Conversation) {
        let merchant = &conversation.merchant;
        let waits = conversation.handed_up_to > 0;
        if !waits || !self.presence.is_news(merchant, (), self.world.clock.since_boot()) {
            return;
        }
        match self.store.saw_shopper(merchant, self.world.clock.now_ms()).await {
            // No lane has anything due, but the next look for answers may now be earlier.
            Ok(()) => self.bell.ring_for([]),
            Err(error) => tracing::warn!(merchant, %error, "an open chat could not be recorded"),
        }
    }

    /// Records what someone who may get an answer by email has seen. A failure may cause a needless email.
    async fn note_seen(&self, conversation: &Conversation, after: i64) {
        let to = after.min(conversation.messages);
        let concerns = conversation.handed_up_to > 0 || conversation.answered_to > 0;
        if !concerns || !self.sightings.is_news(&conversation.id, to, self.world.clock.since_boot()) {
            return;
        }
        if let Err(error) = self.store.saw_messages(&conversation.id, to, self.world.clock.now_ms()).await {
            tracing::warn!(merchant = conversation.merchant, %error, "what a shopper has seen could not be recorded");
        }
    }

    /// Handles a visitor's message. Repeating its id changes nothing. Returns what was not read as it was sent.
    pub async fn say(
        &self,
        visitor: &mut Visitor,
        posted: &Posted,
        client: Client,
    ) -> Result<Warnings, CallError> {
        self.listen(visitor, posted, None, client).await
    }

    /// Handles a posted message, or one that stands for an address left in the form.
    async fn listen(
        &self,
        visitor: &mut Visitor,
        posted: &Posted,
        left: Option<&EmailAddress>,
        client: Client,
    ) -> Result<Warnings, CallError> {
        let (said, warnings) = parse(posted).map_err(|errors| CallError::Fields { errors })?;
        let said = Spoken { left: left.cloned(), ..said };
        let (visitor_name, merchant) = (hex(&visitor.token), visitor.merchant.clone());
        // From here on in turn: a message that is sent again while the first is in flight also counts once.
        let mut its_turn = None;
        if let Some(id) = &visitor.conversation {
            its_turn = Some(self.turns.of(id).await);
            if self.knows(id, &posted.id).await? {
                return Ok(warnings);
            }
        }
        self.limit(&rates::message(&visitor_name, &merchant, client))?;
        let ability = self.store.ability(&merchant).await.map_err(store_failed)?;
        let id = self.begin(visitor).await?;
        let _turn = match its_turn {
            Some(turn) => turn,
            None => self.turns.of(&id).await,
        };
        for _ in 0..TRIES {
            let now = self.world.clock.now_ms();
            let conversation = self.of(visitor).await?.unwrap_or_else(|| new(&id, &merchant, now));
            if conversation.messages >= MOST_MESSAGES {
                return Err(CallError::conflict(CONVERSATION_TOO_LONG));
            }
            if has(&conversation, left) || self.knows(&conversation.id, &posted.id).await? {
                return Ok(warnings);
            }
            let earlier = self.earlier(&conversation).await?;
            let situation =
                Situation { conversation: &conversation, earlier: &earlier, ability: &ability, said: &said };
            let mut reply = respond(&situation);
            if reply.hand_over.is_some()
                && conversation.handed_up_to == 0
                && self.limit(&rates::handover(&visitor_name, &merchant, client)).is_err()
            {
                reply = super::respond::refused(&situation);
            }
            let mut turns = vec![Turn {
                key: Some(posted.id.clone()),
                ..turn(ChatAuthor::Shopper, said.text.clone(), now)
            }];
            turns.extend(reply.lines.iter().map(|(author, text)| turn(*author, text.clone(), now)));
            let next = Conversation {
                state: reply.state,
                shopper_email: reply.email.clone().or_else(|| conversation.shopper_email.clone()),
                capture: reply.capture.clone(),
                page_url: said.page_url.clone().or_else(|| conversation.page_url.clone()),
                order_number: said.order_number.clone().or_else(|| conversation.order_number.clone()),
                cart: said.cart.clone().unwrap_or_else(|| conversation.cart.clone()),
                custom: said.custom.clone().unwrap_or_else(|| conversation.custom.clone()),
                preview: shorten(&one_line(&said.text), 160),
                locale: posted.locale.clone().or_else(|| conversation.locale.clone()),
                active_at: now,
                ..conversation.clone()
            };
            let uses = Uses { handover: reply.hand_over.is_some(), email: reply.email.is_some() };
            // Without a ticket so far, its handover will contain the address.
            let email = reply.email.filter(|_| conversation.handed_up_to > 0);
            let pass = match (&reply.hand_over, email) {
                (Some(reason), email) => Pass::HandOver(automatic(reason), email),
                (None, email) if next.state == ConversationState::HandedOver => Pass::FollowUp(email),
                (None, Some(email)) => Pass::Address(email),
                (None, None) => Pass::Nothing,
            };
            if self.apply(&conversation, next, turns, pass, uses, false).await? {
                return Ok(warnings);
            }
        }
        tracing::warn!(merchant, "a message could not be stored because of concurrent changes");
        Err(CallError::Internal)
    }

    /// Handles an address left in the form. A known address changes nothing: its answer may have been lost.
    pub async fn leave_address(
        &self,
        visitor: &mut Visitor,
        email: &str,
        client: Client,
    ) -> Result<(), CallError> {
        let email = match address::sent(email) {
            Some(email) => email,
            None => EmailAddress::parse_field("email", email).map_err(CallError::field)?,
        };
        if self.of(visitor).await?.is_some_and(|conversation| has(&conversation, Some(&email))) {
            return Ok(());
        }
        let posted = Posted {
            id: format!("email-{}", self.world.new_id()),
            text: email.to_string(),
            page_url: None,
            context: None,
            locale: None,
        };
        self.listen(visitor, &posted, Some(&email), client).await.map(|_| ())
    }

    /// Records that a visitor declines to leave an address, so that they are not asked again. Repeating it changes
    /// nothing.
    pub async fn refuse_address(&self, visitor: &Visitor) -> Result<(), CallError> {
        let Some(id) = &visitor.conversation else { return Ok(()) };
        let _turn = self.turns.of(id).await;
        for _ in 0..TRIES {
            let Some(conversation) = self.of(visitor).await? else { return Ok(()) };
            let Some((line, capture)) = super::respond::refused_address(&conversation) else { return Ok(()) };
            let now = self.world.clock.now_ms();
            let turns = line.into_iter().map(|line| turn(ChatAuthor::System, line, now)).collect();
            let next = Conversation { capture, ..conversation.clone() };
            if self.apply(&conversation, next, turns, Pass::Nothing, Uses::default(), false).await? {
                return Ok(());
            }
        }
        tracing::warn!(
            merchant = visitor.merchant,
            "a refusal could not be stored because of concurrent changes"
        );
        Err(CallError::Internal)
    }

    async fn knows(&self, conversation: &str, key: &str) -> Result<bool, CallError> {
        Ok(self.store.number_of(conversation, key).await.map_err(store_failed)?.is_some())
    }

    /// Returns the earlier messages, as far as an answer depends on them.
    async fn earlier(&self, conversation: &Conversation) -> Result<Vec<Turn>, CallError> {
        if conversation.state == ConversationState::HandedOver {
            return Ok(Vec::new());
        }
        self.store.last_turns(&conversation.id, EARLIER).await.map_err(store_failed)
    }

    async fn of(&self, visitor: &Visitor) -> Result<Option<Conversation>, CallError> {
        match &visitor.conversation {
            Some(id) => self.store.conversation(&visitor.merchant, id).await.map_err(store_failed),
            None => Ok(None),
        }
    }

    /// Returns the id of the visitor's conversation; the first message creates it.
    async fn begin(&self, visitor: &mut Visitor) -> Result<String, CallError> {
        if let Some(id) = &visitor.conversation {
            return Ok(id.clone());
        }
        visitor.seen_at = self.world.clock.now_ms();
        // Two tabs may begin at once, or a message may be sent again before it is answered: the first write wins.
        let id = self.store.keep_visitor(visitor, &self.world.new_id()).await.map_err(store_failed)?;
        visitor.conversation = Some(id.clone());
        Ok(id)
    }

    fn limit(&self, limits: &[Limit]) -> Result<(), CallError> {
        self.windows.check(limits).map_err(|retry_after| CallError::TooManyCalls { retry_after })
    }
}

/// A conversation without messages.
fn new(id: &str, merchant: &str, now: Millis) -> Conversation {
    Conversation {
        id: id.to_owned(),
        merchant: merchant.to_owned(),
        state: ConversationState::Open,
        shopper_name: None,
        shopper_email: None,
        capture: String::new(),
        page_url: None,
        order_number: None,
        cart: Vec::new(),
        custom: Vec::new(),
        preview: String::new(),
        messages: 0,
        handed_up_to: 0,
        locale: None,
        answered_to: 0,
        seen_to: 0,
        seen_at: None,
        created_at: now,
        active_at: now,
    }
}

fn parse(posted: &Posted) -> Result<(Spoken, Warnings), Vec<FieldError>> {
    let mut read = Reader::default();
    let body = Value::Null;
    let root = Node::root("", &body);
    let id = &posted.id;
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !(1..=64).contains(&id.len()) || !plain {
        read.refuse(&root.get("id"), MESSAGE_ID);
    }
    let text = clean(&posted.text).trim().to_owned();
    match text.chars().count() {
        _ if pasted::is_blank(&text) => {
            read.refuse(&root.get("text"), BLANK_MESSAGE);
        }
        0..=MOST_CHARS => {}
        _ => read.refuse(&root.get("text"), LONG_MESSAGE),
    }
    let optional = |value: &'static str| Node::root(value, &Value::Null);
    let page_url = posted.page_url.as_ref().map_or(optional("page_url"), |it| Node::root("page_url", it));
    let context = posted.context.as_ref().map_or(optional("context"), |it| Node::root("context", it));
    let known = context::read(&mut read, &context, &context::CHAT);
    let said = Spoken {
        text,
        left: None,
        page_url: read.line(&page_url, 2_000),
        order_number: known.order_number,
        cart: known.cart,
        custom: known.custom,
    };
    Ok((said, read.finish()?))
}

/// Returns whether this is already the shopper's address.
fn has(conversation: &Conversation, left: Option<&EmailAddress>) -> bool {
    let known = conversation.shopper_email.as_ref().zip(left);
    known.is_some_and(|(known, left)| known.as_str().eq_ignore_ascii_case(left.as_str()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
