//! A link to a Convi page, which also works from an embedded panel.

use super::attributes::out;
use super::field::of_choices;
use super::{Glyph, Host, Icon};
use leptos::prelude::*;

/// In the app the router follows the link where possible. In a panel it opens Convi in a new tab.
#[component]
pub fn PageLink(
    /// The page's path.
    path: String,
    /// Link text.
    #[prop(into)]
    label: String,
    /// Whether to load the page from the server, for example to open a dialog by its address.
    #[prop(default = false)]
    whole: bool,
) -> impl IntoView {
    match Host::current().address(&path) {
        Some(address) => leads_out(address, label),
        None => view! { <a class="link" href=path rel=whole.then_some("external")>{label}</a> }.into_any(),
    }
}

/// A link to a validated address outside the app.
pub fn leads_out(address: String, label: String) -> AnyView {
    view! {
        <a class="link" {..out(address)}>
            {of_choices(&label)}
            <Icon glyph=Glyph::OUT />
        </a>
    }
    .into_any()
}
