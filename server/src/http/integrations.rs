//! `/v1/integrations`: connect, test, disconnect.

use super::{
    ProblemDetails, Shared, json,
    json::{Json, OptionalJson},
    path::Named,
    problem,
    viewer::SignedIn,
};
use app::model::{
    ConnectionForm, Helpdesk, Integration, Rotated, SaveOutcome, ShownSecret, Takes, Verification, Warning,
    connection::TestOutcomeWire,
};
use axum::{extract::State, response::Response};
use domain::{Priority, TeamId};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use serde_json::Value;

/// All helpdesks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Integrations)]
pub struct IntegrationList {
    integrations: Vec<Integration>,
}

/// A saved integration.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SavedIntegration {
    #[serde(flatten)]
    row: Integration,
    /// Warnings for the merchant.
    warnings: Vec<Warning>,
    /// The signing secret that was created, only in the answer to the first save of a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    secret: Option<ShownSecret>,
}

/// A helpdesk's credentials, and the routing of its tickets.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionForm)]
pub struct AccountForm {
    /// The account as typed.
    subdomain: String,
    /// The access method. Without one, the first that the helpdesk accepts.
    #[serde(default)]
    method: Option<String>,
    /// The username as typed.
    username: String,
    /// The key as typed. `null` or empty keeps the stored key, which is only used with its own subdomain, method and
    /// username.
    #[serde(default)]
    api_key: Option<String>,
    /// The team that tickets go to: one of the row's `teams`. `null` leaves it to the helpdesk's rules; without this
    /// field, the saved choice stays. A test ignores it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<TeamId>)]
    team: Option<Option<TeamId>>,
    /// The tickets' priority. `null` leaves it to the helpdesk's rules; without this field, the saved choice stays. A test
    /// ignores it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
}

/// Reads a field that is present, to tell `null` from a missing field.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<AccountForm> for ConnectionForm {
    fn from(form: AccountForm) -> Self {
        let AccountForm { subdomain, method, username, api_key, team, priority } = form;
        let team = team.map(|team| team.map(|id| id.to_string()).unwrap_or_default());
        let priority = priority.map(|it| it.map(Priority::name).unwrap_or_default().to_owned());
        Self { subdomain, method, username, api_key, team, priority }
    }
}

/// What a webhook's connection needs.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointForm {
    /// The URL as typed.
    url: String,
    /// A webhook has no teams.
    #[serde(default, deserialize_with = "given")]
    #[schema(ignore)]
    team: Option<Option<IgnoredAny>>,
    /// A webhook has no priorities.
    #[serde(default, deserialize_with = "given")]
    #[schema(ignore)]
    priority: Option<Option<IgnoredAny>>,
}

/// What a helpdesk's connection needs, by what the helpdesk takes.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum HelpdeskForm {
    /// For a helpdesk that takes tickets.
    Account(AccountForm),
    /// For a helpdesk that takes events: a webhook.
    Endpoint(EndpointForm),
}

/// Parses the body that this helpdesk needs.
fn form(helpdesk: Helpdesk, Json(body): Json<Value>) -> Result<ConnectionForm, ProblemDetails> {
    match helpdesk.takes() {
        Takes::Tickets => Ok(json::from_value::<AccountForm>(body)?.into()),
        Takes::Events => {
            let EndpointForm { url, team, priority } = json::from_value(body)?;
            let (team, priority) = (team.map(|_| String::new()), priority.map(|_| String::new()));
            Ok(ConnectionForm { subdomain: url, team, priority, ..ConnectionForm::default() })
        }
    }
}

/// An integration with its new signing secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RotatedIntegration {
    #[serde(flatten)]
    row: Integration,
    /// The new secret.
    #[schema(value_type = String)]
    secret: ShownSecret,
}

/// Lists every helpdesk, connected or not.
#[utoipa::path(
    get, path = "/v1/integrations", tag = "integrations", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, description = "In the order of the screen, with an ETag.", body = IntegrationList),
        (status = 304, description = "The list has not changed."),
    )
)]
pub async fn list(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let integrations = state.services.backend.integrations(&viewer).await?;
    json::cached(&headers, &IntegrationList { integrations })
}

