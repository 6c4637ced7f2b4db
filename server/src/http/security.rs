//! Headers that turn off browser features our pages do not need, and the check against forged changes.

use super::{
    ProblemDetails, Shared, sent,
    sentences::{DEMO_HOST, ONE_HOST, OTHER_SITE},
};
use crate::origin::PublicUrl;
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version, header, uri::Authority};
use std::{net::IpAddr, sync::Arc};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// The policy of every response that is not a page: everything is forbidden.
const CLOSED_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The headers of every answer. `same-origin` and not `no-referrer`, with which browsers post forms with `Origin: null`.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Isolates a page from the window that opened it, unless that is ours: browsers refuse to show a page with this policy
/// when a sandboxed frame opens it, such as ours in a dashboard.
const OPENER_POLICY: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));

/// Which sites may load an answer. Files for storefronts set it themselves (`assets.rs`).
pub const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Returns the policy of a page whose scripts carry this nonce.
fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The nonce of this answer's scripts, in the request's extensions.
#[derive(Clone)]
pub struct PageNonce(pub Arc<str>);

/// Gives the request a nonce, and the answer the policy with it if it is a page.
pub async fn page_headers(State(state): State<Shared>, mut request: Request, next: Next) -> Response {
    let mut random = [0; 16];
    state.world.entropy.fill(&mut random);
    let nonce: Arc<str> = URL_SAFE_NO_PAD.encode(random).into();
    request.extensions_mut().insert(PageNonce(nonce.clone()));
    let mut response = next.run(request).await;
    if is_page(response.headers())
        && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce))
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response.headers_mut().append(header::VARY, super::language::VARY);
        return marked(response).await;
    }
    response
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Rejects requests without exactly one valid host (RFC 9112 section 3.2): a proxy in front may have read a different
/// one. HTTP/1.0 has no hosts.
pub async fn one_host(request: Request, next: Next) -> Response {
    if request.version() == Version::HTTP_11 && !has_one_host(request.headers()) {
        return ProblemDetails::new(StatusCode::BAD_REQUEST, ONE_HOST).into_response();
    }
    next.run(request).await
}

fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    Authority::try_from(host.as_bytes()).is_ok_and(|host| !host.as_str().contains('@'))
}

/// Adds the digest of a page to it.
async fn marked(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // A page is rendered completely before it is sent, so nothing is held back here.
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            let body = match std::str::from_utf8(&bytes) {
                Ok(html) => Body::from(sent::marked(html).into_owned()),
                Err(_) => Body::from(bytes),
            };
            Response::from_parts(parts, body)
        }
        Err(error) => {
            ProblemDetails::internal("a page could not be rendered completely", &error).into_response()
        }
    }
}

/// Sets the headers that an answer has not set itself.
pub async fn headers(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let opened_by_us = request.headers().get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let apart = (!opened_by_us).then_some(OPENER_POLICY);
    for (name, value) in ALWAYS.into_iter().chain(apart) {
        headers.insert(name, value);
    }
    if state.public_url.is_https() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(RESOURCE_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CLOSED_POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if is_page(headers) {
        // A page that a proxy rewrites no longer matches what the module expects.
        let kept = headers.get_all(header::CACHE_CONTROL).iter().map(HeaderValue::as_bytes);
        let all = [&kept.collect::<Vec<_>>().join(&b", "[..])[..], b"no-transform"].join(&b", "[..]);
        if let Ok(value) = HeaderValue::from_bytes(&all) {
            headers.insert(header::CACHE_CONTROL, value);
        }
    }
    response
}

/// Rejects changes that another site makes a browser send. The public URL counts as our own, because a proxy may have
/// rewritten `Host`.
pub fn csrf(public_url: &PublicUrl) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new();
    // The origin from the settings is always valid; if it were not, nothing more would be trusted.
    let layer = layer.clone().add_trusted_origin(public_url.origin()).unwrap_or(layer);
    layer.with_rejection_response(|_| ProblemDetails::new(StatusCode::FORBIDDEN, OTHER_SITE).into_response())
}

/// Rejects other hosts in the demo, where everyone is signed in: otherwise a site that points its own name at 127.0.0.1
/// would get in.
pub async fn demo_host(State(state): State<Shared>, request: Request, next: Next) -> Response {
    if state.config.demo && !is_loopback_host(request.uri(), request.headers()) {
        return ProblemDetails::new(StatusCode::FORBIDDEN, DEMO_HOST).into_response();
    }
    next.run(request).await
}

fn is_loopback_host(uri: &Uri, headers: &HeaderMap) -> bool {
    let from_header = || headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let Some(authority) = uri.authority().cloned().or_else(from_header) else {
        return false;
    };
    let host = authority.host();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_must_have_one_valid_host() {
        let check = |hosts: &[&[u8]]| {
            let hosts = hosts.iter().map(|host| (header::HOST, HeaderValue::from_bytes(host).unwrap()));
            let mut headers = HeaderMap::new();
            hosts.for_each(|(name, value)| {
                headers.append(name, value);
            });
            has_one_host(&headers)
        };
        for good in [&b"x.example"[..], b"x.example:81", b"127.0.0.1", b"[::1]:80"] {
            assert!(check(&[good]), "{good:?}");
        }
        for bad in [&b""[..], b"x y", b"u@x.example", b"x.example/path", b"x\xff", b"x:port:1"] {
            assert!(!check(&[bad]), "{bad:?}");
        }
        assert!(!check(&[]));
        assert!(!check(&[b"x.example", b"x.example"]));
    }

    #[test]
    fn only_local_names_are_loopback() {
        let check = |host: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
            is_loopback_host(&Uri::from_static("/"), &headers)
        };
        for good in ["localhost", "LOCALHOST:3000", "127.0.0.1", "127.1.2.3:80", "[::1]:3000"] {
            assert!(check(good), "{good}");
        }
        for bad in
            ["evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "10.0.0.1", "x@localhost", "", "[::2]"]
        {
            assert!(!check(bad), "{bad}");
        }
        assert!(!is_loopback_host(&Uri::from_static("/"), &HeaderMap::new()));
        assert!(!is_loopback_host(&Uri::from_static("http://evil.com/"), &HeaderMap::new()));
    }
}
