use crate::support::{TestApp, problem};
use app::model::Role;
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;

fn form(subdomain: &str, key: &str) -> Value {
    json!({"subdomain": subdomain, "username": "jane@shop.example", "api_key": key})
}

async fn test(app: &TestApp, merchant: &str, form: &Value) -> Response {
    let token = app.token(merchant, Role::Owner);
    app.post("/v1/integrations/gorgias/test").bearer_auth(token).json(form).send().await.unwrap()
}

async fn save(app: &TestApp, form: &Value) -> Response {
    app.put("/v1/integrations/gorgias").bearer_auth(app.owner()).json(form).send().await.unwrap()
}

#[tokio::test]
async fn rows_name_their_helpdesk() {
    let app = TestApp::start().await;
    let rows: Value =
        app.get("/v1/integrations").bearer_auth(app.owner()).send().await.unwrap().json().await.unwrap();
    assert_eq!(rows["integrations"][0]["helpdesk"], "gorgias");
    assert_eq!(rows["integrations"][0]["state"], "not_connected");
}

#[tokio::test]
async fn test_returns_200_for_success_and_failure() {
    let app = TestApp::start().await;
    let good = test(&app, "m1", &form("shop", "good")).await;
    assert_eq!(good.status(), 200);
    assert_eq!(good.json::<Value>().await.unwrap(), json!({"ok": true, "warnings": []}));
    let bad = test(&app, "m1", &form("shop", "bad")).await;
    assert_eq!(bad.status(), 200);
    let bad: Value = bad.json().await.unwrap();
    let expected = json!({"ok": false, "problem": "bad_credentials", "message": "Check the key.",
        "code": "test.check_the_key", "args": {}});
    assert_eq!(bad, expected);
}

#[tokio::test]
async fn save_returns_the_row_the_problem_or_the_invalid_field() {
    let app = TestApp::start().await;
    let saved = save(&app, &form("shop", "good")).await;
    assert_eq!(saved.status(), 200);
    assert_eq!(saved.json::<Value>().await.unwrap()["state"], "connected");
    let rejected = problem(save(&app, &form("shop", "bad")).await, 422).await;
    assert_eq!(rejected["problem"], "bad_credentials");
    assert_eq!(rejected["detail"], "Check the key.");
    assert_eq!((&rejected["code"], &rejected["args"]), (&json!("test.check_the_key"), &json!({})));
    let field = problem(save(&app, &form("a.b", "good")).await, 400).await;
    let expected = json!([{"field": "subdomain", "code": "subdomain.character", "args": {"domain": "gorgias.com"},
        "message": "A subdomain can only contain letters, digits and hyphens. Enter the part before .gorgias.com, for example \
                    mystore."}]);
    assert_eq!(field["errors"], expected);
    // The problem's text is that of its first field.
    assert_eq!(
        (&field["detail"], &field["code"], &field["args"]),
        (&expected[0]["message"], &expected[0]["code"], &expected[0]["args"])
    );
}

#[tokio::test]
async fn invalid_body_names_its_field_without_echoing_the_key() {
    let app = TestApp::start().await;
    for (body, field) in [
        (json!({"subdomain": "shop", "username": "u", "apikey": "geheim"}), "apikey"),
        (json!({"subdomain": "shop", "api_key": "geheim"}), "username"),
        (json!({"subdomain": 1, "username": "u", "api_key": "geheim"}), "subdomain"),
        (json!({"subdomain": "shop", "username": "u", "api_key": ["geheim"]}), "api_key"),
        (json!({"subdomain": "shop", "username": "u", "api_key": {"geheim": 1}}), "api_key"),
    ] {
        let wrong = problem(save(&app, &body).await, 400).await;
        assert_eq!(wrong["errors"][0]["field"], field, "{wrong}");
        assert!(!wrong.to_string().contains("geheim"), "{wrong}");
    }
    let put = || app.put("/v1/integrations/gorgias").bearer_auth(app.owner());
    for body in ["", "{", "null", "[]"] {
        problem(put().body(body).send().await.unwrap(), 400).await;
    }
    let form = put().form(&[("subdomain", "shop")]);
    problem(form.send().await.unwrap(), 415).await;
}

#[tokio::test]
async fn body_cannot_name_another_merchant() {
    let app = TestApp::start().await;
    let mut named = form("shop", "good");
    named["merchant_id"] = json!("m2");
    problem(save(&app, &named).await, 403).await;
    named["merchant_id"] = json!(["m1"]);
    problem(save(&app, &named).await, 403).await;
    named["merchant_id"] = json!("m1");
    assert_eq!(save(&app, &named).await.status(), 200);
}

#[tokio::test]
async fn unknown_helpdesks_are_not_found() {
    let app = TestApp::start().await;
    let token = app.owner();
    let body = form("shop", "good");
    let put = app.put("/v1/integrations/fax").bearer_auth(&token).json(&body);
    problem(put.send().await.unwrap(), 404).await;
    problem(app.delete("/v1/integrations/fax").bearer_auth(&token).send().await.unwrap(), 404).await;
    let gone = app.delete("/v1/integrations/gorgias").bearer_auth(&token).send().await.unwrap();
    assert_eq!(gone.status(), 204);
}

#[tokio::test]
async fn tests_and_saves_share_a_limit_of_twenty_per_minute() {
    let app = TestApp::start().await;
    for call in 0..20 {
        let response = if call % 2 == 0 {
            test(&app, "m1", &form("shop", "bad")).await
        } else {
            save(&app, &form("shop", "good")).await
        };
        assert_eq!(response.status(), 200, "{call}");
    }
    let refused = test(&app, "m1", &form("other", "good")).await;
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(problem(refused, 429).await["retry_after"], 60);
    assert_eq!(save(&app, &form("shop", "good")).await.status(), 429);
    assert_eq!(test(&app, "m2", &form("shop", "good")).await.status(), 200);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(save(&app, &form("shop", "good")).await.status(), 200);
}

#[tokio::test]
async fn account_is_limited_to_sixty_calls_per_minute_across_merchants() {
    let app = TestApp::start().await;
    for call in 0..60 {
        assert_eq!(test(&app, &format!("m{}", call % 4), &form("shop", "good")).await.status(), 200);
    }
    assert_eq!(test(&app, "m9", &form("shop", "good")).await.status(), 429);
    assert_eq!(test(&app, "m9", &form("other", "good")).await.status(), 200);
}

#[tokio::test]
async fn handovers_that_wait_move_only_if_the_body_says_so() {
    let app = TestApp::start().await;
    let put = || app.put("/v1/integrations/gorgias/receives").bearer_auth(app.owner());
    for (body, call) in [
        ("", "receive"),
        ("{}", "receive"),
        (r#"{"move_waiting":false}"#, "receive"),
        (r#"{"move_waiting":true}"#, "receive all"),
    ] {
        let done = put().header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(done.status(), 200, "{body}");
        let calls = app.calls();
        assert_eq!(calls.iter().rfind(|it| it.starts_with("receive")), Some(&call.to_owned()), "{body}");
    }
    for (body, field) in [(json!({"move_waiting": "yes"}), "move_waiting"), (json!({"moves": true}), "moves")]
    {
        let wrong = problem(put().json(&body).send().await.unwrap(), 400).await;
        assert_eq!(wrong["errors"][0]["field"], field, "{wrong}");
    }
}