/// Tests credentials without storing them.
#[utoipa::path(
    post, path = "/v1/integrations/{helpdesk}/test", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The helpdesk.")),
    request_body = HelpdeskForm,
    responses(
        (status = 200, description = "The test's result, whether it passed or failed.", body = TestOutcomeWire),
        (status = 400, description = "A field is invalid; the helpdesk was not called.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 429, description = "More than 20 calls a minute, or 60 to this account.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn test(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
    body: Json<Value>,
) -> Result<Response, ProblemDetails> {
    let helpdesk = named(&helpdesk)?;
    let form = form(helpdesk, body)?;
    let outcome = state.services.backend.test_connection(&viewer, helpdesk, form).await?;
    json::answer(StatusCode::OK, &TestOutcomeWire::from(outcome))
}

/// Sends a test handover to the connected helpdesk, reads its ticket back and closes it.
#[utoipa::path(
    post, path = "/v1/integrations/{helpdesk}/verify", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The helpdesk.")),
    responses(
        (status = 200, description = "The result, step by step, whether it passed or failed. It can take a minute.", body = Verification),
        (status = 409, description = "The helpdesk is not connected.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 429, description = "More than 5 an hour.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn verify(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
) -> Result<Response, ProblemDetails> {
    let verification = state.services.backend.verify_connection(&viewer, named(&helpdesk)?).await?;
    json::answer(StatusCode::OK, &verification)
}

/// Tests credentials and stores them.
#[utoipa::path(
    put, path = "/v1/integrations/{helpdesk}", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The helpdesk.")),
    request_body = HelpdeskForm,
    responses(
        (status = 200, description = "Stored; the integration as it is now.", body = SavedIntegration),
        (status = 400, description = "A field is invalid; the helpdesk was not called.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 422, description = "The helpdesk rejected them; the stored credentials are unchanged.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 429, description = "More than 20 calls a minute, or 60 to this account.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn save(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
    body: Json<Value>,
) -> Result<Response, ProblemDetails> {
    let helpdesk = named(&helpdesk)?;
    let form = form(helpdesk, body)?;
    match state.services.backend.save_connection(&viewer, helpdesk, form).await? {
        SaveOutcome::Saved { integration, warnings, secret } => {
            json::answer(StatusCode::OK, &SavedIntegration { row: *integration, warnings, secret })
        }
        SaveOutcome::Rejected(failure) => Err(ProblemDetails {
            problem: Some(failure.problem),
            ..ProblemDetails::new(StatusCode::UNPROCESSABLE_ENTITY, failure.said())
        }),
    }
}

/// What happens besides the change of the receiver.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivesForm {
    /// Whether handovers that wait for another helpdesk move too, as far as nothing of them was sent.
    #[serde(default)]
    move_waiting: bool,
}

/// Sends new handovers to this helpdesk. Those already accepted stay where they are, unless they are moved.
#[utoipa::path(
    put, path = "/v1/integrations/{helpdesk}/receives", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The helpdesk.")),
    request_body(content = Option<ReceivesForm>, description = "Empty, or what else happens."),
    responses(
        (status = 200, description = "All integrations as they are now.", body = IntegrationList),
        (status = 409, description = "The helpdesk is not connected.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn receives(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
    OptionalJson(ReceivesForm { move_waiting }): OptionalJson<ReceivesForm>,
) -> Result<Response, ProblemDetails> {
    let helpdesk = named(&helpdesk)?;
    let integrations = state.services.backend.receive_handovers(&viewer, helpdesk, move_waiting).await?;
    json::answer(StatusCode::OK, &IntegrationList { integrations })
}

/// Replaces the signing secret of a webhook. The old one stays valid for another 24 hours.
#[utoipa::path(
    post, path = "/v1/integrations/{helpdesk}/rotate", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "The new secret, which is not shown again.", body = RotatedIntegration),
        (status = 409, description = "Not connected, or the last replacement is less than 24 hours old.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn rotate(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
) -> Result<Response, ProblemDetails> {
    let Rotated { integration, secret } =
        state.services.backend.rotate_secret(&viewer, named(&helpdesk)?).await?;
    json::answer(StatusCode::OK, &RotatedIntegration { row: *integration, secret })
}

/// Makes the replaced signing secret of a webhook invalid now.
#[utoipa::path(
    post, path = "/v1/integrations/{helpdesk}/rotate/end", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The webhook.")),
    responses(
        (status = 200, description = "Only the new secret is valid.", body = Integration),
        (status = 409, description = "Not connected.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn end_rotation(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
) -> Result<Response, ProblemDetails> {
    let row = state.services.backend.end_rotation(&viewer, named(&helpdesk)?).await?;
    json::answer(StatusCode::OK, &row)
}

/// Deletes the credentials and cancels what waits.
#[utoipa::path(
    delete, path = "/v1/integrations/{helpdesk}", tag = "integrations", security(("token" = []), ("session" = [])),
    params(("helpdesk" = Helpdesk, Path, description = "The helpdesk.")),
    responses(
        (status = 204, description = "Disconnected."),
    )
)]
pub async fn disconnect(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(helpdesk): Named,
) -> Result<StatusCode, ProblemDetails> {
    state.services.backend.disconnect(&viewer, named(&helpdesk)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn named(slug: &str) -> Result<Helpdesk, ProblemDetails> {
    Helpdesk::from_slug(slug).ok_or_else(ProblemDetails::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn choice(
        helpdesk: Helpdesk,
        mut body: Value,
        team: Option<Value>,
        priority: Option<Value>,
    ) -> [String; 2] {
        for (name, value) in [("team", team), ("priority", priority)] {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        match form(helpdesk, Json(body)) {
            Ok(form) => {
                [form.team, form.priority].map(|it| it.map_or("kept".to_owned(), |it| format!("“{it}”")))
            }
            Err(wrong) => panic!("{wrong:?}"),
        }
    }

    #[test]
    fn null_clears_a_choice_and_a_missing_field_keeps_it() {
        let gorgias = |team, priority| {
            choice(Helpdesk::GORGIAS, json!({"subdomain": "s", "username": "u"}), team, priority)
        };
        assert_eq!(gorgias(None, None), ["kept", "kept"]);
        assert_eq!(gorgias(Some(Value::Null), Some(Value::Null)), ["“”", "“”"]);
        assert_eq!(gorgias(Some(json!(7)), Some(json!("high"))), ["“7”", "“high”"]);
        let webhook = |team| choice(Helpdesk::WEBHOOK, json!({"url": "https://shop.example"}), team, None);
        assert_eq!(webhook(None), ["kept", "kept"]);
        assert_eq!(webhook(Some(json!(7))), ["“”", "kept"], "which the service then rejects");
    }

    #[test]
    fn invalid_choices_are_rejected_at_their_fields() {
        for (field, value) in
            [("team", json!("7")), ("team", json!(0)), ("team", json!(-7)), ("priority", json!("critical"))]
        {
            let mut body = json!({"subdomain": "s", "username": "u"});
            body[field] = value.clone();
            let wrong = form(Helpdesk::GORGIAS, Json(body)).unwrap_err();
            assert_eq!(serde_json::to_value(&wrong).unwrap()["errors"][0]["field"], field, "{value}");
        }
    }
}
