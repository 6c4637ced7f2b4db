//! Conversations of the storefront chat, their visitors, and what the assistant may do by itself.

use super::{Stored, handovers::NewHandover};
use app::model::{ChatAuthor, ConversationState, EmailAddress, EmailCapture, Faq, HandoverAbility};
use domain::{addition::Addition, clock::Millis, handover::CartItem};

/// A conversation, without its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Ours.
    pub id: String,
    /// Whose.
    pub merchant: String,
    /// Where it stands.
    pub state: ConversationState,
    /// The shopper's name.
    pub shopper_name: Option<String>,
    /// The shopper's address.
    pub shopper_email: Option<EmailAddress>,
    /// Where asking for an address stands, as JSON.
    pub capture: String,
    /// The page that it was last heard of on.
    pub page_url: Option<String>,
    /// The order it is about.
    pub order_number: Option<String>,
    /// What lay in the cart.
    pub cart: Vec<CartItem>,
    /// Anything else that the shop said, name and value.
    pub custom: Vec<(String, String)>,
    /// The last message on one line.
    pub preview: String,
    /// The last message's number.
    pub messages: i64,
    /// The last message that went into the handover or a part of it; 0: never handed over.
    pub handed_up_to: i64,
    /// When it began.
    pub created_at: Millis,
    /// When somebody last said something.
    pub active_at: Millis,
}

/// A turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// From 1.
    pub number: i64,
    /// Who.
    pub author: ChatAuthor,
    /// The person's name, for an agent.
    pub name: Option<String>,
    /// The sender's own id.
    pub key: Option<String>,
    /// What.
    pub text: String,
    /// When.
    pub sent_at: Millis,
}

/// What happens to a conversation at once, or not at all.
#[derive(Clone, Debug)]
pub struct ConversationChange {
    /// The conversation as it will be, with the number of messages that it had before `turns`.
    pub conversation: Conversation,
    /// Where asking for an address stood before: a refusal says nothing, and what was decided before it would undo it.
    pub capture_before: String,
    /// What is said, in order; their numbers follow from the conversation's.
    pub turns: Vec<Turn>,
    /// It is handed over: the handover, if it never was before.
    pub handover: Option<Box<NewHandover>>,
    /// It was handed over before: what came since, for the same ticket.
    pub additions: Vec<Addition>,
    /// Counted for the merchant.
    pub uses: Uses,
}

/// What an ability did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uses {
    /// Handed over by itself.
    pub handover: bool,
    /// Was given an address.
    pub email: bool,
}

/// Which conversations to list, newest activity first.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// Only those in this state.
    pub state: Option<ConversationState>,
    /// Only those with this in a message, the name or the address.
    pub search: Option<String>,
    /// Only those after this one in the list.
    pub before: Option<(Millis, String)>,
    /// How many at most.
    pub limit: u32,
}

/// A visitor of a storefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// SHA-256 of the token.
    pub token: [u8; 32],
    /// Whose shop.
    pub merchant: String,
    /// What they are saying; none: nothing yet.
    pub conversation: Option<String>,
    /// When the token was last used.
    pub seen_at: Millis,
}

/// What a merchant set, and how often it was used.
#[derive(Clone, Debug, Default)]
pub struct AbilityRow {
    /// Handover to human.
    pub handover: HandoverAbility,
    /// Email capture.
    pub email_capture: EmailCapture,
    /// What the built-in assistant answers.
    pub faqs: Vec<Faq>,
    /// Conversations handed over by it.
    pub handover_uses: u64,
    /// Addresses given to it.
    pub email_uses: u64,
}

/// Conversations.
#[async_trait::async_trait]
pub trait ConversationStore: Send + Sync + 'static {
    /// One of a merchant.
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>>;

    /// Its turns after this number, in order.
    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>>;

    /// The last turns of one author, in order.
    async fn last_turns(&self, id: &str, author: ChatAuthor, most: u32) -> Stored<Vec<Turn>>;

    /// The number of the turn with this key.
    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>>;

    /// A merchant's conversations.
    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>>;

    /// Changes a conversation, or makes it if it has no messages yet. `false`: somebody else said or refused something
    /// first, or a key is known already; look again.
    async fn change(&self, change: &ConversationChange) -> Stored<bool>;

    /// Under which visitors' tokens are made.
    async fn visitor_key(&self) -> Stored<Vec<u8>>;

    /// Notes a visitor's conversation, unless there is one already. Answers the one there is.
    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String>;

    /// The visitor with this token.
    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>>;

    /// Notes that the token was used.
    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()>;

    /// What a merchant set; as it starts when nothing was set.
    async fn ability(&self, merchant: &str) -> Stored<AbilityRow>;

    /// Sets it; the counts stay.
    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()>;
}
