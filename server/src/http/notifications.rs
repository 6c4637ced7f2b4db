//! `/v1/notifications`: how the team is notified.

use super::{ProblemDetails, Shared, json, json::Json, problem, viewer::SignedIn};
use app::{
    check,
    model::{CallError, Notifications},
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer};

/// The body of `PUT`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsForm {
    /// The team's address; `null`: the team gets no email.
    // `deserialize_with` makes the field required: `{}` must not clear the address.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    email: Option<String>,
    /// Minutes without a ticket after which the team is emailed again, 1 to 1440; `null`: never. If the field is
    /// missing, it does not change.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1440)]
    no_ticket_after_minutes: Option<Option<u32>>,
}

/// Tells `null` from a missing field.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Returns how the team is notified.
#[utoipa::path(
    get, path = "/v1/notifications", tag = "notifications", security(("token" = []), ("session" = [])),
    responses((status = 200, description = "The team's address, or null, and after how long it is emailed again.", body = Notifications))
)]
pub async fn read(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    json::cached(&headers, &state.services.backend.notifications(&viewer).await?)
}

/// Sets or clears the team's address, and sets after how long it is emailed again.
#[utoipa::path(
    put, path = "/v1/notifications", tag = "notifications", security(("token" = []), ("session" = [])),
    request_body = NotificationsForm,
    responses(
        (status = 200, description = "The settings as they are now.", body = Notifications),
        (status = 400, description = "Not an email address, or an invalid number of minutes.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn save(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Json(form): Json<NotificationsForm>,
) -> Result<Response, ProblemDetails> {
    let backend = &state.services.backend;
    // Both are checked before either is saved.
    if let Some(minutes) = form.no_ticket_after_minutes {
        check::no_ticket_after(minutes).map_err(CallError::field)?;
    }
    let mut saved = backend.save_notifications(&viewer, form.email).await?;
    if let Some(minutes) = form.no_ticket_after_minutes {
        saved = backend.save_no_ticket_after(&viewer, minutes).await?;
    }
    json::answer(StatusCode::OK, &saved)
}
