//! `POST /v1/handovers`: a signed handover from Convi's platform.

use super::{
    ProblemDetails, Shared, problem,
    sentences::{NO_SECRET, NOT_KEPT, NOT_TAKEN, OTHER_BODY},
    signature::SignedHead,
};
use crate::{
    aside::{aside, joined},
    handover::accept::{AcceptError, Acceptor},
    wire::store_failed,
};
use app::model::CallError;
use axum::{
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use tracing::Instrument;

/// The maximum size of a posted handover, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Accepts handovers that Convi signed.
#[async_trait::async_trait]
pub trait Ingest: Send + Sync + 'static {
    /// Stores the handover durably and returns the JSON of the 202: the very same bytes whenever the same id comes with
    /// the same body.
    async fn accept(&self, webhook_id: &str, body: Bytes) -> Result<Bytes, AcceptError>;
}

#[async_trait::async_trait]
impl Ingest for Acceptor {
    async fn accept(&self, webhook_id: &str, body: Bytes) -> Result<Bytes, AcceptError> {
        Self::accept(self, webhook_id, body).await.map(Bytes::from)
    }
}

impl From<AcceptError> for ProblemDetails {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Fields(errors) => Self::fields(errors),
            AcceptError::NotJson(why) => Self::new(StatusCode::BAD_REQUEST, why),
            AcceptError::OtherBody => Self::new(StatusCode::CONFLICT, OTHER_BODY),
            AcceptError::Store(error) => {
                let failed = store_failed(error);
                let retry_after = failed.retry_after();
                match failed {
                    CallError::Unavailable => {
                        Self { retry_after, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, NOT_KEPT) }
                    }
                    _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, NOT_TAKEN),
                }
            }
        }
    }
}

/// Accepts a handover. Returns 202 once it is durable.
#[utoipa::path(
    post, path = "/v1/handovers", tag = "handovers", security(("webhook" = [])),
    params(
        ("webhook-id" = String, Header, description = "The key: the same for every attempt at the same handover. 1 to 256 visible ASCII characters without a dot."),
        ("webhook-timestamp" = i64, Header, description = "When this attempt was signed, in seconds since 1970, as plain digits; at most 5 minutes off."),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."),
    ),
    request_body(content = super::openapi::HandoverBody, content_type = "application/json"),
    responses(
        (status = 202, description = "Durable. The same id and bytes get the same answer again.", body = super::openapi::AcceptedBody),
        (status = 400, description = "Not JSON, or a required field is missing or invalid.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 401, description = "Not signed, signed more than 5 minutes ago, or signed with another secret.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 409, description = "This id was already used with a different body.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 413, description = "More than 8 MiB.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 503, description = "Nothing can be stored now (for example, the disk is full), or too many large bodies arrive at once: send it again after `Retry-After`. Or CONVI_INGEST_SECRET is not set.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn accept(State(state): State<Shared>, request: Request) -> Result<Response, ProblemDetails> {
    let secrets = &state.config.ingest_secrets;
    if secrets.0.is_empty() {
        return Err(ProblemDetails::new(StatusCode::SERVICE_UNAVAILABLE, NO_SECRET));
    }
    let unsigned =
        |error: super::signature::SignatureError| ProblemDetails::new(StatusCode::UNAUTHORIZED, error.said());
    let head = SignedHead::read(request.headers(), state.world.clock.now()).map_err(unsigned)?;
    let client = state.client(&request);
    let (parts, body) = request.into_parts();
    let held = state.bodies.read(&parts.headers, body, MAX_BYTES, client).await?;
    // A separate task: a caller who disconnects must not free the memory while the body is still being processed.
    let work = async move {
        let _turn = held.turn().await;
        let (config, body) = (state.config.clone(), held.bytes.clone());
        let verify = move || head.verify(&config.ingest_secrets, &body).map(|()| head.id);
        let id = aside(held.bytes.len(), verify).await.map_err(unsigned)?;
        state.services.ingest.accept(&id, held.bytes.clone()).await.map_err(ProblemDetails::from)
    };
    let answer = joined(tokio::spawn(work.in_current_span())).await?;
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], answer).into_response())
}
