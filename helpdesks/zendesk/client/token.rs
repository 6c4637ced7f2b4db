//! Short-lived tokens of an OAuth client (grant `client_credentials`), fetched when needed and kept only in memory.

use super::{KIND, Zendesk, answer::Answer, chain::unreadable, http::Call, sentences::MISSING_SCOPES};
use crate::helpdesk::{Access, Failure, Meter};
use domain::said;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The requested lifetime of a token, in seconds. A stolen token works for half an hour at most.
const LIVES: u64 = 1_800;
/// A token is not used during the last part of its lifetime, because it expires on another machine's clock.
const SPARE: Duration = Duration::from_secs(120);
/// The scopes to request, in order: with `users:write`, which avoids welcome emails, and without it.
const SCOPES: [&str; 2] = ["read tickets:write users:write", "read tickets:write"];
/// The scopes that every handover needs.
pub(super) const NEEDED: [&str; 2] = ["read", "tickets:write"];
/// With this many tokens, expired ones are removed.
const SWEPT_FROM: usize = 256;

/// A token.
#[derive(Clone)]
pub(super) struct Token {
    pub bearer: SecretString,
    /// Its scopes, if Zendesk named them.
    pub scopes: Option<Vec<String>>,
    /// When it expires, as time since boot.
    ends: Duration,
}

impl Token {
    /// Returns whether it has this scope. True if Zendesk named no scopes.
    pub(super) fn allows(&self, scope: &str) -> bool {
        let family = scope.split_once(':').map_or(scope, |(_, what)| what);
        let Some(scopes) = &self.scopes else { return true };
        scopes.iter().any(|it| it == scope || it == family)
    }
}

/// The known tokens by a digest of their credentials, so a token is only found with its own secret.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<[u8; 32], Token>>);

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Token>> {
        // A panic elsewhere leaves the map valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, access: &Access, now: Duration) -> Option<Token> {
        self.lock().get(&digest(access)).filter(|token| now < token.ends).cloned()
    }

    fn put(&self, access: &Access, token: Token, now: Duration) {
        let mut all = self.lock();
        if all.len() >= SWEPT_FROM {
            all.retain(|_, token| now < token.ends);
        }
        all.insert(digest(access), token);
    }

    /// Removes a rejected token.
    pub(super) fn forget(&self, access: &Access) {
        self.lock().remove(&digest(access));
    }
}

fn digest(access: &Access) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [access.subdomain.as_str(), access.username.as_str(), access.key.expose_secret()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Zendesk {
    /// Returns a valid token: a known one, or a new one.
    pub(super) async fn token(&self, access: &Access, meter: &dyn Meter) -> Result<Token, Failure> {
        if let Some(token) = self.tokens.get(access, self.clock.since_boot()) {
            return Ok(token);
        }
        for scope in SCOPES.into_iter().map(Some).chain([None]) {
            if let Some(token) = self.fetch(access, scope, meter).await? {
                return Ok(token);
            }
        }
        // The client allows none of these scopes and does not say which it allows.
        let message = said!(MISSING_SCOPES, scopes = NEEDED.join(", "));
        Err(Failure::Forbidden { helpdesk: KIND, message })
    }

    /// Fetches a new token. Returns none if the client does not allow these scopes.
    async fn fetch(
        &self,
        access: &Access,
        scope: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<Option<Token>, Failure> {
        let mut grant = json!({
            "grant_type": "client_credentials",
            "client_id": access.username.as_str(),
            "client_secret": access.key.expose_secret(),
            "expires_in": LIVES,
        });
        if let Some(scope) = scope {
            grant["scope"] = json!(scope);
        }
        let body = zeroize::Zeroizing::new(grant.to_string());
        meter.admit().await;
        let began = self.clock.since_boot();
        let call = Call {
            method: Method::POST,
            path: "/oauth/tokens",
            body: Some(bytes::Bytes::copy_from_slice(body.as_bytes())),
            ends_at: began + super::http::READ_ENDS_AFTER,
            key: None,
        };
        let answer = self.call(access, None, call, meter).await?;
        if answer.error_code().as_deref() == Some("invalid_scope") {
            return Ok(None);
        }
        let token = read(answer, began)?;
        self.tokens.put(access, token.clone(), began);
        Ok(Some(token))
    }
}

/// Parses the answer to a token request.
fn read(answer: Answer, began: Duration) -> Result<Token, Failure> {
    let error = answer.error_code();
    match (answer.status.as_u16(), error.as_deref()) {
        (200..=299, _) => {}
        // The account exists, but does not know this client or does not allow it this grant.
        (400 | 401, Some("invalid_client" | "unsupported_grant_type" | "unauthorized_client")) => {
            return Err(Failure::Unauthorized(KIND));
        }
        (404, _) => return Err(Failure::NoSuchAccount(KIND)),
        _ => return Err(answer.success().err().unwrap_or_else(unreadable)),
    }
    let json = answer.json().unwrap_or_default();
    let Some(bearer) = json.get("access_token").and_then(Value::as_str).filter(|it| !it.is_empty()) else {
        return Err(unreadable());
    };
    let scopes = json.get("scope").and_then(Value::as_str);
    let scopes = scopes.map(|it| it.split_whitespace().map(str::to_owned).collect());
    // Without `expires_in`, it has the requested lifetime.
    let lives = json.get("expires_in").and_then(Value::as_u64).unwrap_or(LIVES);
    let ends = began + Duration::from_secs(lives).saturating_sub(SPARE);
    Ok(Token { bearer: bearer.into(), scopes, ends })
}

/// Maps a failure before the creating request, so nothing was created.
pub(super) fn made_nothing(failure: Failure) -> Failure {
    match failure {
        Failure::Ambiguous { why } => Failure::NotSent { helpdesk: KIND, why },
        other => other,
    }
}
