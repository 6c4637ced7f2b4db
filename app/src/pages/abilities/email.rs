//! How Email capture is configured.

use super::{Ability, Board, back_to, sort_error};
use crate::api;
use crate::check;
use crate::components::button::{Weight, closes, focus};
use crate::components::{Button, Dialog, DialogHandle, TextArea, Trouble, text_area};
use crate::forms::{ABILITIES, FormOutcome, Intent};
use crate::model::{EmailCapture, Sensitivity};
use crate::notice::Notice;
use crate::text::t;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

const OWN: &str = "own";

#[component]
pub(super) fn EmailDialog(board: Board, outcome: Option<FormOutcome>) -> impl IntoView {
    let closed = move |()| {
        if board.open.get_untracked() == Some(Ability::Email) {
            board.open.set(None);
        }
        back_to(Ability::Email);
    };
    view! {
        <Dialog id="email-title" title=t("Configure Email capture") on_close=Callback::new(closed)>
            <Fields board outcome />
        </Dialog>
    }
}

#[component]
fn Fields(board: Board, outcome: Option<FormOutcome>) -> impl IntoView {
    let dialog = DialogHandle::current();
    let shown = outcome
        .as_ref()
        .and_then(|outcome| outcome.email_capture.clone())
        .unwrap_or_else(|| board.abilities.with_untracked(|all| all.email_capture.clone()));
    let (first_errors, first_trouble) =
        outcome.and_then(|outcome| outcome.error).map(|error| sort_error(error, &[OWN])).unwrap_or_default();
    let errors = RwSignal::new(first_errors);
    let trouble = RwSignal::new(first_trouble);
    let busy = RwSignal::new(false);
    let own = NodeRef::<Textarea>::new();
    let radios: [NodeRef<Input>; 3] = std::array::from_fn(|_| NodeRef::new());

    let refuse = move |error| {
        let (fields, rest) = sort_error(error, &[OWN]);
        if !fields.is_empty() {
            focus("email-own");
        }
        errors.try_set(fields);
        trouble.try_set(rest);
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        if closes(&event) {
            return;
        }
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = match check::own(&text_area::value(own)) {
            Ok(typed) => typed,
            Err(error) => return refuse(error.into()),
        };
        let chosen = Sensitivity::ALL
            .into_iter()
            .zip(radios)
            .find(|(_, node)| node.get_untracked().is_some_and(|input| input.checked()));
        let now = board.abilities.with_untracked(|all| all.email_capture.clone());
        let sensitivity = chosen.map_or(now.sensitivity, |(sensitivity, _)| sensitivity);
        let ability = EmailCapture { active: now.active, sensitivity, own: typed };
        errors.set(Vec::new());
        trouble.set(None);
        busy.set(true);
        spawn_local_scoped(async move {
            let answer = api::abilities::save_email_capture(ability).await;
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    board.saved(now, Notice::EmailCaptureSaved);
                    dialog.close();
                }
                Err(error) => refuse(error),
            }
        });
    };
    let levels = Sensitivity::ALL.into_iter().zip(radios).map(|(level, node)| {
        let id = format!("sensitivity-{}", level.label().to_ascii_lowercase());
        view! {
            <div class="choice">
                <input
                    type="radio"
                    node_ref=node
                    id=id.clone()
                    name="sensitivity"
                    value=level.label()
                    checked=level == shown.sensitivity
                    autofocus=level == shown.sensitivity
                    aria-describedby=format!("{id}-help")
                />
                <label for=id.clone()>{t(level.label())}</label>
                <p class="choice-help" id=format!("{id}-help")>{t(level.meaning())}</p>
            </div>
        }
    });
    view! {
        <form class="form" method="post" action=ABILITIES novalidate=true on:submit=submit>
            <div class="dialog-body">
                <div class="choices" role="radiogroup" aria-labelledby="sensitivity-label">
                    <p class="field-label" id="sensitivity-label">{t("Sensitivity")}</p>
                    {levels.collect_view()}
                </div>
                <p class="where">
                    {t("At every level an address that a shopper types is recognised, nobody is asked twice for the same reason or after a no, and a handover never waits for an address.")}
                </p>
                <TextArea
                    id="email-own"
                    name=OWN
                    label=t("Your own addresses")
                    help=t("Addresses and domains of your shop, one on a line: they are never taken for a shopper's.")
                    placeholder="mystore.com"
                    value=shown.own.join("\n")
                    rows=3
                    errors=Signal::from(errors)
                    node=own
                    on_input=Callback::new(move |()| {
                        if errors.with_untracked(|errors| !errors.is_empty()) {
                            errors.set(Vec::new());
                        }
                    })
                />
                <div class="told" role="status">
                    {move || trouble.get().map(|error| view! { <Trouble error /> })}
                </div>
            </div>
            <footer class="dialog-foot">
                <Button label=t("Save") weight=Weight::Primary intent=Intent::SaveEmailCapture busy />
                <button type="submit" class="button button-quiet" formmethod="dialog" formnovalidate=true>
                    {t("Cancel")}
                </button>
            </footer>
        </form>
    }
}
