//! `GET /v1/shared/handovers/{id}`: one whole handover, for anyone who has its signed link. An event that cannot contain
//! all of it has the link.

use super::{ProblemDetails, Shared, json, path::Named, problem, sentences::LINK_EXPIRED};
use crate::handover::links::{BadLink, LinkQuery};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;

/// Returns a whole handover to the holder of a signed link from an event.
#[utoipa::path(
    get, path = "/v1/shared/handovers/{id}", tag = "handovers",
    params(
        ("id" = String, Path, description = "The handover's id."),
        ("merchant" = String, Query, description = "The handover's merchant, as in the link."),
        ("expires" = i64, Query, description = "When the link expires, in milliseconds since 1970, as in the link."),
        ("key" = String, Query, description = "The id of the key, as in the link."),
        ("signature" = String, Query, description = "The signature, as in the link."),
    ),
    responses(
        (status = 200, description = "The handover with all its messages, in the form of an event's `data`.", body = Object),
        (status = 404, description = "The link was altered, or its handover was removed.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 410, description = "The link has expired.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn handover(
    State(state): State<Shared>,
    Named(id): Named,
    query: Result<Query<LinkQuery>, QueryRejection>,
) -> Result<Response, ProblemDetails> {
    let Ok(Query(query)) = query else { return Err(ProblemDetails::not_found()) };
    match state.services.handovers.shared(&id, &query).await? {
        Ok(whole) => json::answer(StatusCode::OK, &whole),
        Err(BadLink::Signature) => Err(ProblemDetails::not_found()),
        Err(BadLink::Expired) => Err(ProblemDetails::new(StatusCode::GONE, LINK_EXPIRED)),
    }
}
