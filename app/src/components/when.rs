//! Conditional views, texts and lists that follow signals. Unlike closures and Leptos' `Show` and `For`, each is a
//! single type, so the module contains its code only once.

use super::follows;
use leptos::prelude::*;
use std::sync::Arc;

/// Shows a view while there is one.
pub fn shows(view: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    following(Box::new(view))
}

fn following(view: Box<dyn Fn() -> Option<AnyView> + Send>) -> AnyView {
    (move || view().unwrap_or_else(|| ().into_any())).into_any()
}

/// Shows a text.
pub fn says(text: impl Fn() -> String + Send + 'static) -> AnyView {
    follows(move || Some(text())).text()
}

/// Shows a view while `holds` returns `true`. The view is built anew each time.
pub fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let holds = Memo::new(move |_| holds());
    shows(move || holds.get().then(&view))
}

/// Shows one view per key, which stays as long as its key.
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
