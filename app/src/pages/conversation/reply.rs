//! The team's reply to the shopper.

use super::room::Room;
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Button, Press, TextArea, Trouble, text_area};
use crate::forms::ConversationIntent;
use crate::model::{CallError, ConversationView, FieldError};
use crate::text::{t, tf};
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

const FIELD: &str = "reply";

/// A reply that a form posted without WASM could not send.
pub(super) struct Unsent {
    pub(super) text: String,
    pub(super) error: CallError,
}

/// The state of the form.
#[derive(Clone, Copy)]
struct ReplyForm {
    room: Room,
    node: NodeRef<Textarea>,
    by_email: NodeRef<Input>,
    errors: RwSignal<Vec<FieldError>>,
    trouble: RwSignal<Option<CallError>>,
    press: Press,
    /// The text of the last attempt and its key. The same text is the same reply; a different text is a different
    /// reply.
    tried: StoredValue<Option<(String, String)>>,
}

impl ReplyForm {
    fn new(room: Room, refused: Option<CallError>) -> Self {
        let (errors, trouble) = match refused {
            Some(CallError::Fields { errors }) => (errors, None),
            error => (Vec::new(), error),
        };
        Self {
            room,
            node: NodeRef::new(),
            by_email: NodeRef::new(),
            errors: RwSignal::new(errors),
            trouble: RwSignal::new(trouble),
            press: Press::idle(),
            tried: StoredValue::new(None),
        }
    }

    /// Sends the reply.
    fn send(self) {
        if self.press.is_busy() || !self.room.may_change {
            return;
        }
        let text = match check::reply(&text_area::value(self.node)) {
            Ok(text) => text,
            Err(error) => {
                self.errors.set(words::field_errors(vec![error]));
                focus(FIELD);
                return;
            }
        };
        self.errors.set(Vec::new());
        self.trouble.set(None);
        self.room.was_done();
        let by_email = self.by_email.get_untracked().is_none_or(|input| input.checked());
        let key = self.key_of(&text);
        let question = api::conversations::reply(self.room.id(), key, text.clone(), Some(by_email));
        self.press.ask(question, move |answer| self.answered(answer, &text));
    }

    fn key_of(self, text: &str) -> String {
        let again = |tried: &Option<(String, String)>| {
            tried.as_ref().filter(|(before, _)| before == text).map(|(_, key)| key.clone())
        };
        let key = self.tried.with_value(again).unwrap_or_else(random_key);
        self.tried.set_value(Some((text.to_owned(), key.clone())));
        key
    }

    fn answered(self, answer: Result<ConversationView, CallError>, sent: &str) {
        self.room.was_done();
        match answer {
            Ok(view) => {
                self.tried.try_set_value(None);
                // If the text has changed since, the next reply has been begun and stays.
                if text_area::value(self.node).trim() == sent {
                    text_area::set_value(self.node, "");
                }
                self.room.take(view);
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Shows an error at the field or above the buttons. What was typed stays.
    fn refuse(self, error: CallError) {
        match error {
            CallError::Fields { errors } if errors.iter().any(|error| error.field == "text") => {
                self.errors.try_set(errors);
                focus(FIELD);
            }
            error => {
                self.trouble.try_set(Some(error));
            }
        }
    }

    fn changed(self) {
        if self.errors.with_untracked(|errors| !errors.is_empty()) {
            self.errors.set(Vec::new());
        }
    }
}

#[component]
pub(super) fn Reply(room: Room, unsent: Option<Unsent>) -> impl IntoView {
    let (text, refused) = unsent.map(|unsent| (unsent.text, unsent.error)).unzip();
    let form = ReplyForm::new(room, refused);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send();
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            form.send();
        }
    };
    view! {
        <form class="card reply" method="post" action=room.path() novalidate=true on:submit=submit>
            // Without a script, pressing twice sends one reply.
            <input type="hidden" name="key" value=room.last().to_string() />
            <TextArea
                id=FIELD
                name="text"
                label=t("Reply to the shopper")
                placeholder=t("Write to the shopper as your team")
                value=text.unwrap_or_default()
                rows=3
                errors=Signal::from(form.errors)
                node=form.node
                disabled=!room.may_change
                on_input=Callback::new(move |()| form.changed())
                on_key=Callback::new(key)
            />
            <Where room node=form.by_email />
            <div role="status">{move || form.trouble.get().map(|error| view! { <Trouble error /> })}</div>
            <Foot room press=form.press />
        </form>
    }
}

/// Where the reply goes: into the chat, and by email if it is not seen there.
#[component]
fn Where(room: Room, node: NodeRef<Input>) -> impl IntoView {
    let email = Memo::new(move |_| room.item.with(|item| item.shopper_email.as_deref().map(words::plain)));
    let presence = move || room.item.with(|item| words::presence(item, room.presence.get()));
    view! {
        <div class="reply-where">
            <p class="field-help">{presence}</p>
            {move || match email.get() {
                Some(email) => view! {
                    <input type="hidden" name="asks_by_email" value="yes" />
                    <input
                        type="checkbox"
                        node_ref=node
                        id="by-email"
                        name="by_email"
                        value="yes"
                        checked=true
                        disabled=!room.may_change
                    />
                    <label for="by-email">
                        {tf("Also email it to {email} if it is not seen within 2 minutes", &[("email", &email)])}
                    </label>
                }
                .into_any(),
                None => view! {
                    <p class="field-help">
                        {t("Your reply appears in the chat. There is no email address to send it to.")}
                    </p>
                }
                .into_any(),
            }}
        </div>
    }
}

/// A hint, and the button.
#[component]
fn Foot(room: Room, press: Press) -> impl IntoView {
    let ai_answers = move || room.item.with(|item| item.state.is_answered_by_assistant());
    let help = move || {
        if ai_answers() {
            t("The AI is still answering this shopper. Hand over to take it from here.")
        } else {
            t("Press Ctrl + Enter to send.")
        }
    };
    view! {
        <div class="reply-foot">
            // Hidden on devices without keys if it is about a key.
            <p class="field-help" class:for-keys=move || !ai_answers()>{help}</p>
            <Button
                label=t("Send")
                weight=Weight::Primary
                intent=ConversationIntent::Reply.name()
                busy=press
                disabled=!room.may_change
                described_by=(!room.may_change).then(|| "only-looking".to_owned())
            />
        </div>
    }
}

/// Returns a random key. Called through reflection, because a page without https has no `randomUUID`. `Math.random` is
/// enough to tell one person's replies apart.
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
