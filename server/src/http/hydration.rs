//! Where a page says that it could not hydrate and was rendered anew: counted for operators, and nothing else.

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

/// In which time a merchant's reports are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// More than a team's pages have to say; what is over it is not counted.
const PER_MERCHANT: usize = 60;

/// The one route. Who may see the screen may say so (`pages.rs` asks).
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
