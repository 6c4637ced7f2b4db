//! One handover becomes one ticket: what the ticket contains, and that there is never a second one.

use crate::support::{TestApp, body};
use app::model::{DeliveryState, Destination};
use gorgias_emulator::Fault;
use serde_json::{Value, json};

#[tokio::test]
async fn ticket_contains_what_an_agent_needs() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Queued);
    it.settles().await;

    let delivery = it.ticket_of(&id).await;
    assert_eq!(delivery.state, DeliveryState::Delivered);
    let ticket = it.shop.ticket_with_external_id(&id).unwrap();
    assert_eq!(delivery.ticket_id, i64::try_from(ticket.id).ok());
    let url = format!("{}/app/ticket/{}", it.gorgias.template().replace("{subdomain}", "acme"), ticket.id);
    assert_eq!(delivery.ticket_url, Some(url));

    let json = serde_json::to_value(&ticket).unwrap();
    assert_eq!(json["subject"], "Billing question");
    assert_eq!(json["channel"], "api");
    assert_eq!(json["status"], "open");
    assert!(json["tags"].to_string().contains("convi-handover"), "{json}");
    let messages = json["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "the transcript and the note");
    assert_eq!(messages[0]["external_id"], format!("{id}:1"));
    assert!(messages[0]["body_text"].as_str().unwrap().contains("I need to talk to a human"));
    assert_eq!(messages[1]["public"], false);
    assert!(messages[1]["body_text"].as_str().unwrap().contains("https://app.example/conversations/c1"));
    assert!(it.shop.customers().iter().any(|customer| customer.email.as_deref() == Some("jane@example.com")));
    assert!(it.shop.sent_to_shoppers().is_empty(), "nothing may ever be sent to a shopper");
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 1);
}

