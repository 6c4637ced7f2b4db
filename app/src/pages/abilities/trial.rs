//! "Try a sentence": what would happen to it, and why.

use super::{Board, sort_error};
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Badge, Button, TextArea, Trouble, text_area};
use crate::forms::{FormOutcome, Intent};
use crate::model::Trial;
use crate::routes::ABILITIES;
use crate::text::t;
use crate::words;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

const FIELD: &str = "try-sentence";

#[component]
pub(super) fn TrySentence(board: Board, outcome: Option<FormOutcome>) -> impl IntoView {
    let (text, trial, error) =
        outcome.map(|outcome| (outcome.text, outcome.trial, outcome.error)).unwrap_or_default();
    let (first_errors, first_trouble) = error.map(|error| sort_error(error, &["text"])).unwrap_or_default();
    let errors = RwSignal::new(first_errors);
    let trouble = RwSignal::new(first_trouble);
    let trial = RwSignal::new(trial);
    let busy = RwSignal::new(false);
    let node = NodeRef::<Textarea>::new();

    let refuse = move |error| {
        let (fields, rest) = sort_error(error, &["text"]);
        if !fields.is_empty() {
            focus(FIELD);
        }
        errors.try_set(fields);
        trouble.try_set(rest);
    };
    let send = move || {
        if busy.get_untracked() {
            return;
        }
        let text = match check::sentence(&text_area::value(node)) {
            Ok(text) => text,
            Err(error) => return refuse(error.into()),
        };
        errors.set(Vec::new());
        trouble.set(None);
        busy.set(true);
        let ability = board.abilities.with_untracked(|all| all.handover.clone());
        spawn_local_scoped(async move {
            let answer = api::abilities::try_sentence(ability, text).await;
            busy.try_set(false);
            match answer {
                Ok(found) => {
                    trial.try_set(Some(found));
                }
                Err(error) => refuse(error),
            }
        });
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <section class="trial-section" aria-labelledby="try-title">
            <h2 id="try-title">{t("See what would happen")}</h2>
            <form
                class="card trial"
                method="post"
                action=ABILITIES
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    send();
                }
            >
                <TextArea
                    id=FIELD
                    name="text"
                    label=t("Try a sentence")
                    help=t("As a shopper would write it, in English, French, German or Spanish. Nothing is sent to anybody.")
                    placeholder="I need to talk to a human about a billing issue."
                    value=text
                    rows=2
                    errors=Signal::from(errors)
                    node
                    on_input=Callback::new(move |()| {
                        // A result belongs to what was tried.
                        if trial.with_untracked(Option::is_some) {
                            trial.set(None);
                        }
                        if errors.with_untracked(|errors| !errors.is_empty()) {
                            errors.set(Vec::new());
                        }
                    })
                    on_key=Callback::new(key)
                />
                <div class="form-actions">
                    <Button label=t("Try") weight=Weight::Plain intent=Intent::TrySentence busy />
                </div>
                <div class="told" role="status" aria-live="polite">
                    {move || trouble.get().map(|error| view! { <Trouble error /> })}
                    {move || trial.get().map(|trial| view! { <Outcome trial /> })}
                </div>
            </form>
        </section>
    }
}

/// What would happen, and why.
#[component]
fn Outcome(trial: Trial) -> impl IntoView {
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
