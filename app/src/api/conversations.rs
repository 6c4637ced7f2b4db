//! Server functions of the storefront chat's conversations.

use super::protocol::CallProtocol;
use crate::model::{CallError, ConversationPage, ConversationQuery, ConversationView};
use leptos::prelude::*;

/// Returns conversations, most recent activity first.
#[server(prefix = "/api", endpoint = "conversations/list", protocol = CallProtocol)]
pub async fn list(query: ConversationQuery) -> Result<ConversationPage, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.conversations(&viewer, query).await)
}

/// Returns one conversation with its messages after this message number.
#[server(prefix = "/api", endpoint = "conversations/get", protocol = CallProtocol)]
pub async fn get(id: String, after: i64) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.conversation(&viewer, &id, after).await)
}

/// Hands a conversation over manually. Returns the conversation with the messages that the handover added.
#[server(prefix = "/api", endpoint = "conversations/hand-over", protocol = CallProtocol)]
pub async fn hand_over(id: String) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.hand_over(&viewer, &id).await)
}

/// Lets the assistant answer again.
#[server(prefix = "/api", endpoint = "conversations/give-back", protocol = CallProtocol)]
pub async fn give_back(id: String) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.give_back(&viewer, &id).await)
}

/// Marks a conversation as resolved.
#[server(prefix = "/api", endpoint = "conversations/resolve", protocol = CallProtocol)]
pub async fn resolve(id: String) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.resolve_conversation(&viewer, &id).await)
}

/// Sends the team's reply to the shopper, and emails it if they do not see it, unless `by_email` is false.
#[server(prefix = "/api", endpoint = "conversations/reply", protocol = CallProtocol)]
pub async fn reply(
    id: String,
    key: String,
    text: String,
    by_email: Option<bool>,
) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.reply(&viewer, &id, &key, &text, by_email.unwrap_or(true)).await)
}
