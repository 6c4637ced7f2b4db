//! From "I need to talk to a human" to the ticket, and messages after it.

use crate::{
    support::TestApp,
    visitors::{Shopper, newest, texts},
};
use app::{
    chat_backend::ChatBackend,
    model::{ConversationState, DeliveryState},
};
use serde_json::{Value, json};

const ASKS: &str = "I need to talk to a human about a billing issue.";

#[tokio::test]
async fn asking_for_a_human_creates_a_ticket_with_transcript_and_address() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hi, my address is jane@example.com").await;
    let view = jane.says(ASKS).await;
    assert_eq!(view.state, "handed_over");
    assert!(
        texts(&view).last().unwrap().contains("jane@example.com"),
        "the reply says where the answer will come"
    );
    it.settles().await;
    let item = newest(&it).await;
    assert_eq!(item.state, ConversationState::HandedOver);
    let handover = item.handover.unwrap();
    assert_eq!(handover.reason.as_deref(), Some("asked_for_human"));
    assert_eq!(handover.deliveries[0].state, DeliveryState::Delivered);
    let ticket =
        serde_json::to_value(it.shop.ticket_with_external_id(&handover.handover_id).unwrap()).unwrap();
    assert!(ticket["messages"][0]["body_text"].as_str().unwrap().contains(ASKS));
    assert!(it.shop.customers().iter().any(|it| it.email.as_deref() == Some("jane@example.com")));
    assert!(it.shop.sent_to_shoppers().is_empty());
}

#[tokio::test]
async fn agent_and_ability_at_the_same_time_create_one_handover() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let id = newest(&it).await.id;
    let (by_hand, by_itself) = tokio::join!(it.app.chat.hand_over(&it.owner, &id), jane.says(ASKS));
    by_hand.unwrap();
    assert_eq!(by_itself.state, "handed_over");
    it.settles().await;
    it.passes(5).await;
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn later_messages_go_to_the_same_ticket() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says(ASKS).await;
    it.settles().await;
    jane.says("It is about invoice 7.").await;
    jane.says("You can write to jane@example.com").await;
    it.settles().await;
    it.passes(5).await;
    let id = newest(&it).await.handover.unwrap().handover_id;
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&id).unwrap()).unwrap();
    let all = ticket["messages"].to_string();
    assert_eq!(all.matches("It is about invoice 7.").count(), 2, "once as text and once as HTML");
    assert!(all.contains("jane@example.com (typed by the visitor, not verified)"));
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn shopper_who_leaves_an_address_is_told_where_the_answer_will_come() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says(ASKS).await;
    let view = jane.leaves("jane@example.com").await;
    assert_eq!(
        *texts(&view).last().unwrap(),
        "Thank you. Our team will answer by email to jane@example.com."
    );
    let view = jane.says("Sorry, jane@work.example").await;
    assert!(
        texts(&view).last().unwrap().ends_with("by email to jane@work.example."),
        "a corrected address too"
    );
}

#[tokio::test]
async fn giving_back_and_handing_over_again_keeps_one_ticket() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says(ASKS).await;
    it.settles().await;
    let id = newest(&it).await.id;
    let view = it.app.chat.give_back(&it.owner, &id).await.unwrap();
    assert_eq!(view.item.state, ConversationState::Open);
    jane.says("What is your return policy?").await;
    jane.says("Let me speak to a real person please").await;
    it.settles().await;
    it.passes(5).await;
    assert_eq!(it.shop.tickets().len(), 1);
    let handover = newest(&it).await.handover.unwrap().handover_id;
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&handover).unwrap()).unwrap();
    assert!(ticket["messages"].to_string().contains("What is your return policy?"));
}

/// The assistant answers again, but the ticket still exists and its agents may want to write.
#[tokio::test]
async fn address_left_after_giving_back_reaches_the_ticket() {
    let left_by_itself: &[&str] = &["Is the mug blue?", "jane@example.com"];
    let with_the_next_handover: &[&str] =
        &["Is the mug blue?", "A real person please, I am jane@example.com"];
    for says in [left_by_itself, with_the_next_handover] {
        let it = TestApp::connected().await;
        let jane = Shopper::of(&it).await;
        jane.says(ASKS).await;
        it.settles().await;
        let id = newest(&it).await.id;
        it.app.chat.give_back(&it.owner, &id).await.unwrap();
        for text in says {
            jane.says(text).await;
        }
        it.settles().await;
        it.passes(5).await;
        let handover = newest(&it).await.handover.unwrap().handover_id;
        let ticket = || serde_json::to_value(it.shop.ticket_with_external_id(&handover).unwrap()).unwrap();
        let told = |what: &str| ticket()["messages"].to_string().matches(what).count();
        assert_eq!(told("The shopper left an address: jane@example.com"), 2, "once as text and once as HTML");
        assert!(it.shop.customers().iter().any(|it| it.email.as_deref() == Some("jane@example.com")));
        // Messages to the assistant are added once, with the next handover.
        jane.says("Let me speak to a real person please").await;
        it.settles().await;
        it.passes(5).await;
        assert_eq!(told("Is the mug blue?"), 2, "once as text and once as HTML");
        assert_eq!(told("The shopper left an address"), 2);
    }
}

