//! Where to find the credentials: the path in words, and a link once the account is known.

use super::form::ConnectForm;
use crate::components::field::of_choices;
use crate::components::{leads_out, shows};
use crate::model::{Helpdesk, Subdomain};
use crate::words;
use leptos::prelude::*;

/// Returns the address of the account's page with its credentials. A [`Subdomain`] is a single DNS label, so whatever
/// is typed cannot lead to another host.
fn credentials_page(helpdesk: Helpdesk, template: &str, subdomain: &str) -> Option<String> {
    let subdomain = Subdomain::parse(helpdesk, subdomain).ok()?;
    words::web_address(&template.replace("{subdomain}", subdomain.as_str())).map(str::to_owned)
}

#[component]
pub(super) fn CredentialsPage(form: ConnectForm) -> impl IntoView {
    let helpdesk = form.helpdesk;
    shows(move || {
        let page = form
            .typed
            .with(|typed| form.template.with_value(|template| credentials_page(helpdesk, template, typed)));
        let way = form.way.get_value();
        Some(match page {
            Some(page) => leads_out(page, way),
            None => view! { <span>{of_choices(&way)}</span> }.into_any(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_leads_only_to_the_shops_own_host() {
        let template = "https://{subdomain}.gorgias.com/app/settings/rest-api";
        let page = |subdomain| credentials_page(Helpdesk::GORGIAS, template, subdomain);
        assert_eq!(page(" Your-Store "), Some("https://your-store.gorgias.com/app/settings/rest-api".into()));
        assert_eq!(page(""), None);
        assert_eq!(page("evil.com#"), None);
        assert_eq!(credentials_page(Helpdesk::GORGIAS, "javascript:{subdomain}", "alert"), None);
    }
}
