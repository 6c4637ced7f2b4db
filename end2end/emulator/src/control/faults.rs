//! Switching faults on and off.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::problem::{Problem, account};
use crate::{fault::Fault, product::Product, surface::Site};

/// `GET /accounts/{s}/faults`
pub(super) async fn list<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| Json(json!({"faults": account.faults})))
}

/// `POST /accounts/{s}/faults`
pub(super) async fn add<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Json(fault): Json<Fault<P>>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let id = account(&site.world, &subdomain, |account, _| account.add_fault(fault))?;
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// `DELETE /accounts/{s}/faults`
pub(super) async fn clear<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.clear_faults())?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /accounts/{s}/faults/{id}`
pub(super) async fn remove<P: Product>(
    State(site): State<Site<P>>,
    Path((subdomain, id)): Path<(String, u64)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| match account.clear_fault(id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::NotFound("Unknown fault.")),
    })?
}
