//! Rules that apply to every response.

use crate::support::{TestApp, logged, problem};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn responses_have_strict_headers_and_are_not_cached() {
    let app = TestApp::start().await;
    for path in ["/v1/integrations", "/health/live", "/openapi.json", "/nothing"] {
        let response = app.get(path).send().await.unwrap();
        let headers = response.headers();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value, "{path}");
        }
        assert!(headers.contains_key("permissions-policy"));
        assert!(!headers.contains_key("strict-transport-security"), "only over https");
    }
    let secure = TestApp::start_with(&[("CONVI_PUBLIC_URL", "https://app.example")]).await;
    let response = secure.get("/health/live").send().await.unwrap();
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
}

/// Otherwise links from our own frame, which a dashboard may sandbox, could not open a page.
#[tokio::test]
async fn pages_are_isolated_from_openers_except_our_own() {
    let app = TestApp::start().await;
    for (site, apart) in [
        (Some("cross-site"), true),
        (Some("same-site"), true),
        (Some("none"), true),
        (None, true),
        (Some("same-origin"), false),
    ] {
        let request = app.get("/sign-in");
        let request = match site {
            Some(site) => request.header("sec-fetch-site", site),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers().contains_key("cross-origin-opener-policy"), apart, "{site:?}");
    }
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let app = TestApp::start().await;
    let fresh = app.get("/nothing").send().await.unwrap();
    assert_eq!(fresh.headers()["x-request-id"].len(), 36);
    let given = app.get("/health/live").header("x-request-id", "proxy-1").send().await.unwrap();
    assert_eq!(given.headers()["x-request-id"], "proxy-1");
    let odd = app.get("/health/live").header("x-request-id", "a b").send().await.unwrap();
    assert_eq!(odd.headers()["x-request-id"].len(), 36);
}

#[tokio::test]
async fn wrong_method_is_a_problem() {
    let app = TestApp::start().await;
    for (method, path) in [
        (Method::PATCH, "/v1/integrations/gorgias"),
        (Method::POST, "/health/live"),
        (Method::PUT, "/v1/handovers"),
    ] {
        let response = app.request(method, path).send().await.unwrap();
        assert!(response.headers().contains_key("allow"), "{path}");
        problem(response, 405).await;
    }
}

#[tokio::test]
async fn only_listed_origins_read_responses_and_never_with_cookies() {
    let app = TestApp::start_with(&[("CONVI_EMBED_ORIGINS", "https://host.example")]).await;
    let ask = |origin: &'static str| {
        app.request(Method::OPTIONS, "/v1/integrations/gorgias")
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
    };
    let listed = ask("https://host.example").await.unwrap();
    assert_eq!(listed.headers()["access-control-allow-origin"], "https://host.example");
    assert!(!listed.headers().contains_key("access-control-allow-credentials"));
    let other = ask("https://evil.example").await.unwrap();
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    let read = app.get("/v1/integrations").bearer_auth(app.owner()).header("origin", "https://host.example");
    assert_eq!(read.send().await.unwrap().headers()["access-control-allow-origin"], "https://host.example");
}

#[tokio::test]
async fn log_contains_the_route_and_no_secrets() {
    let app = TestApp::start().await;
    let token = app.owner();
    let session = app.session(&token).await;
    let form = json!({"subdomain": "shop", "username": "jane@shop.example", "api_key": "geheim-key"});
    let path = "/v1/integrations/gorgias/test?token=geheim-query";
    app.post(path).bearer_auth(&token).json(&form).send().await.unwrap();
    app.get("/settings/integrations?x=geheim-query").header("cookie", &session).send().await.unwrap();
    app.get("/v1/handovers/geheim-path").header("cookie", &session).send().await.unwrap();
    app.post("/sign-in").form(&[("token", &token)]).send().await.unwrap();
    app.post("/v1/session").bearer_auth("geheim-token").send().await.unwrap();
    let text = logged();
    // Skip what the test's own HTTP client logs.
    let lines: Vec<_> = text.lines().filter(|line| line.contains("http.answered")).collect();
    let text = lines.join("\n");
    assert_eq!(text.lines().count(), 6, "{text}");
    for part in
        ["/v1/integrations/{helpdesk}/test", "/settings/integrations", "/v1/handovers/{id}", "status=401"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    for secret in ["geheim", "jane@", &token, session.split('=').nth(1).unwrap()] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

/// Returns the server's response to these bytes.
async fn raw(app: &TestApp, request: &[u8]) -> String {
    let address = app.address.strip_prefix("http://").unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn request_must_have_exactly_one_valid_host() {
    let app = TestApp::start().await;
    for (version, hosts, status) in [
        ("1.1", "Host: x.example\r\n", 200),
        ("1.1", "", 400),
        ("1.1", "Host: x.example\r\nHost: x.example\r\n", 400),
        ("1.1", "Host: x.example\r\nHost: y.example\r\n", 400),
        ("1.1", "Host:\r\n", 400),
        ("1.1", "Host: u@x.example\r\n", 400),
        ("1.1", "Host: x.example/y\r\n", 400),
        ("1.0", "", 200),
    ] {
        let request = format!("GET /health/live HTTP/{version}\r\n{hosts}connection: close\r\n\r\n");
        let answer = raw(&app, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/{version} {status} ")), "{hosts}: {answer}");
        assert!(answer.contains("x-request-id: "), "{answer}");
        assert_eq!(answer.contains("application/problem+json"), status == 400, "{answer}");
    }
}

/// Other cookies on the same host and a proxy's Basic credentials may contain any bytes; our cookie is still read.
#[tokio::test]
async fn invalid_bytes_in_other_headers_do_not_end_a_session() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    let session = session.as_str();
    let mut good: Vec<Vec<u8>> = [
        format!("cookie: shop=Zo\u{eb}; {session}"),
        format!("cookie: {session}; a=\u{1f980}"),
        format!("cookie: shop=Zo\u{eb}\r\ncookie: {session}"),
        format!("cookie: a=1;{session};b=2"),
        format!("cookie: {}\"", session.replace('=', "=\"")),
        format!("cookie: convi_session=old; {session}"),
        format!("cookie: {session}\r\nauthorization: Basic Zo\u{eb}"),
        format!("cookie: {session}\r\naccept-language: \u{f1}, de\r\nuser-agent: \u{f1}\r\nreferer: \u{f1}"),
        format!("cookie: {session}\r\nx-request-id: \u{f1}"),
    ]
    .map(String::into_bytes)
    .to_vec();
    good.push([b"cookie: shop=Zo\xeb; ", session.as_bytes()].concat());
    for headers in good {
        let head = b"GET /v1/integrations HTTP/1.1\r\nhost: x.example\r\nconnection: close\r\n";
        let answer = raw(&app, &[&head[..], &headers, b"\r\n\r\n"].concat()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{}: {answer}", String::from_utf8_lossy(&headers));
    }
    for headers in [format!("cookie: x{session}"), format!("cookie: x=\"; {session}x"), String::new()] {
        let request =
            format!("GET /v1/integrations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n\r\n");
        let answer = raw(&app, request.replace("\r\n\r\n\r\n", "\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{headers}: {answer}");
    }
}
