//! Server functions for the abilities, which are what the assistant does on its own.

use super::protocol::CallProtocol;
use crate::model::{Abilities, CallError, EmailCapture, Faq, HandoverAbility, Trial};
use leptos::prelude::*;

/// Returns the merchant's abilities.
#[server(prefix = "/api", endpoint = "abilities/get", protocol = CallProtocol)]
pub async fn get() -> Result<Abilities, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.abilities(&viewer).await)
}

/// Saves `Handover to human`.
#[server(prefix = "/api", endpoint = "abilities/save-handover", protocol = CallProtocol)]
pub async fn save_handover(ability: HandoverAbility) -> Result<Abilities, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.save_handover_ability(&viewer, ability).await)
}

/// Saves `Email capture`.
#[server(prefix = "/api", endpoint = "abilities/save-email-capture", protocol = CallProtocol)]
pub async fn save_email_capture(ability: EmailCapture) -> Result<Abilities, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.save_email_capture(&viewer, ability).await)
}

/// Saves the questions and answers of the built-in assistant.
#[server(prefix = "/api", endpoint = "abilities/save-faqs", protocol = CallProtocol)]
pub async fn save_faqs(faqs: Vec<Faq>) -> Result<Abilities, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.save_faqs(&viewer, faqs).await)
}

/// Returns what the assistant would do about a sentence with these settings.
#[server(prefix = "/api", endpoint = "abilities/try", protocol = CallProtocol)]
pub async fn try_sentence(ability: HandoverAbility, text: String) -> Result<Trial, CallError> {
    let (chat, viewer, answer) = super::chat_caller()?;
    answer.with(chat.try_sentence(&viewer, ability, text).await)
}
