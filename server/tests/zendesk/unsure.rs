//! Tests of unsure tickets: the idempotency key of the first two hours, and the look-ups after that.

use crate::support::{CREATE, TestApp};
use app::model::DeliveryState;
use zendesk_emulator::{Fault, FaultKind};

#[tokio::test]
async fn lost_answer_leads_to_one_ticket() {
    for fault in [
        FaultKind::DropBeforeCommit,
        FaultKind::DropAfterCommit,
        FaultKind::CutBody,
        FaultKind::GarbageBody,
        FaultKind::LateCommit { seconds: 20.0, answer: Default::default() },
        FaultKind::Status { status: 502, html: true, message: None },
    ] {
        let it = TestApp::connected().await;
        it.shop.fault(Fault::new(fault.clone()).on_create().once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Unsure, "{fault:?}");
        it.passes_in_steps(14, 10).await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "{fault:?}");
        it.ticket(&id);
    }
}

/// The request lands after the look-up that counted and after the resend, so its key is already known.
#[tokio::test]
async fn late_request_is_deduplicated_by_its_key() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(600.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(70, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.shop.requests_of(CREATE.0, CREATE.1).len(), 2);
    it.ticket(&id);
}

/// If the key is ignored, the check finds the duplicate and closes it.
#[tokio::test]
async fn duplicate_without_a_key_is_found_and_closed() {
    let it = TestApp::connected().await;
    it.shop.behave(|behaviour| behaviour.late_requests_ignore_keys = true);
    it.shop.fault(Fault::late_commit(600.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(70, 10).await;
    it.passes_in_steps(2, 3_700).await;
    let tickets = it.shop.tickets_with_external_id(&id);
    let [kept, double] = tickets.as_slice() else { panic!("{}", tickets.len()) };
    assert_eq!((kept.status.as_str(), double.status.as_str()), ("new", "closed"));
    assert!(double.has_tag("convi-duplicate") && double.text().contains(&format!("ticket {}", kept.id)));
}

#[tokio::test]
async fn ticket_that_is_listed_late_is_found() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_visibility(80.0).on_create().once());
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(14, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.shop.requests_of(CREATE.0, CREATE.1).len(), 1);
    it.ticket(&id);
}

#[tokio::test]
async fn killed_server_creates_one_ticket() {
    let mut it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.restart().await;
    it.passes_in_steps(20, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    it.ticket(&id);
}

/// A failed token or user request creates nothing.
#[tokio::test]
async fn trouble_before_the_ticket_is_not_unsure() {
    for (method, path) in [("POST", "/oauth/tokens"), ("POST", "/api/v2/users")] {
        let it = TestApp::connected().await;
        it.shop.revoke_tokens();
        it.moves(1_800);
        it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on(method, path).once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Waiting, "{path}");
        it.passes_in_steps(3, 10).await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "{path}");
        it.ticket(&id);
    }
}
