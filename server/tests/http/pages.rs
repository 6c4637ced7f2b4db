//! The screen: pages, plain forms and server functions.

use crate::support::{TestApp, cookie, problem};
use app::model::Role;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// All pages that require a session.
const PAGES: [&str; 5] = [
    "/settings/integrations",
    "/settings/notifications",
    "/conversations",
    "/train/abilities",
    "/settings/integrations/handovers",
];

/// Returns every server function, whether members can call it, and valid arguments. `id` is a conversation of `m1`.
fn server_functions(id: &str) -> Vec<(&'static str, bool, Value)> {
    let modes = json!({"active": true, "asked_for_human": true, "frustrated": true, "topic": true, "no_answer": false, "topics": []});
    let capture = json!({"active": true, "sensitivity": "low", "own": []});
    let form = json!({"helpdesk": "gorgias", "form": {"subdomain": "shop", "username": "u@shop.example", "api_key": "good"}});
    vec![
        ("/api/abilities/get", true, json!({})),
        ("/api/abilities/save-email-capture", false, json!({"ability": capture})),
        ("/api/abilities/save-faqs", false, json!({"faqs": []})),
        ("/api/abilities/save-handover", false, json!({"ability": modes})),
        ("/api/abilities/try", true, json!({"ability": modes, "text": "Hello"})),
        ("/api/conversations/get", true, json!({"id": id, "after": 0})),
        ("/api/conversations/give-back", false, json!({"id": id})),
        ("/api/conversations/hand-over", false, json!({"id": id})),
        ("/api/conversations/list", true, json!({"query": {}})),
        ("/api/conversations/reply", false, json!({"id": id, "key": "k1", "text": "Hello"})),
        ("/api/conversations/resolve", false, json!({"id": id})),
        ("/api/readiness/list", true, json!({})),
        ("/api/outages/list", true, json!({})),
        ("/api/handovers/attempts", true, json!({"handover_id": "h1"})),
        ("/api/handovers/history", true, json!({})),
        (
            "/api/handovers/resolve",
            false,
            json!({"handover_id": "h1", "resolution": {"destination": "gorgias", "made": true}}),
        ),
        ("/api/handovers/retry", false, json!({"handover_id": "h1", "destination": null})),
        ("/api/handovers/retry-failed", false, json!({})),
        ("/api/handovers/send-unsent", false, json!({})),
        ("/api/integrations/disconnect", false, json!({"helpdesk": "gorgias"})),
        ("/api/integrations/end-rotation", false, json!({"helpdesk": "gorgias"})),
        ("/api/integrations/list", true, json!({})),
        ("/api/integrations/receive", false, json!({"helpdesk": "gorgias", "move_waiting": true})),
        ("/api/integrations/rotate", false, json!({"helpdesk": "gorgias"})),
        ("/api/integrations/save", false, form.clone()),
        ("/api/integrations/test", false, form),
        ("/api/integrations/verify", false, json!({"helpdesk": "gorgias"})),
        ("/api/integrations/verify-so-far", false, json!({"helpdesk": "gorgias"})),
        ("/api/notifications/get", true, json!({})),
        ("/api/notifications/no-ticket-after", false, json!({"minutes": 5})),
        ("/api/notifications/save", false, json!({"email": null})),
        ("/api/session/viewer", true, json!({})),
    ]
}

fn page(app: &TestApp, path: &str) -> RequestBuilder {
    app.get(path).header("accept", "text/html")
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status(), 303);
    response.headers()["location"].to_str().unwrap()
}

#[test]
fn list_of_server_functions_is_complete() {
    let mut listed: Vec<_> = server_functions("c1").into_iter().map(|(path, ..)| path).collect();
    let mut served: Vec<_> = server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    listed.sort_unstable();
    served.sort_unstable();
    assert_eq!(listed, served);
}