#[tokio::test]
async fn repeated_request_creates_one_ticket_and_gets_the_same_response() {
    let it = TestApp::connected().await;
    let first = it.posts("msg-1", &body("m1", "c1")).await;
    it.settles().await;
    assert_eq!(it.posts("msg-1", &body("m1", "c1")).await, first, "the same response, byte for byte");
    it.settles().await;
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn same_id_with_a_different_body_is_rejected() {
    let it = TestApp::connected().await;
    it.posts("msg-1", &body("m1", "c1")).await;
    let other = body("m1", "c2").to_string();
    let error = it.app.acceptor.accept("msg-1", other.into()).await.unwrap_err();
    assert!(matches!(error, convi_server::handover::accept::AcceptError::OtherBody), "{error}");
}

#[tokio::test]
async fn concurrent_requests_get_the_same_response() {
    let it = TestApp::connected().await;
    let bytes = axum::body::Bytes::from(body("m1", "c1").to_string());
    let posts = (0..8).map(|_| it.app.acceptor.accept("msg-1", bytes.clone()));
    let answers = futures::future::join_all(posts).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    it.settles().await;
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn new_id_for_the_same_conversation_continues_the_first_handover() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    let mut more = body("m1", "c1");
    more["conversation"]["messages"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id":"2","author":"shopper","text":"Hello?"}));
    let answer = it.posts("msg-2", &more).await;
    assert_eq!((answer["handover_id"].as_str(), &answer["continued"]), (Some(id.as_str()), &json!(true)));
    it.settles().await;
    assert_eq!(it.shop.tickets().len(), 1);
    // Another merchant's conversation with the same id is a different conversation.
    let other = it.posts("msg-3", &body("m2", "c1")).await;
    assert_ne!(other["handover_id"], id.as_str());
    assert_eq!(other["deliveries"], json!([]));
}

#[tokio::test]
async fn ticket_is_created_without_a_usable_address() {
    let it = TestApp::connected().await;
    let mut anonymous = body("m1", "c1");
    anonymous["conversation"]["shopper"] = json!({"email": "jane at example"});
    let answer = it.posts("msg-1", &anonymous).await;
    it.settles().await;
    let ticket = it.shop.ticket_with_external_id(answer["handover_id"].as_str().unwrap()).unwrap();
    let json = serde_json::to_value(&ticket).unwrap();
    assert!(it.shop.customers().iter().any(|customer| customer.name.as_deref() == Some("Anonymous visitor")));
    assert!(json["messages"][1]["body_text"].as_str().unwrap().contains("jane at example"));
}

#[tokio::test]
async fn rejected_fields_are_left_out_once_and_listed_in_the_note() {
    for field in ["customer", "subject", "language", "attachments"] {
        let it = TestApp::connected().await;
        it.shop.fault(Fault::reject(field));
        let mut with_file = body("m1", "c1");
        with_file["conversation"]["messages"][0]["attachments"] =
            json!([{"url": "https://files.example/a.png", "name": "a.png", "content_type": "image/png"}]);
        let answer = it.posts("msg-1", &with_file).await;
        it.settles().await;
        let id = answer["handover_id"].as_str().unwrap();
        let ticket =
            it.shop.ticket_with_external_id(id).unwrap_or_else(|| panic!("no ticket without {field}"));
        let note =
            serde_json::to_value(&ticket).unwrap()["messages"].as_array().unwrap().last().unwrap().clone();
        let wanted = match field {
            "customer" => "jane@example.com",
            "subject" => "Subject: Billing question",
            "language" => "Language: en",
            _ => "Attachments: linked in the transcript",
        };
        assert!(note["body_text"].as_str().unwrap().contains(wanted), "{field}: {note}");
        assert_eq!(it.ticket_of(id).await.attempts, 2, "{field}");
    }
}

#[tokio::test]
async fn permanently_rejected_ticket_fails_with_gorgias_message_and_can_be_retried() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::reject("tags").once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let failed = it.ticket_of(&id).await;
    assert_eq!(failed.state, DeliveryState::Failed);
    assert!(failed.last_error.unwrap().contains("tags"));
    use app::backend::Backend;
    it.app.services.retry(&it.owner, &id, None).await.unwrap();
    it.settles().await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn huge_transcript_arrives_complete() {
    let it = TestApp::connected().await;
    let mut huge = body("m1", "c1");
    let line = "\"<quoted & long>\" äöü\n".repeat(200);
    huge["conversation"]["messages"] = (0..900)
        .map(|n| json!({"id": n.to_string(), "author": "shopper", "text": format!("{n}: {line}")}))
        .collect();
    let answer = it.posts("msg-1", &huge).await;
    it.settles().await;
    let ticket = it.shop.ticket_with_external_id(answer["handover_id"].as_str().unwrap()).unwrap();
    let json = serde_json::to_value(&ticket).unwrap();
    let text: String = json["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["body_text"].as_str().unwrap())
        .collect();
    assert!((0..900).all(|n| text.contains(&format!("\n{n}: \"<quoted"))), "every turn is there");
    assert_eq!(text.matches("<quoted & long>").count(), 900 * 200);
}

#[tokio::test]
async fn handover_without_a_destination_is_accepted_and_can_be_sent_later() {
    let it = TestApp::start().await;
    let answer = it.posts("msg-1", &body("m1", "c1")).await;
    assert_eq!(answer["deliveries"], json!([]));
    it.connects("key-1").await;
    it.settles().await;
    assert!(it.shop.tickets().is_empty(), "never sent automatically");
    assert_eq!(it.row().await.unsent, 1);
    use app::backend::Backend;
    assert_eq!(it.app.services.send_unsent(&it.owner).await, Ok(1));
    assert_eq!(it.app.services.send_unsent(&it.owner).await, Ok(0), "the second call sends nothing");
    it.settles().await;
    assert_eq!(it.shop.tickets().len(), 1);
    assert_eq!(it.row().await.unsent, 0);
    let view = it.view(answer["handover_id"].as_str().unwrap()).await;
    assert_eq!(view.deliveries[0].destination, Destination::Helpdesk(crate::support::HELPDESK));
}

/// An invalid optional field is never a reason to reject a handover. The response names what was left out, and is the
/// same each time.
#[tokio::test]
async fn left_out_fields_are_named_in_the_response_and_counted() {
    let it = TestApp::connected().await;
    let metrics = crate::metrics::Scraper::of(&it).await;
    let mut odd = body("m1", "c1");
    odd["conversation"]["context"] =
        json!({"cart": [{"title": null}], "order_number": false, "custom": {"my secret": {"a": []}}});
    let bytes = axum::body::Bytes::from(odd.to_string());
    let first = it.app.acceptor.accept("msg-1", bytes.clone()).await.unwrap();
    let answer: Value = serde_json::from_str(&first).unwrap();
    let named: Vec<_> =
        answer["warnings"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(named, ["conversation.context.order_number", "conversation.context.cart[0].title"]);
    assert_eq!(it.app.acceptor.accept("msg-1", bytes.clone()).await.unwrap(), first, "the very same bytes");
    let text = metrics.text().await;
    assert!(
        text.contains(r#"convi_handover_warnings_total{door="ingest",field="context.cart"} 2"#),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
    let it = it.restarted().await;
    assert_eq!(it.app.acceptor.accept("msg-1", bytes.clone()).await.unwrap(), first);
    let continued = it.app.acceptor.accept("msg-2", bytes).await.unwrap();
    let continued: Value = serde_json::from_str(&continued).unwrap();
    assert_eq!((&continued["continued"], &continued["warnings"]), (&json!(true), &answer["warnings"]));
    let plain = it.posts("msg-3", &body("m1", "c3")).await;
    assert!(plain.get("warnings").is_none(), "{plain}");
}
