//! Creating, reading, changing, emptying and removing accounts.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::problem::{Problem, account};
use crate::{
    product::{Product, reset},
    surface::Site,
};

/// A new account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount<U> {
    subdomain: String,
    #[serde(default = "Vec::new")]
    users: Vec<U>,
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

/// The requests of another tool of the merchant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherTool {
    requests: u32,
}

/// `GET /accounts`
pub(super) async fn list<P: Product>(State(site): State<Site<P>>) -> Json<Value> {
    let accounts: Vec<Value> =
        site.world.all(|accounts, _| accounts.by_subdomain.values().map(overview::<P>).collect());
    Json(json!({"accounts": accounts}))
}

/// `POST /accounts`
pub(super) async fn add<P: Product>(
    State(site): State<Site<P>>,
    Json(new): Json<NewAccount<P::NewUser>>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if !is_label(&new.subdomain) {
        return Err(Problem::Invalid("A subdomain is one DNS label in lower case.".to_owned()));
    }
    site.world.all(|accounts, now| {
        if accounts.get(&new.subdomain).is_some() {
            return Err(Problem::Conflict("This account already exists."));
        }
        let behaviour = merged(&P::Behaviour::default(), new.behaviour)?;
        let account = accounts.open(&new.subdomain, now);
        account.behaviour = behaviour;
        for user in &new.users {
            P::save_user(account, user);
        }
        Ok((StatusCode::CREATED, Json(overview::<P>(account))))
    })
}

/// `GET /accounts/{s}`
pub(super) async fn show<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, _| Json(overview::<P>(account)))
}

/// `PATCH /accounts/{s}`
pub(super) async fn change<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, Problem> {
    account(&site.world, &subdomain, |account, now| {
        account.behaviour = merged(&account.behaviour, change.behaviour)?;
        if let Some(deactivated) = change.deactivated {
            account.deactivated = deactivated.then_some(now);
        }
        Ok(Json(overview::<P>(account)))
    })?
}

/// `DELETE /accounts/{s}`
pub(super) async fn remove<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    match site.world.all(|accounts, _| accounts.by_subdomain.remove(&subdomain)) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(Problem::NotFound("Unknown account.")),
    }
}

/// `POST /accounts/{s}/reset`
pub(super) async fn empty<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| reset::<P>(account))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /accounts/{s}/other-tool`
pub(super) async fn other_tool<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Json(other): Json<OtherTool>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, now| {
        P::use_rate(account, other.requests, now);
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns whether it is one DNS label: `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`.
pub(crate) fn is_label(subdomain: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&subdomain.len())
        && subdomain.bytes().all(inside)
        && !subdomain.starts_with('-')
        && !subdomain.ends_with('-')
}

/// Returns the behaviour with some fields replaced.
fn merged<B: Serialize + DeserializeOwned>(behaviour: &B, change: Map<String, Value>) -> Result<B, Problem> {
    let mut whole = serde_json::to_value(behaviour).map_err(|error| Problem::Invalid(error.to_string()))?;
    if let Some(object) = whole.as_object_mut() {
        object.extend(change);
    }
    serde_json::from_value(whole).map_err(|error| Problem::Invalid(error.to_string()))
}

fn overview<P: Product>(account: &P::Account) -> Value {
    json!({
        "subdomain": account.subdomain,
        "deactivated": account.deactivated,
        "users": P::users(account),
        "behaviour": account.behaviour,
        "faults": account.faults,
        "tickets": P::tickets(account),
        "sent_to_shoppers": P::sent_to_shoppers(account),
        "requests": account.requests.len(),
        "bucket_refusals": account.bucket_refusals,
    })
}

#[cfg(test)]
mod tests {
    use super::is_label;

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
