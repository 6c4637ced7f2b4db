//! `POST /oauth/tokens`: the grant `client_credentials` (section 1).

use emulator::later;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Call, Refusal, Reply, fields};
use crate::world::{AccessToken, Account};

/// The limits of a token's lifetime in seconds (D).
const SHORTEST: i64 = 300;
const LONGEST: i64 = 172_800;
const USUAL: i64 = 1_800;

/// The scopes that this emulator knows. A scope that does not exist is granted but allows nothing (D).
const SCOPES: [&str; 8] = [
    "read",
    "write",
    "tickets:read",
    "tickets:write",
    "users:read",
    "users:write",
    "triggers:read",
    "auditlogs:read",
];

/// Returns a token for a client.
pub(crate) fn token(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    // L: a form is not accepted.
    let body = fields::body(call)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("grant_type") != Some("client_credentials") {
        let description = "The authorization grant type is not supported by the authorization server.";
        return Err(Refusal::Bad("unsupported_grant_type", description.to_owned()));
    }
    let client = account.clients.iter().find(|client| {
        text("client_id") == Some(&client.identifier) && text("client_secret") == Some(&client.secret)
    });
    let Some(client) = client.cloned() else {
        // R: the text; I: the status.
        return Err(Refusal::Unauthorized(json!({
            "error": "invalid_client",
            "error_description": "The client identifier provided is invalid, the client failed to authenticate, the \
                                  client did not include its credentials, provided multiple client credentials, or \
                                  used unsupported credentials type.",
        })));
    };
    let scopes: Vec<String> = match text("scope") {
        Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
        None => client.scopes.clone(),
    };
    let allowed = |scope: &String| {
        let family = scope.split_once(':').map_or(scope.as_str(), |(_, what)| what);
        !SCOPES.contains(&scope.as_str())
            || client.scopes.iter().any(|allowed| allowed == scope || allowed == family)
    };
    // D, R: there is no token at all then.
    if !scopes.iter().all(allowed) {
        let description = "The requested scope is invalid, unknown, or malformed.";
        return Err(Refusal::Bad("invalid_scope", description.to_owned()));
    }
    let asked = body.get("expires_in").map(|value| value.as_i64().unwrap_or_default());
    if asked.is_some_and(|seconds| !(SHORTEST..=LONGEST).contains(&seconds)) {
        let description = "expires_in must be between 300 and 172800.";
        return Err(Refusal::Bad("invalid_request", description.to_owned()));
    }
    let seconds = asked.unwrap_or(USUAL);
    let number = account.take_id();
    let token = AccessToken {
        token: format!("token-{number}-of-{}", client.identifier),
        client: client.identifier,
        scopes: scopes.clone(),
        expires: later(call.now, SignedDuration::from_secs(seconds)),
    };
    let mut answer = json!({"access_token": token.token, "token_type": "bearer", "scope": scopes.join(" ")});
    if asked.is_some() || !account.behaviour.silent_expiry {
        answer["expires_in"] = json!(seconds);
    }
    account.tokens.retain(|known| call.now < known.expires);
    account.tokens.push(token);
    Ok(Reply::json(200, answer))
}
