//! What the server renders, page by page, with a backend that returns what a test puts into it. Laid out like `pages/`.

#![allow(clippy::unwrap_used, reason = "its helpers are tests too")]

mod abilities;
mod conversation;
mod conversations;
mod fake;
mod frame;
mod handovers;
mod integrations;
mod language;
mod not_found;
mod notifications;
mod samples;
mod sign_in;
mod webhook;

use crate::assets::Assets;
use crate::backend::SharedBackend;
use crate::chat_backend::SharedChatBackend;
use crate::forms::{FormOutcome, Submitted, submit};
use crate::model::{CallError, Role};
use crate::shell::shell;
use crate::storefront::Storefront;
use crate::text::Language;
use axum::body::{Body, to_bytes};
use fake::Fake;
use http::Request;
use samples::viewer;
use std::sync::Arc;

/// Collecting the routes renders the app once without a viewer, which must not overlap with the rendering of a page.
static ROUTES: std::sync::Once = std::sync::Once::new();

/// Returns the page at `uri` as the server sends it.
async fn page(backend: Fake, role: Option<Role>, uri: &str, outcome: Option<FormOutcome>) -> (u16, String) {
    page_in(Language::English, backend, role, uri, outcome).await
}

async fn page_in(
    language: Language,
    backend: Fake,
    role: Option<Role>,
    uri: &str,
    outcome: Option<FormOutcome>,
) -> (u16, String) {
    // This also starts the executor, as the server does when it builds its routes.
    ROUTES.call_once(|| {
        let _ = leptos_axum::generate_route_list(crate::App);
    });
    let backend = Arc::new(backend);
    let chat: SharedChatBackend = backend.clone();
    let backend: SharedBackend = backend;
    let mut request = Request::get(uri).header("accept", "text/html").body(Body::empty()).unwrap();
    if let Some(role) = role {
        request.extensions_mut().insert(viewer(role));
    }
    let assets = Assets {
        start_js: "pkg/start-1.js".into(),
        page_js: "pkg/page-1.js".into(),
        page_wasm: "pkg/page-1.wasm".into(),
        css: "pkg/app-1.css".into(),
        catalogues: vec![("de", "pkg/de-1.json".into()), ("fr", "pkg/fr-1.json".into())],
        favicon: "favicon.svg".into(),
    };
    let render = leptos_axum::render_app_async_with_context(
        move || {
            leptos::prelude::provide_context(language);
            leptos::prelude::provide_context(Storefront::Tag("<convi-chat merchant='m1'>".into()));
            leptos::prelude::provide_context(backend.clone());
            leptos::prelude::provide_context(chat.clone());
            if let Some(outcome) = outcome.clone() {
                outcome.provide();
            }
        },
        move || shell(assets.clone()),
    );
    let response = render(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    // Leptos's hydration markers would interrupt every text.
    (status, String::from_utf8(body.to_vec()).unwrap().replace("<!>", ""))
}

/// Returns the HTML without scripts, which include the hydration data.
fn visible(html: &str) -> String {
    let mut rest = html;
    let mut out = String::new();
    while let Some(start) = rest.find("<script") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("</script>").map_or("", |end| &rest[start + end + 9..]);
    }
    out + rest
}

/// Posts a form to its page as the owner.
async fn post(backend: &Fake, path: &str, fields: &[(&str, &str)]) -> Submitted {
    post_as(Role::Owner, backend, path, fields).await
}

async fn post_as(role: Role, backend: &Fake, path: &str, fields: &[(&str, &str)]) -> Submitted {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    submit(backend, backend, &viewer(role), path, fields).await
}

/// Posts a form as the owner, and returns what its page shows again.
async fn shown(backend: &Fake, path: &str, fields: &[(&str, &str)]) -> FormOutcome {
    again(post(backend, path, fields).await)
}

fn again(done: Submitted) -> FormOutcome {
    match done {
        Submitted::Show(outcome) => *outcome,
        Submitted::Redirect(path) => panic!("it was done: {path}"),
    }
}

/// Asserts that a form makes the request `asks` and redirects to its page with this notice.
async fn does(path: &str, fields: &[(&str, &str)], notice: &str, asks: &str) {
    let backend = Fake { conversations: vec![samples::anonymous("c1")], ..Fake::default() };
    let done = post(&backend, path, fields).await;
    assert_eq!(done, Submitted::Redirect(format!("{path}?notice={notice}")));
    assert_eq!(backend.asked(), [asks]);
}

/// Asserts that a form that the page does not have makes no request.
async fn does_nothing(path: &str, fields: &[(&str, &str)]) {
    let backend = Fake { conversations: vec![samples::anonymous("c1")], ..Fake::default() };
    let outcome = shown(&backend, path, fields).await;
    assert_eq!(outcome.error(), Some(&CallError::NotFound), "{path} {fields:?}");
    assert!(backend.asked().is_empty(), "{path} {fields:?}");
}
