//! Identifies the caller and checks access: by a bearer, else by the demo, else by a session's cookie.
//!
//! [`identify`] adds the [`Identity`] to a request, and the signed-in `Viewer`, where the screen's server functions
//! find it too.

use super::{ProblemDetails, Shared, security, sentences::OTHER_MERCHANT, session};
use app::model::{CallError, Viewer};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use tower::{Layer, ServiceExt};

/// The parameter with which a request may name its merchant.
pub const MERCHANT_FIELD: &str = "merchant_id";

/// How a request identifies its caller.
#[derive(Clone, Debug)]
pub enum Identity {
    /// With a dashboard token.
    Bearer(Viewer),
    /// With a session.
    Cookie(session::Session),
    /// Not at all, but in the demo everyone is the owner.
    Demo(Viewer),
    /// Not at all.
    Nobody,
}

impl Identity {
    /// Returns the signed-in viewer.
    pub fn viewer(&self) -> Option<&Viewer> {
        match self {
            Self::Bearer(viewer) | Self::Demo(viewer) => Some(viewer),
            Self::Cookie(session) => Some(&session.viewer),
            Self::Nobody => None,
        }
    }
}

/// Identifies the caller. A bearer takes precedence: an invalid one is rejected even beside a valid cookie.
pub async fn identify(State(state): State<Shared>, mut request: Request, next: Next) -> Response {
    match identity(&state, request.headers()).await {
        Ok(identity) => {
            if let Some(viewer) = identity.viewer() {
                request.extensions_mut().insert(viewer.clone());
            }
            request.extensions_mut().insert(identity);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn identity(state: &Shared, headers: &HeaderMap) -> Result<Identity, ProblemDetails> {
    if let Some(token) = bearer(headers)? {
        let verified = state.tokens.verify(token, state.world.clock.now());
        return verified
            .map(Identity::Bearer)
            .map_err(|error| ProblemDetails { detail: error.to_string(), ..CallError::SignedOut.into() });
    }
    if state.config.demo {
        return Ok(Identity::Demo(session::demo_viewer()));
    }
    Ok(session::resume(state, headers).await?.map_or(Identity::Nobody, Identity::Cookie))
}

/// Returns the bearer token, whatever the case of the scheme (RFC 9110 section 11.1). Other schemes are ignored,
/// because a proxy in front may require Basic.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ProblemDetails> {
    let refused = || ProblemDetails {
        detail: "The Authorization header is unreadable.".into(),
        ..CallError::SignedOut.into()
    };
    let mut found = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(refused());
    }
    // The scheme first: with other schemes, any bytes may follow.
    let value = value.as_bytes().trim_ascii();
    let mut parts = value.splitn(2, |byte| *byte == b' ' || *byte == b'\t');
    match (parts.next(), parts.next()) {
        (Some(scheme), Some(token)) if scheme.eq_ignore_ascii_case(b"bearer") => {
            str::from_utf8(token).map(|token| Some(token.trim())).map_err(|_| refused())
        }
        _ => Ok(None),
    }
}

/// Rejects changes that another site makes a browser send. A browser never sends a bearer on its own.
pub async fn no_forgery(State(state): State<Shared>, request: Request, next: Next) -> Response {
    if matches!(request.extensions().get(), Some(Identity::Bearer(_))) {
        return next.run(request).await;
    }
    match security::csrf(&state.public_url).layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Requires a signed-in viewer, and no other merchant in the query.
pub async fn signed_in(request: Request, next: Next) -> Response {
    match viewer_of(&request) {
        Ok(_) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Requires an owner or an admin. The services check this too; here a member is rejected before the form is read.
pub async fn may_change(request: Request, next: Next) -> Response {
    match viewer_of(&request) {
        Ok(viewer) if viewer.role.may_change() => next.run(request).await,
        Ok(_) => ProblemDetails::from(CallError::NotAllowed).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn viewer_of(request: &Request) -> Result<&Viewer, ProblemDetails> {
    let viewer = request.extensions().get::<Viewer>();
    if viewer.is_none() {
        return Err(CallError::SignedOut.into());
    }
    if let Some(named) = merchant_of_query(request.uri()) {
        refuse_other_merchant(viewer, &named)?;
    }
    viewer.ok_or_else(|| CallError::SignedOut.into())
}

/// Returns the merchant that the query names.
pub fn merchant_of_query(uri: &Uri) -> Option<String> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.into_iter().find(|(name, _)| name == MERCHANT_FIELD).map(|(_, value)| value.into_owned())
}

/// Rejects a request that names a merchant other than its own.
pub fn refuse_other_merchant(viewer: Option<&Viewer>, named: &str) -> Result<(), ProblemDetails> {
    if viewer.is_some_and(|viewer| viewer.merchant == named) {
        return Ok(());
    }
    Err(ProblemDetails::new(StatusCode::FORBIDDEN, OTHER_MERCHANT))
}

/// The signed-in viewer, as a handler's argument.
pub struct SignedIn(pub Viewer);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemDetails> {
        parts.extensions.get::<Viewer>().cloned().map(Self).ok_or_else(|| CallError::SignedOut.into())
    }
}
