//! Users and their keys.

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

use crate::world::{Account, Gorgias, Role, User};

/// A user to add or change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    email: String,
    key: String,
    #[serde(default = "admin")]
    role: Role,
    name: Option<String>,
}

fn admin() -> Role {
    Role::Admin
}

impl NewUser {
    /// Stores it in the account.
    pub(crate) fn save(&self, account: &mut Account) -> User {
        account.set_user(&self.email, Some(&self.key), self.role.clone(), self.name.as_deref()).clone()
    }
}

/// What to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    role: Option<Role>,
    key: Option<String>,
    revoked: Option<bool>,
}

/// `POST /accounts/{s}/users`
pub(super) async fn add(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let user = account(&site.world, &subdomain, |account, _| new.save(account))?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// `PATCH /accounts/{s}/users/{email}`
pub(super) async fn change(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, email)): Path<(String, String)>,
    Json(change): Json<Change>,
) -> Result<Json<User>, Problem> {
    account(&site.world, &subdomain, |account, _| {
        let user = account.user_mut(&email).ok_or(Problem::NotFound("Unknown user."))?;
        if let Some(role) = change.role {
            user.role = role;
        }
        if let Some(key) = change.key {
            user.key = Some(key);
            user.revoked = false;
        }
        if let Some(revoked) = change.revoked {
            user.revoked = revoked;
        }
        Ok(Json(user.clone()))
    })?
}
