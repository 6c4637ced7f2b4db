//! The signing secret of a connected helpdesk that takes events: shown once, replaced, and the end of the old one.

use super::board::IntegrationsBoard;
use super::warnings::Remedy;
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, Glyph, Icon, Post, Press, named, shows};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, Helpdesk, Integration, Rotated, ShownSecret};
use crate::notice::Notice;
use crate::routes::INTEGRATIONS;
use crate::text::{t, tf};
use crate::words;
use leptos::prelude::*;

/// A secret that is shown this once, to copy.
#[component]
pub(super) fn NewSecret(secret: ShownSecret) -> impl IntoView {
    view! {
        <div class="note note-attention">
            <Icon glyph=Glyph::WARNING />
            <div>
                <p class="note-title">
                    {t("Copy this signing secret into your program now. It will not be shown again.")}
                </p>
                <Remedy remedy=secret.0 />
            </div>
        </div>
    }
}

/// Replaces the secret, or ends the old one while both are valid.
#[component]
pub(super) fn SigningSecret(board: IntegrationsBoard, row: Memo<Integration>) -> impl IntoView {
    let helpdesk = row.with_untracked(|row| row.helpdesk);
    let until = Memo::new(move |_| row.with(|row| row.old_secret_until.clone()));
    let new = RwSignal::new(None::<ShownSecret>);
    let press = Press::idle();
    let rotated = move |answer: Result<Rotated, CallError>| match answer {
        Ok(Rotated { integration, secret }) => {
            board.put(*integration);
            new.try_set(Some(secret));
        }
        Err(error) => board.toasts.bad(words::error(&error)),
    };
    let ended = move |answer: Result<Integration, CallError>| match answer {
        Ok(integration) => {
            board.put(integration);
            board.toasts.good(Notice::OldSecretEnded.sentence());
        }
        Err(error) => board.toasts.bad(words::error(&error)),
    };
    let button = move |label: String, intent: IntegrationsIntent| {
        let pressed = move |()| match intent {
            IntegrationsIntent::Rotate => press.ask(api::integrations::rotate(helpdesk), rotated),
            _ => press.ask(api::integrations::end_rotation(helpdesk), ended),
        };
        view! {
            <Post to=INTEGRATIONS fields=fields(helpdesk, intent) on_post=Callback::new(pressed)>
                <Button
                    label
                    weight=Weight::Plain
                    busy=press
                    disabled=!board.may_change
                    described_by=board.why_not()
                />
            </Post>
        }
        .into_any()
    };
    let replace = move || {
        view! {
            <div class="offer">
                <p>{t("You can replace the signing secret at any time: for 24 hours, events are signed with both.")}</p>
                {button(t("Create a new secret"), IntegrationsIntent::Rotate)}
            </div>
        }
        .into_any()
    };
    let end = move |until: String| {
        let until = words::utc(&until);
        view! {
            <div class="offer">
                <p>{tf("Events are signed with the old secret too, until {time}.", &[("time", &until)])}</p>
                {button(t("End the old secret now"), IntegrationsIntent::EndRotation)}
            </div>
        }
        .into_any()
    };
    view! {
        // Rendered from the start, because screen readers do not announce a region that appears with its content.
        <div {..named([("role", "status".into())])}>
            {shows(move || new.get().map(|secret| view! { <NewSecret secret /> }.into_any()))}
        </div>
        {shows(move || Some(until.get().map_or_else(replace, end)))}
    }
}

fn fields(helpdesk: Helpdesk, intent: IntegrationsIntent) -> Vec<(&'static str, String)> {
    vec![("intent", intent.name().to_owned()), ("helpdesk", helpdesk.slug().to_owned())]
}
