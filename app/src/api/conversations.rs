//! The conversations of the storefront chat.

use super::protocol::CallProtocol;
use crate::model::{CallError, ConversationPage, ConversationQuery, ConversationView};
use leptos::prelude::*;

/// Conversations, newest activity first.
#[server(prefix = "/api", endpoint = "conversations/list", protocol = CallProtocol)]
pub async fn list(query: ConversationQuery) -> Result<ConversationPage, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.conversations(&viewer, query).await)
}

/// One conversation with the messages after this number.
#[server(prefix = "/api", endpoint = "conversations/get", protocol = CallProtocol)]
pub async fn get(id: String, after: i64) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.conversation(&viewer, &id, after).await)
}

/// Hands a conversation over by hand; answers what happened.
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

/// Marks a conversation as done.
#[server(prefix = "/api", endpoint = "conversations/resolve", protocol = CallProtocol)]
pub async fn resolve(id: String) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.resolve_conversation(&viewer, &id).await)
}

/// Answers the shopper as the team.
#[server(prefix = "/api", endpoint = "conversations/reply", protocol = CallProtocol)]
pub async fn reply(id: String, key: String, text: String) -> Result<ConversationView, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.reply(&viewer, &id, &key, &text).await)
}
