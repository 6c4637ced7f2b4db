//! `/api/v2/users` (sections 1 and 3): the caller, and shoppers.

use serde_json::{Value, json};

use super::{
    Call, Refusal, Reply,
    fields::{self, Fields, is_email},
    page::{self, Query},
    routes,
};
use crate::world::{Account, Role, User};

/// `GET /api/v2/users/me`. Without credentials, this is the anonymous user, with a 200 (L).
pub(crate) fn me(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let user = match call.caller.user().and_then(|id| account.user(id)) {
        Some(user) => write(user),
        None => {
            json!({"id": null, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"})
        }
    };
    if let crate::world::Caller::Token { scopes, .. } = &call.caller
        && !scopes.iter().any(|scope| scope == "read" || scope == "users:read")
    {
        return Err(Refusal::MissingScope("read"));
    }
    Ok(Reply::json(200, json!({"user": user})))
}

/// `GET /api/v2/users/{id}` (D).
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let user = account.user(routes::id(call)?).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(200, json!({"user": write(user)})))
}

/// `GET /api/v2/users/search?query=email:…` (D).
pub(crate) fn search(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let query = Query::of(call);
    query.only(&["query"])?;
    let email = query.text("query").and_then(|query| query.strip_prefix("email:")).unwrap_or_default();
    let found: Vec<_> = account.user_with_email(email).into_iter().map(|user| (user.id, user)).collect();
    page::reply(call, "users", found, |user| write(user))
}

/// `POST /api/v2/users`: with `skip_verify_email`, no welcome email is sent (R). A name alone is enough (D).
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let body = fields::body(call)?;
    let mut reader = Fields::of(fields::wrapped(&body, "user")?);
    let name = reader.text("name").unwrap_or_default();
    if name.trim().is_empty() {
        reader.blame("name", "Name: is too short (minimum is 1 character)", "ValueTooShort");
    }
    let email = reader.text("email");
    let silent = reader.flag("skip_verify_email").unwrap_or_default();
    match &email {
        Some(email) if !is_email(email) => {
            reader.blame("email", "Email: is not properly formatted", "InvalidFormat");
        }
        // R: this tells the caller that the user exists.
        Some(email) if account.user_with_email(email).is_some() => {
            let taken = format!("Email: {email} is already being used by another user");
            reader.blame("email", &taken, "DuplicateValue");
        }
        _ => {}
    }
    reader.finish(account.behaviour.refuse_unknown_keys).map_err(Refusal::Invalid)?;
    let id = account.add_shopper(name.trim(), email.as_deref());
    if account.behaviour.welcome_new_users && !silent {
        account.mail(None, "Welcome", id, "Welcome! Please verify your address.", call.now);
    }
    let user = account.user(id).map(write);
    Ok(Reply::json(201, json!({"user": user})))
}

/// Returns a user as in responses (R).
pub(crate) fn write(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "role": user.role.name(),
        "custom_role_id": null,
        "role_type": if user.role == Role::Admin { json!(4) } else { Value::Null },
        "active": true,
        "suspended": user.suspended,
        "verified": true,
        "restricted_agent": user.role != Role::Admin,
        "ticket_restriction": if user.is_shopper() { json!("requested") } else { Value::Null },
        "only_private_comments": user.role == Role::LightAgent,
        "default_group_id": null,
        "locale": "en-US",
    })
}
