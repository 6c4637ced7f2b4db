//! Tests a connection: finds what is wrong and how to fix it (docs/gorgias.md sections 1 and 2).

use super::{Gorgias, KIND, sentences};
use crate::helpdesk::{Access, Failure, Meter, Refusal};
use app::model::{Problem, Subdomain, TestFailure, TestOutcome, Warning};
use domain::{
    Said, said,
    text::{one_line, shorten},
    ticket::{REASON_TAGS, TAG},
};
use serde_json::Value;

/// The only role limited to internal notes.
const OBSERVER: &str = "observer-agent";

impl Gorgias {
    /// `GET /api/account` and `GET /api/users/0` decide the outcome; other calls only add warnings. An unknown role
    /// passes.
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

    /// Finds the reason for a 403 on create: from its message, otherwise by checking whether the key's user still has
    /// access. If so, only this ticket is affected.
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
            // The check itself failed. Holding the handover loses nothing; failing it would.
            Err(_) => Refusal::Connection(Problem::Unreachable),
        }
    }
}

fn role_of(user: &Value) -> Option<&str> {
    user.pointer("/role/name").and_then(Value::as_str)
}

fn auto_merge(tickets: &Value) -> Warning {
    let merges = match tickets.get("merging_window_days").and_then(Value::as_u64) {
        Some(1) => sentences::AUTO_MERGE_DAY.into(),
        Some(days) => said!(sentences::AUTO_MERGE_DAYS, days = days),
        None => Said::from(sentences::AUTO_MERGE),
    };
    let rule = format!("WHEN ticket created\nIF tags contains {TAG}\nTHEN Exclude ticket from auto-merge");
    let reasons = said!(sentences::REASONS, tag = TAG, tags = REASON_TAGS.join(", "));
    Warning::new("auto_merge", merges.and(reasons).and(sentences::AUTO_MERGE_RULE), Some(rule))
}

/// What is wrong with a connection, before it is put into words.
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
        let (problem, said) = match self {
            Self::NotGorgias
            | Self::Failure(Failure::Redirected(_) | Failure::Merged { .. } | Failure::NotFound(_)) => {
                (Problem::NotAHelpdesk, said!(sentences::NOT_GORGIAS, host = host))
            }
            Self::Deactivated => {
                let said = said!(sentences::DEACTIVATED, host = host);
                let failure = TestFailure::new(Problem::UnknownSubdomain, said);
                return TestOutcome::Failed(TestFailure { deactivated: true, ..failure });
            }
            Self::Observer => (Problem::Role, sentences::OBSERVER.into()),
            Self::Failure(Failure::Unauthorized(_)) => {
                (Problem::BadCredentials, sentences::BAD_CREDENTIALS.into())
            }
            Self::Failure(Failure::NoSuchAccount(_)) => {
                (Problem::UnknownSubdomain, said!(sentences::NO_ACCOUNT, host = host))
            }
            Self::Failure(Failure::Forbidden { message, .. }) => forbidden(message),
            Self::Failure(Failure::RateLimited { after, .. }) => {
                let seconds = after.as_secs_f64().ceil().to_string();
                (Problem::RateLimited, said!(sentences::WAIT, seconds = seconds))
            }
            Self::Failure(Failure::NotSent { why, .. }) => {
                (Problem::Unreachable, said!(sentences::NOT_REACHED, host = host, why = why))
            }
            Self::Failure(Failure::Ambiguous { .. }) => (Problem::Unreachable, sentences::TROUBLE.into()),
            Self::Failure(Failure::Rejected { .. } | Failure::Misrouted { .. } | Failure::TooLarge(_)) => {
                (Problem::NotAHelpdesk, said!(sentences::NOT_UNDERSTOOD, host = host))
            }
        };
        TestOutcome::failed(problem, said)
    }
}

fn forbidden(words: Said) -> (Problem, Said) {
    let words = match words.code() {
        Some(_) => words,
        None => Said::plain(shorten(&one_line(words.english()), 200)),
    };
    if words.english().to_ascii_lowercase().contains("quota") {
        (Problem::Quota, said!(sentences::QUOTA, words = words))
    } else {
        (Problem::Role, said!(sentences::ROLE, words = words))
    }
}
