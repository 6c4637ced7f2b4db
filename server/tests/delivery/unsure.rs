//! When it is unknown whether a ticket exists: look it up, resend once, ask a person, close duplicates.

use crate::support::{HELPDESK, TestApp};
use app::{
    backend::Backend,
    model::{DeliveryState, Destination, Resolution},
};
use gorgias_emulator::{Fault, FaultKind};

/// After the last look-up: D, W and a margin.
const PAST_W: u64 = 120;

#[tokio::test]
async fn ticket_created_before_the_connection_dropped_is_found() {
    for fault in
        [FaultKind::DropAfterCommit, FaultKind::GarbageBody, FaultKind::EmptyBody, FaultKind::CutBody]
    {
        let it = TestApp::connected().await;
        it.shop.fault(Fault::new(fault.clone()).on_create().once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Unsure, "{fault:?}");
        it.passes(17).await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "{fault:?}");
        it.passes(PAST_W).await;
        assert_eq!(it.tickets(&id), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn missing_ticket_is_resent_once_after_w() {
    for fault in
        [Fault::new(FaultKind::DropBeforeCommit), Fault::status(500), Fault::html(503), Fault::status(409)]
    {
        let it = TestApp::connected().await;
        it.shop.fault(fault.clone().on_create().once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        for seconds in [17, 8, 20] {
            it.passes(seconds).await;
            assert_eq!(
                it.state_of(&id).await,
                DeliveryState::Unsure,
                "an early empty look-up does not count"
            );
        }
        it.passes(PAST_W).await;
        assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1), "{fault:?}");
        assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 2);
    }
}

#[tokio::test]
async fn ticket_created_late_within_w_causes_no_duplicate() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(80.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn ticket_listed_late_within_w_causes_no_duplicate() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_visibility(85.0).on_create().once());
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn ticket_created_after_w_is_found_closed_and_shown() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(1_000.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(15, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    it.passes(3_700).await;
    let tickets = it.shop.tickets_with_external_id(&id);
    assert_eq!(tickets.len(), 2, "the late ticket exists");
    let delivery = it.ticket_of(&id).await;
    let lowest = tickets.iter().map(|ticket| ticket.id).min().unwrap();
    assert_eq!(delivery.ticket_id, i64::try_from(lowest).ok());
    assert_eq!(delivery.duplicates.len(), 1);
    let double = tickets.iter().find(|ticket| ticket.id != lowest).unwrap();
    let json = serde_json::to_value(double).unwrap();
    assert_eq!(json["status"], "closed");
    assert!(json["tags"].to_string().contains("convi-duplicate"));
    assert!(
        json["messages"].to_string().contains(&format!("/app/ticket/{lowest}")),
        "the note links the ticket"
    );
    assert!(it.shop.sent_to_shoppers().is_empty());
}

/// An agent who merged our ticket continues in the merge target, so the duplicate is the ticket that was listed later,
/// even though its number is lower.
#[tokio::test]
async fn duplicate_of_a_merged_ticket_is_closed_and_the_merged_one_stays() {
    let it = TestApp::connected().await;
    let earlier = it.hands_over("c0").await;
    it.settles().await;
    it.shop.fault(Fault::late_visibility(1_000.0).on_create().once());
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let number = |id: &str| it.shop.ticket_with_external_id(id).unwrap().id;
    let (survivor, double) = (number(&earlier), number(&id));
    it.passes_in_steps(15, 10).await;
    let ours = it.ticket_of(&id).await.ticket_id.unwrap().unsigned_abs();
    assert!(double < ours && it.shop.merge(ours, survivor));
    it.passes(3_700).await;
    it.passes(5).await;
    let delivery = it.ticket_of(&id).await;
    assert_eq!(delivery.ticket_id, i64::try_from(ours).ok(), "its link redirects to the merge target");
    assert_eq!(delivery.duplicates, [i64::try_from(double).unwrap()]);
    let status = |id| it.shop.ticket(id).unwrap().status;
    assert_eq!((status(survivor).as_str(), status(double).as_str()), ("open", "closed"));
}

/// When a duplicate was merged into another ticket, a note there links to the original. Nothing is closed, because that
/// ticket is about something else.
#[tokio::test]
async fn merged_duplicate_is_found_noted_and_shown() {
    let it = TestApp::connected().await;
    let earlier = it.hands_over("c0").await;
    it.settles().await;
    it.shop.fault(Fault::late_commit(1_000.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(15, 10).await;
    it.passes(1_000).await;
    let ours = it.ticket_of(&id).await.ticket_id.unwrap();
    let other = |id: &str| {
        let tickets = it.shop.tickets_with_external_id(id);
        tickets.iter().map(|ticket| ticket.id).find(|id| i64::try_from(*id) != Ok(ours)).unwrap()
    };
    let (survivor, double) = (other(&earlier), other(&id));
    assert!(it.shop.merge(double, survivor), "an agent merges it before we can close it");
    it.passes(3_700).await;
    it.passes(5).await;
    let delivery = it.ticket_of(&id).await;
    assert_eq!((delivery.ticket_id, delivery.duplicates), (Some(ours), vec![]));
    assert_eq!(delivery.repeated_in, [i64::try_from(survivor).unwrap()]);
    let told = || {
        let json = serde_json::to_value(it.shop.ticket(survivor).unwrap()).unwrap();
        assert_eq!(json["status"], "open");
        json["messages"].to_string().matches(&format!("/app/ticket/{ours}")).count()
    };
    let once = told();
    assert!(once > 0, "the note links the ticket");
    // Later checks find it again and do not repeat the note.
    it.passes(3_700).await;
    it.passes(24 * 3_600).await;
    assert_eq!(told(), once);
    assert_eq!(
        it.ticket_of(&earlier).await.repeated_in,
        [] as [i64; 0],
        "its own transcript is not a duplicate"
    );
}

#[tokio::test]
async fn hanging_request_times_out_after_15_seconds_and_is_found() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::HangAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles_while_hanging().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    it.passes(3).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn merged_ticket_is_found_through_its_customer() {
    let it = TestApp::connected().await;
    let earlier = it.hands_over("c0").await;
    it.settles().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    it.shop.fault(Fault::status(500).on_lookup().times(3));
    let id = it.hands_over("c1").await;
    it.settles().await;
    let (first, second) = (
        it.shop.ticket_with_external_id(&earlier).unwrap().id,
        it.shop.ticket_with_external_id(&id).unwrap().id,
    );
    assert!(it.shop.merge(second, first));
    it.passes_in_steps(60, 10).await;
    let delivery = it.ticket_of(&id).await;
    assert_eq!(
        (delivery.state, delivery.ticket_id),
        (DeliveryState::Delivered, i64::try_from(first).ok()),
        "{:?}",
        delivery.last_error
    );
    assert_eq!(it.shop.messages_with_external_id(&format!("{id}:1")).len(), 1);
}

#[tokio::test]
async fn killed_server_finds_what_it_had_sent() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.shop.fault(Fault::new(FaultKind::HangAfterCommit).on_create().once());
    // Killed halfway: the ticket is created, but the response is never read.
    let killed = async {
        it.shop.wait_for_tickets(1).await.unwrap();
    };
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("{done:?}"),
        () = killed => {}
    }
    let it = it.restarted().await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Sending, "the lease has not expired");
    it.passes(61).await;
    it.passes(5).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 1);
}

