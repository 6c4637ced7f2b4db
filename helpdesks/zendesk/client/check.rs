//! Tests a connection: finds what is wrong and how to fix it.

use super::{
    KIND, OAUTH_CLIENT, Zendesk,
    requester::USERS_WRITE,
    sentences,
    token::{NEEDED, Token},
};
use crate::helpdesk::{Access, Failure, Meter, Refusal};
use app::model::{Problem, TestOutcome, Warning};
use domain::said;
use serde_json::Value;

impl Zendesk {
    /// The token request decides about the client and `GET /users/me` about its user; everything else only adds warnings.
    pub(super) async fn check_connection(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        match self.decide(access, meter).await {
            Ok((user, token)) => {
                TestOutcome::Passed { warnings: self.warnings(access, &user, token.as_ref()) }
            }
            Err(wrong) => wrong.into_outcome(access),
        }
    }

    async fn decide(&self, access: &Access, meter: &dyn Meter) -> Result<(Value, Option<Token>), Wrong> {
        // Test the account as it is now, not with a token from half an hour ago.
        self.tokens.forget(access);
        let token = self.bearer(access, meter).await.map_err(|failure| match failure {
            // The client is valid but lacks scopes.
            Failure::Forbidden { message, .. } if message.code() == Some(sentences::MISSING_SCOPES.code) => {
                Wrong::MissingScopes(NEEDED.join(", "))
            }
            failure => Wrong::Failure(failure),
        })?;
        if let Some(token) = &token {
            let missing: Vec<_> = NEEDED.into_iter().filter(|scope| !token.allows(scope)).collect();
            if !missing.is_empty() {
                return Err(Wrong::MissingScopes(missing.join(", ")));
            }
        }
        let answer = self.get(access, "/api/v2/users/me", meter).await.map_err(Wrong::Failure)?;
        let mut json = answer.json().unwrap_or_default();
        let user = json.get_mut("user").map(Value::take).filter(Value::is_object).ok_or(Wrong::NotZendesk)?;
        let is = |name: &str| user.get(name).and_then(Value::as_bool);
        // A 200 alone proves nothing, because the anonymous user gets one too.
        if user.get("id").and_then(Value::as_i64).is_none() {
            return Err(Wrong::Nobody);
        }
        if is("suspended") == Some(true) || is("active") == Some(false) {
            return Err(Wrong::Suspended);
        }
        match user.get("role").and_then(Value::as_str) {
            Some("end-user") => Err(Wrong::EndUser),
            // An unknown role passes.
            _ => Ok((user, token)),
        }
    }

    fn warnings(&self, access: &Access, user: &Value, token: Option<&Token>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(end) = &access.method.words.ends {
            warnings.push(Warning::new("credentials_end", end.said, None));
        }
        if user.get("only_private_comments").and_then(Value::as_bool) == Some(true) {
            warnings.push(Warning::new("light_agent", sentences::LIGHT_AGENT, None));
        }
        if token.is_some_and(|token| !token.allows(USERS_WRITE)) {
            warnings.push(Warning::new("welcome_mail", sentences::WELCOME, None));
        }
        warnings.extend(self.mailing_in_test(&access.subdomain));
        warnings
    }

    /// Finds the reason for a 403 on create. It is about scopes, role or plan, so the next ticket would be rejected too.
    /// Holding the handover loses nothing.
    pub(super) async fn explain_forbidden(&self, access: &Access, meter: &dyn Meter) -> Refusal {
        Refusal::Connection(match self.get(access, "/api/v2/users/me", meter).await {
            Err(Failure::Unauthorized(_)) => Problem::BadCredentials,
            Err(Failure::NoSuchAccount(_)) => Problem::UnknownSubdomain,
            Ok(_) | Err(Failure::Forbidden { .. }) => Problem::Role,
            Err(_) => Problem::Unreachable,
        })
    }
}

/// What is wrong with a connection, before it is put into words.
#[derive(Debug)]
enum Wrong {
    Failure(Failure),
    NotZendesk,
    Nobody,
    EndUser,
    Suspended,
    MissingScopes(String),
}

impl Wrong {
    fn into_outcome(self, access: &Access) -> TestOutcome {
        let host = format!("{}.{}", access.subdomain, KIND.domain());
        let (problem, said) = match self {
            Self::NotZendesk
            | Self::Failure(Failure::Redirected(_) | Failure::Merged { .. } | Failure::NotFound(_)) => {
                (Problem::NotAHelpdesk, said!(sentences::NOT_ZENDESK, host = host))
            }
            Self::Nobody => (Problem::BadCredentials, sentences::NOBODY.into()),
            Self::EndUser => (Problem::Role, sentences::END_USER.into()),
            Self::Suspended => (Problem::Role, sentences::SUSPENDED.into()),
            Self::MissingScopes(scopes) => (Problem::Role, said!(sentences::MISSING_SCOPES, scopes = scopes)),
            Self::Failure(Failure::Unauthorized(_)) => {
                let said = match access.method.slug {
                    OAUTH_CLIENT => sentences::BAD_CLIENT,
                    _ => sentences::BAD_TOKEN,
                };
                (Problem::BadCredentials, said.into())
            }
            Self::Failure(Failure::NoSuchAccount(_)) => {
                (Problem::UnknownSubdomain, said!(sentences::NO_ACCOUNT, host = host))
            }
            Self::Failure(Failure::Forbidden { message, .. }) => {
                (Problem::Role, said!(sentences::REFUSED, words = message))
            }
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
