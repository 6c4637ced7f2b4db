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
use std::{sync::Arc, time::Duration};
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
    let view = chat(&state).visitor_view(&visitor, after(&request)?).await?;
    json::cached(request.headers(), &view)
}

async fn say(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let (client, after) = (state.client(&request), after(&request)?);
    let mut visitor = visitor(&state, request.headers()).await?;
    let read = read_json(request).await?;
    let posted = Posted::read(&read.value).map_err(ProblemDetails::fields)?;
    let repaired = Reader::of(&read).finish().map_err(ProblemDetails::fields)?;
    let warnings = repaired.and(chat(&state).say(&mut visitor, &posted, client).await?);
    chat(&state).metrics.warned(Door::Chat, &warnings.counts);
    let view = chat(&state).visitor_view(&visitor, after).await?;
    json::answer(StatusCode::OK, &VisitorView { warnings: warnings.list, ..view })
}

async fn leave_address(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let (client, after) = (state.client(&request), after(&request)?);
    let mut visitor = visitor(&state, request.headers()).await?;
    let LeftAddress { email } = parsed(request).await?;
    match email {
        Some(email) => chat(&state).leave_address(&mut visitor, &email, client).await?,
        None => chat(&state).refuse_address(&visitor).await?,
    }
    let view = chat(&state).visitor_view(&visitor, after).await?;
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

fn after(request: &Request) -> Result<i64, ProblemDetails> {
    let query = request.uri().query().unwrap_or_default();
    let after = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after");
    match after {
        None => Ok(0),
        Some((_, value)) => value
            .parse()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or_else(|| ProblemDetails::field("after", AFTER)),
    }
}
