//! Section 3: what creates a ticket, and what does not.

use serde_json::{Value, json};

use super::client::{Answer, Shop, message, note, ticket};

/// A ticket with one field set to a value.
fn with(field: &str, value: Value) -> Value {
    let mut ticket = ticket();
    ticket[field] = value;
    ticket
}

/// A ticket whose only message has one field set to a value.
fn with_message(field: &str, value: Value) -> Value {
    let mut ticket = ticket();
    ticket["messages"][0][field] = value;
    ticket
}

fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().unwrap().remove(field);
    value
}

#[tokio::test]
async fn s_a_created_ticket_is_201_with_the_whole_ticket() {
    let shop = Shop::open().await;
    let mut body = ticket();
    body["external_id"] = json!("h-1");
    body["tags"] = json!([{"name": "convi-handover"}]);
    body["messages"] = json!([message(), note()]);
    let answer = shop.post("/api/tickets", &body).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    assert_eq!(made["uri"], format!("/api/tickets/{}/", answer.id()));
    assert_eq!(made["external_id"], "h-1");
    assert_eq!(made["status"], "open");
    assert_eq!(made["priority"], "normal");
    assert_eq!(made["customer"]["email"], "jane@example.com");
    assert_eq!(made["customer"]["channels"][0]["address"], "jane@example.com");
    assert_eq!(made["tags"][0]["name"], "convi-handover");
    assert_eq!(made["messages"].as_array().unwrap().len(), 2);
    assert_eq!(made["messages"][0]["sender"]["id"], made["customer"]["id"]);
    assert_eq!(made["reply_options"]["email"]["answerable"], true);
    assert_eq!(made["created_datetime"], "2026-11-22T10:00:00.000000+00:00");
    assert_eq!(made["is_unread"], true);
    assert_eq!(shop.get(&format!("/api/tickets/{}", answer.id())).await.json(), made);
}

#[tokio::test]
async fn r_creating_can_answer_200() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.created_status = 200);
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 200);
}

#[tokio::test]
async fn d_two_posts_create_two_tickets() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    shop.ticket("h-1").await;
    assert_eq!(shop.acme.tickets_with_external_id("h-1").len(), 2);
}

#[tokio::test]
async fn d_messages_are_required_and_at_most_500() {
    let shop = Shop::open().await;
    let expected = json!({"messages": ["Missing data for required field."]});
    assert_eq!(shop.post("/api/tickets", &without(ticket(), "messages")).await.invalid(), expected);
    let length = json!({"messages": ["Length must be between 1 and 500."]});
    assert_eq!(shop.post("/api/tickets", &with("messages", json!([]))).await.invalid(), length);
    let many = vec![message(); 501];
    assert_eq!(shop.post("/api/tickets", &with("messages", json!(many))).await.invalid(), length);
    let most = vec![message(); 500];
    assert_eq!(shop.post("/api/tickets", &with("messages", json!(most))).await.status, 201);
}

#[tokio::test]
async fn d_channel_and_from_agent_of_a_message_are_required() {
    let shop = Shop::open().await;
    let bare = json!({"via": "api"});
    let answer = shop.post("/api/tickets", &with("messages", json!([message(), bare]))).await;
    let missing = json!(["Missing data for required field."]);
    assert_eq!(answer.json()["error"]["msg"], "Failed to validate the request.");
    assert_eq!(answer.invalid(), json!({"messages": {"1": {"channel": missing, "from_agent": missing}}}));
}

#[tokio::test]
async fn i_via_is_required_unless_lenient() {
    let shop = Shop::open().await;
    let mut body = without(ticket(), "via");
    body["messages"][0] = without(message(), "via");
    let missing = json!(["Missing data for required field."]);
    let answer = shop.post("/api/tickets", &body).await;
    assert_eq!(answer.invalid(), json!({"via": missing, "messages": {"0": {"via": missing}}}));
    shop.acme.behave(|acme| acme.require_via = false);
    assert_eq!(shop.post("/api/tickets", &body).await.status, 201);
}

#[tokio::test]
async fn d_limits_of_subject_external_id_and_address() {
    let shop = Shop::open().await;
    for (field, most) in [("subject", 998), ("external_id", 255)] {
        assert_eq!(shop.post("/api/tickets", &with(field, json!("é".repeat(most)))).await.status, 201);
        let answer = shop.post("/api/tickets", &with(field, json!("é".repeat(most + 1)))).await;
        assert_eq!(answer.invalid(), json!({field: [format!("Longer than maximum length {most}.")]}));
    }
    let address = |length: usize| format!("{}@example.com", "a".repeat(length - 12));
    let customer = |length| with("customer", json!({"email": address(length)}));
    assert_eq!(shop.post("/api/tickets", &customer(320)).await.status, 201);
    let refused = shop.post("/api/tickets", &customer(321)).await;
    assert_eq!(refused.invalid(), json!({"customer": {"email": ["Not a valid email address."]}}));
}

#[tokio::test]
async fn d_a_body_is_at_most_a_megabyte() {
    let shop = Shop::open().await;
    for field in ["body_text", "body_html"] {
        let most = with_message(field, json!("x".repeat(1_000_000)));
        assert_eq!(shop.post("/api/tickets", &most).await.status, 201);
        let answer = shop.post("/api/tickets", &with_message(field, json!("x".repeat(1_000_001)))).await;
        assert!(answer.invalid()["messages"]["0"][field].is_array());
    }
}

