//! Section 6: the look-up, its envelope, its filters and its pages.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Shop;

fn ids(list: &Value) -> Vec<u64> {
    list["data"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn r_a_ticket_is_found_by_its_external_id_in_the_list_envelope() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.ticket("h-2").await;
    let list = shop.get("/api/tickets?external_id=h-1").await.json();
    assert_eq!(ids(&list), [id]);
    assert_eq!(list["object"], "list");
    assert_eq!(list["uri"], "/api/tickets/");
    assert_eq!(list["meta"], json!({"prev_cursor": null, "next_cursor": null}));
    assert_eq!(ids(&shop.get("/api/tickets?external_id=h-9").await.json()), [0u64; 0]);
}

#[tokio::test]
async fn r_list_items_have_no_messages() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    let list = shop.get("/api/tickets").await.json();
    assert!(list["data"][0].get("messages").is_none());
}

#[tokio::test]
async fn r_external_ids_match_exactly() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    for wrong in ["h-", "H-1", "h-1%20", ""] {
        let list = shop.get(&format!("/api/tickets?external_id={wrong}")).await.json();
        assert_eq!(ids(&list), [0u64; 0], "{wrong}");
    }
}

#[tokio::test]
async fn r_tickets_are_found_by_customer_and_by_ids() {
    let shop = Shop::open().await;
    let (first, second) = (shop.ticket("h-1").await, shop.ticket("h-2").await);
    let customer = shop.acme.customers()[0].id;
    assert_eq!(ids(&shop.get(&format!("/api/tickets?customer_id={customer}")).await.json()).len(), 2);
    assert_eq!(ids(&shop.get(&format!("/api/tickets?ticket_ids={first}")).await.json()), [first]);
    let both = format!("/api/tickets?ticket_ids={first},{second}&order_by=created_datetime:asc");
    assert_eq!(ids(&shop.get(&both).await.json()), [first, second]);
}

#[tokio::test]
async fn r_any_other_filter_is_a_400() {
    let shop = Shop::open().await;
    for filter in ["status", "email", "subject"] {
        let answer = shop.get(&format!("/api/tickets?{filter}=open")).await;
        assert_eq!(answer.invalid(), json!({filter: ["Unknown field."]}));
    }
    for wrong in ["limit=0", "limit=101", "limit=x", "cursor=x", "order_by=subject", "trashed=maybe"] {
        assert_eq!(shop.get(&format!("/api/tickets?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn r_trashed_tickets_are_listed_by_default() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.acme.trash(id);
    assert_eq!(ids(&shop.get("/api/tickets?external_id=h-1").await.json()), [id]);
    assert_eq!(ids(&shop.get("/api/tickets?external_id=h-1&trashed=false").await.json()), [0u64; 0]);
}

#[tokio::test]
async fn r_pages_follow_the_cursor_forward_and_back() {
    let shop = Shop::open().await;
    shop.acme.set_rate(1000, 20.0);
    let mut made = Vec::new();
    for index in 0..7 {
        made.push(shop.ticket(&format!("h-{index}")).await);
        shop.gorgias.clock().advance(Duration::from_secs(1));
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    let mut last;
    loop {
        last = shop.get(&format!("/api/tickets?limit=3&cursor={cursor}")).await.json();
        seen.extend(ids(&last));
        match last["meta"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        // A ticket that arrives in between must not shift the pages.
        shop.ticket("late").await;
    }
    assert_eq!(seen, made, "newest first");
    let back = last["meta"]["prev_cursor"].as_str().unwrap();
    assert_eq!(ids(&shop.get(&format!("/api/tickets?limit=3&cursor={back}")).await.json()), made[3..6]);
}

#[tokio::test]
async fn r_thirty_items_by_default() {
    let shop = Shop::open().await;
    shop.acme.set_rate(1000, 20.0);
    for _ in 0..31 {
        shop.ticket("h").await;
    }
    assert_eq!(ids(&shop.get("/api/tickets").await.json()).len(), 30);
}

#[tokio::test]
async fn s_users_teams_and_rules_are_listed() {
    let shop = Shop::open().await;
    let users = shop.get("/api/users").await.json();
    assert_eq!(users["data"][0]["email"], "owner@acme.test");
    assert_eq!(shop.get("/api/teams").await.json()["data"][0]["name"], "Support");
    let rule = json!({"name": "Keep Convi's apart", "code": "if (a) {}", "description": "why"});
    assert_eq!(shop.post("/api/rules", &rule).await.status, 201);
    assert_eq!(shop.get("/api/rules").await.json()["data"][0]["name"], "Keep Convi's apart");
    assert!(!shop.post("/api/rules", &json!({"name": "x"})).await.invalid()["code"].is_null());
}
