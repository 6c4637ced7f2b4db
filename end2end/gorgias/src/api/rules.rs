//! `/api/rules` (S). A merchant's rule "tag contains X → Exclude ticket from auto-merge" is what keeps
//! tickets apart (D, section 3).

use serde_json::{Value, json};

use super::{
    Call, Refusal, Reply, datetime, list,
    query::Query,
    reader::{self, Reader},
};
use crate::world::{Account, Rule};

/// `GET /api/rules`
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    list::by_id(call, account.rules.iter().map(|rule| (rule.id, rule)), write)
}

/// `POST /api/rules`
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let read = || {
        let mut reader = Reader::new(&body)?;
        let name = reader.text("name", 255);
        let name = reader.required("name", name);
        let code = reader.text("code", 100_000);
        reader.required("code", code);
        for known in ["code_ast", "description", "event_types", "deactivated_datetime", "priority", "type"] {
            reader.raw(known);
        }
        reader.finish(!account.behaviour.refuse_unknown_keys, name.unwrap_or_default())
    };
    let name = read().map_err(Refusal::Invalid)?;
    let rule = Rule { id: account.take_id(), name, posted: body, created: call.now };
    let reply = Reply::json(201, write(&rule));
    account.rules.push(rule);
    Ok(reply)
}

fn write(rule: &Rule) -> Value {
    let posted = |key: &str| rule.posted.get(key).cloned().unwrap_or_default();
    json!({
        "id": rule.id,
        "uri": format!("/api/rules/{}/", rule.id),
        "name": rule.name,
        "description": posted("description"),
        "code": posted("code"),
        "event_types": posted("event_types"),
        "created_datetime": datetime::write(rule.created),
    })
}
