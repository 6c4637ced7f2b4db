//! Sections 3 and 6: a merged ticket only points to the survivor.

use std::time::Duration;

use serde_json::json;

use super::client::{Shop, message, ticket};

#[tokio::test]
async fn d_a_merged_ticket_answers_301_on_every_path() {
    let shop = Shop::open().await;
    let (lost, kept) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    assert!(shop.acme.merge(lost, kept));
    let target = format!("/acme/api/tickets/{kept}/");
    let path = format!("/api/tickets/{lost}");
    for answer in [
        shop.get(&path).await,
        shop.put(&path, &json!({"status": "closed"})).await,
        shop.delete(&path).await,
        shop.get(&format!("{path}/messages")).await,
        shop.post(&format!("{path}/messages"), &message()).await,
        shop.post(&format!("{path}/tags"), &json!({"names": ["a"]})).await,
    ] {
        assert_eq!(answer.status, 301);
        assert_eq!(answer.header("location"), target);
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn i_locations_can_be_absolute() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.absolute_locations = true);
    let (lost, kept) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    shop.acme.merge(lost, kept);
    let answer = shop.get(&format!("/api/tickets/{lost}")).await;
    assert_eq!(answer.header("location"), shop.url(&format!("/api/tickets/{kept}/")));
}

#[tokio::test]
async fn i_a_merged_ticket_is_not_found_by_external_id_but_its_message_is_in_the_kept_ticket() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["external_id"] = json!("h-1");
    body["messages"][0]["external_id"] = json!("h-1:1");
    let lost = shop.post("/api/tickets", &body).await.id();
    let kept = shop.ticket("h-2").await;
    shop.acme.merge(lost, kept);
    assert_eq!(shop.get("/api/tickets?external_id=h-1").await.json()["data"], json!([]));
    let messages = shop.get(&format!("/api/messages?ticket_id={kept}")).await.json();
    assert!(messages["data"].as_array().unwrap().iter().any(|it| it["external_id"] == "h-1:1"));
    assert_eq!(shop.acme.ticket(lost).unwrap().merged_into, Some(kept));
}

#[tokio::test]
async fn d_auto_merge_merges_a_customers_new_ticket() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.auto_merge_days = Some(5));
    let first = shop.ticket("h-1").await;
    let second = shop.ticket("h-2").await;
    assert_eq!(shop.get(&format!("/api/tickets/{second}")).await.status, 301);
    assert_eq!(shop.acme.ticket(first).unwrap().messages.len(), 2);
    shop.gorgias.clock().advance(Duration::from_secs(6 * 24 * 3600));
    let third = shop.ticket("h-3").await;
    assert_eq!(shop.get(&format!("/api/tickets/{third}")).await.status, 200);
}

#[tokio::test]
async fn d_auto_merge_leaves_closed_tickets_and_other_customers_alone() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.auto_merge_days = Some(5));
    let first = shop.ticket("h-1").await;
    shop.put(&format!("/api/tickets/{first}"), &json!({"status": "closed"})).await;
    shop.ticket("h-2").await;
    let mut other = ticket();
    other["customer"] = json!({"email": "joe@example.com"});
    shop.post("/api/tickets", &other).await;
    assert_eq!(shop.acme.tickets().len(), 3);
}

#[tokio::test]
async fn d_a_rule_excludes_a_tagged_ticket_from_auto_merge() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.auto_merge_days = Some(5));
    let code = "if (contains(ticket.tags.name, 'convi-handover')) { Action('excludeFromAutoMerge', {}) }";
    shop.post("/api/rules", &json!({"name": "Keep apart", "code": code})).await;
    let mut body = ticket();
    body["tags"] = json!([{"name": "convi-handover"}]);
    shop.post("/api/tickets", &body).await;
    shop.post("/api/tickets", &body).await;
    assert_eq!(shop.acme.tickets().len(), 2);
}
