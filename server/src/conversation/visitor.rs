//! Visitors: a token of their own, what they say, the address they leave. The wire format is docs/chat-api.md.

use super::{
    Chat, Pass, automatic,
    respond::{Heard, Said, respond},
    turn,
};
use crate::{
    ability::handover::EARLIER,
    handover::{
        body::CartItem,
        text::{clean, one_line, shorten},
    },
    integrations::internal,
    limits::Limit,
    merchant::{MERCHANT_ID_RULE, is_merchant_id},
    store::conversations::{Conversation, Turn, Uses, Visitor},
};
use app::model::{CallError, ChatAuthor, ConversationState, EmailAddress, FieldError};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{net::IpAddr, time::Duration};

const DAY: i64 = 24 * 3_600_000;
/// How long a token lasts after the last use that was noted, in milliseconds: 30 days, and the one in which further
/// uses are not noted.
const TOKEN_LASTS: i64 = 31 * DAY;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// The most characters of a message.
const MOST_CHARS: usize = 4_000;
/// The most messages of a conversation; then a new one has to begin.
const MOST_MESSAGES: i64 = 4_000;
/// The most lines of a cart that are kept, and the most characters of a title, a quantity or a price.
const MOST_CART_ITEMS: usize = 50;
const MOST_CART_CHARS: usize = 200;
/// How often a change is tried again when somebody else was faster.
const TRIES: usize = 8;

/// A message as it is posted.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posted {
    /// The sender's own id.
    pub id: String,
    /// What is said.
    pub text: String,
    /// The page it is said on.
    #[serde(default)]
    pub page_url: Option<String>,
    /// What the shop knows.
    #[serde(default)]
    pub context: Option<PostedContext>,
}

/// What the shop knows about the visitor's errand.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct PostedContext {
    /// The order it is about.
    #[serde(default)]
    pub order_number: Option<String>,
    /// What lies in the cart, `[{"title", "quantity", "price"}]`. Read by [`cart`] and not by serde: what a shop does
    /// wrong here must not keep its shopper from writing.
    #[serde(default)]
    pub cart: Option<Value>,
}

/// What a visitor sees.
#[derive(Clone, Debug, serde::Serialize)]
pub struct VisitorView {
    /// `new`, `open`, `handed_over` or `resolved`.
    pub state: &'static str,
    /// They were asked for an address.
    pub needs_email: bool,
    /// The address that is known.
    pub email: Option<EmailAddress>,
    /// The messages after the asked number.
    pub messages: Vec<VisitorMessage>,
}

/// A message as a visitor sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct VisitorMessage {
    /// Counts up from 1.
    pub number: i64,
    /// The sender's own id, for the visitor's.
    pub id: Option<String>,
    /// Who.
    pub author: ChatAuthor,
    /// The person's name, for an agent.
    pub name: Option<String>,
    /// What.
    pub text: String,
    /// When, RFC 3339, UTC.
    pub sent_at: String,
}

impl Chat {
    /// A token for a new visitor of a shop.
    pub async fn new_visitor(&self, merchant: &str, address: IpAddr) -> Result<String, CallError> {
        if !is_merchant_id(merchant) {
            return Err(CallError::field(FieldError::new("merchant", MERCHANT_ID_RULE)));
        }
        self.limit(&[Limit { name: format!("visitors:{address}"), most: 20, window: MINUTE }])?;
        let mut random = [0; 32];
        self.world.entropy.fill(&mut random);
        let token = BASE64_URL_SAFE_NO_PAD.encode(random);
        let visitor = Visitor {
            token: Sha256::digest(token.as_bytes()).into(),
            merchant: merchant.to_owned(),
            conversation: None,
            seen_at: self.world.clock.now_ms(),
        };
        self.store.insert_visitor(&visitor).await.map_err(internal)?;
        Ok(token)
    }

