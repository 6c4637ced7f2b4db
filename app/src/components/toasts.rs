//! Short messages at the edge of the page, which screen readers announce.

use super::{Glyph, Icon, Place, each, named};
use crate::text::t;
use crate::words::Tone;
use leptos::prelude::*;
use std::time::Duration;

/// How long a success message stays. An error stays until it is closed.
const STAYS: Duration = Duration::from_secs(8);

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: usize,
    bad: bool,
    text: String,
}

impl Toast {
    /// Returns the id of its element.
    fn id(&self) -> String {
        format!("toast-{}", self.id)
    }
}

/// The list of messages. Taken from context.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<usize>,
    place: Place,
}

impl Toasts {
    /// Provides the list in context, starting with the message that the page was opened with, if any.
    pub fn provide(first: Option<String>) -> Self {
        let list = first.map(|text| Toast { id: 0, bad: false, text }).into_iter().collect();
        let toasts = Self { list: RwSignal::new(list), next: StoredValue::new(1), place: Place::current() };
        provide_context(toasts);
        Effect::new(move |_| {
            if !toasts.list.with_untracked(Vec::is_empty) {
                toasts.leave_later(0);
            }
        });
        toasts
    }

    /// Returns the list from context.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self {
            list: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            place: Place::current(),
        })
    }

    /// Shows a success message.
    pub fn good(self, text: impl Into<String>) {
        let id = self.push(false, text.into());
        self.leave_later(id);
    }

    /// Shows an error.
    pub fn bad(self, text: impl Into<String>) {
        self.push(true, text.into());
    }

    fn push(self, bad: bool, text: String) -> usize {
        // The id does not matter if the screen has been removed.
        let id = self.next.try_get_value().unwrap_or_default();
        self.next.set_value(id + 1);
        // A repeated text replaces the earlier message.
        self.list.update(|list| {
            list.retain(|toast| toast.text != text);
            list.push(Toast { id, bad, text });
        });
        id
    }

    fn remove(self, id: usize) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }

    /// Removes the message later, but not while the pointer is on it or its button has the focus.
    fn leave_later(self, id: usize) {
        set_timeout(
            move || {
                let held = self.place.find(&format!("#toast-{id}:is(:hover, :focus-within)"));
                if held.is_some() { self.leave_later(id) } else { self.remove(id) }
            },
            STAYS,
        );
    }
}

/// The region of the messages. It is rendered empty from the start, because screen readers do not announce a region
/// that appears together with its message.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = Toasts::current();
    let toast = move |id: String| {
        let toast = toasts.list.with_untracked(|list| list.iter().find(|toast| toast.id() == id).cloned());
        let Some(Toast { id: number, bad, text }) = toast else { return ().into_any() };
        let class = if bad { "toast toast-bad" } else { "toast" };
        let dismiss = named([
            ("type", "button".into()),
            ("class", "icon-button".into()),
            ("aria-label", t("Dismiss").into()),
        ]);
        view! {
            <div {..named([("class", class.into()), ("id", id.into())])}>
                <Icon glyph=Glyph::from(if bad { Tone::Bad } else { Tone::Good }) />
                <p>{text}</p>
                <button {..dismiss} on:click=move |_| toasts.remove(number)>
                    <Icon glyph=Glyph::CROSS />
                </button>
            </div>
        }
        .into_any()
    };
    let region = named([
        ("role", "status".into()),
        ("aria-live", "polite".into()),
        ("aria-relevant", "additions".into()),
    ]);
    view! {
        <div class="toasts" {..region}>
            {each(move || toasts.list.with(|list| list.iter().map(Toast::id).collect()), toast)}
        </div>
    }
}
