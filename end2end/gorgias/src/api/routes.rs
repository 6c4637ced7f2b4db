//! The endpoints by method and path.

use emulator::{FaultKind, seconds_later};
use serde_json::{Map, Value, json};

use super::{
    Refusal, account,
    call::{self, Call, Reply},
    customers, integrations, messages,
    refusal::QUOTA,
    rules, tags, teams, tickets, users,
};
use crate::world::Account;

type Endpoint = fn(&mut Account, &Call) -> Result<Reply, Refusal>;

/// `*` is an id.
const ROUTES: &[(&str, &[&str], Endpoint)] = &[
    ("GET", &["account"], account::show::account),
    ("GET", &["account", "settings"], account::settings::list),
    ("GET", &["users"], users::list),
    ("GET", &["users", "*"], users::show),
    ("GET", &["tickets"], tickets::list::list),
    ("POST", &["tickets"], tickets::create::create),
    ("GET", &["tickets", "*"], tickets::show::show),
    ("PUT", &["tickets", "*"], tickets::update::update),
    ("DELETE", &["tickets", "*"], tickets::delete::delete),
    ("GET", &["tickets", "*", "messages"], messages::list::of_ticket),
    ("POST", &["tickets", "*", "messages"], messages::create::create),
    ("GET", &["messages"], messages::list::list),
    ("GET", &["tickets", "*", "tags"], tickets::tags::list),
    ("POST", &["tickets", "*", "tags"], tickets::tags::add),
    ("GET", &["customers"], customers::list::list),
    ("POST", &["customers"], customers::create::create),
    ("GET", &["customers", "*"], customers::list::show),
    ("GET", &["tags"], tags::list),
    ("GET", &["teams"], teams::list),
    ("GET", &["integrations"], integrations::list),
    ("GET", &["rules"], rules::list),
    ("POST", &["rules"], rules::create),
];

/// Performs a call, with the faults that concern what it creates.
pub(crate) fn perform(account: &mut Account, call: &Call, faults: &[FaultKind]) -> Reply {
    let base = call::base(account, call);
    dispatch(account, call, faults).unwrap_or_else(|refusal| refusal.reply(&base))
}

fn dispatch(account: &mut Account, call: &Call, faults: &[FaultKind]) -> Result<Reply, Refusal> {
    let path = call::resource(call);
    let fits = |pattern: &[&str]| {
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(wanted, part)| *wanted == "*" || wanted == part)
    };
    let endpoint = ROUTES.iter().find(|(method, pattern, _)| *method == call.request.method && fits(pattern));
    let Some((_, pattern, endpoint)) = endpoint else {
        let known = ROUTES.iter().any(|(_, pattern, _)| fits(pattern));
        return Err(if known { Refusal::WrongVerb } else { Refusal::NotFound });
    };
    refuse_what_is_deactivated(account, pattern)?;
    if call.request.method != "GET" && !call.caller.role.may_write() && !is_note(call, pattern) {
        return Err(Refusal::role());
    }
    if call.request.method == "POST" && matches!(pattern.last(), Some(&"tickets" | &"messages")) {
        refuse_by_fault(call, faults)?;
    }
    let tickets_before = account.tickets.len();
    let reply = endpoint(account, call)?;
    for fault in faults {
        if let FaultKind::LateVisibility { seconds } = fault {
            for ticket in account.tickets.iter_mut().skip(tickets_before) {
                ticket.listed_from = seconds_later(call.now, *seconds);
            }
        }
    }
    Ok(reply)
}

/// A deactivated account answers only that it is deactivated (I).
fn refuse_what_is_deactivated(account: &Account, pattern: &[&str]) -> Result<(), Refusal> {
    match account.deactivated {
        Some(_) if pattern != ["account"] => {
            Err(Refusal::Forbidden("This account is deactivated.".to_owned()))
        }
        _ => Ok(()),
    }
}

/// An observer may only leave internal notes (I).
fn is_note(call: &Call, pattern: &[&str]) -> bool {
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    pattern == ["tickets", "*", "messages"]
        && body.is_some_and(|body| body.get("channel") == Some(&Value::from("internal-note")))
}

/// Applies the faults that depend on what is created.
fn refuse_by_fault(call: &Call, faults: &[FaultKind]) -> Result<(), Refusal> {
    for fault in faults {
        match fault {
            FaultKind::QuotaUsedUp => return Err(Refusal::Forbidden(QUOTA.to_owned())),
            FaultKind::Reject { field } => {
                let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
                if let Some(data) = rejected(&body, field) {
                    return Err(Refusal::Invalid(data));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns where a body has a field, as the problem that names it. `None` if it does not.
fn rejected(body: &Value, field: &str) -> Option<Value> {
    let carries = |value: &Value, key: &str| value.get(key).is_some_and(|value| !value.is_null());
    let identifies = |person: Option<&Value>| {
        person.is_some_and(|person| carries(person, "email") || carries(person, "id"))
    };
    let messages = || body.get("messages").and_then(Value::as_array).into_iter().flatten().enumerate();
    match field {
        "customer" => {
            let invalid = json!({"email": ["Not a valid email address."]});
            let named = identifies(body.get("customer"))
                || messages().any(|(_, message)| {
                    message.get("from_agent") == Some(&Value::Bool(false))
                        && identifies(message.get("sender"))
                });
            named.then(|| json!({"customer": invalid}))
        }
        _ if carries(body, field) => Some(json!({field: ["Not a valid value."]})),
        _ => {
            let named: Map<String, Value> = messages()
                .filter(|(_, message)| carries(message, field))
                .map(|(index, _)| (index.to_string(), json!({field: ["Not a valid value."]})))
                .collect();
            (!named.is_empty()).then(|| json!({"messages": named}))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_customer_with_an_address_is_rejected() {
        let with = json!({"customer": {"email": "jane@example.com"}, "messages": []});
        let without = json!({"customer": {"name": "Anonymous visitor"}, "messages": []});
        assert_eq!(
            rejected(&with, "customer"),
            Some(json!({"customer": {"email": ["Not a valid email address."]}}))
        );
        assert_eq!(rejected(&without, "customer"), None);
    }

    /// I, section 4: `data` is nested for nested fields.
    #[test]
    fn a_rejected_attachment_is_named_inside_its_message() {
        let body = json!({"messages": [{"body_text": "a"}, {"attachments": [{"url": "https://x.test/a"}]}]});
        let data = json!({"messages": {"1": {"attachments": ["Not a valid value."]}}});
        assert_eq!(rejected(&body, "attachments"), Some(data));
    }
}
