//! Testing a connection: which thing is wrong, and how to mend it (gorgias-api.md sections 1 and 2).

use super::{Gorgias, KIND};
use crate::helpdesk::{Access, Failure, Meter, Refusal};
use app::model::{Problem, Subdomain, TestOutcome, Warning};
use domain::{
    text::{one_line, shorten},
    ticket::TAG,
};
use serde_json::Value;

/// The one role that can leave internal notes only.
const OBSERVER: &str = "observer-agent";

impl Gorgias {
    /// `GET /api/account` and `GET /api/users/0` decide; other calls only add warnings, and a role that is not
    /// known passes.
    pub(super) async fn check_connection(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        match self.decide(access, meter).await {
            Ok(()) => TestOutcome::Passed { warnings: self.warnings(access, meter).await },
            Err(problem) => problem.into_outcome(&access.subdomain),
        }
    }

    async fn decide(&self, access: &Access, meter: &dyn Meter) -> Result<(), Wrong> {
        let account = self.get(access, "/account", meter).await.map_err(Wrong::Failure)?;
        let account = account.json().filter(|json| json.get("domain").is_some()).ok_or(Wrong::NotGorgias)?;
        let status = account.pointer("/status/status").and_then(Value::as_str);
        let deactivated = account.get("deactivated_datetime").is_some_and(|at| !at.is_null());
        if deactivated || status.is_some_and(|status| status != "active") {
            return Err(Wrong::Deactivated);
        }
        let user = self.get(access, "/users/0", meter).await.map_err(Wrong::Failure)?;
        let user = user.json().filter(Value::is_object).ok_or(Wrong::NotGorgias)?;
        match role_of(&user) {
            Some(OBSERVER) => Err(Wrong::Observer),
            _ => Ok(()),
        }
    }

    async fn warnings(&self, access: &Access, meter: &dyn Meter) -> Vec<Warning> {
        let Ok(settings) = self.get(access, "/account/settings", meter).await else { return Vec::new() };
        let settings = settings.json().unwrap_or_default();
        let merging = settings
            .get("data")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|setting| setting.get("type").and_then(Value::as_str) == Some("auto-merge"))
            .filter_map(|setting| setting.pointer("/data/tickets"))
            .find(|tickets| tickets.get("enabled").and_then(Value::as_bool) == Some(true));
        merging.map(auto_merge).into_iter().collect()
    }

    /// What a 403 on a create was about: its words, else whether the key's user may still be asked, else only
    /// this one ticket.
    pub(super) async fn explain_forbidden(
        &self,
        access: &Access,
        message: &str,
        meter: &dyn Meter,
    ) -> Refusal {
        let words = message.to_ascii_lowercase();
        if words.contains("quota") {
            return Refusal::Connection(Problem::Quota);
        }
        if words.contains("permission") {
            return Refusal::Connection(Problem::Role);
        }
        match self.get(access, "/users/0", meter).await {
            Ok(user) if user.json().as_ref().and_then(role_of) == Some(OBSERVER) => {
                Refusal::Connection(Problem::Role)
            }
            Ok(_) => Refusal::OnlyThis,
            Err(Failure::Unauthorized(_)) => Refusal::Connection(Problem::BadCredentials),
            Err(Failure::NoSuchAccount(_)) => Refusal::Connection(Problem::UnknownSubdomain),
            Err(Failure::Forbidden { .. }) => Refusal::Connection(Problem::Role),
            // No answer to the question: holding loses nothing, failing would.
            Err(_) => Refusal::Connection(Problem::Unreachable),
        }
    }
}

fn role_of(user: &Value) -> Option<&str> {
    user.pointer("/role/name").and_then(Value::as_str)
}

fn auto_merge(tickets: &Value) -> Warning {
    let window = match tickets.get("merging_window_days").and_then(Value::as_u64) {
        Some(1) => " of the last day".to_owned(),
        Some(days) => format!(" of the last {days} days"),
        None => String::new(),
    };
    Warning {
        kind: "auto_merge".to_owned(),
        message: format!(
            "Auto-merge is on in your Gorgias: a handover of a shopper with other open tickets{window} is merged \
             into one of them, and its ticket number changes. To keep handovers apart, add this rule in Gorgias → \
             Settings → Rules:"
        ),
        remedy: Some(format!(
            "WHEN ticket created\nIF tags contains {TAG}\nTHEN Exclude ticket from auto-merge"
        )),
    }
}

/// What is wrong, before it is put into words.
#[derive(Debug)]
enum Wrong {
    Failure(Failure),
    NotGorgias,
    Deactivated,
    Observer,
}

impl Wrong {
    fn into_outcome(self, subdomain: &Subdomain) -> TestOutcome {
        let host = format!("{subdomain}.{}", KIND.domain());
        let (problem, message) = match self {
            Self::NotGorgias | Self::Failure(Failure::Redirected(_) | Failure::Merged { .. } | Failure::NotFound(_)) => (
                Problem::NotAHelpdesk,
                format!("{host} answered, but not as Gorgias does. Check the subdomain."),
            ),
            Self::Deactivated => (
                Problem::UnknownSubdomain,
                format!("The Gorgias account at {host} is deactivated. Reactivate it, or use another account."),
            ),
            Self::Observer => (
                Problem::Role,
                "This key belongs to an Observer, who cannot create tickets. Use the key of a user who is a Lite \
                 agent or more, or change the role in Gorgias → Settings → Users."
                    .to_owned(),
            ),
            Self::Failure(Failure::Unauthorized(_)) => (
                Problem::BadCredentials,
                "Gorgias does not accept this e-mail together with this key. Use the e-mail of the user who \
                 created the key, and copy the key again from Gorgias → Settings → REST API."
                    .to_owned(),
            ),
            Self::Failure(Failure::NoSuchAccount(_)) => (
                Problem::UnknownSubdomain,
                format!("There is no Gorgias account at {host}. Copy the subdomain from your Gorgias address."),
            ),
            Self::Failure(Failure::Forbidden { message, .. }) => {
                let words = shorten(&one_line(&message), 200);
                if words.to_ascii_lowercase().contains("quota") {
                    (Problem::Quota, format!("Your Gorgias plan's quota is used up. Gorgias says: {words}"))
                } else {
                    (
                        Problem::Role,
                        format!(
                            "The key's user may not do this. Give the user a role that can create tickets, or use \
                             another user's key. Gorgias says: {words}"
                        ),
                    )
                }
            }
            Self::Failure(Failure::RateLimited { after, .. }) => (
                Problem::RateLimited,
                format!(
                    "Gorgias has had too many requests from this account. Wait {} seconds and try again.",
                    after.as_secs_f64().ceil()
                ),
            ),
            Self::Failure(Failure::NotSent { why, .. }) => (
                Problem::Unreachable,
                format!("{host} could not be reached ({why}). Check the subdomain, or try again in a minute."),
            ),
            Self::Failure(Failure::Ambiguous { .. }) => (
                Problem::Unreachable,
                "Gorgias has trouble answering right now. Your credentials may be right; try again in a few \
                 minutes."
                    .to_owned(),
            ),
            Self::Failure(Failure::Rejected { .. } | Failure::TooLarge(_)) => (
                Problem::NotAHelpdesk,
                format!("{host} does not understand the question. Check that it is your Gorgias account."),
            ),
        };
        TestOutcome::Failed { problem, message }
    }
}
