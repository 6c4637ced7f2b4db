//! Parts of this page for the demo's page of components, on the server only.

use super::Nothing;
use super::attempts::List;
use super::chart::Charts;
use crate::model::{Attempt, DayCount};
use leptos::prelude::*;

/// Renders the charts of these days.
pub(in crate::pages) fn charts(days: Vec<DayCount>) -> AnyView {
    view! { <Charts days=Signal::stored(days) /> }.into_any()
}

/// Renders these attempts.
pub(in crate::pages) fn attempts(attempts: Vec<Attempt>) -> AnyView {
    view! { <div class="attempts"><List attempts handover=None /></div> }.into_any()
}

/// Renders the list without matches.
pub(in crate::pages) fn nothing() -> AnyView {
    view! { <Nothing filtered=true /> }.into_any()
}