/// Creates a conversation of a visitor of `m1` and returns its id.
async fn conversation(app: &TestApp) -> String {
    let json = async |request: RequestBuilder| request.send().await.unwrap().json::<Value>().await.unwrap();
    let visitor = json(app.post("/chat/v1/visitors").json(&json!({"merchant": "m1"}))).await;
    let said = app.post("/chat/v1/messages").bearer_auth(visitor["token"].as_str().unwrap());
    json(said.json(&json!({"id": "k1", "text": "Hello"}))).await;
    let list = app.post("/api/conversations/list").bearer_auth(app.owner()).json(&json!({"query": {}}));
    json(list).await["conversations"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn server_functions_require_the_right_role() {
    let app = TestApp::start().await;
    let id = conversation(&app).await;
    for (path, for_members, arguments) in server_functions(&id) {
        println!("{path}");
        let call = || app.post(path).json(&arguments);
        let refused = problem(call().send().await.unwrap(), 401).await;
        assert_eq!(refused["kind"], "signed_out");
        problem(call().bearer_auth("bad").send().await.unwrap(), 401).await;
        let session = app.session(&app.owner()).await;
        problem(call().bearer_auth("bad").header("cookie", &session).send().await.unwrap(), 401).await;
        let forged = call().header("cookie", &session).header("sec-fetch-site", "cross-site");
        problem(forged.send().await.unwrap(), 403).await;
        let elsewhere = app.post(&format!("{path}?merchant_id=m2")).json(&arguments).bearer_auth(app.owner());
        problem(elsewhere.send().await.unwrap(), 403).await;

        let by_cookie =
            call().header("cookie", &session).header("origin", &app.address).send().await.unwrap();
        assert_eq!(by_cookie.status(), 200, "{}", by_cookie.text().await.unwrap());
        let member = call().bearer_auth(app.token("m1", Role::Member)).send().await.unwrap();
        assert_eq!(member.status(), if for_members { 200 } else { 403 });
        let stranger = call().bearer_auth(app.token("m2", Role::Owner)).send().await.unwrap();
        let of_one = arguments.get("id").or(arguments.get("handover_id")).is_some();
        assert_eq!(stranger.status(), if of_one { 404 } else { 200 });
    }
}

#[tokio::test]
async fn server_function_errors_are_not_redirects() {
    let app = TestApp::start().await;
    let arguments = json!({"handover_id": "h9", "destination": null});
    let response = app
        .post("/api/handovers/retry")
        .bearer_auth(app.owner())
        .header("accept", "text/html")
        .header("referer", "https://evil.example/")
        .json(&arguments)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 404);
    assert!(!response.headers().contains_key("location"));
    problem(app.post("/api/nothing").bearer_auth(app.owner()).send().await.unwrap(), 404).await;
    problem(app.get("/api/integrations/list").bearer_auth(app.owner()).send().await.unwrap(), 405).await;
    let large = app.post("/api/integrations/list").bearer_auth(app.owner()).body(vec![b' '; 65_537]);
    problem(large.send().await.unwrap(), 413).await;
}

#[tokio::test]
async fn server_functions_accept_only_json() {
    let app = TestApp::start().await;
    for (path, _, arguments) in server_functions("c1") {
        let call = || app.post(path).bearer_auth(app.owner());
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let other = call().header("content-type", kind).body(arguments.to_string()).send().await.unwrap();
            problem(other, 415).await;
        }
        let as_list: Vec<_> = arguments.as_object().unwrap().values().collect();
        for malformed in ["".into(), "{".into(), "\"x\"".into(), "5".into(), json!(as_list).to_string()] {
            for accept in ["application/json", "application/x-postcard"] {
                let call = call().header("content-type", "application/json").header("accept", accept);
                let answer = call.body::<String>(malformed.clone()).send().await.unwrap();
                assert_eq!(answer.status(), 400, "{path} {malformed}");
            }
        }
    }
    let nested = json!({"form": ["shop", "u@shop.example", "good"], "helpdesk": "gorgias"});
    let nested = app.post("/api/integrations/test").bearer_auth(app.owner()).json(&nested);
    assert_eq!(nested.send().await.unwrap().status(), 400);
    assert!(app.calls().iter().all(|call| !call.starts_with("test")), "no call was made");
}

#[tokio::test]
async fn server_functions_and_routes_share_rate_limits() {
    let app = TestApp::start().await;
    let (_, _, arguments) =
        server_functions("c1").into_iter().find(|(path, ..)| path.ends_with("/test")).unwrap();
    for _ in 0..10 {
        let call = app.post("/api/integrations/test").bearer_auth(app.owner()).json(&arguments);
        assert_eq!(call.send().await.unwrap().status(), 200);
        let route =
            app.post("/v1/integrations/gorgias/test").bearer_auth(app.owner()).json(&arguments["form"]);
        assert_eq!(route.send().await.unwrap().status(), 200);
    }
    for accept in ["application/json", "application/x-postcard"] {
        let call = app.post("/api/integrations/test").bearer_auth(app.owner()).header("accept", accept);
        let call = call.json(&arguments).send().await.unwrap();
        assert_eq!(call.status(), 429, "{accept}");
        assert_eq!(call.headers()["retry-after"], "60", "{accept}");
    }
    let form =
        [("intent", "test"), ("helpdesk", "gorgias"), ("subdomain", "shop"), ("username", "u@shop.example")];
    let form = app.post(PAGES[0]).bearer_auth(app.owner()).form(&form).send().await.unwrap();
    assert_eq!(form.status(), 429);
    assert_eq!(form.headers()["retry-after"], "60");
}

