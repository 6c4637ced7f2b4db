//! `/chat/v1`: the storefront chat's API (docs/chat-api.md). Callable from any origin. Cookies are ignored; the
//! visitor's token travels as a bearer.

use super::{ProblemDetails, Shared, body, json, router, viewer};
use crate::{
    conversation::{
        Chat,
        visitor::{Posted, VisitorView},
    },
    handover::reading::{self, Reader},
    metrics::Door,
    store::conversations::Visitor,
};
use app::model::CallError;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{get, post},
};
use domain::sentences;
use http::{HeaderMap, Method, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::{borrow::Cow, sync::Arc, time::Duration};
use tower_http::cors::{Any, CorsLayer};

/// The routes: anyone may get a token, and its holder may call the rest.
pub fn routes() -> Router<Shared> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers([header::ETAG, header::RETRY_AFTER])
        .max_age(Duration::from_secs(3_600));
    Router::new()
        .route("/chat/v1/visitors", post(new_visitor))
        .route("/chat/v1/conversation", get(read))
        .route("/chat/v1/messages", post(say))
        .route("/chat/v1/email", post(leave_address))
        // Before the CORS layer: set later, it would answer a browser's OPTIONS instead of the layer.
        .method_not_allowed_fallback(router::not_allowed)
        .layer(cors)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewVisitor {
    merchant: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftAddress {
    /// `null` means that the visitor declines. Required, so that a body without it is an error and not a refusal.
    #[serde(deserialize_with = "Option::deserialize")]
    email: Option<String>,
}

async fn new_visitor(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let client = state.client(&request);
    let NewVisitor { merchant } = parsed(request).await?;
    let token = chat(&state).new_visitor(&merchant, client).await?;
    json::answer(StatusCode::CREATED, &json!({"token": token}))
}

async fn read(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let visitor = visitor(&state, request.headers()).await?;
    let (after, shown) = (after(&request)?, is_shown(&request));
    let view = chat(&state).visitor_view(&visitor, after, shown).await?;
    json::cached(request.headers(), &view)
}

async fn say(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let (client, after) = (state.client(&request), after(&request)?);
    let (shown, locale) = (is_shown(&request), locale(request.headers()));
    let mut visitor = visitor(&state, request.headers()).await?;
    let read = read_json(request).await?;
    let posted = Posted { locale, ..Posted::read(&read.value).map_err(ProblemDetails::fields)? };
    let repaired = Reader::of(&read).finish().map_err(ProblemDetails::fields)?;
    let warnings = repaired.and(chat(&state).say(&mut visitor, &posted, client).await?);
    chat(&state).metrics.warned(Door::Chat, &warnings.counts);
    let view = chat(&state).visitor_view(&visitor, after, shown).await?;
    json::answer(StatusCode::OK, &VisitorView { warnings: warnings.list, ..view })
}

async fn leave_address(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let (client, after, shown) = (state.client(&request), after(&request)?, is_shown(&request));
    let mut visitor = visitor(&state, request.headers()).await?;
    let LeftAddress { email } = parsed(request).await?;
    match email {
        Some(email) => chat(&state).leave_address(&mut visitor, &email, client).await?,
        None => chat(&state).refuse_address(&visitor).await?,
    }
    let view = chat(&state).visitor_view(&visitor, after, shown).await?;
    json::answer(StatusCode::OK, &view)
}

fn chat(state: &Shared) -> &Arc<Chat> {
    &state.services.chat
}

async fn visitor(state: &Shared, headers: &HeaderMap) -> Result<Visitor, ProblemDetails> {
    let token = viewer::bearer(headers)?.ok_or(CallError::SignedOut)?;
    Ok(chat(state).visitor(token).await?)
}

async fn parsed<T: DeserializeOwned>(request: Request) -> Result<T, ProblemDetails> {
    Ok(json::from_value(read_json(request).await?.value)?)
}

async fn read_json(request: Request) -> Result<reading::LenientJson, ProblemDetails> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(&parts.headers, body, body::SMALL).await?;
    reading::read(&bytes).map_err(|error| ProblemDetails::new(StatusCode::BAD_REQUEST, error.said()))
}

sentences! {
    AFTER = "chat.after": "This must be a message number, or 0.";
}

/// Returns a parameter of the query.
fn parameter<'a>(request: &'a Request, wanted: &str) -> Option<Cow<'a, str>> {
    let query = request.uri().query().unwrap_or_default();
    let mut all = url::form_urlencoded::parse(query.as_bytes());
    all.find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// Returns whether the visitor has the messages on the screen. A widget that does not say so shows what it asks for.
fn is_shown(request: &Request) -> bool {
    parameter(request, "shown").is_none_or(|shown| shown != "0")
}

/// Returns the language that the chat is shown in: the first of `Accept-Language`, if it looks like a tag.
fn locale(headers: &HeaderMap) -> Option<String> {
    let all = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = all.split([',', ';']).next()?.trim();
    let is_tag = first.len() >= 2 && first.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_tag && first.len() <= 35).then(|| first.to_owned())
}

fn after(request: &Request) -> Result<i64, ProblemDetails> {
    match parameter(request, "after") {
        None => Ok(0),
        Some(value) => value
            .parse()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or_else(|| ProblemDetails::field("after", AFTER)),
    }
}
