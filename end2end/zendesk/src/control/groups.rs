//! Groups.

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

use crate::world::{Group, Zendesk};

/// A group to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    name: String,
}

/// `POST /accounts/{s}/groups`
pub(super) async fn add(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Json(NewGroup { name }): Json<NewGroup>,
) -> Result<(StatusCode, Json<Group>), Problem> {
    let id = account(&site.world, &subdomain, |account, _| account.add_group(&name))?;
    Ok((StatusCode::CREATED, Json(Group { id, name, deleted: false })))
}

/// `DELETE /accounts/{s}/groups/{id}`
pub(super) async fn remove(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.remove_group(id))?;
    Ok(StatusCode::NO_CONTENT)
}
