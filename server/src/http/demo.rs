//! The demo's own pages, which exist only with `CONVI_DEMO=1`.

use super::{Shared, problem::ProblemDetails};
use crate::store::lanes::Owners;
use app::pages::components;
use axum::{
    Router,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::header;
use leptos::prelude::*;
use serde::Deserialize;

/// A shop page with the chat on it. Its files are part of the site, like the chat's own.
const STORE: &str = include_str!("../../../storefront/demo/store.html");

/// The policy of a strict shop: the chat only needs its origin for scripts and connections.
const STORE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                            connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The components are only shown: no script runs, and no form is sent.
const COMPONENTS_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

const COMPONENTS_STYLES: &str = "/demo/components.css";

/// The page is one table, and reloads itself.
const PROCESSES_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                form-action 'none'; frame-ancestors 'none'";

/// How many characters of a process's name are shown.
const NAME: usize = 8;

/// Returns the demo's routes, or none without the demo.
pub fn routes(state: &Shared) -> Router {
    if !state.config.demo {
        return Router::new();
    }
    let store = || async { ([(header::CONTENT_SECURITY_POLICY, STORE_POLICY)], Html(STORE)) };
    // Every sample on the page requests it, so it may be cached.
    let styles = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Router::new()
        .route("/demo/store", get(store))
        .route("/demo/components", get(show_components))
        .route("/demo/processes", get(show_processes))
        .route(COMPONENTS_STYLES, get(async move || (styles, components::STYLES)))
        .with_state(state.clone())
}

#[derive(Deserialize)]
struct Look {
    theme: Option<String>,
}

/// Shows every component in each of its states.
async fn show_components(State(state): State<Shared>, Query(look): Query<Look>) -> Response {
    let page = components::document(state.site.assets(), COMPONENTS_STYLES, look.theme.as_deref());
    ([(header::CONTENT_SECURITY_POLICY, COMPONENTS_POLICY)], Html(page)).into_response()
}

/// Shows which process answered, and which one delivers to each account now.
async fn show_processes(State(state): State<Shared>) -> Result<Response, ProblemDetails> {
    let owners = state.services.lanes.owners(state.world.clock.now_ms()).await;
    let owners =
        owners.map_err(|error| ProblemDetails::internal("could not read the accounts' owners", &error))?;
    let page = processes(&owners, &state.site.assets().css);
    Ok(([(header::CONTENT_SECURITY_POLICY, PROCESSES_POLICY)], Html(page)).into_response())
}

fn processes(owners: &Owners, css: &str) -> String {
    let css = format!("/{}", css.trim_start_matches('/'));
    let short = |name: &str| name.chars().take(NAME).collect::<String>();
    let answered = match owners.this.as_str() {
        "" => "This is the only process, and it delivers to all accounts.".to_owned(),
        name => format!("Process {} answered. Reload to ask the next one.", short(name)),
    };
    let rows = owners.accounts.iter().map(|(account, owner)| {
        let this = if *owner == owners.this { " (answered)" } else { "" };
        view! { <tr><td>{account.to_string()}</td><td>{format!("{}{this}", short(owner))}</td></tr> }
    });
    let rows = rows.collect_view();
    let nothing = owners.accounts.is_empty().then(|| {
        view! { <p>"Nothing is being delivered. An account belongs to a process while it has something to send."</p> }
    });
    Owner::new().with(move || {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <meta http-equiv="refresh" content="2" />
                    <title>"Processes · Convi"</title>
                    <link rel="stylesheet" href=css />
                </head>
                <body>
                    <main>
                        <h1>"Processes"</h1>
                        <p>{answered}</p>
                        <table>
                            <thead><tr><th>"Account"</th><th>"Delivered by"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                        {nothing}
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_processes_shows_who_answered_and_who_delivers() {
        let owners = Owners {
            this: "0123456789".into(),
            accounts: vec![
                ("gorgias:acme".parse().unwrap(), "0123456789".into()),
                ("zendesk:acme".parse().unwrap(), "abcdefghij".into()),
            ],
        };
        let page = processes(&owners, "pkg/a.css");
        for part in
            ["Process 01234567 answered", "gorgias:acme", "01234567 (answered)", ">abcdefgh<", "/pkg/a.css"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(processes(&Owners::default(), "a.css").contains("This is the only process"));
    }
}