#[tokio::test]
async fn d_a_request_that_is_too_large_is_413() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.max_body = 1000);
    let answer = shop.post("/api/tickets", &with_message("body_text", json!("x".repeat(2000)))).await;
    assert_eq!(answer.status, 413);
    assert!(answer.json()["error"]["msg"].is_string());
    assert!(shop.acme.tickets().is_empty());
}

#[tokio::test]
async fn d_unknown_keys_are_rejected_unless_lenient() {
    let shop = Shop::open().await;
    let mut body = with("shiny", json!(1));
    body["messages"][0]["sender"]["nick"] = json!("J");
    let answer = shop.post("/api/tickets", &body).await;
    let unknown = json!(["Unknown field."]);
    let expected = json!({"shiny": unknown, "messages": {"0": {"sender": {"nick": unknown}}}});
    assert_eq!(answer.invalid(), expected);
    shop.acme.behave(|acme| acme.refuse_unknown_keys = false);
    assert_eq!(shop.post("/api/tickets", &body).await.status, 201);
}

#[tokio::test]
async fn d_words_tags_and_languages_are_checked() {
    let shop = Shop::open().await;
    for (field, bad) in [
        ("status", json!("pending")),
        ("priority", json!("urgent")),
        ("tags", json!(["convi-handover"])),
        ("language", json!("english")),
        ("meta", json!("text")),
        ("spam", json!("no")),
        ("assignee_user", json!({"id": 4})),
        ("custom_fields", json!([{"value": 1}])),
        ("created_datetime", json!("yesterday")),
    ] {
        assert!(!shop.post("/api/tickets", &with(field, bad)).await.invalid()[field].is_null(), "{field}");
    }
    assert!(shop.acme.tickets().is_empty());
}

#[tokio::test]
async fn i_only_json_is_accepted() {
    let shop = Shop::open().await;
    let request = || shop.request(reqwest::Method::POST, "/api/tickets");
    let plain = Answer::of(request().body(ticket().to_string()).send().await.unwrap()).await;
    assert_eq!(plain.status, 400);
    let broken = request().header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
}

#[tokio::test]
async fn d_an_unknown_address_creates_the_customer() {
    let shop = Shop::open().await;
    let first = shop.post("/api/tickets", &ticket()).await.json();
    let again =
        shop.post("/api/tickets", &with("customer", json!({"email": "jane@example.com"}))).await.json();
    assert_eq!(first["customer"]["id"], again["customer"]["id"]);
    assert_eq!(shop.acme.customers().len(), 1);
    assert_eq!(shop.acme.customers()[0].name.as_deref(), Some("Jane Doe"));
}

#[tokio::test]
async fn r_addresses_are_lower_cased() {
    let shop = Shop::open().await;
    let made =
        shop.post("/api/tickets", &with("customer", json!({"email": "Jane@Example.COM"}))).await.json();
    assert_eq!(made["customer"]["email"], "jane@example.com");
    assert_eq!(shop.acme.customers().len(), 1);
}

#[tokio::test]
async fn i_plus_addresses_may_collapse() {
    let shop = Shop::open().await;
    shop.acme.behave(|acme| acme.collapse_plus_addresses = true);
    let made = shop.post("/api/tickets", &with("customer", json!({"email": "jane+shop@example.com"}))).await;
    assert_eq!(made.json()["customer"]["email"], "jane@example.com");
}

#[tokio::test]
async fn i_a_customer_can_have_only_a_name() {
    let shop = Shop::open().await;
    let mut body = with("customer", json!({"name": "Anonymous visitor"}));
    body["messages"][0]["sender"] = json!({"name": "Anonymous visitor"});
    let made = shop.post("/api/tickets", &body).await.json();
    assert_eq!(made["customer"]["name"], "Anonymous visitor");
    assert_eq!(made["customer"]["email"], json!(null));
    assert_eq!(made["messages"][0]["sender"]["id"], made["customer"]["id"]);
    assert_eq!(made["reply_options"]["email"]["answerable"], false);
    let other = shop.post("/api/tickets", &body).await.json();
    assert_ne!(made["customer"]["id"], other["customer"]["id"], "two visitors are two customers");
}

#[tokio::test]
async fn d_case_matters_in_tags_and_unknown_ones_are_created() {
    let shop = Shop::open().await;
    let tags = json!([{"name": "VIP"}, {"name": "vip"}, {"name": "VIP"}]);
    shop.post("/api/tickets", &with("tags", tags)).await;
    assert_eq!(shop.acme.tickets()[0].tags, ["VIP", "vip"]);
    let listed = shop.get("/api/tags").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn d_created_can_be_backdated_and_closed_at_once() {
    let shop = Shop::open().await;
    let mut body = with("created_datetime", json!("2026-11-01T09:00:00"));
    body["status"] = json!("closed");
    let made = shop.post("/api/tickets", &body).await.json();
    assert_eq!(made["created_datetime"], "2026-11-01T09:00:00.000000+00:00");
    assert_eq!(made["closed_datetime"], "2026-11-22T10:00:00.000000+00:00");
    assert_eq!(made["is_unread"], false);
}
