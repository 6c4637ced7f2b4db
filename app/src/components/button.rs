//! Buttons, and the forms around those that also work without WASM.

use super::attributes::{Value, hidden};
use super::{Place, named};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// How loud a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing to do here.
    Primary,
    /// One of several.
    Plain,
    /// Takes something away.
    Danger,
    /// Hardly a button.
    Quiet,
}

impl Weight {
    /// What its button is called in the style.
    pub fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Plain => "button",
            Self::Danger => "button button-danger",
            Self::Quiet => "button button-quiet",
        }
    }
}

impl From<Weight> for Value {
    fn from(weight: Weight) -> Self {
        weight.class().into()
    }
}

/// A submit button. While busy it keeps its place, its width and the focus, and its form ignores it.
#[component]
pub fn Button(
    /// What it says.
    #[prop(into)]
    label: Value,
    /// How loud it is.
    #[prop(into)]
    weight: Value,
    /// What its form then wants: the value of `intent`.
    #[prop(optional)]
    intent: Option<&'static str>,
    /// Whether it was pressed and the answer is not there yet.
    #[prop(optional, into)]
    busy: Value,
    /// Whether it cannot be pressed at all.
    #[prop(optional, into)]
    disabled: Value,
    /// Its id, where the focus comes back to it.
    #[prop(optional)]
    id: Option<String>,
    /// The id of what explains it.
    #[prop(optional_no_strip)]
    described_by: Option<String>,
) -> impl IntoView {
    let attributes = named([
        ("type", "submit".into()),
        ("id", id.into()),
        ("name", intent.map(|_| "intent").into()),
        ("value", intent.into()),
        ("class", weight),
        ("disabled", disabled),
        ("aria-busy", busy.says("true")),
        ("aria-describedby", described_by.into()),
    ]);
    view! {
        <button {..attributes}>
            <span class="button-label">{label.text()}</span>
        </button>
    }
}

/// A form of one button. Without WASM it is posted with its hidden fields.
#[component]
pub fn Post(
    /// The page it is posted to.
    #[prop(into)]
    to: String,
    /// What it says beside its button.
    fields: Vec<(&'static str, String)>,
    /// Instead, with WASM.
    on_post: Callback<()>,
    /// The button.
    children: Children,
) -> impl IntoView {
    let hidden = fields
        .into_iter()
        .map(|(name, value)| view! { <input {..hidden(name, &value)} /> }.into_any())
        .collect_view();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_post.run(());
    };
    view! {
        <form class="one-button" {..named([("method", "post".into()), ("action", to.into())])} on:submit=submit>
            {hidden}
            {children()}
        </form>
    }
}

/// What the pressed button of a form wants: the value of `intent`.
pub fn pressed(event: &SubmitEvent) -> Option<String> {
    event.submitter()?.get_attribute("value")
}

/// Whether the pressed button only closes the dialog: then the browser does it, and nothing is sent.
pub fn closes(event: &SubmitEvent) -> bool {
    event
        .submitter()
        .and_then(|button| button.get_attribute("formmethod"))
        .is_some_and(|method| method == "dialog")
}

/// Moves the focus to the element with this id, on a page that is never embedded.
pub fn focus(id: &str) -> bool {
    Place::DOCUMENT.focus(id)
}