    /// Who has this token. That it was used is noted once a day, so that looking again and again writes nothing.
    pub async fn visitor(&self, token: &str) -> Result<Visitor, CallError> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut visitor = self.store.visitor(&hash).await.map_err(internal)?.ok_or(CallError::SignedOut)?;
        let now = self.world.clock.now_ms();
        if now - visitor.seen_at >= TOKEN_LASTS {
            return Err(CallError::SignedOut);
        }
        if now - visitor.seen_at >= DAY {
            visitor.seen_at = now;
            self.store.touch_visitor(&visitor).await.map_err(internal)?;
        }
        Ok(visitor)
    }

    /// The visitor's conversation.
    pub async fn visitor_view(&self, visitor: &Visitor, after: i64) -> Result<VisitorView, CallError> {
        let Some(conversation) = self.of(visitor).await? else {
            return Ok(VisitorView { state: "new", needs_email: false, email: None, messages: Vec::new() });
        };
        let turns = self.store.turns(&conversation.id, after).await.map_err(internal)?;
        Ok(VisitorView {
            state: conversation.state.as_str(),
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
                    sent_at: crate::integrations::rfc3339(turn.sent_at),
                })
                .collect(),
        })
    }

    /// A visitor says something. The same id again changes nothing.
    pub async fn say(
        &self,
        visitor: &mut Visitor,
        posted: &Posted,
        address: IpAddr,
    ) -> Result<(), CallError> {
        self.listen(visitor, posted, None, address).await
    }

    /// Takes what is posted, or, with an address, what stands for one that is left in the form.
    async fn listen(
        &self,
        visitor: &mut Visitor,
        posted: &Posted,
        left: Option<&EmailAddress>,
        address: IpAddr,
    ) -> Result<(), CallError> {
        let said = parse(posted).map_err(|errors| CallError::Fields { errors })?;
        let said = Said { left: left.cloned(), ..said };
        let (visitor_name, merchant) = (hex(&visitor.token), visitor.merchant.clone());
        if let Some(id) = &visitor.conversation
            && self.knows(id, &posted.id).await?
        {
            return Ok(());
        }
        self.limit(&[
            Limit { name: format!("messages:{visitor_name}"), most: 20, window: MINUTE },
            Limit { name: format!("messages-from:{address}"), most: 120, window: MINUTE },
            Limit { name: format!("messages-to:{merchant}"), most: 3_000, window: MINUTE },
        ])?;
        let ability = self.store.ability(&merchant).await.map_err(internal)?;
        for _ in 0..TRIES {
            let now = self.world.clock.now_ms();
            let conversation = match self.of(visitor).await? {
                Some(conversation) => conversation,
                None => self.begin(visitor, now).await?,
            };
            if conversation.messages >= MOST_MESSAGES {
                return Err(CallError::Conflict {
                    message: "This conversation is too long to go on. Please write an e-mail.".to_owned(),
                });
            }
            if has(&conversation, left) || self.knows(&conversation.id, &posted.id).await? {
                return Ok(());
            }
            let earlier = self.earlier(&conversation).await?;
            let heard =
                Heard { conversation: &conversation, earlier: &earlier, ability: &ability, said: &said };
            let mut response = respond(&heard);
            if response.hand_over.is_some() && conversation.handed_up_to == 0 {
                let limited = self.limit(&[
                    Limit { name: format!("handovers:{visitor_name}"), most: 3, window: HOUR },
                    Limit { name: format!("handovers-from:{address}"), most: 20, window: HOUR },
                    Limit { name: format!("handovers-to:{merchant}"), most: 600, window: HOUR },
                ]);
                if limited.is_err() {
                    response = super::respond::refused(&heard);
                }
            }
            let mut turns = vec![Turn {
                key: Some(posted.id.clone()),
                ..turn(ChatAuthor::Shopper, said.text.clone(), now)
            }];
            turns.extend(response.lines.iter().map(|(author, text)| turn(*author, text.clone(), now)));
            let next = Conversation {
                state: response.state,
                shopper_email: response.email.clone().or_else(|| conversation.shopper_email.clone()),
                capture: response.capture.clone(),
                page_url: said.page_url.clone().or_else(|| conversation.page_url.clone()),
                order_number: said.order_number.clone().or_else(|| conversation.order_number.clone()),
                cart: said.cart.clone().unwrap_or_else(|| conversation.cart.clone()),
                preview: shorten(&one_line(&said.text), 160),
                active_at: now,
                ..conversation.clone()
            };
            let uses = Uses { handover: response.hand_over.is_some(), email: response.email.is_some() };
            // Without a ticket so far, its handover will have the address.
            let email = response.email.filter(|_| conversation.handed_up_to > 0);
            let pass = match (&response.hand_over, email) {
                (Some(reason), email) => Pass::HandOver(automatic(reason), email),
                (None, email) if next.state == ConversationState::HandedOver => Pass::FollowUp(email),
                (None, Some(email)) => Pass::Address(email),
                (None, None) => Pass::Nothing,
            };
            if self.apply(&conversation, next, turns, pass, uses).await? {
                return Ok(());
            }
        }
        tracing::warn!(merchant, "a message found no turn");
        Err(CallError::Internal)
    }

    /// A visitor leaves an address in the form. The one that is known already changes nothing: an answer may have been
    /// lost on its way.
    pub async fn leave_address(
        &self,
        visitor: &mut Visitor,
        email: &str,
        address: IpAddr,
    ) -> Result<(), CallError> {
        let email = EmailAddress::parse_field("email", email).map_err(CallError::field)?;
        if self.of(visitor).await?.is_some_and(|conversation| has(&conversation, Some(&email))) {
            return Ok(());
        }
        let posted = Posted {
            id: format!("email-{}", self.world.new_id()),
            text: email.to_string(),
            page_url: None,
            context: None,
        };
        self.listen(visitor, &posted, Some(&email), address).await
    }

    /// A visitor would rather leave no address: nobody asks again, and twice is once.
    pub async fn refuse_address(&self, visitor: &Visitor) -> Result<(), CallError> {
        for _ in 0..TRIES {
            let Some(conversation) = self.of(visitor).await? else { return Ok(()) };
            let Some((line, capture)) = super::respond::refused_address(&conversation) else { return Ok(()) };
            let now = self.world.clock.now_ms();
            let turns = line.into_iter().map(|line| turn(ChatAuthor::System, line, now)).collect();
            let next = Conversation { capture, ..conversation.clone() };
            if self.apply(&conversation, next, turns, Pass::Nothing, Uses::default()).await? {
                return Ok(());
            }
        }
        tracing::warn!(merchant = visitor.merchant, "a refusal found no turn");
        Err(CallError::Internal)
    }

    async fn knows(&self, conversation: &str, key: &str) -> Result<bool, CallError> {
        Ok(self.store.number_of(conversation, key).await.map_err(internal)?.is_some())
    }

    /// What the shopper said before, as far as an answer depends on it.
    async fn earlier(&self, conversation: &Conversation) -> Result<Vec<Turn>, CallError> {
        if conversation.state == ConversationState::HandedOver {
            return Ok(Vec::new());
        }
        self.store.last_turns(&conversation.id, ChatAuthor::Shopper, EARLIER).await.map_err(internal)
    }

    async fn of(&self, visitor: &Visitor) -> Result<Option<Conversation>, CallError> {
        match &visitor.conversation {
            Some(id) => self.store.conversation(&visitor.merchant, id).await.map_err(internal),
            None => Ok(None),
        }
    }

    /// A conversation that is not kept yet: the first message keeps it.
    async fn begin(&self, visitor: &mut Visitor, now: i64) -> Result<Conversation, CallError> {
        if visitor.conversation.is_none() {
            visitor.conversation = Some(self.world.new_id());
            visitor.seen_at = now;
            self.store.touch_visitor(visitor).await.map_err(internal)?;
            // Two tabs may begin at once, or a message be sent again before it is answered: the first written stays.
            if let Some(kept) = self.store.visitor(&visitor.token).await.map_err(internal)? {
                visitor.conversation = kept.conversation;
            }
        }
        Ok(Conversation {
            id: visitor.conversation.clone().unwrap_or_default(),
            merchant: visitor.merchant.clone(),
            state: ConversationState::Open,
            shopper_name: None,
            shopper_email: None,
            capture: String::new(),
            page_url: None,
            order_number: None,
            cart: Vec::new(),
            preview: String::new(),
            messages: 0,
            handed_up_to: 0,
            created_at: now,
            active_at: now,
        })
    }

    fn limit(&self, limits: &[Limit]) -> Result<(), CallError> {
        self.windows.check(limits).map_err(|retry_after| CallError::TooManyCalls { retry_after })
    }
}

