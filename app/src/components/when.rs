//! What is there only while something holds.

use leptos::prelude::*;

/// The view while `holds` does, made anew each time it begins to. Unlike Leptos' `Show` it is one type, and so one piece
/// of code in the module, whatever it shows.
pub fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    shown(Memo::new(move |_| holds()), Box::new(view))
}

fn shown(holds: Memo<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    (move || if holds.get() { view() } else { ().into_any() }).into_any()
}