#[tokio::test]
async fn shop_context_is_shown_to_the_agent() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says_with("Hello", json!({"custom": {"plan": "silver"}})).await;
    let many: serde_json::Map<String, Value> = (0..120).map(|n| (format!("f{n:03}"), json!(n))).collect();
    jane.says_with("Hello again", json!({"custom": many})).await;
    jane.says_with("And again", json!({"custom": {"plan": "gold", "points": 12, "vip": false}})).await;
    // A message without context keeps the earlier context.
    jane.says_with("Hm", json!({"custom": null})).await;
    jane.says(ASKS).await;
    it.settles().await;
    let item = newest(&it).await;
    let context = it.app.chat.conversation(&it.owner, &item.id, 0).await.unwrap().context;
    let custom =
        [("plan", "gold"), ("points", "12"), ("vip", "false")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert!(custom.iter().all(|line| context.contains(line)), "{context:?}");
    let id = item.handover.unwrap().handover_id;
    let kept = it.app.store.handover_body(&id).await.unwrap().unwrap().conversation.context.custom;
    assert_eq!(kept, custom);
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&id).unwrap()).unwrap();
    assert!(
        ticket["messages"][1]["body_text"].as_str().unwrap().contains("plan: gold\npoints: 12\nvip: false")
    );
}

#[tokio::test]
async fn cart_is_shown_to_the_agent() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    let mug = |quantity: u32| json!([{"title": "Everyday mug", "quantity": quantity, "price": "24.00 EUR"}]);
    jane.says_with("Hello", json!({"order_number": "#1042", "cart": mug(1)})).await;
    let long = "x".repeat(1_000);
    let many: Vec<Value> = (0..80).map(|n| json!({"title": format!("Bowl {n} {long}")})).collect();
    for (posted, lines) in [
        // The last line says how many items were left out.
        (json!(many), 51),
        // An invalid cart does not keep a shopper from writing, and its readable parts are used.
        (
            json!([7, {"title": 8}, {"quantity": 1}, {"title": "", "price": 1}, {"title": "Jug", "price": null}]),
            5,
        ),
        (json!([]), 0),
        (json!("a mug"), 1),
        (mug(2), 1),
        (json!(null), 1),
        (json!(true), 1),
    ] {
        jane.says_with("Hello again", json!({"cart": posted})).await;
        let id = newest(&it).await.id;
        let context = it.app.chat.conversation(&it.owner, &id, 0).await.unwrap().context;
        let cart: Vec<_> = context.iter().filter(|(name, _)| name == "Cart").map(|(_, item)| item).collect();
        assert_eq!(cart.len(), lines, "{cart:?}");
        assert!(cart.iter().all(|item| item.chars().count() <= 200));
    }
    jane.says(ASKS).await;
    it.settles().await;
    let item = newest(&it).await;
    let context = it.app.chat.conversation(&it.owner, &item.id, 0).await.unwrap().context;
    assert!(context.contains(&("Cart".to_owned(), "2 × Everyday mug, 24.00 EUR".to_owned())));
    let id = item.handover.unwrap().handover_id;
    let kept = it.app.store.handover_body(&id).await.unwrap().unwrap().conversation.context.cart;
    assert_eq!(
        serde_json::to_value(kept).unwrap(),
        json!([{"title": "Everyday mug", "quantity": "2", "price": "24.00 EUR"}])
    );
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&id).unwrap()).unwrap();
    assert!(
        ticket["messages"][1]["body_text"].as_str().unwrap().contains("Cart: 2 × Everyday mug, 24.00 EUR")
    );
}

#[tokio::test]
async fn anonymous_visitors_cannot_flood_a_helpdesk() {
    let it = TestApp::connected().await;
    let mut handed = 0;
    for _ in 0..40 {
        // The rate of new visitors is limited too, but that is not tested here.
        it.moves(61);
        let view = Shopper::of(&it).await.says(ASKS).await;
        handed += u32::from(view.state == "handed_over");
    }
    assert_eq!(handed, 20, "an address hands over 20 conversations an hour");
}
