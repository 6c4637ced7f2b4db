//! Section 3: the table of senders and receivers, the dangerous rule. Section 7: later messages.

use serde_json::{Value, json};

use super::client::{Shop, message, note, ticket};

/// Returns what is wrong with a ticket of this one message; `null` if nothing is.
async fn problems(shop: &Shop, message: Value) -> Value {
    let mut body = ticket();
    body["messages"] = json!([message]);
    let answer = shop.post("/api/tickets", &body).await;
    if answer.status == 201 { Value::Null } else { answer.invalid()["messages"]["0"].clone() }
}

fn with(mut message: Value, field: &str, value: Value) -> Value {
    message[field] = value;
    message
}

/// A reply of the shop that was sent long ago.
fn reply() -> Value {
    json!({"channel": "email", "via": "api", "from_agent": true, "sender": {"email": "owner@acme.test"},
           "receiver": {"email": "jane@example.com"}, "body_text": "Hello",
           "created_datetime": "2026-11-20T10:00:00Z", "sent_datetime": "2026-11-20T10:00:00Z"})
}

#[tokio::test]
async fn d_an_incoming_message_has_no_receiver() {
    let shop = Shop::open().await;
    let reason = json!({"receiver": ["Must not be set for this kind of message."]});
    assert_eq!(
        problems(&shop, with(message(), "receiver", json!({"email": "owner@acme.test"}))).await,
        reason
    );
    assert_eq!(problems(&shop, message()).await, Value::Null);
}

#[tokio::test]
async fn d_an_incoming_message_is_sent_by_a_customer() {
    let shop = Shop::open().await;
    let nobody = with(message(), "sender", json!({"id": 1}));
    assert_eq!(problems(&shop, nobody).await, json!({"sender": {"id": ["This customer does not exist."]}}));
}

#[tokio::test]
async fn d_an_outgoing_message_is_sent_by_an_existing_user() {
    let shop = Shop::open().await;
    let stranger = with(reply(), "sender", json!({"email": "stranger@acme.test"}));
    assert_eq!(problems(&shop, stranger).await, json!({"sender": {"id": ["This user does not exist."]}}));
    assert_eq!(problems(&shop, reply()).await, Value::Null);
    assert_eq!(problems(&shop, without(reply(), "receiver")).await, Value::Null);
}

fn without(mut message: Value, field: &str) -> Value {
    message.as_object_mut().unwrap().remove(field);
    message
}

#[tokio::test]
async fn d_an_internal_note_has_a_user_no_receiver_and_is_not_public() {
    let shop = Shop::open().await;
    assert_eq!(problems(&shop, note()).await, Value::Null);
    for (bad, field) in [
        (with(note(), "receiver", json!({"email": "jane@example.com"})), "receiver"),
        (with(note(), "sender", json!({"email": "jane@example.com"})), "sender"),
        (without(note(), "sender"), "sender"),
        (with(note(), "public", json!(true)), "public"),
        (without(note(), "public"), "public"),
        (with(note(), "from_agent", json!(false)), "from_agent"),
    ] {
        assert!(!problems(&shop, bad.clone()).await[field].is_null(), "{field} of {bad}");
    }
}

#[tokio::test]
async fn d_a_public_message_without_a_sender_falls_back_to_the_bot() {
    let shop = Shop::open().await;
    assert_eq!(problems(&shop, without(message(), "sender")).await, Value::Null);
    let ticket = &shop.acme.tickets()[0];
    assert_eq!(ticket.messages[0].sender.name.as_deref(), Some("Gorgias Bot"));
}

#[tokio::test]
async fn d_an_agents_public_message_without_sent_datetime_is_really_sent() {
    let shop = Shop::open().await;
    problems(&shop, without(reply(), "sent_datetime")).await;
    let sent = shop.acme.sent_to_shoppers();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to.as_deref(), Some("jane@example.com"));
    assert_eq!(sent[0].text, "Hello");
}

#[tokio::test]
async fn d_messages_with_a_sent_datetime_and_notes_are_never_sent() {
    let shop = Shop::open().await;
    problems(&shop, reply()).await;
    problems(&shop, note()).await;
    problems(&shop, message()).await;
    assert!(shop.acme.sent_to_shoppers().is_empty());
}

#[tokio::test]
async fn d_external_ids_of_messages_are_kept_and_limited() {
    let shop = Shop::open().await;
    assert_eq!(problems(&shop, with(message(), "external_id", json!("h-1:1"))).await, Value::Null);
    assert_eq!(shop.acme.messages_with_external_id("h-1:1").len(), 1);
    let long = with(message(), "external_id", json!("x".repeat(256)));
    assert_eq!(problems(&shop, long).await, json!({"external_id": ["Longer than maximum length 255."]}));
}

#[tokio::test]
async fn d_attachments_are_links() {
    let shop = Shop::open().await;
    let good =
        json!([{"url": "https://cdn.test/a.png", "name": "a.png", "content_type": "image/png", "size": 3}]);
    assert_eq!(problems(&shop, with(message(), "attachments", good)).await, Value::Null);
    let bad = json!([{"url": "javascript:alert(1)", "name": "a", "content_type": "image/png"}]);
    let reason = json!({"attachments": {"0": {"url": ["Not a valid URL."]}}});
    assert_eq!(problems(&shop, with(message(), "attachments", bad)).await, reason);
}

#[tokio::test]
async fn d_a_source_is_checked() {
    let shop = Shop::open().await;
    let good =
        json!({"type": "email", "from": {"address": "jane@example.com"}, "to": [{"address": "s@acme.test"}]});
    assert_eq!(problems(&shop, with(message(), "source", good)).await, Value::Null);
    let bad = json!({"type": "email", "to": "s@acme.test"});
    assert_eq!(
        problems(&shop, with(message(), "source", bad)).await,
        json!({"source": {"to": ["Not a valid list."]}})
    );
}

#[tokio::test]
async fn s_a_later_message_is_201_and_reopens_the_ticket() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.put(&format!("/api/tickets/{id}"), &json!({"status": "closed"})).await;
    let answer = shop.post(&format!("/api/tickets/{id}/messages"), &message()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["ticket_id"], id);
    let ticket = shop.acme.ticket(id).unwrap();
    assert_eq!((ticket.messages.len(), ticket.status.as_str()), (2, "open"));
    assert_eq!(shop.post("/api/tickets/1/messages", &message()).await.status, 404);
    assert!(
        !shop.post(&format!("/api/tickets/{id}/messages"), &json!({})).await.invalid()["channel"].is_null()
    );
}

#[tokio::test]
async fn s_messages_are_listed_by_ticket() {
    let shop = Shop::open().await;
    let id = shop.ticket("h-1").await;
    shop.ticket("h-2").await;
    shop.post(&format!("/api/tickets/{id}/messages"), &note()).await;
    for path in [
        format!("/api/messages?ticket_id={id}&order_by=created_datetime:asc"),
        format!("/api/tickets/{id}/messages?order_by=created_datetime:asc"),
    ] {
        let listed = shop.get(&path).await.json();
        assert_eq!(listed["object"], "list");
        let bodies: Vec<_> =
            listed["data"].as_array().unwrap().iter().map(|it| it["channel"].clone()).collect();
        assert_eq!(bodies, ["api", "internal-note"], "{path}");
    }
    let newest_first = shop.get("/api/messages").await.json();
    assert_eq!(newest_first["data"][0]["channel"], "internal-note");
    assert_eq!(shop.get("/api/messages?status=open").await.invalid(), json!({"status": ["Unknown field."]}));
}
