//! Section 2: checking a credential.

use serde_json::json;

use super::client::Shop;

#[tokio::test]
async fn d_the_account_says_that_it_is_active() {
    let shop = Shop::open().await;
    let account = shop.get("/api/account").await.json();
    assert_eq!(account["domain"], "acme");
    assert_eq!(account["status"], json!({"status": "active"}));
    assert_eq!(account["created_datetime"], "2026-11-22T10:00:00.000000+00:00");
    assert_eq!(account["deactivated_datetime"], json!(null));
    assert!(account["settings"].is_array());
}

#[tokio::test]
async fn i_a_deactivated_account_says_so_and_does_nothing_else() {
    let shop = Shop::open().await;
    shop.acme.deactivate();
    let account = shop.get("/api/account").await.json();
    assert_eq!(account["status"]["status"], "deactivated");
    assert!(account["deactivated_datetime"].is_string());
    assert_eq!(shop.post("/api/tickets", &super::client::ticket()).await.status, 403);
    shop.acme.activate();
    assert_eq!(shop.get("/api/users/0").await.status, 200);
}

#[tokio::test]
async fn r_the_settings_have_the_observed_types() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.auto_merge_days = Some(7));
    let settings = shop.get("/api/account/settings").await.json();
    let types: Vec<_> = settings["data"].as_array().unwrap().iter().map(|it| it["type"].clone()).collect();
    assert_eq!(types, ["business-hours", "ticket-assignment", "auto-merge", "default-integration"]);
    assert_eq!(settings["data"][2]["data"], json!({"tickets": {"enabled": true, "merging_window_days": 7}}));
    let integrations = shop.get("/api/integrations").await.json();
    assert_eq!(settings["data"][3]["data"]["email"], integrations["data"][0]["id"]);
    assert_eq!(integrations["data"][0]["type"], "email");
}