#[tokio::test]
async fn pages_require_a_session() {
    let app = TestApp::start().await;
    let session = app.session(&app.token("m1", Role::Member)).await;
    for path in PAGES.into_iter().chain(["/", "/no/such/page"]) {
        assert_eq!(location(&page(&app, path).send().await.unwrap()), "/sign-in", "{path}");
        problem(page(&app, path).bearer_auth("bad").header("cookie", &session).send().await.unwrap(), 401)
            .await;
    }
    for path in PAGES {
        let response = page(&app, path).header("cookie", &session).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let html = response.text().await.unwrap();
        assert!(html.contains("<h1") && html.contains("m1"), "{html}");
    }
    assert_eq!(location(&page(&app, "/").header("cookie", &session).send().await.unwrap()), PAGES[0]);
    assert_eq!(page(&app, "/sign-in").send().await.unwrap().status(), 200);
    let missing = page(&app, "/no/such/page").header("cookie", &session).send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert!(missing.text().await.unwrap().contains("Page not found"));
    let elsewhere = page(&app, "/settings/integrations?merchant_id=m2").header("cookie", &session);
    problem(elsewhere.send().await.unwrap(), 403).await;
}

#[tokio::test]
async fn page_runs_only_its_own_scripts() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    let mut nonces = Vec::new();
    let paths = PAGES.into_iter().chain([PAGES[0], "/sign-in", "/no/such/page"]);
    let asked = paths.clone().count();
    for path in paths {
        let response = page(&app, path).header("cookie", &session).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        for part in [
            "default-src 'none'",
            "'strict-dynamic' 'wasm-unsafe-eval'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let html = response.text().await.unwrap();
        let scripts = html.matches("<script").count();
        assert!(scripts > 0);
        assert_eq!(
            html.matches(&format!("nonce=\"{nonce}\"")).count(),
            html.matches("nonce=\"").count(),
            "{html}"
        );
        for script in html.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains("nonce="), "{script}");
        }
        for handler in [" onclick=", " onload=", " onsubmit=", "javascript:", " style=\""] {
            assert!(!html.contains(handler), "{path} has {handler}");
        }
        for file in
            ["/pkg/app-1.css", "/pkg/start-1.js", "/pkg/page-1.js", "/pkg/page-1.wasm", "/favicon.svg"]
        {
            assert!(html.contains(&format!("\"{file}\"")), "{file}");
        }
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), asked, "a nonce is used once");
}

#[tokio::test]
async fn plain_form_succeeds_or_is_shown_again() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    let post = |path: &str, fields: &[(&str, &str)]| {
        app.post(path).header("cookie", &session).header("origin", &app.address).form(fields).send()
    };
    let form = |intent: &'static str, subdomain: &'static str, key: &'static str| {
        [
            ("intent", intent),
            ("helpdesk", "gorgias"),
            ("subdomain", subdomain),
            ("username", "u@shop.example"),
            ("api_key", key),
        ]
    };
    let saved = post(PAGES[0], &form("save", "shop", "good")).await.unwrap();
    assert_eq!(location(&saved), "/settings/integrations?notice=saved");

    let rejected = post(PAGES[0], &form("save", "shop", "geheim")).await.unwrap();
    assert_eq!(rejected.status(), 422);
    assert!(rejected.headers()["content-security-policy"].to_str().unwrap().contains("'nonce-"));
    let html = rejected.text().await.unwrap();
    assert!(html.contains("Check the key.") && !html.contains("geheim"), "{html}");

    let wrong = post(PAGES[0], &form("save", "a.b", "geheim")).await.unwrap();
    assert_eq!(wrong.status(), 400);
    let html = wrong.text().await.unwrap();
    assert!(html.contains("value=\"a.b\"") && !html.contains("geheim"), "{html}");

    let passed = post(PAGES[0], &form("test", "shop", "good")).await.unwrap();
    assert_eq!(passed.status(), 200);
    assert!(passed.text().await.unwrap().contains("Connection successful!"));

    let mail = [("intent", "save_email"), ("email", "team@shop.example")];
    assert_eq!(
        location(&post(PAGES[1], &mail).await.unwrap()),
        "/settings/notifications?notice=team-email-saved"
    );
    problem(app.post(PAGES[0]).header("cookie", &session).json(&json!({})).send().await.unwrap(), 415).await;
}

#[tokio::test]
async fn plain_form_without_rights_or_from_another_site_changes_nothing() {
    let app = TestApp::start().await;
    let form = [("intent", "disconnect"), ("helpdesk", "gorgias")];
    assert_eq!(location(&app.post(PAGES[0]).form(&form).send().await.unwrap()), "/sign-in");
    let session = app.session(&app.owner()).await;
    let forged =
        app.post(PAGES[0]).header("cookie", &session).header("origin", "https://evil.example").form(&form);
    problem(forged.send().await.unwrap(), 403).await;
    let member = app.session(&app.token("m1", Role::Member)).await;
    assert_eq!(app.post(PAGES[0]).header("cookie", &member).form(&form).send().await.unwrap().status(), 403);
    assert!(!app.calls().contains(&"disconnect".to_owned()), "{:?}", app.calls());
}

