//! Counts pages that could not hydrate and were rendered again, for operators.

use super::{ProblemDetails, Shared};
use crate::{limits::Limit, metrics::HydrationFailure};
use app::model::{CallError, Viewer};
use axum::{
    Extension, Router,
    extract::{Path, State},
    routing::post,
};
use http::StatusCode;
use std::time::Duration;

/// The period in which a merchant's reports are limited.
const WINDOW: Duration = Duration::from_secs(60);
/// More reports than a team's pages ever send; any beyond are not counted.
const PER_MERCHANT: usize = 60;

/// Returns the one route. Anyone who may see the screen may call it (`pages.rs` checks).
pub fn routes() -> Router<Shared> {
    Router::new().route("/hydration-failed/{cause}", post(failed))
}

async fn failed(
    State(state): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Path(cause): Path<String>,
) -> Result<StatusCode, ProblemDetails> {
    let why = HydrationFailure::ALL.into_iter().find(|why| why.as_str() == cause);
    let why = why.ok_or_else(ProblemDetails::not_found)?;
    let limit = Limit::new(viewer.merchant, PER_MERCHANT, WINDOW);
    state
        .hydrations
        .check(&[limit])
        .map_err(|retry_after| ProblemDetails::from(CallError::TooManyCalls { retry_after }))?;
    state.services.metrics.hydration_failed(why);
    Ok(StatusCode::NO_CONTENT)
}
