//! Fields by which a list is asked for as they are typed in, while the address says what is asked.

use leptos::html::Input;
use leptos::prelude::*;
use std::time::Duration;

/// After the last key, before the list is asked for.
const PAUSE: Duration = Duration::from_millis(250);

/// Calls it once nothing was typed for a moment.
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

/// Shows in the field what the address says, which may change by the Back button. Not while somebody types there.
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
