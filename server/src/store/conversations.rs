//! Conversations of the storefront chat, their visitors, and the settings of the abilities.

use super::{Stored, handovers::NewHandover};
use app::model::{ChatAuthor, ConversationState, EmailAddress, EmailCapture, Faq, HandoverAbility};
use domain::{addition::Addition, clock::Millis, handover::CartItem};

/// A conversation without its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Our id.
    pub id: String,
    /// The merchant.
    pub merchant: String,
    /// Its state.
    pub state: ConversationState,
    /// The shopper's name.
    pub shopper_name: Option<String>,
    /// The shopper's address.
    pub shopper_email: Option<EmailAddress>,
    /// The progress of asking for an address, as JSON.
    pub capture: String,
    /// The page that the shopper was last on.
    pub page_url: Option<String>,
    /// The order it is about.
    pub order_number: Option<String>,
    /// The items in the cart.
    pub cart: Vec<CartItem>,
    /// Other fields from the shop, as name and value.
    pub custom: Vec<(String, String)>,
    /// The last message on one line.
    pub preview: String,
    /// The number of the last message.
    pub messages: i64,
    /// The number of the last message in the handover or its later parts; 0 if it was never handed over.
    pub handed_up_to: i64,
    /// The language of the shopper's browser, as a tag such as `de-AT`.
    pub locale: Option<String>,
    /// The number of the last message that an agent wrote; 0 if there is none.
    pub answered_to: i64,
    /// The number of the last message that the shopper has seen. A change leaves it as it is, and `seen_at` too.
    pub seen_to: i64,
    /// When the chat was last seen open, as far as that was recorded.
    pub seen_at: Option<Millis>,
    /// When it began.
    pub created_at: Millis,
    /// When the last message was sent.
    pub active_at: Millis,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Counted from 1.
    pub number: i64,
    /// The author.
    pub author: ChatAuthor,
    /// The name of the agent.
    pub name: Option<String>,
    /// The sender's own id.
    pub key: Option<String>,
    /// The text.
    pub text: String,
    /// When it was sent.
    pub sent_at: Millis,
}

/// A change of a conversation, written completely or not at all.
#[derive(Clone, Debug)]
pub struct ConversationChange {
    /// The conversation after the change, with the number of messages that it had before `turns`.
    pub conversation: Conversation,
    /// The capture state before the change. A refusal adds no message, so without this an older decision could undo it.
    pub capture_before: String,
    /// The new messages, in order; their numbers follow the conversation's last one.
    pub turns: Vec<Turn>,
    /// The handover, if the conversation is now handed over for the first time.
    pub handover: Option<Box<NewHandover>>,
    /// Additions since the handover, for the same ticket.
    pub additions: Vec<Addition>,
    /// Whether the shopper is emailed the last of the new messages, an agent's, unless they see it soon.
    pub emails_answer: bool,
    /// What to count for the merchant.
    pub uses: Uses,
}

/// What an ability did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uses {
    /// It handed the conversation over.
    pub handover: bool,
    /// It was given an address.
    pub email: bool,
}

/// Which conversations to list, latest activity first.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// Only those in this state.
    pub state: Option<ConversationState>,
    /// Only those with this text in a message, the shopper's name or the address.
    pub search: Option<String>,
    /// Only those after this one in the list.
    pub before: Option<(Millis, String)>,
    /// The maximum number to return.
    pub limit: u32,
}

/// A visitor of a storefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The SHA-256 of the token.
    pub token: [u8; 32],
    /// The merchant whose shop it is.
    pub merchant: String,
    /// The visitor's conversation, if it has begun.
    pub conversation: Option<String>,
    /// When the token was last used.
    pub seen_at: Millis,
}

/// A merchant's ability settings, and how often each ability was used.
#[derive(Clone, Debug, Default)]
pub struct AbilityRow {
    /// Handover to human.
    pub handover: HandoverAbility,
    /// Email capture.
    pub email_capture: EmailCapture,
    /// The answers of the built-in assistant.
    pub faqs: Vec<Faq>,
    /// Conversations that it handed over.
    pub handover_uses: u64,
    /// Addresses that it was given.
    pub email_uses: u64,
}

/// Stores conversations.
#[async_trait::async_trait]
pub trait ConversationStore: Send + Sync + 'static {
    /// Returns a merchant's conversation.
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>>;

    /// Returns the turns after this number, in order.
    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>>;

    /// Returns the last turns, in order.
    async fn last_turns(&self, id: &str, most: u32) -> Stored<Vec<Turn>>;

    /// Returns the number of the turn with this key.
    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>>;

    /// Lists a merchant's conversations.
    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>>;

    /// Changes a conversation, or creates it if it has no messages yet. Returns `false` if another change came first or
    /// a key is already known; the caller then reads it again.
    async fn change(&self, change: &ConversationChange) -> Stored<bool>;

    /// Returns the key that visitors' tokens are made with.
    async fn visitor_key(&self) -> Stored<Vec<u8>>;

    /// Sets a visitor's conversation unless there is one already. Returns the one that is set.
    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String>;

    /// Returns the visitor with this token.
    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>>;

    /// Records that the token was used.
    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()>;

    /// Returns a merchant's settings, or the defaults.
    async fn ability(&self, merchant: &str) -> Stored<AbilityRow>;

    /// Stores the settings and leaves the counts alone.
    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()>;
}
