//! The forms of the control page. Each redirects back to the page.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    control::is_label,
    fault::{Fault, FaultKind, LateAnswer},
    form::{back_to, change, refused},
    parts::Parts,
    product::{Product, reset},
    surface::{Site, Surface},
};

#[derive(Deserialize)]
pub(super) struct NewAccount {
    subdomain: String,
}

/// Creates an account.
pub(super) async fn add_account<P: Product>(
    State(site): State<Site<P>>,
    Form(form): Form<NewAccount>,
) -> Response {
    let subdomain = form.subdomain.trim().to_lowercase();
    if !is_label(&subdomain) {
        return refused("A subdomain can only contain lower-case letters, digits and hyphens.");
    }
    site.world.all(|accounts, now| {
        accounts.open(&subdomain, now);
    });
    back_to(&subdomain)
}

#[derive(Deserialize)]
pub(super) struct AccountChange {
    action: String,
}

/// Deactivates, activates or empties an account, or flips one of the helpdesk's own switches.
pub(super) async fn change_account<P: Surface>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Form(form): Form<AccountChange>,
) -> Response {
    change(&site, &subdomain, |account, now| match form.action.as_str() {
        "deactivate" => account.deactivated = Some(now),
        "activate" => account.deactivated = None,
        "reset" => reset::<P>(account),
        action => P::switch(account, action),
    })
}

/// A fault as filled in by a person. Fields that a kind does not need are ignored.
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
    fn read<P: Parts>(&self) -> Option<Fault<P>> {
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
pub(super) async fn add_fault<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Form(form): Form<NewFault>,
) -> Response {
    match form.read() {
        Some(fault) => change(&site, &subdomain, |account, _| {
            account.add_fault(fault);
        }),
        None => refused("Unknown fault."),
    }
}

/// Which fault; all if empty.
#[derive(Deserialize)]
pub(super) struct Cleared {
    id: Option<u64>,
}

/// Switches one fault off, or all.
pub(super) async fn clear_faults<P: Product>(
    State(site): State<Site<P>>,
    Path(subdomain): Path<String>,
    Form(form): Form<Cleared>,
) -> Response {
    change(&site, &subdomain, |account, _| match form.id {
        Some(id) => {
            account.clear_fault(id);
        }
        None => account.clear_faults(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pages::control::KINDS, parts::made::Made};

    type Fault = crate::fault::Fault<Made>;

    #[test]
    fn a_form_creates_the_fault_it_shows() {
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
        assert_eq!(form("shiny", "", "").read::<Made>(), None);
    }

    #[test]
    fn every_kind_on_the_page_is_known_by_its_name() {
        for (kind, _) in KINDS {
            let form = NewFault {
                kind: (*kind).into(),
                on: String::new(),
                times: String::new(),
                seconds: String::new(),
                status: String::new(),
                text: String::new(),
            };
            let name = form.read::<Made>().unwrap().kind.name();
            assert_eq!(name, kind.trim_end_matches("_html"));
        }
    }
}
