//! `/embed/v1` and what other sites may do: frame the screen and call it with a bearer, if they are listed, and nothing else.

use crate::support::TestApp;
use reqwest::Method;

const HOST: (&str, &str) = ("CONVI_EMBED_ORIGINS", "https://host.example,https://other.example");

#[tokio::test]
async fn the_frame_may_be_framed_by_who_is_listed_and_does_little_itself() {
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
    let html = answer.text().await.unwrap();
    assert!(html.contains("content=\"https://host.example https://other.example\""), "{html}");
}

#[tokio::test]
async fn nobody_is_listed_nobody_frames() {
    let app = TestApp::start().await;
    let answer = app.get("/embed/v1/frame").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn no_page_of_the_app_is_ever_framed() {
    let app = TestApp::start_with(&[HOST]).await;
    for path in ["/sign-in", "/settings/integrations", "/v1/integrations", "/health/live"] {
        let answer = app.get(path).header("accept", "text/html").send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn a_listed_origin_may_ask_and_no_other_and_never_with_a_cookie() {
    let app = TestApp::start_with(&[HOST]).await;
    for (origin, listed) in [("https://host.example", true), ("https://evil.example", false), ("null", false)]
    {
        for path in ["/api/integrations/save", "/v1/handovers?limit=10"] {
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
async fn what_is_loaded_to_embed_it_may_be_read_from_anywhere() {
    let app = TestApp::start().await;
    for path in ["/embed/v1/convi-integrations.js", "/pkg/app-1.css"] {
        let answer = app.get(path).header("origin", "https://any.example").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin", "{path}");
    }
}
