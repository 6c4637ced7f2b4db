//! Reading and advancing the clock.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::{product::Product, surface::Site};

/// How far to advance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    advance_seconds: f64,
}

/// `GET /clock`
pub(super) async fn show<P: Product>(State(site): State<Site<P>>) -> Json<Value> {
    Json(json!({"now": site.world.clock.now()}))
}

/// `POST /clock`
pub(super) async fn advance<P: Product>(
    State(site): State<Site<P>>,
    Json(by): Json<Move>,
) -> Result<Json<Value>, Problem> {
    if !site.may_move_clock {
        return Err(Problem::Forbidden("To advance the clock, start with --test-clock."));
    }
    let by = Duration::try_from_secs_f64(by.advance_seconds).map_err(|_| {
        Problem::Invalid("advance_seconds must be a number of seconds, 0 or more.".to_owned())
    })?;
    site.world.clock.advance(by);
    // Run what is due by now before answering.
    site.world.all(|_, _| ());
    Ok(Json(json!({"now": site.world.clock.now()})))
}
