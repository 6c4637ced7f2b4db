//! `/v1/notifications`: where the team is told.

use super::{Problem, Shared, json, json::Json, problem, viewer::SignedIn};
use app::model::Notifications;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// What `PUT` takes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsForm {
    /// The team's address; `null`: nobody is mailed.
    // `deserialize_with` makes the field required: `{}` must not clear the address.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    email: Option<String>,
}

/// Where the team is told.
#[utoipa::path(
    get, path = "/v1/notifications", tag = "notifications", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "The team's address, or null.", body = Notifications))
)]
pub async fn read(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    json::cached(&headers, &state.services.backend.notifications(&viewer).await?)
}

/// Sets or clears the team's address.
#[utoipa::path(
    put, path = "/v1/notifications", tag = "notifications", security(("token" = []), ("session" = [])),
    request_body = NotificationsForm,
    responses(
        (status = 200, description = "As it is now.", body = Notifications),
        (status = 400, description = "Not an e-mail address.", body = problem::Problem, content_type = problem::MEDIA_TYPE),
        (status = 403, description = "A member.", body = problem::Problem, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn save(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Json(form): Json<NotificationsForm>,
) -> Result<Response, Problem> {
    json::answer(StatusCode::OK, &state.services.backend.save_notifications(&viewer, form.email).await?)
}