#[tokio::test]
async fn token_in_the_form_signs_in() {
    let app = TestApp::start().await;
    let sign_in = |token: &str| app.post("/sign-in").form(&[("token", token)]);
    let old = app.session(&app.token("m2", Role::Owner)).await;
    let entered = sign_in(&format!(" {} ", app.owner())).header("cookie", &old).send().await.unwrap();
    assert_eq!(location(&entered), PAGES[0]);
    let session = cookie(&entered);
    assert_ne!(session, old);
    assert_eq!(page(&app, PAGES[0]).header("cookie", &session).send().await.unwrap().status(), 200);
    let before = page(&app, PAGES[0]).header("cookie", &old).send().await.unwrap();
    assert_eq!(location(&before), "/sign-in", "the previous session has ended");

    let expired = app.owner();
    app.clock.advance(Duration::from_secs(16 * 60));
    for (token, error) in [("", "missing"), ("nonsense", "invalid"), (&expired, "expired")] {
        let refused = sign_in(token).send().await.unwrap();
        assert_eq!(location(&refused), format!("/sign-in?error={error}"));
        assert!(!refused.headers().contains_key("set-cookie"));
    }
    let forged = sign_in(&app.owner()).header("origin", "https://evil.example");
    problem(forged.send().await.unwrap(), 403).await;
    assert_eq!(app.request(Method::PUT, "/sign-in").send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn url_cannot_inject_text_into_a_page() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    for path in ["/sign-in?error=", "/settings/integrations?notice=", "/settings/integrations?__err="] {
        let path = format!("{path}%3Cscript%3Ealert(1)%3C/script%3E-evilword");
        let html = page(&app, &path).header("cookie", &session).send().await.unwrap().text().await.unwrap();
        assert!(!html.contains("evilword") && !html.contains("<script>alert"), "{html}");
    }
}

/// Many concurrent requests on several threads, as in production: no page may wait for another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_page_requests_all_get_a_response() {
    let app = TestApp::start().await;
    let session = app.session(&app.owner()).await;
    let askers = (0..8).map(|_| async {
        for _ in 0..60 {
            for path in PAGES {
                let answer = page(&app, path).header("cookie", &session).send();
                let answer = tokio::time::timeout(std::time::Duration::from_mins(2), answer).await;
                let answer = answer.unwrap_or_else(|_| panic!("{path} never got a response")).unwrap();
                assert_eq!(answer.status(), 200);
                answer.text().await.unwrap();
            }
        }
    });
    futures::future::join_all(askers).await;
}

#[tokio::test]
async fn page_uses_the_chosen_or_requested_language() {
    let app = TestApp::start().await;
    let read = async |headers: &[(&'static str, &str)]| {
        let mut request = page(&app, "/sign-in");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let vary: Vec<_> = response.headers().get_all("vary").iter().map(|it| it.to_str().unwrap()).collect();
        let vary = vary.join(", ").to_ascii_lowercase();
        assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
        let html = response.text().await.unwrap();
        html.split_once("<html lang=\"").map(|(_, rest)| rest[..2].to_owned())
    };
    assert_eq!(read(&[]).await.as_deref(), Some("en"));
    assert_eq!(read(&[("accept-language", "fr-CH, fr;q=0.9, en;q=0.8")]).await.as_deref(), Some("fr"));
    assert_eq!(read(&[("accept-language", "fr"), ("cookie", "lang=de")]).await.as_deref(), Some("de"));
    assert_eq!(read(&[("accept-language", "es"), ("cookie", "lang=xx")]).await.as_deref(), Some("en"));
}

#[tokio::test]
async fn anyone_can_choose_a_language_but_no_other_site_can() {
    let app = TestApp::start().await;
    let choose = |language: &'static str, to: &'static str| {
        app.post("/language").form(&[("language", language), ("to", to)])
    };
    // There is no session.
    let response = choose("de", "/sign-in").send().await.unwrap();
    assert_eq!(location(&response), "/sign-in");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert_eq!(cookie, "lang=de; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    for (language, to, code, path) in [
        ("<script>", "/settings/notifications", "en", "/settings/notifications"),
        ("fr", "//evil.example", "fr", "/settings/integrations"),
        ("fr", "https://evil.example/", "fr", "/settings/integrations"),
        ("fr", "/\\evil.example", "fr", "/settings/integrations"),
    ] {
        let response = choose(language, to).send().await.unwrap();
        assert_eq!(location(&response), path, "{to}");
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with(&format!("lang={code}; ")), "{cookie}");
    }
    let forged = choose("fr", "/sign-in").header("origin", "https://evil.example");
    problem(forged.header("sec-fetch-site", "cross-site").send().await.unwrap(), 403).await;
}
