//! The endpoints by method and path, and what each requires.

use emulator::{FaultKind, seconds_later};
use serde_json::{Map, Value};

use super::{Call, Refusal, Reply, comments, groups, jobs, oauth, refusal::reason, tickets, triggers, users};
use crate::world::{Account, Caller};

type Endpoint = fn(&mut Account, &Call) -> Result<Reply, Refusal>;

/// Who may call an endpoint.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    /// Anyone, with or without credentials.
    Nothing,
    /// A member of the team, with a token that has this scope.
    Scope(&'static str),
}

/// `*` is an id.
const ROUTES: &[(&str, &[&str], Needs, Endpoint)] = &[
    ("POST", &["oauth", "tokens"], Needs::Nothing, oauth::token),
    ("GET", &["api", "v2", "users", "me"], Needs::Nothing, users::me),
    ("GET", &["api", "v2", "users", "search"], Needs::Scope("read"), users::search),
    ("GET", &["api", "v2", "users", "*"], Needs::Scope("read"), users::show),
    ("POST", &["api", "v2", "users"], Needs::Scope("users:write"), users::create),
    (
        "GET",
        &["api", "v2", "users", "*", "tickets", "requested"],
        Needs::Scope("read"),
        tickets::list::requested,
    ),
    ("GET", &["api", "v2", "groups"], Needs::Scope("read"), groups::list),
    ("GET", &["api", "v2", "triggers"], Needs::Scope("read"), triggers::list),
    ("GET", &["api", "v2", "tickets"], Needs::Scope("read"), tickets::list::list),
    ("GET", &["api", "v2", "tickets", "count"], Needs::Scope("read"), tickets::list::count),
    ("POST", &["api", "v2", "tickets"], Needs::Scope("tickets:write"), tickets::create::create),
    ("GET", &["api", "v2", "tickets", "*"], Needs::Scope("read"), tickets::show),
    ("PUT", &["api", "v2", "tickets", "*"], Needs::Scope("tickets:write"), tickets::update::update),
    ("DELETE", &["api", "v2", "tickets", "*"], Needs::Scope("tickets:write"), tickets::update::delete),
    ("GET", &["api", "v2", "tickets", "*", "comments"], Needs::Scope("read"), comments::list),
    ("GET", &["api", "v2", "tickets", "*", "audits"], Needs::Scope("read"), comments::audits),
    ("PUT", &["api", "v2", "tickets", "*", "tags"], Needs::Scope("tickets:write"), tickets::update::add_tags),
    ("POST", &["api", "v2", "tickets", "*", "merge"], Needs::Scope("tickets:write"), jobs::merge),
    ("GET", &["api", "v2", "job_statuses", "*"], Needs::Scope("read"), jobs::show),
];

/// Returns the path without the optional `.json` (D).
fn path(call: &Call) -> Vec<&str> {
    call.request.path.iter().map(|part| part.strip_suffix(".json").unwrap_or(part)).collect()
}

/// Returns the id in a path such as `tickets/7`.
pub(crate) fn id(call: &Call) -> Result<u64, Refusal> {
    path(call).get(3).and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)
}

/// Performs a call, with the faults that concern what it creates.
pub(crate) fn perform(account: &mut Account, call: &Call, faults: &[FaultKind]) -> Reply {
    let portuguese = account.behaviour.reasons_in_portuguese;
    dispatch(account, call, faults).unwrap_or_else(|refusal| refusal.reply(portuguese))
}

fn dispatch(account: &mut Account, call: &Call, faults: &[FaultKind]) -> Result<Reply, Refusal> {
    let path = path(call);
    let fits = |pattern: &[&str]| {
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(wanted, part)| wanted == part || *wanted == "*")
    };
    let endpoint =
        ROUTES.iter().find(|(method, pattern, ..)| *method == call.request.method && fits(pattern));
    let Some((_, pattern, needs, endpoint)) = endpoint else { return Err(Refusal::NoEndpoint) };
    if let Needs::Scope(scope) = needs {
        may(account, &call.caller, scope)?;
    }
    let creates = *pattern == ["api", "v2", "tickets"] && call.request.method == "POST";
    if creates {
        refuse_by_fault(call, faults)?;
    }
    let before = account.tickets.len();
    let reply = endpoint(account, call)?;
    for fault in faults {
        if let FaultKind::LateVisibility { seconds } = fault {
            for ticket in account.tickets.iter_mut().skip(before) {
                ticket.listed_from = seconds_later(call.now, *seconds);
            }
        }
    }
    Ok(reply)
}

/// Checks the scopes first, then the role (R: the two errors have different shapes).
fn may(account: &Account, caller: &Caller, needs: &'static str) -> Result<(), Refusal> {
    if let Caller::Token { scopes, .. } = caller {
        let family = needs.split_once(':').map_or(needs, |(_, what)| what);
        let narrow = |scope: &String| needs == "read" && scope.ends_with(":read");
        if !scopes.iter().any(|scope| scope == needs || scope == family || narrow(scope)) {
            return Err(Refusal::MissingScope(needs));
        }
    }
    let user = caller.user().and_then(|id| account.user(id));
    match user {
        Some(user) if user.role.is_team() && !user.suspended => Ok(()),
        _ => Err(Refusal::Forbidden),
    }
}

/// Applies the faults that depend on what is created.
fn refuse_by_fault(call: &Call, faults: &[FaultKind]) -> Result<(), Refusal> {
    for fault in faults {
        match fault {
            FaultKind::QuotaUsedUp => return Err(Refusal::Forbidden),
            FaultKind::Reject { field } => {
                let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
                if let Some(details) = rejected(&body["ticket"], field) {
                    return Err(Refusal::Invalid(details));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the details that name a field if the ticket has it, otherwise `None`.
fn rejected(ticket: &Value, field: &str) -> Option<Map<String, Value>> {
    let carries = |value: &Value, key: &str| value.get(key).is_some_and(|value| !value.is_null());
    let (name, there) = match field {
        "customer" => ("requester", carries(&ticket["requester"], "email")),
        "language" => ("requester.locale", carries(&ticket["requester"], "locale_id")),
        "attachments" => ("comment.uploads", carries(&ticket["comment"], "uploads")),
        _ => (field, carries(ticket, field)),
    };
    let details = Map::from_iter([(name.to_owned(), reason(&format!("{name}: is invalid"), "InvalidValue"))]);
    there.then_some(details)
}
