//! `/chat/v1`: any origin may read it, the token alone says who it is.

use crate::support::{TestApp, logged};
use reqwest::Method;
use serde_json::{Value, json};

async fn token(app: &TestApp) -> String {
    let answer = app.post("/chat/v1/visitors").json(&json!({"merchant": "m1"})).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_visitor_says_something_and_reads_it() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    let new = app.get("/chat/v1/conversation").bearer_auth(&token).send().await.unwrap();
    assert_eq!(new.json::<Value>().await.unwrap()["state"], "new");
    let said = app
        .post("/chat/v1/messages?after=0")
        .bearer_auth(&token)
        .header("origin", "https://shop.example")
        .json(&json!({"id": "k1", "text": "Hello", "page_url": "https://shop.example/", "context": {}}))
        .send()
        .await
        .unwrap();
    assert_eq!(said.status(), 200);
    assert_eq!(said.headers()["access-control-allow-origin"], "*");
    assert!(said.headers().get("access-control-allow-credentials").is_none());
    assert_eq!(said.json::<Value>().await.unwrap()["messages"][0]["id"], "k1");
    let read = app.get("/chat/v1/conversation").bearer_auth(&token).send().await.unwrap();
    let etag = read.headers()["etag"].clone();
    let again = app
        .get("/chat/v1/conversation")
        .bearer_auth(&token)
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

/// A browser asks before each call from a shop's own site; whoever may embed the screen is another matter.
#[tokio::test]
async fn a_browser_on_a_shops_own_site_is_let_through() {
    let nobody_embeds: &[(&str, &str)] = &[];
    for settings in [nobody_embeds, &[("CONVI_EMBED_ORIGINS", "https://host.example")]] {
        let app = TestApp::start_with(settings).await;
        for (method, path) in [
            ("POST", "/chat/v1/visitors"),
            ("GET", "/chat/v1/conversation?after=0"),
            ("POST", "/chat/v1/messages?after=0"),
            ("POST", "/chat/v1/email?after=0"),
        ] {
            let answer = app
                .request(Method::OPTIONS, path)
                .header("origin", "https://shop.example")
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization,content-type,if-none-match")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
            let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap();
            for name in ["authorization", "content-type", "if-none-match"] {
                assert!(allowed.contains(name), "{path}: {allowed}");
            }
        }
        let put = app.put("/chat/v1/messages").header("origin", "https://shop.example").send().await.unwrap();
        assert_eq!(put.headers()["access-control-allow-origin"], "*");
        crate::support::problem(put, 405).await;
    }
}

#[tokio::test]
async fn nobody_and_dashboard_tokens_and_cookies_are_no_visitors() {
    let app = TestApp::start().await;
    let cookie = app.session(&app.owner()).await;
    for request in [
        app.get("/chat/v1/conversation"),
        app.get("/chat/v1/conversation").header("cookie", &cookie),
        app.get("/chat/v1/conversation").bearer_auth(app.owner()),
        app.get("/chat/v1/conversation").bearer_auth("guessed"),
        app.post("/chat/v1/messages").json(&json!({"id": "k", "text": "x"})),
        app.post("/chat/v1/email").json(&json!({"email": "jane@example.com"})),
        app.post("/chat/v1/email").json(&json!({"email": null})),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    for (path, body, field) in [
        ("/chat/v1/messages", json!({"id": "k", "text": ""}), "text"),
        ("/chat/v1/messages", json!({"id": "k"}), "text"),
        ("/chat/v1/messages", json!({"id": "k", "text": "x", "more": 1}), "more"),
        ("/chat/v1/messages?after=x", json!({"id": "k", "text": "x"}), "after"),
        ("/chat/v1/email", json!({"email": "nobody"}), "email"),
        ("/chat/v1/email", json!({}), "email"),
        ("/chat/v1/email", json!({"email": null, "more": 1}), "more"),
    ] {
        let answer = app.post(path).bearer_auth(&token).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path} {body}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let nobody = app.post("/chat/v1/visitors").json(&json!({"merchant": "a b"})).send().await.unwrap();
    assert_eq!(nobody.status(), 400);
}

#[tokio::test]
async fn not_now_is_a_null_and_may_be_sent_again() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    let refuses = || app.post("/chat/v1/email").bearer_auth(&token).json(&json!({"email": null})).send();
    // Nothing was said yet: there is nothing to refuse, and nothing is begun by it.
    assert_eq!(refuses().await.unwrap().json::<Value>().await.unwrap()["state"], "new");
    let ask = json!({"id": "k1", "text": "Where is my order?"});
    let asked = app.post("/chat/v1/messages").bearer_auth(&token).json(&ask).send().await.unwrap();
    let asked: Value = asked.json().await.unwrap();
    assert_eq!(asked["needs_email"], true, "{asked}");
    for _ in 0..2 {
        let refused = refuses().await.unwrap();
        assert_eq!(refused.status(), 200);
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["needs_email"], false);
        assert_eq!(refused["messages"], asked["messages"], "nothing is said");
    }
}

/// How many of these new visitors are let in, each with its `X-Forwarded-For`.
async fn let_in(app: &TestApp, forwarded: impl IntoIterator<Item = String>) -> usize {
    let mut count = 0;
    for forwarded in forwarded {
        let request = app.post("/chat/v1/visitors").json(&json!({"merchant": "m1"}));
        let answer = request.header("x-forwarded-for", forwarded).send().await.unwrap();
        assert!([201, 429].contains(&answer.status().as_u16()), "{answer:?}");
        count += usize::from(answer.status() == 201);
    }
    count
}

#[tokio::test]
async fn a_client_is_whom_a_trusted_proxy_names_however_it_writes_it() {
    let app = TestApp::start().await;
    let ports = (0..40).map(|port| format!("203.0.113.7:{}", 5_000 + port));
    assert_eq!(let_in(&app, ports).await, 20);
    // The same, mapped; others are others.
    assert_eq!(let_in(&app, ["::ffff:203.0.113.7".into(), "203.0.113.8".into()]).await, 1);
    let of_a_64 = (0..199).map(|host| format!("[2001:db8::{host:x}]:443"));
    assert_eq!(let_in(&app, of_a_64).await, 20);
    assert_eq!(let_in(&app, ["2001:db8:0:1::1".into()]).await, 1);
    let made_up = (0..40).map(|n| format!("198.51.100.{n}, 192.0.2.9"));
    assert_eq!(let_in(&app, made_up).await, 20);
    let nonsense = (0..40).map(|n| format!("198.51.100.{n}, unknown"));
    assert_eq!(let_in(&app, nonsense).await, 20);
}

#[tokio::test]
async fn nobody_is_believed_who_is_not_trusted() {
    let app = TestApp::start_with(&[("CONVI_TRUSTED_PROXIES", "none")]).await;
    assert_eq!(let_in(&app, (0..40).map(|n| format!("198.51.100.{n}"))).await, 20);
    let app = TestApp::start_with(&[("CONVI_TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")]).await;
    assert_eq!(let_in(&app, (0..40).map(|n| format!("198.51.100.{n}, 192.0.2.9, 10.0.0.2"))).await, 20);
}

/// All shoppers would look like one: what an address may do must not stop them, and the log says what is missing.
#[tokio::test]
async fn behind_a_proxy_that_names_nobody_shoppers_do_not_share_one_limit() {
    let app = TestApp::start_with(&[("CONVI_PUBLIC_URL", "https://chat.example")]).await;
    for _ in 0..100 {
        token(&app).await;
    }
    assert_eq!(logged().matches("chat.proxy_names_nobody").count(), 1);
}
