//! A switch that is a form with one button, so that it also works without WASM.

use super::Post;
use leptos::prelude::*;

/// A switch.
#[component]
pub fn Switch(
    /// The page that it is posted to.
    to: &'static str,
    /// The form's `intent`.
    intent: &'static str,
    /// The id of its label.
    labelled_by: &'static str,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// Whether a request is in flight.
    #[prop(into)]
    busy: Signal<bool>,
    /// Whether it is disabled.
    disabled: bool,
    /// The id of the text that explains why.
    #[prop(optional_no_strip)]
    described_by: Option<String>,
    /// With WASM, called with the new state instead of posting the form.
    on_switch: Callback<bool>,
) -> impl IntoView {
    view! {
        <Post
            to
            fields=vec![("intent", intent.to_owned())]
            on_post=Callback::new(move |()| on_switch.run(!on.get_untracked()))
        >
            <button
                type="submit"
                role="switch"
                class="switch"
                name="active"
                value=move || if on.get() { "no" } else { "yes" }
                aria-checked=move || if on.get() { "true" } else { "false" }
                aria-labelledby=labelled_by
                aria-busy=move || busy.get().then_some("true")
                aria-describedby=described_by
                disabled=disabled
            >
                <span class="switch-knob"></span>
            </button>
        </Post>
    }
}
