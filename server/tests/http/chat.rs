//! `/chat/v1`: any origin can read it; only the token identifies the visitor.

use crate::support::{TestApp, logged};
use reqwest::Method;
use serde_json::{Value, json};

async fn token(app: &TestApp) -> String {
    let answer = app.post("/chat/v1/visitors").json(&json!({"merchant": "m1"})).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn visitor_posts_and_reads_messages() {
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

/// A browser on a shop's own site sends a preflight before each call. This is independent of which sites may embed the
/// screen.
#[tokio::test]
async fn browser_on_a_shops_own_site_passes_the_preflight() {
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
async fn missing_token_dashboard_token_and_cookie_are_rejected() {
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
async fn invalid_field_is_named() {
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
async fn not_now_is_a_null_and_can_be_repeated() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    let refuses = || app.post("/chat/v1/email").bearer_auth(&token).json(&json!({"email": null})).send();
    // There are no messages yet: nothing can be declined, and this does not create a conversation.
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
        assert_eq!(refused["messages"], asked["messages"], "no message is added");
    }
}

/// Invalid optional fields never keep a shopper from writing; the response tells the page's developer what was left
/// out.
#[tokio::test]
async fn invalid_optional_fields_do_not_reject_a_message() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    for (n, (optional, warned)) in [
        (r#""page_url": 5"#, vec![]),
        (r#""page_url": {"a": 1, "b": 2}"#, vec!["page_url"]),
        (r#""context": {"order_number": 1042}"#, vec![]),
        (r#""context": {"cart": [{"title": "Birthday \ud83c"}]}"#, vec!["body"]),
        (r#""context": "x""#, vec!["context"]),
        (r#""context": []"#, vec![]),
        (r#""context": {"cart": [{"title": null}]}"#, vec!["context.cart[0].title"]),
        (r#""context": {"order_number": false}"#, vec!["context.order_number"]),
        (r#""context": {"unknown": 1, "custom": {"plan": ["a", {"b": 1, "c": 2}]}}"#, vec![]),
        (r#""context": {"cart": true, "custom": 1e999}"#, vec!["context.cart"]),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"id": "k{n}", "text": "Hello", {optional}}}"#);
        let say = || {
            let request =
                app.post("/chat/v1/messages").bearer_auth(&token).header("content-type", "application/json");
            request.body(body.clone()).send()
        };
        for _ in 0..2 {
            let answer = say().await.unwrap();
            assert_eq!(answer.status(), 200, "{optional}");
            let answer: Value = answer.json().await.unwrap();
            let named = answer["warnings"].as_array().map_or_else(Vec::new, |all| {
                all.iter().map(|warning| warning["field"].as_str().unwrap().to_owned()).collect()
            });
            assert_eq!(named, warned, "{optional}");
        }
    }
    let read = app.get("/chat/v1/conversation").bearer_auth(&token).send().await.unwrap();
    assert!(read.json::<Value>().await.unwrap().get("warnings").is_none());
}

#[tokio::test]
async fn unreadable_message_is_rejected_like_an_empty_one() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    for text in ["", " ", "\u{200b}", "\u{3164}\u{feff}\u{2800}", "\u{202e}", "\u{e0061}"] {
        let body = json!({"id": "k", "text": text});
        let answer = app.post("/chat/v1/messages").bearer_auth(&token).json(&body).send().await.unwrap();
        let problem = crate::support::problem(answer, 400).await;
        assert_eq!(problem["errors"][0]["field"], "text", "{text:?}");
    }
    let half = r#"{"id": "k", "text": "\ud83d"}"#;
    let answer = app.post("/chat/v1/messages").bearer_auth(&token).body(half).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["messages"][0]["text"], "\u{fffd}");
}

#[tokio::test]
async fn type_errors_use_json_terms() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    for (path, body, field, message) in [
        ("messages", json!([]), "body", "This must be an object."),
        ("messages", json!({"id": "k", "text": {}}), "text", "This must be text."),
        ("email", json!({"email": 5}), "email", "This must be text."),
        ("email", json!("x"), "body", "This must be an object."),
        ("email", json!(["jane@example.com"]), "body", "This must be an object."),
        ("email", json!([null]), "body", "This must be an object."),
        ("visitors", json!(["m1"]), "body", "This must be an object."),
    ] {
        let answer =
            app.post(&format!("/chat/v1/{path}")).bearer_auth(&token).json(&body).send().await.unwrap();
        let problem = crate::support::problem(answer, 400).await;
        let wrong = &problem["errors"][0];
        assert_eq!((&wrong["field"], &wrong["message"]), (&json!(field), &json!(message)), "{path} {body}");
        assert_eq!(wrong["code"], "json.must_be", "{path} {body}");
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{path} {body}");
    }
}

#[tokio::test]
async fn token_scheme_is_case_insensitive() {
    let app = TestApp::start().await;
    let token = token(&app).await;
    for scheme in ["bearer ", "BEARER ", "Bearer   ", "bearer\t"] {
        let named = format!("{scheme}{token}");
        let read = app.get("/chat/v1/conversation").header("authorization", &named).send().await.unwrap();
        assert_eq!(read.status(), 200, "{scheme:?}");
        let owner = format!("{scheme}{}", app.owner());
        let read = app.get("/v1/notifications").header("authorization", &owner).send().await.unwrap();
        assert_eq!(read.status(), 200, "{scheme:?}");
    }
    for none in [format!("Basic {token}"), token.clone(), format!("Bearer{token}")] {
        let read = app.get("/chat/v1/conversation").header("authorization", none).send().await.unwrap();
        assert_eq!(read.status(), 401);
    }
}

/// Returns how many of these new visitors are admitted, each with its own `X-Forwarded-For`.
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
async fn client_is_taken_from_a_trusted_proxy_in_any_notation() {
    let app = TestApp::start().await;
    let ports = (0..40).map(|port| format!("203.0.113.7:{}", 5_000 + port));
    assert_eq!(let_in(&app, ports).await, 20);
    // The same address, IPv4-mapped, and a different one.
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
async fn untrusted_proxies_are_ignored() {
    let app = TestApp::start_with(&[("CONVI_TRUSTED_PROXIES", "none")]).await;
    assert_eq!(let_in(&app, (0..40).map(|n| format!("198.51.100.{n}"))).await, 20);
    let app = TestApp::start_with(&[("CONVI_TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")]).await;
    assert_eq!(let_in(&app, (0..40).map(|n| format!("198.51.100.{n}, 192.0.2.9, 10.0.0.2"))).await, 20);
}

/// All shoppers would look like a single client: the limit per address must not block them, and the log says which
/// setting is missing.
#[tokio::test]
async fn shoppers_behind_an_unconfigured_proxy_do_not_share_one_limit() {
    let app = TestApp::start_with(&[("CONVI_PUBLIC_URL", "https://chat.example")]).await;
    for _ in 0..100 {
        token(&app).await;
    }
    assert_eq!(logged().matches("chat.proxy_names_nobody").count(), 1);
}
