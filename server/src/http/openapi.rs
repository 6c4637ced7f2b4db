//! The OpenAPI document, generated from the handlers. `docs/openapi.json` is a copy, and a test keeps it up to date.

use super::{
    ProblemDetails, answers, embed, handovers, handovers_csv, health, ingest, integrations, json,
    notifications, problem, session, shared,
};
use app::model::DeliveryState;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Components, ContentBuilder, Ref, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Convi Integrations",
        description = "Posted handovers become tickets in a merchant's helpdesk. Errors are RFC 9457 problems.",
    ),
    paths(
        ingest::accept,
        handovers::list,
        handovers_csv::download,
        handovers::retry_all,
        handovers::one,
        handovers::attempts,
        handovers::retry,
        handovers::resolve,
        answers::list,
        shared::handover,
        integrations::list,
        integrations::test,
        integrations::verify,
        integrations::save,
        integrations::receives,
        integrations::rotate,
        integrations::end_rotation,
        integrations::disconnect,
        notifications::read,
        notifications::save,
        embed::panel,
        embed::submit,
        session::create,
        session::remove,
        health::live,
        health::ready,
        read,
    ),
    // Only in parameters, whose schemas are not collected.
    components(schemas(app::model::Progress)),
    modifiers(&WaysIn, &Refusals),
)]
struct Document;

/// The ways to authenticate.
struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Components::default);
        let header = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)))
        };
        components.add_security_scheme(
            "webhook",
            header("webhook-signature", "Standard Webhooks, with a secret from CONVI_INGEST_SECRET."),
        );
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        bearer.description =
            Some("A dashboard token of at most 15 minutes, aud convi-integrations.".to_owned());
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            session::cookie_name(true),
            "Created by POST /v1/session. Changes must come from the page itself.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The errors that every operation with a token may return, beside those of its handler.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let changes = [&mut item.post, &mut item.put, &mut item.delete].map(|it| (it, true));
            for (operation, changes) in [(&mut item.get, false)].into_iter().chain(changes) {
                let Some(operation) = operation.as_mut().filter(|it| takes_tokens(it)) else { continue };
                let responses = &mut operation.responses.responses;
                let mut refuse = |status: StatusCode, why: &str| {
                    responses.entry(status.as_str().to_owned()).or_insert_with(|| refusal(why).into());
                };
                refuse(StatusCode::UNAUTHORIZED, "Not signed in: no token, or an expired one.");
                if changes && path != "/v1/session" {
                    refuse(
                        StatusCode::FORBIDDEN,
                        "The viewer is a member: only owners and admins can do this.",
                    );
                }
                if path.contains("{helpdesk}") {
                    refuse(StatusCode::NOT_FOUND, "Unknown helpdesk.");
                }
                if operation.request_body.is_some() {
                    refuse(StatusCode::BAD_REQUEST, "Not valid JSON, or an invalid field.");
                }
            }
        }
    }
}

fn takes_tokens(operation: &Operation) -> bool {
    let ways = operation.security.iter().flatten();
    ways.filter_map(|way| serde_json::to_value(way).ok()).any(|way| way.get("token").is_some())
}

fn refusal(why: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build();
    ResponseBuilder::new().description(why).content(problem::MEDIA_TYPE, content).build()
}

/// Returns the document as text, always the same.
pub fn document() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Document::openapi())?;
    text.push('\n');
    Ok(text)
}

/// Returns this document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "health",
    responses(
        (status = 200, description = "This document."),
        (status = 500, description = "The server failed.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn read() -> Result<Response, ProblemDetails> {
    // Building it takes longer than sending it, and anyone may ask.
    static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Document::openapi);
    json::answer(StatusCode::OK, &*DOCUMENT)
}

// The body of a posted handover, for the document only: `handover/reading/` parses it with its own, more lenient
// reader.

/// A posted handover. Unknown fields are ignored, and no optional field can cause a rejection: any that was not read as
/// sent is named in the answer's `warnings`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct HandoverBody {
    /// `[A-Za-z0-9_-]{1,64}`.
    #[schema(example = "m1")]
    merchant_id: String,
    /// RFC 3339.
    #[schema(example = "2026-11-22T10:00:00Z")]
    occurred_at: Option<String>,
    trigger: TriggerBody,
    conversation: ConversationBody,
}

/// What started the handover.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct TriggerBody {
    kind: app::model::TriggerKind,
    /// The reason, for an automatic handover.
    #[schema(example = "asked_for_human")]
    reason: Option<String>,
    /// Who clicked, for a manual handover.
    by: Option<PersonBody>,
}

/// A person on the team.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct PersonBody {
    name: Option<String>,
    email: Option<String>,
}

/// The conversation with its whole transcript.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct ConversationBody {
    #[schema(example = "c-42")]
    id: String,
    /// Its page in Convi, linked from the ticket if it is http(s).
    url: Option<String>,
    #[schema(example = "en")]
    locale: Option<String>,
    /// The ticket's subject.
    #[schema(example = "Billing question")]
    summary: Option<String>,
    shopper: Option<ShopperBody>,
    context: Option<ContextBody>,
    /// In order; 1 to 5,000.
    messages: Vec<MessageBody>,
}

/// The shopper.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct ShopperBody {
    /// Kept as text in the ticket's note if it is not a valid address.
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
}

/// Where the shopper was.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct ContextBody {
    page_url: Option<String>,
    #[schema(example = "#1042")]
    order_number: Option<String>,
    cart: Option<Vec<CartBody>>,
    /// Anything else worth knowing.
    #[schema(value_type = Object)]
    custom: Option<serde_json::Value>,
}

/// An item in the cart.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct CartBody {
    title: String,
    quantity: Option<u32>,
    #[schema(example = "12.00 EUR")]
    price: Option<String>,
}

/// A message of the chat.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct MessageBody {
    id: Option<String>,
    /// `shopper`, `assistant`, `agent` or `system`.
    #[schema(example = "shopper")]
    author: String,
    text: Option<String>,
    /// RFC 3339.
    sent_at: Option<String>,
    /// Linked, never fetched.
    attachments: Option<Vec<AttachmentBody>>,
}

/// A file attached to a message.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only documented")]
pub struct AttachmentBody {
    url: String,
    name: Option<String>,
    content_type: Option<String>,
}

/// The answer to a posted handover.
#[derive(Serialize, ToSchema)]
#[schema(as = Accepted)]
pub struct AcceptedBody {
    handover_id: String,
    /// Empty if there is neither a helpdesk nor a team address.
    deliveries: Vec<AcceptedDelivery>,
    /// The conversation was handed over before; what is new is added to its ticket.
    continued: Option<bool>,
    /// Optional fields that were left out, shortened or read differently than sent. Only present if there are any.
    warnings: Option<Vec<app::model::FieldError>>,
}

/// A destination and its state.
#[derive(Serialize, ToSchema)]
pub struct AcceptedDelivery {
    #[schema(example = json!(domain::Helpdesk::example()))]
    destination: String,
    state: DeliveryState,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn committed_document_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == document().unwrap(),
            "docs/openapi.json is stale: cargo run --bin convi-integrations -- openapi > docs/openapi.json"
        );
    }
}
