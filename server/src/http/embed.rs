//! The frame in which other sites show the screen. Static, and no cookie is read: who
//! looks is said by the token that the page around sends over its channel.

use super::Shared;
use crate::embed_origins::EmbedOrigins;
use axum::{Router, response::Html, routing::get};
use http::{HeaderName, HeaderValue, header};

const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");

/// Where the frame stands.
pub const FRAME: &str = "/embed/v1/frame";

/// The frame's route.
pub fn routes(state: &Shared) -> Router {
    let origins = &state.config.embed_origins;
    let policy = HeaderValue::from_str(&policy(origins)).unwrap_or(NOBODY);
    let page = state.site.frame().replace("__ORIGINS__", &origins.pattern());
    let frame = async move || {
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy.clone()),
            (super::security::RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
            // A page that is isolated from other origins frames only what says that it is, too.
            (EMBEDDER_POLICY, HeaderValue::from_static("require-corp")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, Html(page.clone()))
    };
    Router::new().route(FRAME, get(frame))
}

/// What a frame may do that nobody may frame.
const NOBODY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// No inline script, no eval, nothing from elsewhere; framed by the listed origins and by nobody else.
fn policy(origins: &EmbedOrigins) -> String {
    let ancestors = if origins.is_empty() { "'none'".to_owned() } else { origins.sources() };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_may_frame_it() {
        let listed = |list: &str| policy(&EmbedOrigins::parse(list).unwrap());
        assert!(listed("").ends_with("frame-ancestors 'none'"));
        assert!(
            listed("https://a.example,https://*.b.example")
                .ends_with(" https://a.example https://*.b.example")
        );
        assert!(!listed("https://a.example").contains("unsafe-inline"));
    }
}
