//! The page of one conversation: the transcript, the shopper, and the team's actions.

mod about;
mod actions;
mod reply;
mod room;
mod transcript;

use crate::api;
use crate::components::poll::while_visible;
use crate::components::{Glyph, Icon, Live, Toasts, Trouble, page_content};
use crate::forms::ConversationOutcome;
use crate::model::{CallError, ConversationView};
use crate::pages::conversations::{Avatar, StateBadge};
use crate::routes::CONVERSATIONS;
use crate::text::t;
use crate::words;
use about::About;
use actions::{Actions, HandedOver};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use reply::{Reply, Unsent};
use room::Room;
use transcript::Transcript;

/// The page.
#[component]
pub fn ConversationPage() -> impl IntoView {
    let outcome = SharedValue::new(use_context::<ConversationOutcome>).into_inner();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let found = Resource::new_blocking(move || id.get(), |id| api::conversations::get(id, 0));
    let content = page_content(move |may_change| {
        let outcome = outcome.clone();
        async move {
            Ok(match found.await {
                Ok(found) => view! { <Content found may_change outcome /> }.into_any(),
                Err(error) => view! { <NotShown error /> }.into_any(),
            })
        }
    });
    view! {
        // Without the shopper's name: a title is not escaped, and the browser's history keeps it.
        <Title text=t("Conversation · Convi") />
        <div class="page page-conversation">
            <p class="back">
                <A href=CONVERSATIONS attr:class="link">{t("All conversations")}</A>
            </p>
            {content}
        </div>
    }
}

#[component]
fn NotShown(error: CallError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if error == CallError::NotFound
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
    {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    Live::current().begin();
    let what = if error == CallError::NotFound {
        // A missing conversation is not an error of anyone's.
        view! {
            <div class="card empty">
                <Icon glyph=Glyph::SEARCH />
                <p class="strong">{words::error(&error)}</p>
                <p>{t("Check the URL. The conversation may have been deleted.")}</p>
            </div>
        }
        .into_any()
    } else {
        view! { <Trouble error /> }.into_any()
    };
    view! {
        <h1>{t("Conversation")}</h1>
        {what}
    }
}

#[component]
fn Content(found: ConversationView, may_change: bool, outcome: Option<ConversationOutcome>) -> impl IntoView {
    // An error of a reply is shown at the reply, which keeps what was typed.
    let (unsent, trouble) = match outcome {
        Some(ConversationOutcome::Reply { text, error }) => (Some(Unsent { text, error }), None),
        Some(ConversationOutcome::Refused(error)) => (None, Some(error)),
        None => (None, None),
    };
    let room = Room::new(found, may_change, Toasts::current());
    Effect::new(move |_| while_visible(move || room.look()));
    Live::current().begin();
    let name = Signal::derive(move || room.item.with(words::visitor));
    let state = Signal::derive(move || room.item.with(|item| item.state));
    view! {
        {trouble.map(|error| view! { <Trouble error /> })}
        <header class="conversation-head">
            <Avatar name />
            <div class="conversation-title">
                <h1 id="conversation-title" tabindex="-1"><bdi>{move || name.get()}</bdi></h1>
                <StateBadge state />
            </div>
            <Actions room />
        </header>
        {(!may_change).then(|| view! {
            <p class="note" id="only-looking">
                {t("You can read along. Only owners and admins can reply, hand over or resolve.")}
            </p>
        })}
        <div role="status">{move || room.trouble.get().map(|error| view! { <room::TranscriptPaused error /> })}</div>
        <HandedOver room />
        <div class="conversation-columns">
            <div class="conversation-main">
                <Transcript room />
                <Reply room unsent />
            </div>
            <About room />
        </div>
    }
}
