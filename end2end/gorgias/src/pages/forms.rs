//! What the forms of the control page do. Each leads back to the page.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{html, not_found};
use crate::{
    control::is_label,
    fault::{Fault, FaultKind, LateAnswer},
    http::Site,
    world::{Account, Role},
};

#[derive(Deserialize)]
pub(super) struct NewAccount {
    subdomain: String,
}

/// Makes an account.
pub(super) async fn add_account(State(site): State<Site>, Form(form): Form<NewAccount>) -> Response {
    let subdomain = form.subdomain.trim().to_lowercase();
    if !is_label(&subdomain) {
        return refused("A subdomain has small letters, digits and hyphens.");
    }
    site.world.all(|accounts, now| {
        accounts.open(&subdomain, now);
    });
    back_to(&subdomain)
}

#[derive(Deserialize)]
pub(super) struct NewUser {
    email: String,
    key: String,
    role: String,
}

/// Adds or changes a user.
pub(super) async fn add_user(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Form(form): Form<NewUser>,
) -> Response {
    let (email, key) = (form.email.trim(), form.key.trim());
    if email.is_empty() || key.is_empty() {
        return refused("A user has an e-mail address and a key.");
    }
    change(&site, &subdomain, |account, _| {
        account.set_user(email, Some(key), Role::from(form.role), None);
    })
}

#[derive(Deserialize)]
pub(super) struct KeyChange {
    email: String,
    revoked: bool,
}

/// Takes a key away, or gives it back.
pub(super) async fn change_key(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Form(form): Form<KeyChange>,
) -> Response {
    change(&site, &subdomain, |account, _| {
        if let Some(user) = account.user_mut(&form.email) {
            user.revoked = form.revoked;
        }
    })
}

#[derive(Deserialize)]
pub(super) struct AccountChange {
    action: String,
}

/// Deactivates, activates or empties an account, or switches its auto-merge.
pub(super) async fn change_account(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Form(form): Form<AccountChange>,
) -> Response {
    change(&site, &subdomain, |account, now| match form.action.as_str() {
        "deactivate" => account.deactivated = Some(now),
        "activate" => account.deactivated = None,
        "reset" => account.reset(),
        "auto-merge-on" => account.behaviour.auto_merge_days = Some(5),
        "auto-merge-off" => account.behaviour.auto_merge_days = None,
        _ => {}
    })
}

/// A fault as a person fills it in: fields that a kind does not need are ignored.
#[derive(Deserialize)]
pub(super) struct NewFault {
    kind: String,
    on: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    seconds: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    text: String,
}

impl NewFault {
    fn read(&self) -> Option<Fault> {
        let seconds = self.seconds.trim().parse::<f64>().unwrap_or(10.0).max(0.0);
        let status =
            |default| self.status.trim().parse::<u16>().ok().filter(|it| *it >= 100).unwrap_or(default);
        let text = |default: &str| match self.text.trim() {
            "" => default.to_owned(),
            text => text.to_owned(),
        };
        let kind = match self.kind.as_str() {
            "status" => FaultKind::Status { status: status(503), html: false, message: None },
            "status_html" => FaultKind::Status { status: status(502), html: true, message: None },
            "redirect" => FaultKind::Redirect { status: status(302), location: text("https://example.com/") },
            "delay" => FaultKind::Delay { seconds },
            "slow_answer" => FaultKind::SlowAnswer { seconds },
            "hang" => FaultKind::Hang,
            "hang_after_commit" => FaultKind::HangAfterCommit,
            "drop_before_body" => FaultKind::DropBeforeBody,
            "drop_before_commit" => FaultKind::DropBeforeCommit,
            "drop_after_commit" => FaultKind::DropAfterCommit,
            "late_commit" => FaultKind::LateCommit { seconds, answer: LateAnswer::Drop },
            "late_visibility" => FaultKind::LateVisibility { seconds },
            "slow_body" => FaultKind::SlowBody { seconds },
            "cut_body" => FaultKind::CutBody,
            "garbage_body" => FaultKind::GarbageBody,
            "empty_body" => FaultKind::EmptyBody,
            "quota_used_up" => FaultKind::QuotaUsedUp,
            "reject" => FaultKind::Reject { field: text("customer") },
            _ => return None,
        };
        let mut fault = Fault::new(kind);
        if let Some((method, path)) = self.on.split_once(' ') {
            fault = fault.on(method, path);
        }
        fault.times = self.times.trim().parse().ok().filter(|times| *times > 0);
        Some(fault)
    }
}

/// Switches a fault on.
pub(super) async fn add_fault(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Form(form): Form<NewFault>,
) -> Response {
    match form.read() {
        Some(fault) => change(&site, &subdomain, |account, _| {
            account.add_fault(fault);
        }),
        None => refused("This emulator does not know that fault."),
    }
}

/// Which fault; all without one.
#[derive(Deserialize)]
pub(super) struct Cleared {
    id: Option<u64>,
}

/// Switches one fault off, or all.
pub(super) async fn clear_faults(
    State(site): State<Site>,
    Path(subdomain): Path<String>,
    Form(form): Form<Cleared>,
) -> Response {
    change(&site, &subdomain, |account, _| match form.id {
        Some(id) => account.faults.retain(|fault| fault.id != id),
        None => account.clear_faults(),
    })
}

fn change(site: &Site, subdomain: &str, act: impl FnOnce(&mut Account, Timestamp)) -> Response {
    match site.world.account(subdomain, act) {
        Some(()) => back_to(subdomain),
        None => not_found("There is no such account"),
    }
}

fn back_to(subdomain: &str) -> Response {
    Redirect::to(&format!("/_control#{subdomain}")).into_response()
}

fn refused(why: &str) -> Response {
    let body = format!("<h1>{}</h1><p><a href=\"/_control\">Back</a></p>", html::Text(why));
    (StatusCode::BAD_REQUEST, html::bare(why, &body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::control::KINDS;

    #[test]
    fn a_form_makes_the_fault_it_shows() {
        let form = |kind: &str, on: &str, times: &str| NewFault {
            kind: kind.into(),
            on: on.into(),
            times: times.into(),
            seconds: "3".into(),
            status: "500".into(),
            text: String::new(),
        };
        assert_eq!(
            form("status", "POST /api/tickets", "2").read(),
            Some(Fault::status(500).on_create().times(2))
        );
        assert_eq!(form("late_commit", "", "").read(), Some(Fault::late_commit(3.0)));
        assert_eq!(form("shiny", "", "").read(), None);
    }

    #[test]
    fn every_kind_that_the_page_offers_is_known_under_its_own_name() {
        for (kind, _) in KINDS {
            let form = NewFault {
                kind: (*kind).into(),
                on: String::new(),
                times: String::new(),
                seconds: String::new(),
                status: String::new(),
                text: String::new(),
            };
            let name = form.read().unwrap().kind.name();
            assert_eq!(name, kind.trim_end_matches("_html"));
        }
    }
}
