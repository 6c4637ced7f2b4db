//! Tickets as they really are, merges, and what was really sent.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use emulator::{
    Site,
    control::{Problem, account},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::{AgentMessage, Gorgias, Ticket};

/// Which tickets.
#[derive(Deserialize)]
pub(super) struct Which {
    external_id: Option<String>,
    #[serde(default)]
    merged: bool,
}

/// A merge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    from: u64,
    into: u64,
}

/// `GET /accounts/{s}/tickets`
pub(super) async fn list(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| {
        let wanted = |ticket: &&Ticket| {
            (which.merged || !ticket.is_merged())
                && (which.external_id.is_none() || ticket.external_id == which.external_id)
        };
        Json(json!({"tickets": account.tickets.iter().filter(wanted).collect::<Vec<_>>()}))
    })
}

/// `GET /accounts/{s}/tickets/{id}`
pub(super) async fn show(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<Json<Ticket>, Problem> {
    let ticket = account(&site.world, &subdomain, |account, _| account.ticket(id).cloned())?;
    ticket.map(Json).ok_or(Problem::NotFound("Unknown ticket."))
}

/// `POST /accounts/{s}/tickets/{id}/trash`
pub(super) async fn trash(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, now| match account.ticket_mut(id) {
        Some(ticket) => {
            ticket.trashed = Some(now);
            Ok(StatusCode::NO_CONTENT)
        }
        None => Err(Problem::NotFound("Unknown ticket.")),
    })?
}

/// `POST /accounts/{s}/tickets/{id}/messages`
pub(super) async fn write(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, u64)>,
    Json(written): Json<AgentMessage>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let id = account(&site.world, &subdomain, |account, now| account.write(id, &written, now))?;
    let id = id.ok_or(Problem::NotFound("Unknown ticket."))?;
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// `POST /accounts/{s}/merges`
pub(super) async fn merge(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Json(merge): Json<Merge>,
) -> Result<StatusCode, Problem> {
    match account(&site.world, &subdomain, |account, now| account.merge(merge.from, merge.into, now))? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::Conflict("Both tickets must exist and not be merged yet.")),
    }
}

/// `GET /accounts/{s}/sent-to-shoppers`
pub(super) async fn sent_to_shoppers(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| Json(json!({"sent": account.sent_to_shoppers})))
}
