//! Buttons, and one-button forms that also work without WASM.

use super::attributes::{Value, hidden};
use super::{Place, named};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// How prominent a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The main action.
    Primary,
    /// One of several actions.
    Plain,
    /// Removes something.
    Danger,
    /// A minor action.
    Quiet,
}

impl Weight {
    /// Returns the button's CSS class.
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

/// A submit button. While busy it keeps its place, width and focus, and its form ignores presses.
#[component]
pub fn Button(
    /// Label.
    #[prop(into)]
    label: Value,
    /// Prominence.
    #[prop(into)]
    weight: Value,
    /// The action that it submits: the value of `intent`.
    #[prop(optional)]
    intent: Option<&'static str>,
    /// Whether a press is still being handled.
    #[prop(optional, into)]
    busy: Value,
    /// Whether the button is disabled.
    #[prop(optional, into)]
    disabled: Value,
    /// Its id, if focus returns to it.
    #[prop(optional)]
    id: Option<String>,
    /// The id of the text that describes it.
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

/// A form with one button. Without WASM, the browser posts it with its hidden fields.
#[component]
pub fn Post(
    /// The page that it is posted to.
    #[prop(into)]
    to: String,
    /// Its hidden fields.
    fields: Vec<(&'static str, String)>,
    /// With WASM, called instead of posting.
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

/// Returns the action of the pressed button: the value of `intent`.
pub fn pressed(event: &SubmitEvent) -> Option<String> {
    event.submitter()?.get_attribute("value")
}

/// Returns whether the pressed button only closes the dialog. The browser then closes it, and nothing is sent.
pub fn closes(event: &SubmitEvent) -> bool {
    event
        .submitter()
        .and_then(|button| button.get_attribute("formmethod"))
        .is_some_and(|method| method == "dialog")
}

/// Moves the focus to the element with this id. Only for pages that are never embedded.
pub fn focus(id: &str) -> bool {
    Place::DOCUMENT.focus(id)
}
