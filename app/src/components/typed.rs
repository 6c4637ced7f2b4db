//! Fields that filter a list while people type, with the filter kept in the URL.

use leptos::html::Input;
use leptos::prelude::*;
use std::time::Duration;

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
