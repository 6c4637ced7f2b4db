//! Sentences about conversations.

use super::{Tone, plain};
use crate::model::{ChatAuthor, ChatMessage, ConversationItem, ConversationState, ShopperPresence};
use crate::text::{t, tf, tn};

/// Returns the shopper's name or address, if known.
pub fn visitor(item: &ConversationItem) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&item.shopper_name).or_else(|| known(&item.shopper_email)).unwrap_or_else(|| t("Anonymous visitor"))
}

/// Returns the subject of a conversation's handover, if it has one that its latest message does not repeat.
pub fn conversation_subject(item: &ConversationItem) -> Option<String> {
    let handover = item.handover.as_ref().filter(|handover| !handover.transcript_removed)?;
    let subject = plain(&handover.subject);
    (!subject.is_empty() && subject != plain(&item.preview)).then_some(subject)
}

/// Returns the author of a message. The shopper's name is shown above the transcript.
pub fn author(message: &ChatMessage) -> String {
    let name = message.name.as_deref().map(plain).filter(|name| !name.is_empty());
    match message.author {
        ChatAuthor::Shopper => name.unwrap_or_else(|| t("Shopper")),
        ChatAuthor::Assistant => t("AI assistant"),
        ChatAuthor::Agent => {
            let name = name.unwrap_or_else(|| t("Your team"));
            match &message.helpdesk {
                Some(helpdesk) => format!("{name} · {helpdesk}"),
                None => name,
            }
        }
        ChatAuthor::System => "Convi".to_owned(),
    }
}

/// Returns whether the shopper has the chat open. Empty if that is not known.
pub fn presence(item: &ConversationItem, presence: ShopperPresence) -> String {
    let name = item.shopper_name.as_deref().map(plain).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| t("The shopper"));
    let n = match presence {
        ShopperPresence::Unknown | ShopperPresence::Here => 0,
        ShopperPresence::Left(minutes @ 0..60) => minutes,
        ShopperPresence::Left(minutes @ 60..2_880) => minutes / 60,
        ShopperPresence::Left(minutes) => minutes / 1_440,
    };
    let n = n.to_string();
    let holes = [("name", name.as_str()), ("n", n.as_str())];
    match presence {
        ShopperPresence::Unknown => String::new(),
        ShopperPresence::Here => tf("{name} has the chat open.", &holes),
        ShopperPresence::Left(0..60) => tf("{name} left {n} min ago.", &holes),
        ShopperPresence::Left(60..2_880) => tf("{name} left {n} h ago.", &holes),
        ShopperPresence::Left(_) => tf("{name} left {n} days ago.", &holes),
    }
}

/// Returns the colour of a conversation's badge.
pub fn conversation_tone(state: ConversationState) -> Tone {
    match state {
        ConversationState::AskedForPerson => Tone::Attention,
        ConversationState::HandedOver => Tone::Busy,
        ConversationState::Open | ConversationState::Resolved => Tone::Quiet,
    }
}

/// Returns what a screen reader announces when conversations appear.
pub fn conversations_arrived(n: usize) -> String {
    match n {
        0 => String::new(),
        n => tn(n as u64, "{n} new conversation", "{n} new conversations", &[]),
    }
}