#[tokio::test]
async fn merchant_is_asked_after_three_unsure_attempts() {
    let it = TestApp::connected().await;
    let fault = it.shop.fault(Fault::status(500).on_create());
    let id = it.hands_over("c1").await;
    it.passes_in_steps(60, 10).await;
    let delivery = it.ticket_of(&id).await;
    assert_eq!((delivery.state, delivery.needs_answer, delivery.attempts), (DeliveryState::Unsure, true, 3));
    it.shop.clear_fault(fault);
    let answer = |made| Resolution { destination: Destination::Helpdesk(HELPDESK), made, ticket_id: None };
    it.app.services.resolve(&it.owner, &id, answer(false)).await.unwrap();
    it.settles().await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    let twice = it.app.services.resolve(&it.owner, &id, answer(true)).await.unwrap_err();
    assert_eq!(twice.status(), 409);
}

#[tokio::test]
async fn merchant_is_asked_after_a_disconnect_while_unsure() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.passes(PAST_W).await;
    assert!(it.ticket_of(&id).await.needs_answer);
    // After reconnecting to the same account, look-ups count again.
    it.connects("key-1").await;
    it.passes(PAST_W).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn unsent_request_is_simply_retried() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::status(429).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let waiting = it.ticket_of(&id).await;
    assert_eq!(waiting.state, DeliveryState::Waiting);
    assert!(waiting.next_attempt_at.is_some() && waiting.last_error.is_some());
    it.passes(60).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// The merchant cannot see yet what is still in flight.
#[tokio::test]
async fn early_send_again_causes_no_duplicate_within_w() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(60.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let no = Resolution { destination: Destination::Helpdesk(HELPDESK), made: false, ticket_id: None };
    it.app.services.resolve(&it.owner, &id, no).await.unwrap();
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// The merchant enters the number of another shopper's ticket.
#[tokio::test]
async fn wrong_ticket_number_closes_no_ticket() {
    for later in [false, true] {
        let it = TestApp::connected().await;
        let before = it.hands_over("c0").await;
        it.settles().await;
        it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        let after = it.hands_over("c2").await;
        it.settles().await;
        let number = |id: &str| i64::try_from(it.shop.ticket_with_external_id(id).unwrap().id).unwrap();
        let wrong = number(if later { &after } else { &before });
        let yes =
            Resolution { destination: Destination::Helpdesk(HELPDESK), made: true, ticket_id: Some(wrong) };
        it.app.services.resolve(&it.owner, &id, yes).await.unwrap();
        assert_eq!(it.ticket_of(&id).await.ticket_id, Some(wrong), "accepted for now");
        it.passes(3_700).await;
        it.passes(24 * 3_600).await;
        let delivery = it.ticket_of(&id).await;
        assert_eq!(delivery.ticket_id, Some(number(&id)), "the ticket that really belongs to this handover");
        assert_eq!(delivery.duplicates, [] as [i64; 0]);
        for ticket in it.shop.tickets() {
            assert_eq!(serde_json::to_value(&ticket).unwrap()["status"], "open");
        }
    }
}
