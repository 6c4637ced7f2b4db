//! Everything that the screen asks of the Convi side: conversations, abilities, and the checklist that covers both
//! sides.
//!
//! Separate from [`Backend`](crate::backend::Backend), because Convi's own dashboard has its own conversations and
//! embeds only the integrations.

use crate::model::{
    Abilities, CallError, ConversationPage, ConversationQuery, ConversationView, EmailCapture, Faq,
    HandoverAbility, Readiness, Trial, Viewer,
};
use std::sync::Arc;

/// The services behind the pages Conversations and Abilities.
#[async_trait::async_trait]
pub trait ChatBackend: Send + Sync + 'static {
    /// Returns every line of the checklist, including those that are ready.
    async fn readiness(&self, viewer: &Viewer) -> Result<Vec<Readiness>, CallError>;

    /// Returns conversations, most recent activity first.
    async fn conversations(
        &self,
        viewer: &Viewer,
        query: ConversationQuery,
    ) -> Result<ConversationPage, CallError>;

    /// Returns one conversation with the messages after a message number (0: all).
    async fn conversation(
        &self,
        viewer: &Viewer,
        id: &str,
        after: i64,
    ) -> Result<ConversationView, CallError>;

    /// Hands a conversation over manually and returns at once, without waiting for the ticket. Like the other changes,
    /// it returns only the messages that it added, not the whole transcript.
    async fn hand_over(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Lets the assistant answer again.
    async fn give_back(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Marks a conversation as resolved.
    async fn resolve_conversation(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError>;

    /// Sends the team's reply to the shopper, and emails it if they do not see it and `by_email` is set. Repeating a call
    /// with the same `key` sends the reply only once.
    async fn reply(
        &self,
        viewer: &Viewer,
        id: &str,
        key: &str,
        text: &str,
        by_email: bool,
    ) -> Result<ConversationView, CallError>;

    /// Returns the merchant's abilities.
    async fn abilities(&self, viewer: &Viewer) -> Result<Abilities, CallError>;

    /// Saves `Handover to human`.
    async fn save_handover_ability(
        &self,
        viewer: &Viewer,
        ability: HandoverAbility,
    ) -> Result<Abilities, CallError>;

    /// Saves `Email capture`.
    async fn save_email_capture(
        &self,
        viewer: &Viewer,
        ability: EmailCapture,
    ) -> Result<Abilities, CallError>;

    /// Saves the questions and answers of the built-in assistant.
    async fn save_faqs(&self, viewer: &Viewer, faqs: Vec<Faq>) -> Result<Abilities, CallError>;

    /// Returns what would happen to this sentence with these settings, which need not be saved.
    async fn try_sentence(
        &self,
        viewer: &Viewer,
        ability: HandoverAbility,
        text: String,
    ) -> Result<Trial, CallError>;
}

/// The chat's backend, as the server provides it in Leptos's context.
pub type SharedChatBackend = Arc<dyn ChatBackend>;
