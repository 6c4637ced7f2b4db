//! The OpenAPI document, made from the handlers. `docs/openapi.json` is its copy, and a test keeps it fresh.

use super::{
    ProblemDetails, embed, handovers, handovers_csv, health, ingest, integrations, json, notifications,
    problem, session,
};
use app::model::DeliveryState;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
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
        integrations::list,
        integrations::test,
        integrations::verify,
        integrations::save,
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
    modifiers(&WaysIn, &Refusals),
)]
struct Document;

/// How a caller says who it is.
struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Components::default);
        let header = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)))
        };
        components.add_security_scheme(
            "webhook",
            header("webhook-signature", "Standard Webhooks, with a secret of CONVI_INGEST_SECRET."),
        );
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        bearer.description =
            Some("A dashboard token of at most 15 minutes, aud convi-integrations.".to_owned());
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            session::cookie_name(true),
            "Made by POST /v1/session. Changes must come from the page itself.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// What every signed operation may answer beside what its handler says.
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
                refuse(StatusCode::UNAUTHORIZED, "Nobody is signed in: no token, or one that is over.");
                if changes && path != "/v1/session" {
                    refuse(StatusCode::FORBIDDEN, "A member: only an owner or an admin can do this.");
                }
                if path.contains("{helpdesk}") {
                    refuse(StatusCode::NOT_FOUND, "There is no such helpdesk.");
                }
                if operation.request_body.is_some() {
                    refuse(StatusCode::BAD_REQUEST, "No JSON, or not of this shape.");
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

/// The document as text, the same every time.
pub fn document() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Document::openapi())?;
    text.push('\n');
    Ok(text)
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "health",
    responses(
        (status = 200, description = "This document."),
        (status = 500, description = "The server failed.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn read() -> Result<Response, ProblemDetails> {
    json::answer(StatusCode::OK, &Document::openapi())
}

// The body of a posted handover, for the document only: `handover/accept.rs` reads it with its own, more forgiving
// reader.

/// A handover as it is posted. Unknown fields are ignored, and nothing optional is a reason to refuse it: what cannot
/// be read as it was sent is named in the answer's `warnings`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
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
#[expect(dead_code, reason = "only described")]
pub struct TriggerBody {
    kind: app::model::TriggerKind,
    /// Why, for an automatic one.
    #[schema(example = "asked_for_human")]
    reason: Option<String>,
    /// Who clicked, for a manual one.
    by: Option<PersonBody>,
}

/// Somebody of the team.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub struct PersonBody {
    name: Option<String>,
    email: Option<String>,
}

/// The conversation with its whole transcript.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub struct ConversationBody {
    #[schema(example = "c-42")]
    id: String,
    /// Its page in Convi, linked from the ticket when it is http(s).
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

/// Who chatted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub struct ShopperBody {
    /// Kept as text in the ticket's note when it is no address.
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
}

/// Where it happened.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub struct ContextBody {
    page_url: Option<String>,
    #[schema(example = "#1042")]
    order_number: Option<String>,
    cart: Option<Vec<CartBody>>,
    /// Anything else worth knowing.
    #[schema(value_type = Object)]
    custom: Option<serde_json::Value>,
}

/// A thing in the cart.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub struct CartBody {
    title: String,
    quantity: Option<u32>,
    #[schema(example = "12.00 EUR")]
    price: Option<String>,
}

/// A turn of the chat.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
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

/// A file of a turn.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
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
    /// Empty when there is neither a helpdesk nor a team's address.
    deliveries: Vec<AcceptedDelivery>,
    /// The conversation was handed over before; what is new is kept for its ticket.
    continued: Option<bool>,
    /// What is optional and was left out, shortened or read in another way than it was sent. Only when there is any.
    warnings: Option<Vec<app::model::FieldError>>,
}

/// Where it goes.
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
    fn the_committed_document_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == document().unwrap(),
            "docs/openapi.json is stale: cargo run -p server -- openapi > docs/openapi.json"
        );
    }
}
