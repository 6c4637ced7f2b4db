//! In the page, which has every part at once.

use super::Part;
pub(crate) use crate::pages::integrations::submit::run;
use leptos::prelude::*;

/// The part, at once.
#[component]
pub(crate) fn Later(part: Part) -> impl IntoView {
    part.view()
}
