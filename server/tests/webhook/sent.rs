//! What a receiver gets.

use crate::support::{TestApp, body};
use app::model::DeliveryState;
use serde_json::json;

#[tokio::test]
async fn handover_is_one_signed_event() {
    let (it, secret) = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.settles().await;
    let [event] = &it.receiver.events()[..] else { panic!("{:?}", it.receiver.kinds()) };
    assert!(event.is_signed_with(&secret));
    assert_eq!(event.header("content-type"), "application/json");
    assert_eq!(event.header("webhook-timestamp"), "1795341600");
    assert!(!event.id().is_empty() && !event.id().contains('.'));
    assert_eq!(event.kind(), "handover.created");
    let data = &event.json["data"];
    assert_eq!((&data["merchant_id"], &data["handover_id"]), (&json!("m1"), &json!(id)));
    assert_eq!((&data["conversation_id"], &data["sequence"]), (&json!("c1"), &json!(0)));
    assert_eq!(data["trigger"], json!({"kind": "automatic", "reason": "asked_for_human", "by": null}));
    assert_eq!(data["conversation"]["context"]["cart"][0]["title"], "Mug");
    assert_eq!(
        data["conversation"]["messages"][0]["text"],
        "I need to talk to a human about a billing issue."
    );
    let delivery = it.delivery(&id).await;
    assert_eq!((delivery.state, delivery.ticket_id), (DeliveryState::Delivered, None));
    it.passes(25 * 3_600).await;
    assert_eq!(it.receiver.events().len(), 1, "nothing is looked up later");
}

#[tokio::test]
async fn later_messages_and_an_address_follow_in_order() {
    let (it, secret) = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.says("c1", 1, "Are you there?").await;
    let mut with_address = body("c1");
    with_address["conversation"]["shopper"]["email"] = json!("jane@example.com");
    it.posts("msg-address", &with_address).await;
    // The first event fails, so the others wait.
    it.receiver.next([crate::receiver::Reply::Status(500)]);
    it.settles().await;
    assert_eq!(it.receiver.kinds(), ["handover.created"]);
    for _ in 0..5 {
        it.passes(10).await;
    }
    assert_eq!(
        it.receiver.kinds(),
        ["handover.created", "handover.created", "handover.message", "handover.email"]
    );
    let events = it.receiver.events();
    assert_eq!(
        (events[0].id(), &events[0].body),
        (events[1].id(), &events[1].body),
        "a repetition is the same"
    );
    assert_ne!(events[1].id(), events[2].id());
    assert!(events.iter().all(|event| event.is_signed_with(&secret) && !event.id().contains('.')));
    assert_eq!(events[2].json["data"]["messages"][0]["text"], "Are you there?");
    assert_eq!(events[2].json["data"]["sequence"], 1);
    assert_eq!(events[3].json["data"]["email"], "jane@example.com");
    assert!(events.iter().all(|event| event.json["data"]["handover_id"] == id.as_str()));
}

#[tokio::test]
async fn killed_server_repeats_the_event() {
    let (mut it, _) = TestApp::connected().await;
    it.receiver.next([crate::receiver::Reply::Hang]);
    let id = it.hands_over("c1").await;
    let dispatcher = it.app.dispatcher.clone();
    let running = tokio::spawn(async move { dispatcher.run_due().await });
    it.receiver.has_got(2).await;
    running.abort();
    let _ = running.await;
    it.restart().await;
    it.passes(61).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Waiting, "never unsure");
    it.passes(10).await;
    let events = it.receiver.events();
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].id(), &events[0].body), (events[1].id(), &events[1].body));
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}
