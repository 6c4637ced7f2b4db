//! The dialog that configures Email capture.

use super::board::{AbilitiesBoard, Ability, back_to};
use super::form::{AbilityForm, Left, Lines, Saving};
use crate::api;
use crate::check;
use crate::components::Dialog;
use crate::forms::AbilitiesIntent;
use crate::model::{EmailCapture, Sensitivity};
use crate::notice::Notice;
use crate::text::t;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

const OWN: Lines = Lines {
    id: "email-own",
    name: "own",
    rows: 3,
    placeholder: "mystore.com",
    fields: &[("own", "email-own")],
};

#[component]
pub(super) fn EmailDialog(board: AbilitiesBoard, left: Option<Left<EmailCapture>>) -> impl IntoView {
    let closed = move |()| {
        if board.open.get_untracked() == Some(Ability::Email) {
            board.open.set(None);
        }
        back_to(Ability::Email);
    };
    view! {
        <Dialog id="email-title" title=t("Configure Email capture") on_close=Callback::new(closed)>
            <Fields board left />
        </Dialog>
    }
}

#[component]
fn Fields(board: AbilitiesBoard, left: Option<Left<EmailCapture>>) -> impl IntoView {
    let (typed, error) = left.map(|left| (left.typed, left.error)).unzip();
    let shown =
        typed.flatten().unwrap_or_else(|| board.abilities.with_untracked(|all| all.email_capture.clone()));
    let saving = Saving::new(board, OWN, error);
    let radios: [NodeRef<Input>; 3] = std::array::from_fn(|_| NodeRef::new());
    let submit = move |event: SubmitEvent| {
        let typed = |lines: &str| {
            let own = check::own(lines)?;
            let chosen = Sensitivity::ALL
                .into_iter()
                .zip(radios)
                .find(|(_, node)| node.get_untracked().is_some_and(|input| input.checked()));
            let now = board.abilities.with_untracked(|all| all.email_capture.clone());
            let sensitivity = chosen.map_or(now.sensitivity, |(sensitivity, _)| sensitivity);
            Ok(api::abilities::save_email_capture(EmailCapture { active: now.active, sensitivity, own }))
        };
        saving.submit(&event, typed, Notice::EmailCaptureSaved);
    };
    let chosen = shown.sensitivity;
    let levels = Sensitivity::ALL.into_iter().zip(radios).map(move |(level, node)| {
        let id = format!("sensitivity-{}", level.label().to_ascii_lowercase());
        view! {
            <div class="choice">
                <input
                    type="radio"
                    node_ref=node
                    id=id.clone()
                    name="sensitivity"
                    value=level.label()
                    checked=level == chosen
                    autofocus=level == chosen
                    aria-describedby=format!("{id}-help")
                />
                <label for=id.clone()>{t(level.label())}</label>
                <p class="choice-help" id=format!("{id}-help")>{t(level.meaning())}</p>
            </div>
        }
    });
    view! {
        <AbilityForm
            saving
            label=t("Your own addresses")
            help=t("Your shop's own email addresses and domains, one per line. They are never treated as a shopper's address.")
            value=shown.own
            intent=AbilitiesIntent::SaveEmailCapture
            on_submit=Callback::new(submit)
        >
            <div class="choices" role="radiogroup" aria-labelledby="sensitivity-label">
                <p class="field-label" id="sensitivity-label">{t("Sensitivity")}</p>
                {levels.collect_view()}
            </div>
            <p class="where">
                {t("At every level, Convi saves an address that a shopper types. Shoppers are never asked twice for the same reason, or again after they decline. A handover never waits for an address.")}
            </p>
        </AbilityForm>
    }
}
