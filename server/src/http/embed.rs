//! What other sites embed: the frame, and the panel inside it or in the site's own page.
//!
//! The frame is static and reads no cookie: the page around it sends a token over its channel, and with that the panel
//! is requested.

use super::{ProblemDetails, Shared, json, language, pages, viewer::SignedIn};
use crate::embed_origins::EmbedOrigins;
use app::{
    forms::{self, FormOutcome},
    model::CallError,
    panel::{self, Asked},
    routes::INTEGRATIONS,
};
use axum::{
    Router,
    body::Body,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");

/// The frame's path.
pub const FRAME: &str = "/embed/v1/frame";

/// Returns the frame's route.
pub fn routes(state: &Shared) -> Router {
    let origins = &state.config.embed_origins;
    let page = state.site.frame().replace("__ORIGINS__", &origins.pattern());
    let policy = HeaderValue::from_str(&policy(origins, &page)).unwrap_or(NOBODY);
    let etag = json::etag_of(page.as_bytes()).ok();
    let frame = async move |request: HeaderMap| {
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy.clone()),
            (super::security::RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
            // A page with cross-origin isolation frames only documents that are isolated too.
            (EMBEDDER_POLICY, HeaderValue::from_static("require-corp")),
        ];
        let answer = match &etag {
            Some(etag) if json::has(&request, etag) => json::unchanged(etag.clone()),
            Some(etag) => json::with_etag(Html(page.clone()).into_response(), etag.clone()),
            None => Html(page.clone()).into_response(),
        };
        (headers, answer)
    };
    Router::new().route(FRAME, get(frame))
}

/// How the panel should look.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct PanelLook {
    /// `light` or `dark`; any other value follows the page around it.
    theme: Option<String>,
}

impl PanelLook {
    fn theme(&self) -> Option<&'static str> {
        ["light", "dark"].into_iter().find(|known| self.theme.as_deref() == Some(known))
    }
}

/// Returns the panel as HTML.
#[utoipa::path(
    get, path = "/embed/v1/panel", tag = "embed", security(("token" = []), ("session" = [])),
    params(PanelLook, ("accept-language" = Option<String>, Header, description = "The panel's language: English, German or French.")),
    responses((status = 200, description = "The panel, its dialogs and the data of its module.", body = String, content_type = "text/html"))
)]
pub async fn panel(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Query(look): Query<PanelLook>,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let asked = Asked {
        viewer: &viewer,
        language: language::of(&headers),
        theme: look.theme(),
        base: state.public_url.origin(),
        done: None,
        event: None,
    };
    rendered(&state, asked).await
}

/// Submits a form of the panel and returns the panel afterwards.
///
/// The status is always 200, because browsers log any other in the console of the page around it.
#[utoipa::path(
    post, path = "/embed/v1/panel", tag = "embed", security(("token" = []), ("session" = [])),
    params(PanelLook, ("accept-language" = Option<String>, Header, description = "The panel's language: English, German or French.")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "The fields of the form."),
    responses(
        (status = 200, description = "The panel, which says what was done or what is wrong.", body = String, content_type = "text/html"),
    )
)]
pub async fn submit(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Query(look): Query<PanelLook>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let fields = pages::fields(&headers, body).await?;
    let (backend, chat) = (&*state.services.backend, &*state.services.chat);
    let done = forms::carry_out(backend, chat, &viewer, INTEGRATIONS, fields.clone()).await;
    let retry_after = done.as_ref().err().and_then(FormOutcome::error).and_then(CallError::retry_after);
    let asked = Asked {
        viewer: &viewer,
        language: language::of(&headers),
        theme: look.theme(),
        base: state.public_url.origin(),
        event: forms::event(&fields, &done),
        done: Some(done),
    };
    let mut response = rendered(&state, asked).await?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

async fn rendered(state: &Shared, asked: Asked<'_>) -> Result<Response, ProblemDetails> {
    let html = panel::render(&*state.services.backend, &*state.services.chat, asked).await?;
    Ok(([(header::VARY, language::VARY)], Html(html)).into_response())
}

/// The policy of a frame that no site may embed.
const NOBODY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Allows the page's own inline script by its hash, no eval and nothing from elsewhere; only the listed origins may frame it.
fn policy(origins: &EmbedOrigins, page: &str) -> String {
    let script =
        script_of(page).map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
    let script = script.unwrap_or_default();
    let ancestors = if origins.is_empty() { "'none'".to_owned() } else { origins.sources() };
    format!(
        "default-src 'none'; script-src 'self'{script} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}

/// Returns the content of the page's script element.
fn script_of(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<script")?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once("</script>").map(|(script, _)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_script_is_named_by_its_hash() {
        // As `openssl dgst -sha256 -binary | base64` has it of `alert(1)`.
        let page = "<meta><script type=\"module\">alert(1)</script><p>";
        let hash = " 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' ";
        assert!(policy(&EmbedOrigins::default(), page).contains(hash));
    }

    #[test]
    fn only_listed_origins_may_frame_it() {
        let listed = |list: &str| policy(&EmbedOrigins::parse(list).unwrap(), "<p>");
        assert!(listed("").ends_with("frame-ancestors 'none'"));
        assert!(
            listed("https://a.example,https://*.b.example")
                .ends_with(" https://a.example https://*.b.example")
        );
        assert!(!listed("https://a.example").contains("unsafe-inline"));
    }
}
