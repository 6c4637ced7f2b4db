use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use standardwebhooks::{Webhook, WebhookError};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

struct Receiver {
    webhook: Webhook,
    // In a real program a table, so that a restart does not forget it.
    seen: Mutex<HashSet<String>>,
}

async fn receive(State(it): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    // Verifies the exact bytes, and that they are at most 5 minutes old.
    if it.webhook.verify(&body, &headers).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let (Ok(id), Ok(event)) = (headers["webhook-id"].to_str(), serde_json::from_slice::<Value>(&body)) else {
        return StatusCode::BAD_REQUEST;
    };
    // An event may arrive more than once, always with the same id.
    if it.seen.lock().is_ok_and(|mut seen| seen.insert(id.to_owned())) {
        println!("{} {}", event["type"], event["data"]);
    }
    StatusCode::NO_CONTENT
}

/// Fails if the secret is not the one that begins with `whsec_`.
pub fn app(secret: &str) -> Result<Router, WebhookError> {
    let receiver = Receiver { webhook: Webhook::new(secret)?, seen: Mutex::default() };
    Ok(Router::new().route("/convi", post(receive)).with_state(Arc::new(receiver)))
}
