//! The dialog that configures Handover to human.

use super::board::{AbilitiesBoard, Ability, back_to};
use super::form::{AbilityForm, Left, Lines, Saving};
use crate::api;
use crate::check;
use crate::components::field::{self, FieldSpec};
use crate::components::{Dialog, TextField};
use crate::forms::AbilitiesIntent;
use crate::model::HandoverAbility;
use crate::notice::Notice;
use crate::text::{later, t, tn};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

const TOPICS: Lines = Lines {
    id: "handover-topics",
    name: "topics",
    rows: 5,
    placeholder: "billing",
    fields: &[("topics", "handover-topics"), ("contact", CONTACT)],
};

/// The id of the contact line.
const CONTACT: &str = "handover-contact";

fn contact_spec() -> FieldSpec {
    FieldSpec {
        id: CONTACT,
        name: "contact",
        label: t("If no one can be reached"),
        help: Some(t(
            "Optional. One line that the assistant adds when a shopper asks for a person but is not handed over, for example your phone number and opening hours.",
        )),
        placeholder: t("Call us on +1 555 0100, Mon–Fri 9–5."),
        required: false,
    }
}

/// The modes: name in forms, label and explanation.
const MODES: [(&str, &str, &str); 4] = [
    ("asked_for_human", later("The shopper asks for a person"), later("“Can I talk to someone?”")),
    (
        "frustrated",
        later("The shopper is angry or repeats the question"),
        later("“I've already asked you that twice!”"),
    ),
    ("topic", later("One of your topics comes up"), later("The words and phrases you list below.")),
    (
        "no_answer",
        later("The assistant has no answer"),
        later("It hands over instead of telling the shopper that it doesn't know."),
    ),
];

/// Returns which modes are on, in the order of [`MODES`].
fn modes(ability: &HandoverAbility) -> [bool; 4] {
    [ability.asked_for_human, ability.frustrated, ability.topic, ability.no_answer]
}

/// Summarises the settings in a few words.
pub(super) fn summary(ability: &HandoverAbility) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if ability.asked_for_human {
        lines.push(t("Asks for a person"));
    }
    if ability.frustrated {
        lines.push(t("Angry or repeats the question"));
    }
    if ability.topic {
        lines.push(match ability.topics.len() {
            0 => t("Your topics: none yet"),
            n => tn(n as u64, "{n} topic", "{n} topics", &[]),
        });
    }
    if ability.no_answer {
        lines.push(t("No answer"));
    }
    if lines.is_empty() {
        lines.push(t("No reason is selected, so nothing is handed over automatically."));
    }
    lines
}

#[component]
pub(super) fn HandoverDialog(board: AbilitiesBoard, left: Option<Left<HandoverAbility>>) -> impl IntoView {
    let closed = move |()| {
        if board.open.get_untracked() == Some(Ability::Handover) {
            board.open.set(None);
        }
        back_to(Ability::Handover);
    };
    view! {
        <Dialog
            id="handover-title"
            title=t("Configure Handover to human")
            on_close=Callback::new(closed)
        >
            <Fields board left />
        </Dialog>
    }
}

#[component]
fn Fields(board: AbilitiesBoard, left: Option<Left<HandoverAbility>>) -> impl IntoView {
    let (typed, error) = left.map(|left| (left.typed, left.error)).unzip();
    let shown = typed.flatten().unwrap_or_else(|| board.abilities.with_untracked(|all| all.handover.clone()));
    let saving = Saving::new(board, TOPICS, error);
    let contact = NodeRef::new();
    let boxes: [NodeRef<Input>; 4] = std::array::from_fn(|_| NodeRef::new());
    let submit = move |event: SubmitEvent| {
        let typed = |lines: &str| {
            let (topics, contact) = check::handover(lines, &field::value(contact))?;
            let ticked = boxes.map(|node| node.get_untracked().is_some_and(|input| input.checked()));
            let [asked_for_human, frustrated, topic, no_answer] = ticked;
            let active = board.abilities.with_untracked(|all| all.handover.active);
            let ability =
                HandoverAbility { active, asked_for_human, frustrated, topic, no_answer, topics, contact };
            Ok(api::abilities::save_handover(ability))
        };
        saving.submit(&event, typed, Notice::HandoverSaved);
    };
    let modes =
        MODES.into_iter().zip(modes(&shown)).zip(boxes).map(move |(((name, label, help), on), node)| {
            view! {
                <div class="choice">
                    <input
                        type="checkbox"
                        node_ref=node
                        id=format!("mode-{name}")
                        name=name
                        value="yes"
                        checked=on
                        autofocus=name == MODES[0].0
                        aria-describedby=format!("mode-{name}-help")
                    />
                    <label for=format!("mode-{name}")>{t(label)}</label>
                    <p class="choice-help" id=format!("mode-{name}-help")>{t(help)}</p>
                </div>
            }
        });
    let last = view! {
        <TextField
            spec=contact_spec()
            value=shown.contact.unwrap_or_default()
            errors=Signal::from(saving.errors)
            node=contact
            on_input=Callback::new(move |()| saving.changed())
        />
    };
    view! {
        <AbilityForm
            saving
            last=last.into_any()
            label=t("Topics")
            help=t("Words and phrases, one per line. At most 50.")
            value=shown.topics
            intent=AbilitiesIntent::SaveHandover
            on_submit=Callback::new(submit)
        >
            <fieldset class="choices">
                <legend class="field-label">{t("Hand over when")}</legend>
                {modes.collect_view()}
            </fieldset>
        </AbilityForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_match_the_ability() {
        let ability = HandoverAbility::default();
        assert_eq!(modes(&ability), [true, true, true, false]);
        assert_eq!(MODES[3].0, "no_answer");
        assert_eq!(summary(&ability).len(), 3);
        let none = HandoverAbility { asked_for_human: false, frustrated: false, topic: false, ..ability };
        assert!(summary(&none)[0].starts_with("No reason is selected"));
    }
}
