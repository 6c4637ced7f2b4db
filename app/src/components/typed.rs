//! Fields that filter a list while they are typed in, with the filter kept in the address.

use leptos::html::Input;
use leptos::prelude::*;
use std::time::Duration;

/// The pause after the last key before the list is requested.
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

/// Shows the address's text in the field, which the Back button may change. Does nothing while the field has the focus.
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
