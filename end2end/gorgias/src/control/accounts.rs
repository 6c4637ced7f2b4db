//! Accounts: making, looking at, changing, emptying and taking them away.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Problem, account, users::NewUser};
use crate::{
    http::Site,
    world::{Account, Behaviour},
};

/// A new account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    subdomain: String,
    #[serde(default)]
    users: Vec<NewUser>,
    #[serde(default)]
    behaviour: Map<String, Value>,
}

/// What to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    deactivated: Option<bool>,
    #[serde(default)]
    behaviour: Map<String, Value>,
}

/// What another tool of the shop asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherTool {
    requests: u32,
}

/// `GET /accounts`
pub(super) async fn list(State(site): State<Site>) -> Json<Value> {
    let accounts: Vec<Value> =
        site.world.all(|accounts, _| accounts.by_subdomain.values().map(overview).collect());
    Json(json!({"accounts": accounts}))
}

/// `POST /accounts`
pub(super) async fn add(
    State(site): State<Site>,
    Json(new): Json<NewAccount>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if !is_label(&new.subdomain) {
        return Err(Problem::Invalid("A subdomain is one DNS label in small letters.".to_owned()));
    }
    site.world.all(|accounts, now| {
        if accounts.get(&new.subdomain).is_some() {
            return Err(Problem::Conflict("This account exists."));
        }
        let behaviour = merged(&Behaviour::default(), new.behaviour)?;
        let account = accounts.open(&new.subdomain, now);
        account.behaviour = behaviour;
        for user in &new.users {
            user.save(account);
        }
        Ok((StatusCode::CREATED, Json(overview(account))))
    })
}

/// `GET /accounts/{s}`
pub(super) async fn show(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| Json(overview(account)))
}

/// `PATCH /accounts/{s}`
pub(super) async fn change(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, now| {
        account.behaviour = merged(&account.behaviour, change.behaviour)?;
        if let Some(deactivated) = change.deactivated {
            account.deactivated = deactivated.then_some(now);
        }
        Ok(Json(overview(account)))
    })?
}

/// `DELETE /accounts/{s}`
pub(super) async fn remove(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    match site.world.all(|accounts, _| accounts.by_subdomain.remove(&subdomain)) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(Problem::NotFound("There is no such account.")),
    }
}

/// `POST /accounts/{s}/reset`
pub(super) async fn reset(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.reset())?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /accounts/{s}/other-tool`
pub(super) async fn other_tool(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Json(other): Json<OtherTool>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, now| {
        account.bucket.fill(account.behaviour.rate, now, other.requests);
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?` (section 1)
pub(crate) fn is_label(subdomain: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&subdomain.len())
        && subdomain.bytes().all(inside)
        && !subdomain.starts_with('-')
        && !subdomain.ends_with('-')
}

/// The behaviour with some of its fields set.
fn merged(behaviour: &Behaviour, change: Map<String, Value>) -> Result<Behaviour, Problem> {
    let mut whole = serde_json::to_value(behaviour).map_err(|error| Problem::Invalid(error.to_string()))?;
    if let Some(object) = whole.as_object_mut() {
        object.extend(change);
    }
    serde_json::from_value(whole).map_err(|error| Problem::Invalid(error.to_string()))
}

fn overview(account: &Account) -> Value {
    json!({
        "subdomain": account.subdomain,
        "deactivated": account.deactivated,
        "users": account.users,
        "behaviour": account.behaviour,
        "faults": account.faults,
        "tickets": account.tickets.iter().filter(|ticket| !ticket.is_merged()).count(),
        "sent_to_shoppers": account.sent_to_shoppers.len(),
        "requests": account.requests.len(),
        "bucket_refusals": account.bucket_refusals,
    })
}

#[cfg(test)]
mod tests {
    use super::is_label;

    /// D, section 1: one DNS label.
    #[test]
    fn a_subdomain_is_one_dns_label() {
        for good in ["a", "demo-shop", "0", &"a".repeat(63)] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a/b", "_control", &"a".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
