//! The team's own words to the shopper.

use super::room::Room;
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Button, TextArea, Trouble, text_area};
use crate::forms::{FormOutcome, Intent};
use crate::model::{CallError, ConversationState, FieldError};
use crate::text::t;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use wasm_bindgen::JsCast;

const FIELD: &str = "reply";

#[component]
pub(super) fn Reply(room: Room, outcome: Option<FormOutcome>) -> impl IntoView {
    let outcome = outcome.filter(|outcome| outcome.intent == Some(Intent::Reply));
    let node = NodeRef::<Textarea>::new();
    let errors = RwSignal::new(outcome.as_ref().map(FormOutcome::field_errors).unwrap_or_default());
    let trouble = RwSignal::new(
        outcome
            .as_ref()
            .and_then(|outcome| outcome.error.clone())
            .filter(|error| !matches!(error, CallError::Fields { .. })),
    );
    let typed = outcome.map(|outcome| outcome.text).unwrap_or_default();
    let busy = RwSignal::new(false);
    // What was tried with which key: the same text again is the same reply, another text is another.
    let tried = StoredValue::new(None::<(String, String)>);

    let send = move || {
        if busy.get_untracked() || !room.may_change {
            return;
        }
        let text = match check::reply(&text_area::value(node)) {
            Ok(text) => text,
            Err(error) => {
                errors.set(crate::words::field_errors(vec![error]));
                focus(FIELD);
                return;
            }
        };
        let key = tried
            .with_value(|tried| {
                tried.as_ref().filter(|(before, _)| *before == text).map(|(_, key)| key.clone())
            })
            .unwrap_or_else(random_key);
        tried.set_value(Some((text.clone(), key.clone())));
        errors.set(Vec::new());
        trouble.set(None);
        busy.set(true);
        room.was_done();
        let id = room.id();
        spawn_local_scoped(async move {
            let answer = api::conversations::reply(id, key, text.clone()).await;
            room.was_done();
            busy.try_set(false);
            match answer {
                Ok(view) => {
                    tried.try_set_value(None);
                    // Somebody who types on has begun another one.
                    if text_area::value(node).trim() == text {
                        text_area::set_value(node, "");
                    }
                    room.take(view);
                }
                Err(error) => fail(error, errors, trouble),
            }
        });
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send();
        }
    };
    let ai_answers = move || room.item.with(|item| item.state == ConversationState::Open);
    view! {
        <form
            class="card reply"
            method="post"
            action=room.path()
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            // Without a script: pressed twice it is one reply.
            <input type="hidden" name="key" value=room.last().to_string() />
            <TextArea
                id=FIELD
                name="text"
                label=t("Reply to the shopper")
                placeholder=t("Write to the shopper as your team")
                value=typed
                rows=3
                errors=Signal::from(errors)
                node
                disabled=!room.may_change
                on_input=Callback::new(move |()| {
                    if errors.with_untracked(|errors| !errors.is_empty()) {
                        errors.set(Vec::new());
                    }
                })
                on_key=Callback::new(key)
            />
            <div role="status">{move || trouble.get().map(|error| view! { <Trouble error /> })}</div>
            <div class="reply-foot">
                // What a key does is no news where there are none.
                <p class="field-help" class:for-keys=move || !ai_answers()>
                    {move || {
                        if ai_answers() {
                            t("The AI answers this shopper too. Hand over to answer alone.")
                        } else {
                            t("Ctrl + Enter sends.")
                        }
                    }}
                </p>
                <Button
                    label=t("Send")
                    weight=Weight::Primary
                    intent=Intent::Reply
                    busy
                    disabled=!room.may_change
                    described_by=(!room.may_change).then(|| "only-looking".to_owned())
                />
            </div>
        </form>
    }
}

/// An error at the field, or above the buttons. What was typed stays.
fn fail(error: CallError, errors: RwSignal<Vec<FieldError>>, trouble: RwSignal<Option<CallError>>) {
    match error {
        CallError::Fields { errors: list } if list.iter().any(|error| error.field == "text") => {
            errors.try_set(list);
            focus(FIELD);
        }
        error => {
            trouble.try_set(Some(error));
        }
    }
}

/// Made by the browser. By reflection, since a browser has no `randomUUID` on a page without https, and the random
/// numbers of `Math` are enough to tell a person's own replies apart.
fn random_key() -> String {
    let uuid = || {
        let crypto = js_sys::Reflect::get(&window(), &"crypto".into()).ok()?;
        let make = js_sys::Reflect::get(&crypto, &"randomUUID".into()).ok()?;
        make.dyn_into::<js_sys::Function>().ok()?.call0(&crypto).ok()?.as_string()
    };
    uuid().unwrap_or_else(|| {
        let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        format!("{:08x}{:08x}{:08x}{:08x}", part(), part(), part(), part())
    })
}
