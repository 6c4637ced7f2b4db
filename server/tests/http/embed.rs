//! `/embed/v1` and cross-origin access: listed sites can frame the screen and call it with a bearer token; nothing else
//! is allowed.

use crate::support::{TestApp, problem};
use app::model::Role;
use reqwest::Method;

const HOST: (&str, &str) = ("CONVI_EMBED_ORIGINS", "https://host.example,https://other.example");

#[tokio::test]
async fn frame_can_be_framed_by_listed_origins_and_has_a_strict_policy() {
    let app = TestApp::start_with(&[HOST]).await;
    let answer = app.get("/embed/v1/frame").header("cookie", "convi_session=x").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors https://host.example https://other.example"), "{policy}");
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"));
    for never in ["unsafe-inline", "'unsafe-eval'", "*", "http:"] {
        assert!(!policy.contains(never), "{policy}");
    }
    assert!(headers.get("set-cookie").is_none());
    // A cross-origin isolated page can frame it.
    assert_eq!(headers["cross-origin-embedder-policy"], "require-corp");
    assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    let html = answer.text().await.unwrap();
    assert!(html.contains(r#"content="^(https://host\.example|https://other\.example)$""#), "{html}");
}

#[tokio::test]
async fn wildcard_allows_every_subdomain_and_no_other_site() {
    let app = TestApp::start_with(&[("CONVI_EMBED_ORIGINS", "https://*.example.com")]).await;
    let frame = app.get("/embed/v1/frame").send().await.unwrap();
    let policy = frame.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors https://*.example.com"), "{policy}");
    for (origin, listed) in [
        ("https://shop.example.com", true),
        ("https://a.b.example.com", true),
        ("https://example.com", false),
        ("https://evil-example.com", false),
        ("https://shop.example.com:8443", false),
        ("http://shop.example.com", false),
        ("https://shop.example.com.evil.example", false),
    ] {
        let answer = app
            .get("/v1/integrations")
            .bearer_auth(app.owner())
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        let allowed = answer.headers().get("access-control-allow-origin").is_some_and(|it| it == origin);
        assert_eq!(allowed, listed, "{origin}");
        assert!(vary(&answer).contains("origin"), "{origin}");
    }
}

#[tokio::test]
async fn frame_cannot_be_framed_if_no_origin_is_listed() {
    let app = TestApp::start().await;
    let answer = app.get("/embed/v1/frame").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn app_pages_cannot_be_framed() {
    let app = TestApp::start_with(&[HOST]).await;
    for path in ["/sign-in", "/settings/integrations", "/v1/integrations", "/health/live"] {
        let answer = app.get(path).header("accept", "text/html").send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn only_listed_origins_pass_the_preflight_and_never_with_cookies() {
    let app = TestApp::start_with(&[HOST]).await;
    for (origin, listed) in [("https://host.example", true), ("https://evil.example", false), ("null", false)]
    {
        for path in ["/api/integrations/save", "/v1/handovers?limit=10", "/embed/v1/panel"] {
            let answer = app
                .request(Method::OPTIONS, path)
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type,if-none-match")
                .send()
                .await
                .unwrap();
            let headers = answer.headers();
            let allowed = headers.get("access-control-allow-origin").is_some_and(|it| it == origin);
            assert_eq!(allowed, listed, "{origin} {path}");
            assert!(headers.get("access-control-allow-credentials").is_none(), "{origin} {path}");
        }
    }
}

#[tokio::test]
async fn embed_files_can_be_read_from_any_origin() {
    let app = TestApp::start().await;
    for path in ["/embed/v1/convi-integrations.js", "/pkg/app-1.css"] {
        let answer = app.get(path).header("origin", "https://any.example").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin", "{path}");
    }
}

#[tokio::test]
async fn frame_is_the_same_for_everyone_and_has_no_inline_code() {
    let app = TestApp::start_with(&[HOST]).await;
    let session = app.session(&app.owner()).await;
    let mut seen = Vec::new();
    for request in [
        app.get("/embed/v1/frame"),
        app.get("/embed/v1/frame").header("cookie", &session),
        app.get("/embed/v1/frame").bearer_auth(app.owner()),
        app.get("/embed/v1/frame?theme=<script>").bearer_auth("bad"),
        app.get("/embed/v1/frame").header("origin", "https://evil.example"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("cache-control", "no-cache, no-transform"),
        ] {
            assert_eq!(answer.headers()[name], value, "{name}");
        }
        assert!(answer.headers().contains_key("permissions-policy"));
        // This header would block every host, listed or not.
        for absent in
            ["set-cookie", "x-frame-options", "access-control-allow-origin", "server", "x-powered-by"]
        {
            assert!(!answer.headers().contains_key(absent), "{absent}");
        }
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        for part in ["connect-src 'self';", "form-action 'self';", "base-uri 'none';"] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        seen.push(answer.text().await.unwrap());
    }
    seen.dedup();
    let [html] = &seen[..] else { panic!("{seen:?}") };
    for never in ["style=", "<style", " onload=", " onclick=", "javascript:", "m1"] {
        assert!(!html.contains(never), "{never}: {html}");
    }
    for script in html.split("<script").skip(1) {
        assert!(script.contains("src=") && script.contains("></script>"), "{script}");
    }
}

#[tokio::test]
async fn preflight_allows_only_what_the_screen_needs() {
    let app = TestApp::start_with(&[HOST]).await;
    let answer = app
        .request(Method::OPTIONS, "/api/integrations/save")
        .header("origin", "https://host.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,cookie,x-anything")
        .send()
        .await
        .unwrap();
    for (name, value) in [
        ("access-control-allow-origin", "https://host.example"),
        ("access-control-allow-methods", "GET,POST,PUT,DELETE"),
        ("access-control-allow-headers", "accept,authorization,content-type,if-none-match"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert!(vary(&answer).contains("origin"), "{:?}", answer.headers());
    assert!(!answer.headers().contains_key("access-control-allow-private-network"));
    assert_eq!(app.calls(), [] as [&str; 0]);
}

#[tokio::test]
async fn panel_is_html_in_the_readers_language() {
    let app = TestApp::start_with(&[HOST]).await;
    let ask = |path: &str| app.get(path).bearer_auth(app.owner()).header("origin", "https://host.example");
    let answer = ask("/embed/v1/panel").header("accept-language", "de-AT").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store, no-transform"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("access-control-allow-origin", "https://host.example"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert!(vary(&answer).contains("accept-language") && vary(&answer).contains("origin"));
    assert!(!answer.headers().contains_key("set-cookie"));
    let html = answer.text().await.unwrap();
    for part in [
        r#"<div lang="de" class="convi">"#,
        "Nicht verbunden",
        r#"<template data-open="connect=gorgias">"#,
        r#"<script type="application/json">{"first":""#,
        // Links out of the panel are absolute, wherever the panel is embedded.
        &format!(r#"href="{}/settings/integrations/handovers""#, app.address),
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    for never in ["style=", "<style", " onload=", " onclick=", "javascript:", "nonce", " autofocus"] {
        assert!(!html.contains(never), "{never}: {html}");
    }
    let dark = ask("/embed/v1/panel?theme=dark").send().await.unwrap().text().await.unwrap();
    assert!(dark.contains(r#"<div lang="en" data-theme="dark" class="convi">"#), "{dark}");
    let other = ask("/embed/v1/panel?theme=%22onload").send().await.unwrap().text().await.unwrap();
    assert!(other.contains(r#"<div lang="en" class="convi">"#), "{other}");
}

#[tokio::test]
async fn panel_shows_its_own_merchant_and_is_read_only_for_members() {
    let app = TestApp::start_with(&[HOST]).await;
    let panel = async |merchant: &str, role: Role| {
        let answer = app.get("/embed/v1/panel").bearer_auth(app.token(merchant, role)).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let (own, other) = (panel("m1", Role::Owner).await, panel("m2", Role::Owner).await);
    assert!(own.contains("Billing") && !other.contains("Billing"), "{own} {other}");
    let looks = panel("m1", Role::Member).await;
    assert!(looks.contains("Only owners and admins can change it."));
    assert!(!looks.contains("<dialog"), "{looks}");
    assert_eq!(
        app.calls().into_iter().filter(|call| call.starts_with("integrations")).collect::<Vec<_>>(),
        ["integrations of m1", "integrations of m2", "integrations of m1"]
    );
}

#[tokio::test]
async fn panel_form_returns_the_panel_without_the_key() {
    let app = TestApp::start_with(&[HOST]).await;
    let post = async |intent: &str, subdomain: &str, key: &str| {
        let fields = [
            ("helpdesk", "gorgias"),
            ("subdomain", subdomain),
            ("username", "jane@shop.example"),
            ("api_key", key),
            ("intent", intent),
        ];
        let request = app.post("/embed/v1/panel").bearer_auth(app.owner()).form(&fields);
        let answer = request.header("origin", "https://host.example").send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://host.example");
        assert_eq!(answer.status(), 200);
        let html = answer.text().await.unwrap();
        assert!(!html.contains(&format!("\"{key}\"")), "{html}");
        html
    };
    for (intent, subdomain, key, said, event) in [
        (
            "test",
            "shop",
            "good",
            "Connection successful!",
            r#""event":["test-result",{"helpdesk":"gorgias","ok":true}]"#,
        ),
        (
            "test",
            "shop",
            "bad-key",
            "Connection failed. Please check your credentials and try again.",
            r#""event":["test-result",{"helpdesk":"gorgias","ok":false,"problem":"bad_credentials"}]"#,
        ),
        (
            "save",
            "shop",
            "good",
            "Helpdesk integration saved successfully.",
            r#""event":["connected",{"helpdesk":"gorgias"}]"#,
        ),
        ("save", "shop", "bad-key", "Connection failed.", r#""open":"connect=gorgias"}"#),
        ("test", "evil.com#", "bad-key", "aria-invalid=\"true\"", r#""open":"connect=gorgias"}"#),
        (
            "disconnect",
            "",
            "unsent",
            "Gorgias integration disconnected successfully.",
            r#""event":["disconnected",{"helpdesk":"gorgias"}]"#,
        ),
    ] {
        let html = post(intent, subdomain, key).await;
        assert!(html.contains(said), "{said} in {html}");
        assert!(html.contains(event), "{event} in {html}");
    }
    // Pasted values are shown as they were parsed.
    let html = post("test", "https://Shop.gorgias.com/app", "good").await;
    assert!(html.contains(r#"value="shop""#), "{html}");
}

/// Returns all `Vary` headers of a response.
fn vary(answer: &reqwest::Response) -> String {
    let all = answer.headers().get_all("vary").iter();
    all.map(|value| value.to_str().unwrap().to_lowercase()).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn only_the_listed_origin_can_read_responses() {
    let app = TestApp::start_with(&[HOST]).await;
    let from = |origin: &'static str| {
        app.post("/api/integrations/list")
            .json(&serde_json::json!({}))
            .bearer_auth(app.owner())
            .header("origin", origin)
            .send()
    };
    for origin in ["https://host.example", "https://other.example"] {
        let answer = from(origin).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["access-control-allow-origin"], origin);
        assert!(answer.headers()["access-control-expose-headers"].to_str().unwrap().contains("etag"));
        assert!(vary(&answer).contains("origin"));
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        assert!(!answer.headers().contains_key("set-cookie"), "a bearer token starts no session");
    }
    for origin in [
        "http://host.example",
        "https://host.example:8443",
        "https://host.example.evil.example",
        "https://evil.host.example",
        "https://host.example.",
        "https://evilhost.example",
        "null",
        "https://host.example,https://other.example",
    ] {
        let answer = from(origin).await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
        assert!(vary(&answer).contains("origin"), "caches must not reuse this response for a listed origin");
    }
    // Rejections must be readable too, or the panel could not tell an expired token from a broken network.
    let refused =
        app.post("/api/integrations/list").bearer_auth("bad").header("origin", "https://host.example");
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://host.example");
    problem(refused, 401).await;
}

#[tokio::test]
async fn listed_origin_with_a_cookie_is_treated_as_another_site() {
    let app = TestApp::start_with(&[HOST]).await;
    let session = app.session(&app.owner()).await;
    let before = app.calls();
    let form = serde_json::json!({"helpdesk": "gorgias"});
    for (site, method, path) in [
        ("cross-site", Method::POST, "/api/integrations/disconnect"),
        ("same-site", Method::POST, "/api/integrations/disconnect"),
        ("same-site", Method::DELETE, "/v1/integrations/gorgias"),
        ("same-site", Method::POST, "/settings/integrations"),
    ] {
        for with_site in [true, false] {
            let request = app.request(method.clone(), path).json(&form).header("cookie", &session);
            let request = request.header("origin", "https://host.example");
            let request = if with_site { request.header("sec-fetch-site", site) } else { request };
            problem(request.send().await.unwrap(), 403).await;
        }
    }
    assert_eq!(app.calls(), before);
    let read =
        app.get("/v1/integrations").header("cookie", &session).header("origin", "https://host.example");
    let read = read.send().await.unwrap();
    assert!(
        !read.headers().contains_key("access-control-allow-credentials"),
        "browsers hide it from the page"
    );
}

#[tokio::test]
async fn without_listed_origins_no_response_is_readable_cross_origin() {
    let app = TestApp::start().await;
    for path in ["/v1/integrations", "/health/live", "/embed/v1/frame", "/settings/integrations", "/nothing"]
    {
        let answer = app.get(path).bearer_auth(app.owner()).header("origin", "https://host.example");
        let answer = answer.send().await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{path}");
    }
}
