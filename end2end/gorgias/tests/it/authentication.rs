//! Section 1: who may call the API, and what everyone else gets.

use gorgias_emulator::Role;
use serde_json::json;

use super::client::{Answer, Shop, note, ticket};

#[tokio::test]
async fn l_no_credentials_are_401_with_the_envelope() {
    let shop = Shop::open().await;
    let answer = Answer::of(shop.http.get(shop.url("/api/account")).send().await.unwrap()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json(), json!({"error": {"msg": "Unauthorized."}}));
}

#[tokio::test]
async fn d_a_wrong_key_is_401() {
    let shop = Shop::open().await.signed_in_as("owner@acme.test", "key-2");
    assert_eq!(shop.get("/api/account").await.status, 401);
    let shop = shop.signed_in_as("nobody@acme.test", "key-1");
    assert_eq!(shop.get("/api/account").await.status, 401);
}

#[tokio::test]
async fn d_resetting_a_key_invalidates_the_old_one_at_once() {
    let shop = Shop::open().await;
    shop.acme.user("owner@acme.test", "key-2", Role::Admin);
    assert_eq!(shop.get("/api/account").await.status, 401);
    assert_eq!(shop.signed_in_as("owner@acme.test", "key-2").get("/api/account").await.status, 200);
}

#[tokio::test]
async fn d_a_revoked_key_is_401_until_it_is_restored() {
    let shop = Shop::open().await;
    shop.acme.revoke_key("owner@acme.test");
    assert_eq!(shop.get("/api/account").await.status, 401);
    shop.acme.restore_key("owner@acme.test");
    assert_eq!(shop.get("/api/account").await.status, 200);
}

#[tokio::test]
async fn d_a_key_works_only_in_its_own_account() {
    let shop = Shop::open().await;
    shop.gorgias.account("other");
    let other = shop.url("/api/account").replace("/acme/", "/other/");
    let answer = shop.http.get(other).basic_auth("owner@acme.test", Some("key-1")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn l_an_unknown_subdomain_is_404_with_a_html_page() {
    let shop = Shop::open().await;
    let url = shop.url("/api/account").replace("/acme/", "/nobody/");
    let answer = Answer::of(shop.http.get(url).basic_auth("a@b.test", Some("k")).send().await.unwrap()).await;
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_err());
}

#[tokio::test]
async fn s_users_0_is_the_keys_own_user_with_its_role() {
    let shop = Shop::open().await;
    shop.acme.user("watch@acme.test", "key-w", Role::ObserverAgent);
    let shop = shop.signed_in_as("watch@acme.test", "key-w");
    let me = shop.get("/api/users/0").await.json();
    assert_eq!(me["email"], "watch@acme.test");
    assert_eq!(me["role"]["name"], "observer-agent");
}

#[tokio::test]
async fn i_an_observer_can_only_leave_notes() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.acme.user("watch@acme.test", "key-w", Role::ObserverAgent);
    let shop = shop.signed_in_as("watch@acme.test", "key-w");
    let refused = shop.post("/api/tickets", &ticket()).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json(),
        json!({"error": {"msg": "You do not have enough permissions to perform this action."}})
    );
    assert_eq!(shop.post(&format!("/api/tickets/{id}/messages"), &note()).await.status, 201);
    assert_eq!(shop.acme.tickets().len(), 1);
}

#[tokio::test]
async fn i_a_lite_agent_and_an_unknown_role_can_create_a_ticket() {
    let shop = Shop::open().await;
    for role in [Role::LiteAgent, Role::from("shiny-new-role")] {
        shop.acme.set_role("owner@acme.test", role);
        assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 201);
    }
}

#[tokio::test]
async fn r_a_trailing_slash_is_optional() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/api/account/").await.status, 200);
    assert_eq!(shop.post("/api/tickets/", &ticket()).await.status, 201);
}

#[tokio::test]
async fn d_wrong_verbs_and_unknown_paths_have_the_envelope() {
    let shop = Shop::open().await;
    let answer = shop.delete("/api/account").await;
    assert_eq!(answer.status, 405);
    assert!(answer.json()["error"]["msg"].is_string());
    let answer = shop.get("/api/nothing").await;
    assert_eq!(answer.json(), json!({"error": {"msg": "Resource not found."}}));
}
