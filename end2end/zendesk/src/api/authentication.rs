//! Identifies the caller (section 1): by a bearer token, or an API token over HTTP Basic.

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::{Reply, Request};
use jiff::Timestamp;
use serde_json::json;

use super::refusal::Refusal;
use crate::world::{Account, Caller, Role, User};

/// Returns who sent the request, or the 401.
pub(crate) fn caller(account: &Account, request: &Request, now: Timestamp) -> Result<Caller, Reply> {
    let path: Vec<&str> =
        request.path.iter().map(|part| part.strip_suffix(".json").unwrap_or(part)).collect();
    if path == ["oauth", "tokens"] {
        return Ok(Caller::Nobody);
    }
    let credentials = request.header("authorization").and_then(|header| header.split_once(' '));
    let found = match credentials {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            return bearer(account, token.trim(), now).ok_or_else(|| {
                // R, many.
                unauthorized(json!({
                    "error": "invalid_token",
                    "error_description": "The access token provided is expired, revoked, malformed or invalid for \
                                          other reasons.",
                }))
            });
        }
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => basic(account, pair.trim()),
        _ => Given::Nothing,
    };
    match found {
        Given::Token(caller) => Ok(caller),
        // L: a request without credentials, or with a password, is anonymous, and may ask who it is. A 200 proves nothing.
        Given::Nothing if request.method == "GET" && path == ["api", "v2", "users", "me"] => {
            Ok(Caller::Nobody)
        }
        _ => Err(unauthorized(json!({"error": "Couldn't authenticate you"}))),
    }
}

fn unauthorized(body: serde_json::Value) -> Reply {
    Refusal::Unauthorized(body).reply(false)
}

/// The credentials in HTTP Basic.
enum Given {
    Token(Caller),
    Wrong,
    /// Nothing, or a password, which has not been accepted since January 2026 (D).
    Nothing,
}

/// `{email}/token`, and the token as the password (D). Any verified user of the account works.
fn basic(account: &Account, pair: &str) -> Given {
    let decoded = STANDARD.decode(pair).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, token)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Given::Nothing;
    };
    let Some(email) = user.strip_suffix("/token") else { return Given::Nothing };
    let is_one = account.users.iter().any(|user| user.api_token.as_deref() == Some(token));
    match account.user_with_email(email) {
        Some(user) if is_one && account.behaviour.api_tokens => {
            Given::Token(Caller::ApiToken { user: user.id })
        }
        _ => Given::Wrong,
    }
}

/// A token acts as the admin who created its client; if that admin loses the role, it stops working (D).
fn bearer(account: &Account, token: &str, now: Timestamp) -> Option<Caller> {
    let token = account.tokens.iter().find(|known| known.token == token && now < known.expires)?;
    let client = account.clients.iter().find(|client| client.identifier == token.client)?;
    let may = |user: &&User| user.role != Role::EndUser;
    let user = account.user(client.user).filter(may)?.id;
    Some(Caller::Token { user, scopes: token.scopes.clone() })
}
