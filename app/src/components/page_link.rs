//! A link to one of Convi's own pages, also from a panel in somebody else's page.

use super::attributes::out;
use super::field::of_choices;
use super::{Glyph, Host, Icon};
use leptos::prelude::*;

/// In the app it is followed in place, by the router where it may; from a panel it opens Convi beside the page around.
#[component]
pub fn PageLink(
    /// The page's path.
    path: String,
    /// What it says.
    #[prop(into)]
    label: String,
    /// Whether the server is to answer, as for a dialog that opens by its address.
    #[prop(default = false)]
    whole: bool,
) -> impl IntoView {
    match Host::current().address(&path) {
        Some(address) => leads_out(address, label),
        None => view! { <a class="link" href=path rel=whole.then_some("external")>{label}</a> }.into_any(),
    }
}

/// A link that leads out of here, to an address that was looked at.
pub fn leads_out(address: String, label: String) -> AnyView {
    view! {
        <a class="link" {..out(address)}>
            {of_choices(&label)}
            <Icon glyph=Glyph::OUT />
        </a>
    }
    .into_any()
}
