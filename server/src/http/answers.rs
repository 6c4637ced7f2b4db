//! `/v1/conversations/{id}/answers`: agents' answers from the helpdesk.

use super::{
    ProblemDetails, Shared, handovers::NO_SUCH_PARAMETER, json, path::Named, problem, viewer::MERCHANT_FIELD,
    viewer::SignedIn,
};
use crate::services::answers::AnswerPage;
use app::model::FieldError;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;

/// Lists agents' answers in a conversation that was handed over, in the order in which they arrived.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/answers", tag = "handovers", security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, description = "The `conversation.id` of the handover."),
        ("after" = Option<String>, Query, description = "The `next_cursor` of the previous call. Without it, the page starts at the first answer."),
    ),
    responses(
        (status = 200, description = "The answers after the cursor, with an ETag.", body = AnswerPage),
        (status = 304, description = "There is nothing new."),
        (status = 400, description = "A parameter is invalid.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 404, description = "The merchant has no such conversation, or it was never handed over.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn list(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(conversation): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let after = parse_after(query.as_deref().unwrap_or_default()).map_err(ProblemDetails::fields)?;
    let page = state.services.handovers.answers(&viewer, &conversation, after.as_deref()).await?;
    json::cached(&headers, &page)
}

fn parse_after(query: &str) -> Result<Option<String>, Vec<FieldError>> {
    let mut after = None;
    let mut errors = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "after" => after = Some(value.into_owned()),
            // Checked before: it names the viewer's own merchant.
            MERCHANT_FIELD => {}
            unknown => errors.push(FieldError::new(unknown, NO_SUCH_PARAMETER)),
        }
    }
    if errors.is_empty() { Ok(after) } else { Err(errors) }
}
