//! The screen: its pages, its plain forms and its server functions.
//!
//! The signed-in viewer is in the request's extensions (`viewer.rs`), where the server functions find it; the backend
//! and the nonce come through Leptos's context.

use super::{
    ProblemDetails, Shared, body, hydration, json, language,
    security::{self, PageNonce},
    sentences::PAGES_FORM,
    session, theme,
    token::TokenError,
    viewer::{self, Identity},
};
use app::{
    App, Storefront,
    api::protocol::COMPACT,
    assets::Assets,
    backend::SharedBackend,
    chat_backend::SharedChatBackend,
    forms::{self, FormOutcome, Submitted},
    model::{CallError, Viewer, pasted},
    pages::sign_in::SignInError,
    routes::{ABILITIES, CONVERSATIONS, HANDOVERS, INTEGRATIONS, LANGUAGE, NOTIFICATIONS, SIGN_IN, SIGN_OUT},
    shell::shell,
};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::{
    config::LeptosOptions,
    nonce::Nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions, render_app_async_with_context,
};
use std::sync::OnceLock;

/// The prefix of every server function.
const API: &str = "/api/";

/// The parameter that says what was done.
const NOTICE: &str = "notice";

/// The screen's routes, once per process: listing them renders the app, and two listings at a time have been seen to
/// hang.
static LISTED: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();

/// Returns the screen's routes.
pub fn routes(state: &Shared) -> Router {
    let plain_forms = Router::new()
        .route("/", get(async || Redirect::to(INTEGRATIONS)))
        .route(SIGN_IN, post(sign_in))
        .route(SIGN_OUT, post(sign_out))
        .merge(language::routes())
        .merge(theme::routes())
        .merge(hydration::routes())
        .route(INTEGRATIONS, post(submit))
        .route(HANDOVERS, post(submit))
        .route(NOTIFICATIONS, post(submit))
        .route(ABILITIES, post(submit))
        .route(&format!("{CONVERSATIONS}/{{id}}"), post(submit))
        .with_state(state.clone());
    // Leptos uses this only for hot reloading and static pages, which we do not have.
    let options = LeptosOptions::builder().output_name("page").build();
    let listed =
        LISTED.get_or_init(|| generate_route_list_with_exclusions(App, Some(vec!["/".to_owned()]))).clone();
    let (context, assets) = (context(state, None), state.site.assets().clone());
    let pages = Router::new()
        .leptos_routes_with_context(&options, listed, context, move || shell(assets.clone()))
        .with_state(options);
    gated(state, plain_forms.merge(pages))
}

/// Handles URLs that are neither routes nor files: with a page for people, with a problem for programs.
pub fn not_found(state: &Shared) -> Router {
    let page = Router::new().fallback(render_missing).with_state(state.clone());
    let page = gated(state, page);
    Router::new().fallback(async move |request: Request| {
        let for_people = !["/v1/", API, "/pkg/"].iter().any(|start| request.uri().path().starts_with(start))
            && matches!(*request.method(), Method::GET | Method::HEAD)
            && accepts_html(request.headers());
        if for_people {
            match tower::ServiceExt::oneshot(page, request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        } else {
            ProblemDetails::not_found().into_response()
        }
    })
}

/// Identifies the viewer, rejects forgeries and checks access, in this order. The last layer sees a request first.
fn gated(state: &Shared, routes: Router) -> Router {
    routes
        .layer(middleware::from_fn(gate))
        .layer(middleware::from_fn_with_state(state.clone(), security::page_headers))
        .layer(middleware::from_fn_with_state(state.clone(), viewer::no_forgery))
        .layer(middleware::from_fn_with_state(state.clone(), viewer::identify))
}

/// Without a viewer, only the sign-in page and the language are available, and no server function.
async fn gate(request: Request, next: Next) -> Response {
    let is_call = request.uri().path().starts_with(API);
    let viewer = request.extensions().get::<Viewer>();
    if viewer.is_none() {
        return match request.uri().path() {
            SIGN_IN | LANGUAGE => next.run(request).await,
            _ if is_call => ProblemDetails::from(CallError::SignedOut).into_response(),
            _ => Redirect::to(SIGN_IN).into_response(),
        };
    }
    if let Some(named) = viewer::merchant_of_query(request.uri())
        && let Err(problem) = viewer::refuse_other_merchant(viewer, &named)
    {
        return problem.into_response();
    }
    if is_call { call(request, next).await } else { next.run(request).await }
}

/// Limits a server function's arguments and chooses the format of its result.
async fn call(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match body::read(&parts.headers, body, body::SMALL).await {
        Ok(bytes) => Body::from(bytes),
        Err(problem) => return problem.into_response(),
    };
    if !json::is_json(&parts.headers) {
        return json::not_json().into_response();
    }
    // With `text/html`, Leptos would redirect to the `Referer` with the error in the URL.
    let accept = if json::wants_compact(&parts.headers) { COMPACT } else { "application/json" };
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    next.run(Request::from_parts(parts, body)).await
}

/// Returns what every render and every server function gets in its context.
fn context(state: &Shared, outcome: Option<FormOutcome>) -> impl Fn() + Clone + Send + Sync + 'static {
    let backend: SharedBackend = state.services.backend.clone();
    let chat: SharedChatBackend = state.services.chat.clone();
    let (demo, origin) = (state.config.demo, state.public_url.origin().to_owned());
    move || {
        provide_context(backend.clone());
        provide_context(chat.clone());
        provide_context(use_context::<Parts>().map(|parts| language::of(&parts.headers)).unwrap_or_default());
        provide_context(use_context::<Parts>().map(|parts| theme::of(&parts.headers)).unwrap_or_default());
        if let Some(parts) = use_context::<Parts>()
            && let Some(storefront) = storefront(demo, &origin, parts.extensions.get())
        {
            provide_context(storefront);
        }
        // Replaces Leptos's own nonce, because the policy's header has ours.
        let nonce = use_context::<Parts>().and_then(|parts| parts.extensions.get::<PageNonce>().cloned());
        if let Some(PageNonce(nonce)) = nonce {
            provide_context(Nonce::from_value(nonce));
        }
        if let Some(outcome) = outcome.clone() {
            outcome.provide();
        }
    }
}

