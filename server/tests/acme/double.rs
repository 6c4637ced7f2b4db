//! A fake of Acme Desk: its API over HTTP, with one workspace `works` and one client.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub const CLIENT: &str = "convi-1";
pub const SECRET: &str = "s3cret-of-acme";
/// Larger messages are rejected.
pub const LARGEST_MESSAGE: usize = 10_000;

/// The contents of the workspace.
#[derive(Default)]
pub struct Workspace {
    pub cases: Vec<Value>,
    /// Requests counted against the limit, without rejected ones.
    pub asked: u32,
    /// Requests left in the current window.
    pub left: u32,
    pub refused: u32,
}

pub type Shared = Arc<Mutex<Workspace>>;

/// Starts the fake; returns the URL template of its accounts and the workspace.
pub async fn start() -> (String, Shared) {
    let workspace = Shared::default();
    workspace.lock().unwrap().left = 30;
    let api = Router::new()
        .route("/me", get(|| async { Json(json!({"client": CLIENT})) }))
        .route("/cases", post(create).get(find))
        .route("/cases/{id}", get(show).put(change))
        .route("/cases/{id}/messages", post(add))
        .layer(axum::middleware::from_fn_with_state(workspace.clone(), admit))
        .with_state(workspace.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().nest("/works/api", api)).await });
    (format!("http://{address}/{{subdomain}}"), workspace)
}

async fn admit(
    State(workspace): State<Shared>,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let pair = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    if headers.get("authorization").and_then(|it| it.to_str().ok()) != Some(&pair) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let left = {
        let mut workspace = workspace.lock().unwrap();
        if workspace.left == 0 {
            workspace.refused += 1;
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")]).into_response();
        }
        workspace.asked += 1;
        workspace.left -= 1;
        workspace.left
    };
    let headers = [("x-rate-limit", "30".to_owned()), ("x-rate-limit-remaining", left.to_string())];
    (headers, next.run(request).await).into_response()
}

async fn create(State(workspace): State<Shared>, headers: HeaderMap, Json(new): Json<Value>) -> Response {
    let texts = new["messages"].as_array().cloned().unwrap_or_default();
    if texts.iter().any(|text| text.as_str().is_none_or(|text| text.len() > LARGEST_MESSAGE)) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let mut workspace = workspace.lock().unwrap();
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    if let Some(known) = workspace.cases.iter().find(|case| case["key"] == key) {
        return (StatusCode::CREATED, Json(known.clone())).into_response();
    }
    let case = json!({
        "id": format!("ACME-{}", 17 + workspace.cases.len()), "key": key, "open": true, "subject": new["subject"],
        "tags": new["tags"], "requester": new["requester"], "transcript": texts, "note": new["note"], "messages": [],
    });
    workspace.cases.push(case.clone());
    (StatusCode::CREATED, Json(case)).into_response()
}

async fn find(State(workspace): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let mut cases = workspace.lock().unwrap().cases.clone();
    cases.retain(|case| case["key"].as_str() == query.get("key").map(String::as_str));
    Json(json!({"cases": cases}))
}

/// Changes a case and returns the response built by `change`.
fn with_case(workspace: &Shared, id: &str, change: impl FnOnce(&mut Value) -> Value) -> Response {
    let mut workspace = workspace.lock().unwrap();
    match workspace.cases.iter_mut().find(|case| case["id"] == id) {
        Some(case) => Json(change(case)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn show(State(workspace): State<Shared>, Path(id): Path<String>) -> Response {
    with_case(&workspace, &id, |case| case.clone())
}

async fn change(State(workspace): State<Shared>, Path(id): Path<String>, Json(new): Json<Value>) -> Response {
    with_case(&workspace, &id, |case| {
        case["open"] = new["open"].clone();
        case.clone()
    })
}

async fn add(
    State(workspace): State<Shared>,
    Path(id): Path<String>,
    Json(mut new): Json<Value>,
) -> Response {
    with_case(&workspace, &id, |case| {
        let number = case["messages"].as_array().map_or(0, Vec::len) + 1;
        new["number"] = json!(number);
        if let Some(messages) = case["messages"].as_array_mut() {
            messages.push(new.clone());
        }
        new
    })
}
