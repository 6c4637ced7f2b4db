//! Teams.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use emulator::{
    Site,
    control::{Problem, account},
};
use serde::Deserialize;

use crate::world::{Gorgias, Team};

/// A team to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTeam {
    name: String,
}

/// `POST /accounts/{s}/teams`
pub(super) async fn add(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Json(NewTeam { name }): Json<NewTeam>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let id = account(&site.world, &subdomain, |account, _| account.add_team(&name))?;
    Ok((StatusCode::CREATED, Json(Team { id, name })))
}

/// `DELETE /accounts/{s}/teams/{id}`
pub(super) async fn remove(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.remove_team(id))?;
    Ok(StatusCode::NO_CONTENT)
}
