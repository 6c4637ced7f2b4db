//! `/health/live` and `/health/ready`, for supervisors and load balancers.

use super::{ProblemDetails, Shared, json, problem};
use crate::{store::Database, vault::Vault};
use axum::{Router, extract::State, response::Response, routing::get};
use domain::Said;
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

/// Knows whether the server can work.
#[async_trait::async_trait]
pub trait Ready: Send + Sync + 'static {
    /// Returns what is missing, as a sentence without secrets, if the server cannot work.
    async fn ready(&self) -> Result<(), String>;
}

/// What this process needs to work.
pub struct Needs {
    /// The database, which must answer and be writable.
    pub store: Arc<dyn Database>,
    /// The master keys, which must open what is stored.
    pub vault: Arc<Vault>,
}

#[async_trait::async_trait]
impl Ready for Needs {
    async fn ready(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| {
            tracing::error!(error = %error, "the database does not answer or cannot be written");
            "The database does not answer or cannot be written. The log says why.".to_owned()
        })?;
        match self.vault.missing() {
            None => Ok(()),
            Some(id) => Err(format!(
                "This process lacks the master key {id}. Add it to CONVI_MASTER_KEYS and send SIGHUP."
            )),
        }
    }
}

/// Returns the routes of a process that only dispatches.
pub fn alone(ready: Arc<dyn Ready>) -> Router {
    let is_ready = async |State(ready): State<Arc<dyn Ready>>| answer(&*ready).await;
    Router::new().route("/health/live", get(live)).route("/health/ready", get(is_ready)).with_state(ready)
}

/// All is well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
}

/// Reports that the process answers.
#[utoipa::path(
    get, path = "/health/live", tag = "health",
    responses((status = 200, description = "The process answers.", body = Health))
)]
pub async fn live() -> Result<Response, ProblemDetails> {
    json::answer(StatusCode::OK, &Health { status: "ok" })
}

/// Reports whether the server can work.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "The server can work.", body = Health),
        (status = 503, description = "The server cannot work; the detail says why.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn ready(State(state): State<Shared>) -> Result<Response, ProblemDetails> {
    answer(&*state.services.ready).await
}

async fn answer(ready: &dyn Ready) -> Result<Response, ProblemDetails> {
    match ready.ready().await {
        Ok(()) => json::answer(StatusCode::OK, &Health { status: "ok" }),
        Err(why) => Err(ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, Said::plain(why))),
    }
}
