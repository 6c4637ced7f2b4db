//! Train → Abilities.
use leptos::prelude::*;
/// The page.
#[component]
pub fn AbilitiesPage() -> impl IntoView {}
