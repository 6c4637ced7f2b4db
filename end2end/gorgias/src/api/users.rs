//! `/api/users`

use serde_json::{Value, json};

use super::{Call, Refusal, Reply, call, datetime, list, query::Query};
use crate::world::{Account, Role, User};

/// `GET /api/users`
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let people = account.users.iter().filter(|user| user.role != Role::Bot);
    list::by_id(call, people.map(|user| (user.id, user)), |user| write(user, account))
}

/// `GET /api/users/{id}`; `0` is the key's own user (S).
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let id = match call::id(call).ok_or(Refusal::NotFound)? {
        0 => call.caller.id,
        id => id,
    };
    let user = account.users.iter().find(|user| user.id == id).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(200, write(user, account)))
}

fn write(user: &User, account: &Account) -> Value {
    let (first, last) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    json!({
        "id": user.id,
        "uri": format!("/api/users/{}/", user.id),
        "email": user.email,
        "name": user.name,
        "firstname": first,
        "lastname": last,
        "active": true,
        "role": {"id": 1, "name": user.role.name()},
        "created_datetime": datetime::write(account.created),
        "deactivated_datetime": null,
    })
}
