//! Tickets as they really are, what agents do to them, and who was really emailed.

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

use crate::world::{AgentComment, Mail, Ticket, Zendesk};

/// Which tickets.
#[derive(Deserialize)]
pub(super) struct Which {
    external_id: Option<String>,
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
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| {
        let wanted =
            |ticket: &&Ticket| which.external_id.is_none() || ticket.external_id == which.external_id;
        Json(json!({"tickets": account.tickets.iter().filter(wanted).collect::<Vec<_>>()}))
    })
}

/// `GET /accounts/{s}/tickets/{id}`
pub(super) async fn show(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<Json<Ticket>, Problem> {
    let ticket = account(&site.world, &subdomain, |account, _| account.ticket(id).cloned())?;
    ticket.map(Json).ok_or(Problem::NotFound("Ticket not found."))
}

/// `POST /accounts/{s}/tickets/{id}/comments`
pub(super) async fn write(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id)): Path<(String, u64)>,
    Json(written): Json<AgentComment>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let id = account(&site.world, &subdomain, |account, now| account.write(id, &written, now))?;
    let id = id.ok_or(Problem::NotFound("Ticket not found, or closed."))?;
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// `POST /accounts/{s}/tickets/{id}/{action}`
pub(super) async fn act(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id, action)): Path<(String, u64, String)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, now| {
        let ticket = account.ticket_mut(id).ok_or(Problem::NotFound("Ticket not found."))?;
        match action.as_str() {
            "close" => ticket.status = "closed".to_owned(),
            "delete" => ticket.deleted = Some(now),
            "restore" => ticket.deleted = None,
            "archive" => ticket.archived = true,
            _ => return Err(Problem::NotFound("Unknown action.")),
        }
        Ok(StatusCode::NO_CONTENT)
    })?
}

/// `POST /accounts/{s}/merges`
pub(super) async fn merge(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Json(merge): Json<Merge>,
) -> Result<StatusCode, Problem> {
    let merged = account(&site.world, &subdomain, |account, now| {
        let by = account.some_admin();
        account.merge(merge.from, merge.into, by, now)
    })?;
    match merged {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::Conflict("Both must be tickets below Solved.")),
    }
}

/// `GET /accounts/{s}/mails`
pub(super) async fn mails(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| Json(json!({"mails": account.mails})))
}

/// `GET /accounts/{s}/sent-to-shoppers`
pub(super) async fn sent_to_shoppers(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| {
        let sent: Vec<&Mail> = account.mails.iter().filter(|mail| mail.to_shopper).collect();
        Json(json!({"sent": sent}))
    })
}
