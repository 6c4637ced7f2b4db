//! The log of an account's requests.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Problem, account};
use crate::{product::Product, requests::RequestRecord, surface::Site};

/// Which requests.
#[derive(Deserialize)]
pub(super) struct Which {
    method: Option<String>,
    path: Option<String>,
}

/// `GET /accounts/{s}/requests`
pub(super) async fn list<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| {
        let wanted = |request: &&RequestRecord| {
            request
                .is(which.method.as_deref().unwrap_or(&request.method), which.path.as_deref().unwrap_or("*"))
        };
        let requests: Vec<_> = account.requests.iter().filter(wanted).collect();
        Json(json!({"requests": requests, "bucket_refusals": account.bucket_refusals}))
    })
}

/// `DELETE /accounts/{s}/requests`
pub(super) async fn forget<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.requests.clear())?;
    Ok(StatusCode::NO_CONTENT)
}
