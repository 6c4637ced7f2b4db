//! The transcript: who said what, and when.

use super::room::Room;
use crate::components::Moment;
use crate::components::moment::Precision;
use crate::model::{ChatAuthor, ChatMessage};
use crate::text::t;
use crate::words;
use leptos::prelude::*;
use std::sync::Arc;

/// The transcript in a box that stays scrolled to its end. It is laid out from the bottom, so it starts there without a
/// script and does not move while someone reads further up.
#[component]
pub(super) fn Transcript(room: Room) -> impl IntoView {
    view! {
        <section class="card transcript" aria-label=t("Transcript") role="log" tabindex="0">
            <ol class="turns">
                // Keyed by number, so that only new messages are rendered.
                <For each=move || room.messages.get() key=|message| message.number let:message>
                    <Turn message />
                </For>
            </ol>
        </section>
    }
}

#[component]
fn Turn(message: Arc<ChatMessage>) -> impl IntoView {
    let class = match message.author {
        ChatAuthor::Shopper => "turn turn-shopper",
        ChatAuthor::Assistant => "turn turn-assistant",
        ChatAuthor::Agent => "turn turn-agent",
        ChatAuthor::System => "turn turn-system",
    };
    view! {
        <li class=class>
            <p class="turn-head">
                <span class="turn-author"><bdi>{words::author(&message)}</bdi></span>
                <Moment at=message.sent_at.clone() precision=Precision::Time />
            </p>
            <p class="turn-text" dir="auto">{words::lines(&message.text)}</p>
        </li>
    }
}
