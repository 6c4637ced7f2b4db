//! Builds the router. [`TABLE`] lists every route for programs and who may call it.

use super::{
    ProblemDetails, Shared, answers, chat, demo, drain, embed, handovers, handovers_csv, health, ingest,
    integrations, notifications, openapi, pages, security, sentences::NOT_THIS_METHOD, session, shared,
    trace, viewer,
};
use axum::{
    Router, middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post, put},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use std::time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowOrigin, CorsLayer},
};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone.
    Anyone,
    /// Callers who sign with the ingest secret; the handler checks.
    Signer,
    /// Anyone; the handler checks the identity.
    Visitor,
    /// Holders of a signed link; the handler checks.
    LinkHolder,
    /// Anyone signed in, for their own merchant.
    Viewer,
    /// An owner or an admin, for their own merchant.
    Changer,
}

/// A route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path in axum's syntax.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    handler: fn() -> MethodRouter<Shared>,
}

const fn route(method: Method, path: &'static str, who: Who, handler: fn() -> MethodRouter<Shared>) -> Route {
    Route { method, path, who, handler }
}

/// Every route for programs. `pages.rs` has the screen's pages and server functions.
pub const TABLE: &[Route] = &[
    route(Method::POST, "/v1/handovers", Who::Signer, || post(ingest::accept)),
    route(Method::GET, "/v1/handovers", Who::Viewer, || get(handovers::list)),
    route(Method::GET, "/v1/handovers.csv", Who::Viewer, || get(handovers_csv::download)),
    route(Method::POST, "/v1/handovers/retry", Who::Changer, || post(handovers::retry_all)),
    route(Method::GET, "/v1/handovers/{id}", Who::Viewer, || get(handovers::one)),
    route(Method::GET, "/v1/handovers/{id}/attempts", Who::Viewer, || get(handovers::attempts)),
    route(Method::POST, "/v1/handovers/{id}/retry", Who::Changer, || post(handovers::retry)),
    route(Method::POST, "/v1/handovers/{id}/resolve", Who::Changer, || post(handovers::resolve)),
    route(Method::GET, "/v1/conversations/{id}/answers", Who::Viewer, || get(answers::list)),
    route(Method::GET, "/v1/shared/handovers/{id}", Who::LinkHolder, || get(shared::handover)),
    route(Method::GET, "/v1/integrations", Who::Viewer, || get(integrations::list)),
    route(Method::POST, "/v1/integrations/{helpdesk}/test", Who::Changer, || post(integrations::test)),
    route(Method::POST, "/v1/integrations/{helpdesk}/verify", Who::Changer, || post(integrations::verify)),
    route(Method::POST, "/v1/integrations/{helpdesk}/rotate", Who::Changer, || post(integrations::rotate)),
    route(Method::POST, "/v1/integrations/{helpdesk}/rotate/end", Who::Changer, || {
        post(integrations::end_rotation)
    }),
    route(Method::PUT, "/v1/integrations/{helpdesk}", Who::Changer, || put(integrations::save)),
    route(Method::PUT, "/v1/integrations/{helpdesk}/receives", Who::Changer, || put(integrations::receives)),
    route(Method::DELETE, "/v1/integrations/{helpdesk}", Who::Changer, || delete(integrations::disconnect)),
    route(Method::GET, "/v1/notifications", Who::Viewer, || get(notifications::read)),
    route(Method::PUT, "/v1/notifications", Who::Changer, || put(notifications::save)),
    route(Method::GET, "/embed/v1/panel", Who::Viewer, || get(embed::panel)),
    route(Method::POST, "/embed/v1/panel", Who::Changer, || post(embed::submit)),
    route(Method::POST, "/v1/session", Who::Visitor, || post(session::create)),
    route(Method::DELETE, "/v1/session", Who::Visitor, || delete(session::remove)),
    route(Method::GET, "/health/live", Who::Anyone, || get(health::live)),
    route(Method::GET, "/health/ready", Who::Anyone, || get(health::ready)),
    route(Method::GET, "/openapi.json", Who::Anyone, || get(openapi::read)),
];

/// Builds the router of the whole server.
pub fn router(state: Shared) -> Router {
    let mut routes = Router::<Shared>::new();
    for Route { path, who, handler, .. } in TABLE {
        // The last layer sees a request first.
        let people = |handler: MethodRouter<Shared>| {
            handler
                .layer(middleware::from_fn_with_state(state.clone(), viewer::no_forgery))
                .layer(middleware::from_fn_with_state(state.clone(), viewer::identify))
        };
        let handler = handler();
        let handler = match who {
            Who::Anyone | Who::Signer | Who::LinkHolder => handler,
            Who::Visitor => people(handler),
            Who::Viewer => people(handler.layer(middleware::from_fn(viewer::signed_in))),
            Who::Changer => people(handler.layer(middleware::from_fn(viewer::may_change))),
        };
        routes = routes.route(path, handler);
    }
    let dynamic = routes
        .with_state(state.clone())
        .merge(pages::routes(&state))
        .merge(demo::routes(&state))
        .merge(embed::routes(&state))
        .method_not_allowed_fallback(not_allowed);
    let dynamic = match cors(&state) {
        Some(cors) => dynamic.layer(cors),
        None => dynamic,
    };
    dynamic
        // Every shop may call the chat, not only sites that embed the screen.
        .merge(chat::routes().with_state(state.clone()))
        .layer(CompressionLayer::new())
        .fallback_service(state.site.routes(pages::not_found(&state)))
        .layer(middleware::from_fn_with_state(state.clone(), security::demo_host))
        .layer(middleware::from_fn(security::one_host))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), security::headers))
        .layer(middleware::from_fn_with_state(state, trace::requests))
        .layer(middleware::from_fn(drain::requests))
}

/// Lets origins that embed the screen call with a bearer. Cookies are never sent along.
fn cors(state: &Shared) -> Option<CorsLayer> {
    let origins = state.config.embed_origins.clone();
    if origins.is_empty() {
        return None;
    }
    let listed = move |origin: &HeaderValue, _: &Parts| origins.allow(origin.as_bytes());
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(listed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers([header::ETAG, header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_secs(600));
    Some(layer)
}

pub(super) async fn not_allowed() -> ProblemDetails {
    ProblemDetails::new(StatusCode::METHOD_NOT_ALLOWED, NOT_THIS_METHOD)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has logged where it happened; the panic's message may contain anything.
    ProblemDetails::internal("a handler panicked", &"see the panic logged before this line").into_response()
}
