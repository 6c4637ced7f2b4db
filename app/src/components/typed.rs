//! Fields that filter a list while people type, with the filter kept in the URL.

use leptos::html::Input;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How long typing must pause before the list is requested.
const PAUSE: Duration = Duration::from_millis(250);

/// Returns a function that calls `go` once typing has paused.
pub fn after_a_pause(go: impl Fn() + Clone + 'static) -> impl Fn() + Clone + 'static {
    let typed = StoredValue::new(0_u32);
    move || {
        let mine = typed.get_value() + 1;
        typed.set_value(mine);
        let go = go.clone();
        set_timeout(
            move || {
                if typed.try_get_value() == Some(mine) {
                    go();
                }
            },
            PAUSE,
        );
    }
}

/// Gives the list of a page its keys: `/` moves the focus to its search, `j` and `k` to the next and the previous element
/// with this selector. Keys that are typed into a field, or pressed with a modifier, stay what they are.
pub fn list_keys(search: NodeRef<Input>, lines: &'static str) {
    Effect::new(move |_| {
        let pressed = window_event_listener(leptos::ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typed(&event) {
                return;
            }
            let handled = match event.key().as_str() {
                "/" => search.get_untracked().is_some_and(|input| input.focus().is_ok()),
                "j" => step(lines, 1),
                "k" => step(lines, -1),
                _ => false,
            };
            if handled {
                event.prevent_default();
            }
        });
        on_cleanup(move || pressed.remove());
    });
}

/// Returns whether a key is typed into a field, or a dialog is open above the list.
fn is_typed(event: &leptos::ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let in_a_field = |target: web_sys::Element| target.matches("input, textarea, select").unwrap_or_default();
    target.is_some_and(in_a_field) || document().query_selector("dialog[open]").is_ok_and(|it| it.is_some())
}

/// Moves the focus by this many elements. From anywhere else, to the first.
fn step(lines: &str, by: i32) -> bool {
    let Ok(all) = document().query_selector_all(lines) else { return false };
    let active = document().active_element();
    let is_active = |at: &u32| {
        let node = all.item(*at);
        node.is_some() && node.as_ref() == active.as_deref()
    };
    let now = (0..all.length()).find(is_active).and_then(|at| i32::try_from(at).ok());
    let next = now.map_or(0, |now| now + by);
    let element = u32::try_from(next).ok().and_then(|next| all.item(next));
    let element = element.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Shows the URL's text in the field when it changes, for example with the Back button. Does nothing while the field has
/// the focus.
pub fn follow_address(field: NodeRef<Input>, text: impl Fn() -> String + 'static) {
    Effect::new(move |_| {
        let text = text();
        let Some(input) = field.get() else { return };
        let focused = document().active_element().is_some_and(|element| element.id() == input.id());
        if !focused && input.value().trim() != text {
            input.set_value(&text);
        }
    });
}
