//! The group and the priority that a merchant chose.

use crate::support::{CREATE, TestApp, form};
use app::model::{ConnectionForm, DeliveryState, SaveOutcome};
use zendesk_emulator::Fault;

async fn chooses(it: &TestApp, group: &str, priority: &str) {
    let chosen = ConnectionForm {
        api_key: None,
        team: Some(group.to_owned()),
        priority: Some(priority.to_owned()),
        ..form()
    };
    let saved = it.saves(chosen).await;
    assert!(matches!(saved, SaveOutcome::Saved { .. }), "{saved:?}");
}

#[tokio::test]
async fn chosen_group_and_priority_are_on_the_ticket() {
    let it = TestApp::connected().await;
    let first = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!((it.ticket(&first).group, it.ticket(&first).priority), (None, None), "Zendesk's rules decide");
    let billing = it.shop.add_group("Billing");
    let gone = it.shop.add_group("Gone");
    it.shop.remove_group(gone);
    chooses(&it, &billing.to_string(), "urgent").await;
    let row = it.row().await;
    assert_eq!((row.team, row.priority.as_deref()), (Some(billing), Some("urgent")));
    let names: Vec<_> = row.teams.iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["Support", "Billing"], "without the deleted one");
    let second = it.hands_over("c2").await;
    it.settles().await;
    let ticket = it.ticket(&second);
    assert_eq!((ticket.group, ticket.priority.as_deref()), (Some(billing), Some("urgent")));
}

/// Zendesk may or may not keep a rejection under its idempotency key; its reasons are in the account's language.
#[tokio::test]
async fn deleted_group_costs_one_attempt_and_no_ticket() {
    for keep_refusals in [false, true] {
        let it = TestApp::connected().await;
        it.shop.behave(|behaviour| {
            behaviour.keep_refusals = keep_refusals;
            behaviour.reasons_in_portuguese = true;
        });
        let billing = it.shop.add_group("Billing");
        chooses(&it, &billing.to_string(), "high").await;
        it.shop.remove_group(billing);
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "at once");
        let ticket = it.ticket(&id);
        assert_eq!((ticket.group, ticket.priority), (None, None));
        assert_eq!(it.delivery(&id).await.attempts, 2);
        let warned: Vec<_> = it.row().await.warnings.into_iter().map(|it| it.kind).collect();
        assert_eq!(warned, ["routing_refused"]);
    }
}

/// The merchant's choice is not part of the idempotency key: the request of an attempt with an unclear result may still
/// arrive after the resend.
#[tokio::test]
async fn change_of_the_choice_after_an_unclear_attempt_creates_no_second_ticket() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(600.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    let billing = it.shop.add_group("Billing");
    chooses(&it, &billing.to_string(), "high").await;
    it.passes_in_steps(70, 10).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.shop.requests_of(CREATE.0, CREATE.1).len(), 2);
    assert_eq!(it.ticket(&id).group, Some(billing));
}

#[tokio::test]
async fn rejection_of_another_ticket_after_an_unclear_attempt_creates_no_second_ticket() {
    let it = TestApp::connected().await;
    chooses(&it, "", "high").await;
    it.shop.fault(Fault::late_commit(600.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    it.shop.fault(Fault::reject("priority").on_create().once());
    let other = it.hands_over("c2").await;
    it.settles().await;
    assert_eq!((it.state_of(&other).await, it.ticket(&other).priority), (DeliveryState::Delivered, None));
    it.passes_in_steps(70, 10).await;
    assert_eq!((it.state_of(&id).await, it.ticket(&id).priority), (DeliveryState::Delivered, None));
    assert_eq!(it.shop.requests_of(CREATE.0, CREATE.1).len(), 4);
}
