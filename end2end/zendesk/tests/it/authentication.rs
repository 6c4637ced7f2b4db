//! Section 1: who may call the API, and what everyone else gets.

use serde_json::json;
use zendesk_emulator::Role;

use super::client::{Answer, Shop, grant, ticket};

#[tokio::test]
async fn r_an_unknown_account_is_404_in_json() {
    let shop = Shop::open().await;
    let url = shop.url("/api/v2/users/me").replace("/acme/", "/nobody/");
    let answer = Answer::of(shop.http.get(url).send().await.unwrap()).await;
    assert_eq!(answer.status, 404);
    assert!(answer.json()["error"]["title"].as_str().unwrap().starts_with("No help desk"));
}

#[tokio::test]
async fn d_a_token_acts_as_the_admin_who_created_the_client() {
    let shop = Shop::open().await;
    let me = shop.get("/users/me").await.json();
    assert_eq!((&me["user"]["email"], &me["user"]["role"]), (&json!("owner@acme.test"), &json!("admin")));
    shop.acme.change_user("owner@acme.test", |user| user.role = Role::EndUser);
    let refused = shop.get("/users/me").await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn d_a_token_lives_as_long_as_requested() {
    let mut shop = Shop::open().await;
    let mut asked = grant();
    asked["expires_in"] = json!(300);
    let answer = shop.asks_for_a_token(&asked).await.json();
    assert_eq!(answer["expires_in"], 300);
    shop.token = answer["access_token"].as_str().unwrap().to_owned();
    shop.pass(299);
    assert_eq!(shop.get("/users/me").await.status, 200);
    shop.pass(1);
    let refused = shop.get("/users/me").await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
    asked["expires_in"] = json!(10);
    assert_eq!(shop.asks_for_a_token(&asked).await.status, 400);
}

#[tokio::test]
async fn r_a_response_may_omit_the_lifetime_of_a_token() {
    let shop = Shop::open().await;
    assert!(shop.asks_for_a_token(&grant()).await.json().get("expires_in").is_none());
    shop.acme.behave(|behaviour| behaviour.silent_expiry = false);
    assert_eq!(shop.asks_for_a_token(&grant()).await.json()["expires_in"], 1_800);
}

#[tokio::test]
async fn l_a_form_gets_no_token_and_r_a_wrong_secret_is_invalid_client() {
    let shop = Shop::open().await;
    let form =
        shop.http.post(shop.url("/oauth/tokens")).header("content-type", "application/x-www-form-urlencoded");
    let body = "grant_type=client_credentials&client_id=convi&client_secret=secret-1";
    assert_eq!(form.body(body).send().await.unwrap().status(), 400);
    let number = shop.acme.snapshot().clients[0].id.to_string();
    for (field, value) in [("client_secret", "other"), ("client_id", "other"), ("client_id", &number)] {
        let mut wrong = grant();
        wrong[field] = json!(value);
        let answer = shop.asks_for_a_token(&wrong).await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{field}");
    }
}

#[tokio::test]
async fn d_a_scope_beyond_the_clients_own_gets_no_token_and_an_unknown_one_allows_nothing() {
    let mut shop = Shop::open_with_scopes(&["read"]).await;
    let mut asked = grant();
    asked["scope"] = json!("read tickets:write");
    let refused = shop.asks_for_a_token(&asked).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_scope")));
    asked["scope"] = json!("sing");
    shop.token = shop.asks_for_a_token(&asked).await.json()["access_token"].as_str().unwrap().to_owned();
    let refused = shop.get("/users/me").await;
    let missing = "You are missing the following required scopes: read";
    assert_eq!((refused.status, &refused.json()["description"]), (403, &json!(missing)));
}

#[tokio::test]
async fn r_a_missing_scope_and_a_role_have_different_shapes() {
    let shop = Shop::open_with_scopes(&["read"]).await;
    let scope = shop.post("/tickets", &ticket()).await;
    assert_eq!((scope.status, &scope.json()["error"]), (403, &json!("Forbidden")));
    assert!(scope.json()["description"].as_str().unwrap().ends_with("tickets:write"));
    shop.acme.user("jane@example.com", Role::EndUser).api_token("jane@example.com", "t");
    let url = shop.url("/api/v2/tickets");
    let role = shop.http.post(url).basic_auth("jane@example.com/token", Some("t")).json(&ticket());
    let role = Answer::of(role.send().await.unwrap()).await;
    assert_eq!((role.status, &role.json()["error"]["title"]), (403, &json!("Forbidden")));
}

#[tokio::test]
async fn l_a_request_without_credentials_is_anonymous_with_a_200() {
    let shop = Shop::open().await;
    let me = shop.url("/api/v2/users/me.json");
    for (user, password) in [(None, ""), (Some("owner@acme.test"), "password")] {
        let request = shop.http.get(&me);
        let request = match user {
            Some(user) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!((answer.status, &answer.json()["user"]["id"]), (200, &json!(null)));
    }
    let answer = shop.http.get(shop.url("/api/v2/tickets")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn d_an_api_token_works_for_any_verified_user_while_they_are_accepted() {
    let shop = Shop::open().await;
    shop.acme.api_token("owner@acme.test", "t-1");
    let ask = async |user: &str, token: &str| {
        let request = shop.http.get(shop.url("/api/v2/users/me")).basic_auth(user, Some(token));
        Answer::of(request.send().await.unwrap()).await
    };
    assert_eq!(ask("owner@acme.test/token", "t-1").await.status, 200);
    assert_eq!(ask("agent@acme.test/token", "t-1").await.json()["user"]["role"], "agent");
    let wrong = ask("owner@acme.test/token", "t-2").await;
    assert_eq!((wrong.status, wrong.json()), (401, json!({"error": "Couldn't authenticate you"})));
    shop.acme.behave(|behaviour| behaviour.api_tokens = false);
    assert_eq!(ask("owner@acme.test/token", "t-1").await.status, 401);
}
