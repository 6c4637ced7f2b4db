//! Sessions. A browser exchanges a dashboard token for one, so that it stays signed in after the token's 15 minutes.
//!
//! The cookie holds 256 random bits; the store only has their SHA-256, so a stolen database cannot sign anyone in.

use super::{ProblemDetails, Shared, cookies, problem, viewer::Identity};
use crate::{store::StoreError, wire::store_failed};
use app::model::{CallError, Role, Viewer};
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::clock::{Entropy, Millis};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The maximum lifetime of a session, in milliseconds.
pub const LIFETIME: Millis = 8 * 60 * 60 * 1000;
/// How long a session lasts without a request, in milliseconds.
pub const IDLE: Millis = 60 * 60 * 1000;
/// How often a session's use is recorded, in milliseconds. The screen polls every 3 s, and each record is a disk write.
/// The price is that an unused session can expire this much before its hour is over.
const NOTE_EVERY: Millis = 30 * 1000;

/// How many cookies with our name are looked up at most, since each costs a query.
const MOST_COOKIES: usize = 4;

pub use crate::store::sessions::{Session, SessionHash, SessionStore};

/// Returns whether the session is still valid.
pub fn is_live(session: &Session, now: Millis) -> bool {
    now < session.created_at + LIFETIME && now < session.seen_at + IDLE
}

/// Removes all expired sessions, for the server's housekeeping.
pub async fn purge(store: &dyn SessionStore, now: Millis) -> Result<u64, StoreError> {
    store.purge(now - LIFETIME, now - IDLE).await
}

/// Returns the cookie's name. Browsers accept `__Host-` only with Secure, and only for this exact host and all paths.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-convi_session" } else { "convi_session" }
}

fn hash(id: &[u8]) -> SessionHash {
    SessionHash(Sha256::digest(id).into())
}

fn new_id(entropy: &dyn Entropy) -> Zeroizing<String> {
    let mut random = Zeroizing::new([0; 32]);
    entropy.fill(random.as_mut());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_ref()))
}

fn cookie(https: bool, value: &str, max_age: Millis) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let seconds = max_age / 1000;
    let text =
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", cookie_name(https));
    // Base64 and digits are always a valid header value.
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// Begins a session with a fresh id, whatever cookie was sent, and returns its `Set-Cookie`.
pub async fn begin(state: &Shared, viewer: Viewer) -> Result<HeaderValue, ProblemDetails> {
    let id = new_id(&*state.world.entropy);
    let now = state.world.clock.now_ms();
    let session = Session { id: hash(id.as_bytes()), viewer, created_at: now, seen_at: now };
    state.services.sessions.insert(&session).await.map_err(store_failed)?;
    Ok(cookie(state.public_url.is_https(), &id, LIFETIME))
}

/// Returns the first valid session among the request's cookies. A browser sends several cookies with one name if they
/// were set for different paths or domains.
pub async fn resume(state: &Shared, headers: &HeaderMap) -> Result<Option<Session>, ProblemDetails> {
    let name = cookie_name(state.public_url.is_https());
    for value in cookies::named(headers, name).take(MOST_COOKIES) {
        if let Some(session) = live(state, hash(value)).await? {
            return Ok(Some(session));
        }
    }
    Ok(None)
}

async fn live(state: &Shared, id: SessionHash) -> Result<Option<Session>, ProblemDetails> {
    let Some(session) = state.services.sessions.find(&id).await.map_err(store_failed)? else {
        return Ok(None);
    };
    let now = state.world.clock.now_ms();
    if !is_live(&session, now) {
        state.services.sessions.delete(&id).await.map_err(store_failed)?;
        return Ok(None);
    }
    if now - session.seen_at >= NOTE_EVERY {
        state.services.sessions.touch(&id, now).await.map_err(store_failed)?;
    }
    Ok(Some(session))
}

/// Ends the caller's session, if there is one, and returns the `Set-Cookie` that clears it.
pub async fn end(state: &Shared, identity: &Identity) -> Result<HeaderValue, ProblemDetails> {
    if let Identity::Cookie(session) = identity {
        state.services.sessions.delete(&session.id).await.map_err(store_failed)?;
    }
    Ok(cookie(state.public_url.is_https(), "", 0))
}

/// Exchanges the bearer for a session.
#[utoipa::path(
    post, path = "/v1/session", tag = "people",
    responses(
        (status = 204, description = "A new session; its cookie is set."),
        (status = 401, description = "No bearer, or an invalid one.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn create(
    State(state): State<Shared>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ProblemDetails> {
    // A session must not renew itself beyond its 8 hours.
    let Identity::Bearer(viewer) = identity else {
        return Err(CallError::SignedOut.into());
    };
    let cookie = begin(&state, viewer).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Ends the cookie's session. Succeeds without one too.
#[utoipa::path(
    delete, path = "/v1/session", tag = "people",
    responses((status = 204, description = "The session has ended; its cookie is cleared."))
)]
pub async fn remove(
    State(state): State<Shared>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ProblemDetails> {
    let cookie = end(&state, &identity).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Returns the demo's viewer, for `CONVI_DEMO=1`.
pub fn demo_viewer() -> Viewer {
    Viewer { merchant: "demo".into(), subject: "demo".into(), name: "Demo owner".into(), role: Role::Owner }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn session_ends_after_eight_hours_or_one_idle_hour() {
        let mut session = Session { id: hash(b"x"), viewer: demo_viewer(), created_at: 0, seen_at: 0 };
        assert!(is_live(&session, IDLE - 1) && !is_live(&session, IDLE));
        session.seen_at = LIFETIME - 1;
        assert!(is_live(&session, LIFETIME - 1) && !is_live(&session, LIFETIME));
    }

    #[test]
    fn ids_are_long_and_unique() {
        let (a, b) = (new_id(&SystemEntropy), new_id(&SystemEntropy));
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
    }

    #[test]
    fn cookies_are_as_restricted_as_possible() {
        assert_eq!(
            cookie(true, "x", LIFETIME),
            "__Host-convi_session=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800; Secure"
        );
        assert_eq!(cookie(false, "", 0), "convi_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        assert!(cookie(true, "x", 0).is_sensitive());
    }
}
