//! All that the screen asks of the Convi side: conversations, abilities, and the checklist that joins the two sides.
//!
//! Apart from [`Backend`](crate::backend::Backend), since Convi's own dashboard has conversations of its own and embeds
//! only the integrations.

use crate::model::{
    Abilities, CallError, ConversationPage, ConversationQuery, ConversationView, EmailCapture, Faq,
    HandoverAbility, Readiness, Trial, Viewer,
};
use std::sync::Arc;

/// The services behind Conversations and Train → Abilities.
#[async_trait::async_trait]
pub trait ChatBackend: Send + Sync + 'static {
    /// What stands between the merchant and a ticket for every handover; lines that are ready included.
    async fn readiness(&self, viewer: &Viewer) -> Result<Vec<Readiness>, CallError>;

    /// Conversations, newest activity first.
    async fn conversations(
        &self,
        viewer: &Viewer,
        query: ConversationQuery,
    ) -> Result<ConversationPage, CallError>;

    /// One conversation with the messages after this number (0: all).
    async fn conversation(
        &self,
        viewer: &Viewer,
        id: &str,
        after: i64,
    ) -> Result<ConversationView, CallError>;

    /// Hands a conversation over by hand. Asks nothing; answers what happened at once. This and the other changes
    /// answer the messages that they added, not the whole transcript.
    async fn hand_over(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Lets the assistant answer again.
    async fn give_back(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Marks a conversation as done.
    async fn resolve_conversation(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Answers the shopper as the team. `key` makes a repeated call one reply.
    async fn reply(
        &self,
        viewer: &Viewer,
        id: &str,
        key: &str,
        text: &str,
    ) -> Result<ConversationView, CallError>;

    /// The merchant's abilities.
    async fn abilities(&self, viewer: &Viewer) -> Result<Abilities, CallError>;

    /// Changes `Handover to human`.
    async fn save_handover_ability(
        &self,
        viewer: &Viewer,
        ability: HandoverAbility,
    ) -> Result<Abilities, CallError>;

    /// Changes `Email capture`.
    async fn save_email_capture(
        &self,
        viewer: &Viewer,
        ability: EmailCapture,
    ) -> Result<Abilities, CallError>;

    /// Changes what the built-in assistant answers.
    async fn save_faqs(&self, viewer: &Viewer, faqs: Vec<Faq>) -> Result<Abilities, CallError>;

    /// What would happen to this sentence with these settings, which need not be saved.
    async fn try_sentence(
        &self,
        viewer: &Viewer,
        ability: HandoverAbility,
        text: String,
    ) -> Result<Trial, CallError>;
}

/// The chat's backend as the server provides it in Leptos's context.
pub type SharedChatBackend = Arc<dyn ChatBackend>;