fn parse(posted: &Posted) -> Result<Said, Vec<FieldError>> {
    let mut errors = Vec::new();
    let id = &posted.id;
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !(1..=64).contains(&id.len()) || !plain {
        errors.push(FieldError::new("id", "1 to 64 letters, digits, hyphens and underscores."));
    }
    let text = clean(&posted.text).trim().to_owned();
    match text.chars().count() {
        0 => errors.push(FieldError::new("text", "Nothing in it can be read. Write it again in words.")),
        1..=MOST_CHARS => {}
        _ => errors.push(FieldError::new("text", "Shorten it to 4,000 characters, or send it in parts.")),
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let context = posted.context.as_ref();
    Ok(Said {
        text,
        left: None,
        page_url: line(posted.page_url.as_deref(), 2_000),
        order_number: context.and_then(|context| line(context.order_number.as_deref(), 100)),
        cart: context.and_then(|context| context.cart.as_ref()).and_then(cart),
    })
}

/// One cleaned line, or none when nothing is left of it.
fn line(text: Option<&str>, most: usize) -> Option<String> {
    let line = one_line(text?);
    (!line.is_empty()).then(|| shorten(&line, most))
}

/// What of a posted cart can be read: lines with a title, as many as an agent would look at.
fn cart(posted: &Value) -> Option<Vec<CartItem>> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => line(Some(text), MOST_CART_CHARS),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let item = |item: &Value| {
        let (quantity, price) = (text(item.get("quantity")), text(item.get("price")));
        Some(CartItem { title: text(item.get("title"))?, quantity, price })
    };
    Some(posted.as_array()?.iter().filter_map(item).take(MOST_CART_ITEMS).collect())
}

/// Whether this address is the shopper's already.
fn has(conversation: &Conversation, left: Option<&EmailAddress>) -> bool {
    let known = conversation.shopper_email.as_ref().zip(left);
    known.is_some_and(|(known, left)| known.as_str().eq_ignore_ascii_case(left.as_str()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
