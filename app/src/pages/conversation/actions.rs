//! The actions on a conversation, and the state of its handover.

use super::room::Room;
use crate::components::button::Weight;
use crate::components::{Button, Moment, Post};
use crate::forms::ConversationIntent;
use crate::model::ConversationState;
use crate::pages::conversations::TicketState;
use crate::routes::INTEGRATIONS;
use crate::text::t;
use crate::words;
use leptos::prelude::*;
use leptos_router::components::A;

#[component]
pub(super) fn Actions(room: Room) -> impl IntoView {
    let state = Memo::new(move |_| room.item.with(|item| item.state));
    let button = move |intent: ConversationIntent, label: String, weight: Weight| {
        view! {
            <Post
                to=room.path()
                fields=vec![("intent", intent.name().to_owned())]
                on_post=Callback::new(move |()| room.act(intent))
            >
                <Button
                    label
                    weight
                    busy=Signal::derive(move || room.busy.get() == Some(intent))
                    disabled=!room.may_change
                    described_by=(!room.may_change).then(|| "only-looking".to_owned())
                />
            </Post>
        }
    };
    let is = move |one: ConversationState| state.get() == one;
    view! {
        <div class="conversation-actions">
            <Show when=move || !is(ConversationState::Resolved)>
                {button(ConversationIntent::Resolve, t("Resolve"), Weight::Plain)}
            </Show>
            <Show when=move || !state.get().is_answered_by_assistant()>
                {button(ConversationIntent::GiveBack, t("Give back to AI"), Weight::Plain)}
            </Show>
            <Show when=move || !is(ConversationState::HandedOver)>
                {button(ConversationIntent::HandOver, t("Hand over"), Weight::Primary)}
            </Show>
        </div>
    }
}

/// Why the conversation was handed over, and the state of its ticket. The region is rendered from the start, because
/// screen readers do not announce one that appears together with its content.
#[component]
pub(super) fn HandedOver(room: Room) -> impl IntoView {
    let handover = Memo::new(move |_| room.item.with(|item| item.handover.clone()));
    view! {
        <div role="status">
            {move || handover.get().map(|handover| {
                let nobody = handover.deliveries.is_empty();
                let why = words::main_delivery(&handover).and_then(words::trouble);
                let at = handover.accepted_at.clone();
                view! {
                    <section class="card handed" aria-label=t("Handover")>
                        <p class="handed-why">
                            <strong><bdi>{capitalised(&words::trigger(&handover))}</bdi></strong>
                            <Moment at />
                        </p>
                        <div class="handed-ticket">
                            <TicketState handover />
                        </div>
                        {why.map(|why| view! { <p class="delivery-why"><bdi>{why}</bdi></p> })}
                        {nobody.then(|| view! {
                            <p class="delivery-why">
                                {t("No helpdesk is connected and no team email is set.")} " "
                                <A href=INTEGRATIONS attr:class="link">{t("Connect a helpdesk")}</A>
                            </p>
                        })}
                    </section>
                }
            })}
        </div>
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
