//! A switch that is a form of one button, so that it works without WASM too.

use super::Post;
use leptos::prelude::*;

/// A switch.
#[component]
pub fn Switch(
    /// The page it is posted to.
    to: &'static str,
    /// What its form says beside whether it is to be on.
    intent: &'static str,
    /// The id of what it switches, in words.
    labelled_by: &'static str,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// Whether it was pressed and the answer is not there yet.
    #[prop(into)]
    busy: Signal<bool>,
    /// Whether it cannot be pressed.
    disabled: bool,
    /// The id of what explains that.
    #[prop(optional_no_strip)]
    described_by: Option<String>,
    /// Instead of the form, with WASM: what it is to be.
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
