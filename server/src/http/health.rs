//! `/health/live` and `/health/ready`, for whatever restarts or routes around this server.

use super::{ProblemDetails, Shared, json, problem};
use crate::store::Database;
use axum::{extract::State, response::Response};
use domain::Said;
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

/// Knows whether the server can do its work.
#[async_trait::async_trait]
pub trait Ready: Send + Sync + 'static {
    /// Whether it can, or what is missing in a sentence without secrets.
    async fn ready(&self) -> Result<(), String>;
}

#[async_trait::async_trait]
impl Ready for Arc<dyn Database> {
    async fn ready(&self) -> Result<(), String> {
        self.ping().await.map_err(|error| {
            tracing::error!(error = %error, "the database does not answer or keeps nothing");
            "The database does not answer, or cannot keep anything. The log says why.".to_owned()
        })
    }
}

/// All is well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
}

/// The process answers.
#[utoipa::path(
    get, path = "/health/live", tag = "health",
    responses((status = 200, description = "The process answers.", body = Health))
)]
pub async fn live() -> Result<Response, ProblemDetails> {
    json::answer(StatusCode::OK, &Health { status: "ok" })
}

/// The server can do its work.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "The server can do its work.", body = Health),
        (status = 503, description = "It cannot; the detail says why.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn ready(State(state): State<Shared>) -> Result<Response, ProblemDetails> {
    match state.services.ready.ready().await {
        Ok(()) => json::answer(StatusCode::OK, &Health { status: "ok" }),
        Err(why) => Err(ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, Said::plain(why))),
    }
}
