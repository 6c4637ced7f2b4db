//! What follows signals, is there only while something holds, or is a list. Unlike closures and Leptos' `Show` and `For`
//! each is one type, and so one piece of code in a module, whatever it shows.

use super::follows;
use leptos::prelude::*;
use std::sync::Arc;

/// What there is to see, if anything.
pub fn shows(view: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    following(Box::new(view))
}

fn following(view: Box<dyn Fn() -> Option<AnyView> + Send>) -> AnyView {
    (move || view().unwrap_or_else(|| ().into_any())).into_any()
}

/// A text.
pub fn says(text: impl Fn() -> String + Send + 'static) -> AnyView {
    follows(move || Some(text())).text()
}

/// The view while `holds` does, made anew each time it begins to.
pub fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let holds = Memo::new(move |_| holds());
    shows(move || holds.get().then(&view))
}

/// A view for each key, which stays as long as the key does.
pub fn each(
    keys: impl Fn() -> Vec<String> + Send + Sync + 'static,
    view: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    listed(Arc::new(keys), Arc::new(view))
}

fn listed(
    keys: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    view: Arc<dyn Fn(String) -> AnyView + Send + Sync>,
) -> AnyView {
    view! { <For each=move || keys() key=String::clone children=move |key| view(key) /> }.into_any()
}
