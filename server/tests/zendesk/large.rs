//! Tests of a conversation that does not fit into one comment.

use crate::support::{TestApp, body};
use app::model::DeliveryState;
use serde_json::{Value, json};
use zendesk_emulator::{Fault, FaultKind, Ticket};

const TURNS: usize = 900;

/// About 200 kB, so four or five comments.
fn large(conversation: &str) -> Value {
    let mut large = body(conversation);
    large["conversation"]["messages"] = (0..TURNS)
        .map(|n| json!({"id": n.to_string(), "author": "shopper", "text": format!("turn {n}: {}", "<ü> ".repeat(30))}))
        .collect();
    large
}

fn assert_whole(ticket: &Ticket) {
    assert!(ticket.comments.len() > 2);
    assert!(ticket.comments.iter().all(|comment| !comment.public && comment.html.len() < 65_535));
    let text = ticket.text();
    let places: Vec<_> = (0..TURNS).map(|n| text.find(&format!("turn {n}: <ü>"))).collect();
    assert!(places.iter().all(Option::is_some), "every turn arrived");
    assert!(places.is_sorted(), "in order");
    assert_eq!(text.matches("turn 7: ").count(), 1, "only once");
    assert_eq!(ticket.tags, ["convi-handover", "convi-asked-for-human"]);
}

#[tokio::test]
async fn large_conversation_arrives_complete_and_in_order() {
    let it = TestApp::connected().await;
    let id = it.posts("msg-1", &large("c1")).await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_whole(&it.ticket(&id));
}

#[tokio::test]
async fn interrupted_ticket_is_completed_without_a_second_ticket() {
    for fault in [FaultKind::DropBeforeCommit, FaultKind::DropAfterCommit] {
        let it = TestApp::connected().await;
        it.shop.fault(Fault::new(fault).on("PUT", "/api/v2/tickets/*").after(1).once());
        let id = it.posts("msg-1", &large("c1")).await;
        it.settles().await;
        let waiting = it.delivery(&id).await;
        assert_eq!(waiting.state, DeliveryState::Waiting);
        assert!(waiting.last_error.unwrap().contains("the rest of its conversation will follow"));
        assert!(it.ticket(&id).has_tag("convi-unfinished"));
        it.passes_in_steps(3, 10).await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
        assert_whole(&it.ticket(&id));
    }
}

#[tokio::test]
async fn look_up_ignores_an_incomplete_ticket() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.posts("msg-1", &large("c1")).await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    it.passes_in_steps(15, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_whole(&it.ticket(&id));
}

#[tokio::test]
async fn updates_beyond_the_limit_per_ticket_wait() {
    let it = TestApp::connected().await;
    let mut huge = body("c1");
    huge["conversation"]["messages"] = (0..40)
        .map(|n| json!({"id": n.to_string(), "author": "shopper", "text": format!("turn {n}: {}", "x".repeat(50_000))}))
        .collect();
    let id = it.posts("msg-1", &huge).await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Waiting);
    assert_eq!(it.ticket(&id).comments.len(), 26);
    it.passes_in_steps(3, 620).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.ticket(&id).comments.len(), 40);
    assert_eq!(it.shop.requests().iter().filter(|request| request.status == Some(429)).count(), 0);
}
