//! "Try a sentence": what would happen to it, and why.

use super::board::{AbilitiesBoard, sort_error};
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Badge, Button, Press, TextArea, Trouble, text_area};
use crate::forms::AbilitiesIntent;
use crate::model::{CallError, FieldError, Trial};
use crate::routes::ABILITIES;
use crate::text::t;
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

const FIELD: &str = "try-sentence";

/// A sentence that was tried without WASM.
#[derive(Clone)]
pub(super) struct Tried {
    /// The sentence as typed.
    pub(super) text: String,
    /// What would happen to it, or why that is unknown.
    pub(super) found: Result<Trial, CallError>,
}

/// The state of the form.
#[derive(Clone, Copy)]
struct TrialForm {
    board: AbilitiesBoard,
    node: NodeRef<Textarea>,
    trial: RwSignal<Option<Trial>>,
    errors: RwSignal<Vec<FieldError>>,
    trouble: RwSignal<Option<CallError>>,
    press: Press,
}

impl TrialForm {
    fn new(board: AbilitiesBoard, found: Option<Result<Trial, CallError>>) -> Self {
        let (trial, error) = match found {
            Some(Ok(trial)) => (Some(trial), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let (errors, trouble) = error.map(|error| sort_error(error, &["text"])).unwrap_or_default();
        Self {
            board,
            node: NodeRef::new(),
            trial: RwSignal::new(trial),
            errors: RwSignal::new(errors),
            trouble: RwSignal::new(trouble),
            press: Press::idle(),
        }
    }

    /// Requests what would happen to the sentence.
    fn send(self) {
        if self.press.is_busy() {
            return;
        }
        let text = match check::sentence(&text_area::value(self.node)) {
            Ok(text) => text,
            Err(error) => return self.refuse(error.into()),
        };
        self.errors.set(Vec::new());
        self.trouble.set(None);
        let ability = self.board.abilities.with_untracked(|all| all.handover.clone());
        self.press.ask(api::abilities::try_sentence(ability, text), move |answer| match answer {
            Ok(found) => {
                self.trial.try_set(Some(found));
            }
            Err(error) => self.refuse(error),
        });
    }

    fn refuse(self, error: CallError) {
        let (fields, rest) = sort_error(error, &["text"]);
        if !fields.is_empty() {
            focus(FIELD);
        }
        self.errors.try_set(fields);
        self.trouble.try_set(rest);
    }

    /// Clears the result, which belongs to the sentence as it was.
    fn changed(self) {
        if self.trial.with_untracked(Option::is_some) {
            self.trial.set(None);
        }
        if self.errors.with_untracked(|errors| !errors.is_empty()) {
            self.errors.set(Vec::new());
        }
    }
}

#[component]
pub(super) fn TrySentence(board: AbilitiesBoard, tried: Option<Tried>) -> impl IntoView {
    let (text, found) = tried.map(|tried| (tried.text, tried.found)).unzip();
    let form = TrialForm::new(board, found);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.send();
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            form.send();
        }
    };
    view! {
        <section class="trial-section" aria-labelledby="try-title">
            <h2 id="try-title">{t("See what would happen")}</h2>
            <form class="card trial" method="post" action=ABILITIES novalidate=true on:submit=submit>
                <TextArea
                    id=FIELD
                    name="text"
                    label=t("Try a sentence")
                    help=t("Write it as a shopper would, in English, French, German or Spanish. Nothing is sent.")
                    placeholder="I need to talk to a human about a billing issue."
                    value=text.unwrap_or_default()
                    rows=2
                    errors=Signal::from(form.errors)
                    node=form.node
                    on_input=Callback::new(move |()| form.changed())
                    on_key=Callback::new(key)
                />
                <div class="form-actions">
                    <Button
                        label=t("Try")
                        weight=Weight::Plain
                        intent=AbilitiesIntent::TrySentence.name()
                        busy=form.press
                    />
                </div>
                <div class="told" role="status" aria-live="polite">
                    {move || form.trouble.get().map(|error| view! { <Trouble error /> })}
                    {move || form.trial.get().map(|trial| view! { <Verdict trial /> })}
                </div>
            </form>
        </section>
    }
}

/// What would happen, and why.
#[component]
fn Verdict(trial: Trial) -> impl IntoView {
    let (tone, text) = words::trial(&trial);
    let sure = words::confidence(&trial);
    let why: Vec<String> =
        trial.why.iter().map(|why| words::plain(why)).filter(|why| !why.is_empty()).collect();
    let answer = trial.answer.as_deref().map(words::lines).filter(|answer| !answer.is_empty());
    view! {
        <div class="verdict">
            <p class="verdict-head">
                <Badge tone text />
                {sure.map(|sure| view! { <span class="quiet">{sure}</span> })}
            </p>
            {(!why.is_empty()).then(|| view! {
                <ul class="verdict-why">
                    {why.into_iter().map(|why| view! { <li><bdi>{why}</bdi></li> }).collect_view()}
                </ul>
            })}
            {answer.map(|answer| view! {
                <blockquote class="verdict-answer"><p dir="auto">{answer}</p></blockquote>
            })}
        </div>
    }
}
