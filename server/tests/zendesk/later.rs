//! Tests of messages after the handover, whatever agents did to the ticket in the meantime.

use crate::support::{TestApp, body};
use app::model::DeliveryState;
use serde_json::json;
use zendesk_emulator::{Fault, FaultKind, Ticket};

/// Returns a delivered handover with its ticket.
async fn delivered(it: &TestApp) -> (String, Ticket) {
    let id = it.hands_over("c1").await;
    it.settles().await;
    let ticket = it.ticket(&id);
    (id, ticket)
}

#[tokio::test]
async fn later_message_becomes_a_private_comment() {
    let it = TestApp::connected().await;
    let (id, _) = delivered(&it).await;
    it.says("c1", 1, "Hello? {{ticket.id}}").await;
    it.passes(1).await;
    let ticket = it.ticket(&id);
    let [_, comment] = ticket.comments.as_slice() else { panic!("{:?}", ticket.comments) };
    assert!(!comment.public && comment.plain.contains("Hello? { {ticket.id}}"));
}

#[tokio::test]
async fn lost_update_is_made_once() {
    for fault in [
        FaultKind::DropBeforeCommit,
        FaultKind::DropAfterCommit,
        FaultKind::LateCommit { seconds: 100.0, answer: Default::default() },
        FaultKind::LateCommit { seconds: 200.0, answer: Default::default() },
    ] {
        for metadata in [true, false] {
            let it = TestApp::connected().await;
            it.shop.behave(|behaviour| behaviour.comments_have_metadata = metadata);
            let (id, _) = delivered(&it).await;
            it.shop.fault(Fault::new(fault.clone()).on("PUT", "/api/v2/tickets/*").once());
            it.says("c1", 1, "Hello?").await;
            it.passes_in_steps(40, 10).await;
            let said = it.ticket(&id).text().matches("Hello?").count();
            assert_eq!(said, 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn concurrent_agent_comment_loses_nothing() {
    let it = TestApp::connected().await;
    let (id, ticket) = delivered(&it).await;
    it.shop.fault(Fault::new(FaultKind::Delay { seconds: 5.0 }).on("PUT", "/api/v2/tickets/*").once());
    it.says("c1", 1, "Hello?").await;
    it.moves(1);
    let agent = async {
        it.shop.wait_for_requests(1, "PUT", "/api/v2/tickets/*").await.unwrap();
        it.shop.change_ticket(ticket.id, |ticket| ticket.tags.push("vip".into()));
        it.moves(5);
    };
    let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), agent);
    done.unwrap();
    it.passes_in_steps(20, 10).await;
    let ticket = it.ticket(&id);
    assert_eq!((ticket.text().matches("Hello?").count(), ticket.has_tag("vip")), (1, true));
}

#[tokio::test]
async fn later_address_changes_the_requester() {
    let it = TestApp::connected().await;
    let mut anonymous = body("c1");
    anonymous["conversation"]["shopper"] = json!({});
    let id = it.posts("msg-1", &anonymous).await;
    it.settles().await;
    it.posts("msg-2", &body("c1")).await;
    it.passes(1).await;
    let ticket = it.ticket(&id);
    let requester = it.shop.users().into_iter().find(|user| user.id == ticket.requester).unwrap();
    assert_eq!(requester.email.as_deref(), Some("jane@example.com"));
    assert!(ticket.comments[1].plain.contains("jane@example.com"));
}

#[tokio::test]
async fn message_to_a_closed_ticket_creates_one_follow_up() {
    let it = TestApp::connected().await;
    let (id, ticket) = delivered(&it).await;
    it.shop.close(ticket.id);
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    it.says("c1", 1, "Hello?").await;
    it.passes_in_steps(20, 10).await;
    it.says("c1", 2, "Still there?").await;
    it.passes_in_steps(3, 10).await;
    let follow_ups: Vec<_> =
        it.shop.tickets().into_iter().filter(|it| it.follows == Some(ticket.id)).collect();
    let [follow_up] = follow_ups.as_slice() else { panic!("{follow_ups:?}") };
    assert!(follow_up.text().contains("Hello?") && follow_up.text().contains("Still there?"));
    assert_eq!((follow_up.requester, follow_up.is_public()), (ticket.requester, false));
    assert_eq!(follow_up.tags, ["convi-handover", "convi-asked-for-human"]);
    it.passes_in_steps(2, 86_400).await;
    assert_eq!(it.ticket(&id).comments.len(), 1, "a follow-up is not a duplicate");
    assert_ne!(it.shop.ticket(follow_up.id).unwrap().status, "closed");
}

#[tokio::test]
async fn message_to_a_merged_ticket_goes_to_the_survivor() {
    for names_survivor in [true, false] {
        let it = TestApp::connected().await;
        it.shop.behave(|behaviour| behaviour.merge_names_survivor = names_survivor);
        let (_, ticket) = delivered(&it).await;
        let other = it.hands_over("c2").await;
        it.settles().await;
        let other = it.ticket(&other);
        assert!(it.shop.merge(ticket.id, other.id));
        it.says("c1", 1, "Hello?").await;
        it.passes(1).await;
        assert!(it.shop.ticket(other.id).unwrap().text().contains("Hello?"));
        it.passes_in_steps(2, 86_400).await;
        assert_eq!(it.shop.tickets().len(), 1, "a merged ticket is not created again");
    }
}

#[tokio::test]
async fn message_to_a_deleted_ticket_fails() {
    let it = TestApp::connected().await;
    let (id, ticket) = delivered(&it).await;
    it.shop.delete(ticket.id);
    it.says("c1", 1, "Hello?").await;
    it.passes_in_steps(3, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert!(it.shop.tickets().is_empty());
}
