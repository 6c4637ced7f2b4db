//! What a receiver gets.

use crate::{
    receiver::Reply,
    support::{TestApp, body},
};
use app::model::{DeliveryState, Destination, Helpdesk};
use convi_server::store::answers::NewAnswer;
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
    it.receiver.next([Reply::Status(500)]);
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
    it.receiver.next([Reply::Hang]);
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

/// The handover's ticket is in a helpdesk. Its agents' answers are events here.
#[tokio::test]
async fn agents_answers_are_events_in_order() {
    let (it, secret) = TestApp::connected().await;
    let acme = it.connects_a_helpdesk_that_receives().await;
    let id = it.hands_over("c1").await;
    let answer = |message: i64, text: &str| NewAnswer {
        handover: id.clone(),
        message,
        ticket: 77,
        author: (message == 1).then(|| "Anna".to_owned()),
        text: text.to_owned(),
        at: 1_795_341_000_000 + message,
        emailed: false,
    };
    let two = [answer(1, "Which invoice?"), answer(2, "I found <it>.")];
    it.app.store.keep_answers(&acme, &two, 1_795_341_600_000).await.unwrap();
    it.receiver.next([Reply::Status(500)]);
    it.settles().await;
    assert_eq!(it.receiver.kinds(), ["answer.created"], "the second one waits for the first");
    for _ in 0..5 {
        it.passes(10).await;
    }
    assert_eq!(it.receiver.kinds(), ["answer.created"; 3]);
    let events = it.receiver.events();
    assert_eq!((events[0].id(), &events[0].body), (events[1].id(), &events[1].body));
    assert!(events.iter().all(|event| event.is_signed_with(&secret) && !event.id().contains('.')));
    assert_eq!(events[1].json["timestamp"], "2026-11-22T09:50:00.001Z");
    let listed = it.app.services.answers(&it.owner, "c1", None).await.unwrap().answers;
    let expected = [("Which invoice?", Some("Anna")), ("I found <it>.", None)];
    for ((event, listed), (text, author)) in events[1..].iter().zip(&listed).zip(expected) {
        let data = &event.json["data"];
        assert_eq!(data["answer"], serde_json::to_value(listed).unwrap(), "as the API has it");
        assert_eq!((&data["answer"]["text"], &data["answer"]["author"]), (&json!(text), &json!(author)));
        assert_eq!((&data["merchant_id"], &data["conversation_id"]), (&json!("m1"), &json!("c1")));
        assert_eq!((&data["handover_id"], &data["answer"]["ticket_id"]), (&json!(id), &json!(77)));
    }
    // An answer is no handover: what went to the helpdesk is not resent here, and nothing is shown for the webhook.
    let view = it.app.services.handover(&it.owner, &id).await.unwrap().unwrap();
    assert!(view.deliveries.iter().all(|it| it.destination != Destination::Helpdesk(Helpdesk::WEBHOOK)));
}