/// Returns where conversations come from: the demo's shop, or two lines for the merchant's own.
fn storefront(demo: bool, origin: &str, viewer: Option<&Viewer>) -> Option<Storefront> {
    if demo {
        return Some(Storefront::Demo);
    }
    // Neither can contain a quote: an origin as browsers write it, and a merchant's `[A-Za-z0-9_-]`.
    viewer.map(|Viewer { merchant, .. }| {
        Storefront::Tag(format!(
            "<script type=\"module\" async src=\"{origin}/storefront/convi-chat.js\"></script>\n\
             <convi-chat merchant=\"{merchant}\"></convi-chat>"
        ))
    })
}

async fn render(state: &Shared, parts: Parts, outcome: Option<FormOutcome>) -> Response {
    let assets: Assets = state.site.assets().clone();
    let render = render_app_async_with_context(context(state, outcome), move || shell(assets.clone()));
    render(Request::from_parts(parts, Body::empty())).await
}

async fn render_missing(State(state): State<Shared>, request: Request) -> Response {
    render(&state, request.into_parts().0, None).await
}

/// Handles a form that was posted before WASM runs, or without it.
async fn submit(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let (parts, body) = request.into_parts();
    let viewer = parts.extensions.get::<Viewer>().cloned().ok_or(CallError::SignedOut)?;
    let fields = fields(&parts.headers, body).await?;
    let (backend, chat) = (&*state.services.backend, &*state.services.chat);
    match forms::submit(backend, chat, &viewer, parts.uri.path(), fields).await {
        Submitted::Redirect(path) => Ok(Redirect::to(&kept_query(&parts, path)).into_response()),
        Submitted::Show(outcome) => {
            let status = StatusCode::from_u16(outcome.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let retry_after = outcome.error().and_then(CallError::retry_after);
            let mut response = render(&state, parts, Some(*outcome)).await;
            *response.status_mut() = status;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
    }
}

/// Keeps the filters of the list that a form was posted from.
fn kept_query(parts: &Parts, to: String) -> String {
    let Some(query) = parts.uri.query().filter(|_| parts.uri.path() == HANDOVERS) else { return to };
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    kept.extend_pairs(url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != NOTICE));
    match kept.finish() {
        kept if kept.is_empty() => to,
        kept => format!("{to}&{kept}"),
    }
}

/// Turns the field `token` of the sign-in form into a session.
async fn sign_in(
    State(state): State<Shared>,
    Extension(identity): Extension<Identity>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let refused = |error: SignInError| Ok(Redirect::to(&error.location()).into_response());
    let fields = fields(&headers, body).await?;
    let token = fields.iter().find(|(name, _)| name == "token").map_or("", |(_, token)| pasted::trim(token));
    if token.is_empty() {
        return refused(SignInError::Missing);
    }
    match state.tokens.verify(token, state.world.clock.now()) {
        Ok(viewer) => {
            // A previous session in this browser ends.
            session::end(&state, &identity).await?;
            let cookie = session::begin(&state, viewer).await?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(INTEGRATIONS)).into_response())
        }
        Err(TokenError::Expired) => refused(SignInError::Expired),
        Err(_) => refused(SignInError::Invalid),
    }
}

/// Ends the session of this browser.
async fn sign_out(
    State(state): State<Shared>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ProblemDetails> {
    let cookie = session::end(&state, &identity).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(SIGN_IN)).into_response())
}

pub(super) async fn fields(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, ProblemDetails> {
    let bytes: Bytes = body::read(headers, body, body::SMALL).await?;
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    if !kind.to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded") {
        return Err(ProblemDetails::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, PAGES_FORM));
    }
    Ok(url::form_urlencoded::parse(&bytes).into_owned().collect())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::ACCEPT).iter();
    lines.any(|value| value.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"text/html")))
}
