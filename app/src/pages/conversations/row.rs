//! A conversation in the list.

use crate::components::{Ago, Badge, DeliveryBadge, Glyph, Icon};
use crate::model::{ConversationItem, ConversationState, HandoverView};
use crate::routes::conversation_path;
use crate::text::t;
use crate::words::{self, Tone};
use leptos::prelude::*;

/// The state of a conversation.
#[component]
pub(in crate::pages) fn StateBadge(#[prop(into)] state: Signal<ConversationState>) -> impl IntoView {
    move || {
        let state = state.get();
        let glyph = match state {
            ConversationState::Open => Glyph::CHAT,
            ConversationState::AskedForPerson | ConversationState::HandedOver => Glyph::PERSON,
            ConversationState::Resolved => Glyph::CHECK,
        };
        view! { <Badge tone=words::conversation_tone(state) glyph text=t(state.label()) /> }
    }
}

/// The state of a handover's ticket, with its link.
#[component]
pub(in crate::pages) fn TicketState(handover: HandoverView) -> impl IntoView {
    match words::main_delivery(&handover).cloned() {
        Some(delivery) => view! { <DeliveryBadge delivery /> }.into_any(),
        None => view! { <Badge tone=Tone::Attention text=t("Nobody was told") /> }.into_any(),
    }
}

#[component]
pub(super) fn ConversationRow(item: Memo<Option<ConversationItem>>) -> impl IntoView {
    let read = move |read: fn(&ConversationItem) -> String| {
        Signal::derive(move || item.with(|item| item.as_ref().map(read).unwrap_or_default()))
    };
    let id = item.with_untracked(|item| item.as_ref().map(|item| item.id.clone()).unwrap_or_default());
    let name = read(words::visitor);
    let email = read(|item| {
        let known = item.shopper_email.as_deref().map(words::plain).unwrap_or_default();
        if known == words::visitor(item) { String::new() } else { known }
    });
    let preview = read(|item| words::plain(&item.preview));
    let at = read(|item| item.active_at.clone());
    let state = Signal::derive(move || {
        item.with(|item| item.as_ref().map_or(ConversationState::Open, |item| item.state))
    });
    let handover = Memo::new(move |_| item.with(|item| item.as_ref().and_then(|item| item.handover.clone())));
    view! {
        <li class="conversation">
            <Avatar name />
            <div class="conversation-what">
                <h2 class="conversation-name">
                    // The id lets the focus find the link again when its row moves.
                    <a href=conversation_path(&id) id=format!("conversation-{id}")>
                        <bdi>{move || name.get()}</bdi>
                    </a>
                    {move || Some(email.get()).filter(|email| !email.is_empty()).map(|email| view! {
                        <span class="conversation-email"><bdi>{email}</bdi></span>
                    })}
                </h2>
                {move || item.with(|item| item.as_ref().and_then(words::conversation_subject)).map(|subject| view! {
                    <p class="conversation-subject"><bdi>{subject}</bdi></p>
                })}
                <p class="conversation-preview"><bdi>{move || preview.get()}</bdi></p>
            </div>
            <div class="conversation-when">
                <Ago at />
            </div>
            <div class="conversation-state">
                <StateBadge state />
                {move || handover.get().map(|handover| view! { <TicketState handover /> })}
            </div>
        </li>
    }
}

/// The first letter of the shopper's name, or an icon if there is none.
#[component]
pub(in crate::pages) fn Avatar(#[prop(into)] name: Signal<String>) -> impl IntoView {
    let letter = move || {
        let letter = name.with(|name| {
            name.chars().next().filter(|c| c.is_alphanumeric() && name != &t("Anonymous visitor"))
        });
        match letter {
            Some(letter) => letter.to_uppercase().to_string().into_any(),
            None => view! { <Icon glyph=Glyph::PERSON /> }.into_any(),
        }
    };
    view! { <span class="avatar" aria-hidden="true">{letter}</span> }
}
