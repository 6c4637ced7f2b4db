//! Users, their tokens and clients.

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

use crate::world::{Account, Role, User, Zendesk};

/// A user to add or change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    email: String,
    #[serde(default = "admin")]
    role: Role,
    name: Option<String>,
    api_token: Option<String>,
    #[serde(default)]
    suspended: bool,
    client: Option<NewClient>,
}

/// A client that this user created.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClient {
    identifier: String,
    secret: String,
    #[serde(default = "scopes")]
    scopes: Vec<String>,
}

fn admin() -> Role {
    Role::Admin
}

fn scopes() -> Vec<String> {
    ["read", "tickets:write", "users:write"].map(str::to_owned).into()
}

impl NewUser {
    /// Stores it in the account.
    pub(crate) fn save(&self, account: &mut Account) -> User {
        let user = account.set_user(&self.email, self.role, self.name.as_deref());
        user.suspended = self.suspended;
        if self.api_token.is_some() {
            user.api_token.clone_from(&self.api_token);
        }
        let user = user.clone();
        if let Some(NewClient { identifier, secret, scopes }) = &self.client {
            account.set_client(identifier, secret, user.id, scopes.clone());
        }
        user
    }
}

/// `POST /accounts/{s}/users`
pub(super) async fn add(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let user = account(&site.world, &subdomain, |account, _| new.save(account))?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// `DELETE /accounts/{s}/tokens`
pub(super) async fn end_tokens(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.tokens.clear())?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /accounts/{s}/clients/{identifier}`
pub(super) async fn remove_client(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, identifier)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    account(&site.world, &subdomain, |account, _| account.remove_client(&identifier))?;
    Ok(StatusCode::NO_CONTENT)
}
