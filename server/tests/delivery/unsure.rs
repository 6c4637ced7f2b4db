//! When nobody knows whether there is a ticket: look up, resend once, ask a person, mend doubles.

use crate::support::{HELPDESK, TestApp};
use app::{
    backend::Backend,
    model::{DeliveryState, Destination, Resolution},
};
use gorgias_emulator::{Fault, FaultKind};

/// Past the last look-up: D, W and a little.
const PAST_W: u64 = 120;

#[tokio::test]
async fn a_ticket_that_was_made_before_the_connection_dropped_is_found() {
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
async fn a_ticket_that_was_not_made_is_sent_once_more_after_w() {
    for fault in
        [Fault::new(FaultKind::DropBeforeCommit), Fault::status(500), Fault::html(503), Fault::status(409)]
    {
        let it = TestApp::connected().await;
        it.shop.fault(fault.clone().on_create().once());
        let id = it.hands_over("c1").await;
        it.settles().await;
        for seconds in [17, 8, 20] {
            it.passes(seconds).await;
            assert_eq!(it.state_of(&id).await, DeliveryState::Unsure, "an early no does not count");
        }
        it.passes(PAST_W).await;
        assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1), "{fault:?}");
        assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 2);
    }
}

#[tokio::test]
async fn a_ticket_that_lands_late_within_w_makes_no_double() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(80.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn a_ticket_that_is_listed_late_within_w_makes_no_double() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_visibility(85.0).on_create().once());
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn a_ticket_that_lands_after_w_is_found_closed_and_shown() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(1_000.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes_in_steps(15, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    it.passes(3_700).await;
    let tickets = it.shop.tickets_with_external_id(&id);
    assert_eq!(tickets.len(), 2, "it did land");
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

/// The agent who merged ours goes on in the ticket that it went into: the double is what was listed later, although its
/// number is lower.
#[tokio::test]
async fn a_double_of_a_merged_ticket_is_closed_and_the_merged_one_stays() {
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
    assert_eq!(delivery.ticket_id, i64::try_from(ours).ok(), "its link leads on to where it was merged");
    assert_eq!(delivery.duplicates, [i64::try_from(double).unwrap()]);
    let status = |id| it.shop.ticket(id).unwrap().status;
    assert_eq!((status(survivor).as_str(), status(double).as_str()), ("open", "closed"));
}

/// Whoever answers in the ticket that a double was merged into is told where its own ticket is; nothing is closed, since
/// that ticket is about something else.
#[tokio::test]
async fn a_double_that_was_merged_away_is_found_said_and_shown() {
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
    assert!(it.shop.merge(double, survivor), "an agent, before we could close it");
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
    // The checks that follow find it again, and say nothing twice.
    it.passes(3_700).await;
    it.passes(24 * 3_600).await;
    assert_eq!(told(), once);
    assert_eq!(it.ticket_of(&earlier).await.repeated_in, [] as [i64; 0], "its own transcript is no repeat");
}

#[tokio::test]
async fn a_request_that_hangs_ends_after_15_seconds_and_is_found() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::HangAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles_while_hanging().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    it.passes(3).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn a_merged_ticket_is_found_through_its_customer() {
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
async fn a_killed_server_finds_what_it_had_sent() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.shop.fault(Fault::new(FaultKind::HangAfterCommit).on_create().once());
    // Killed in the middle: the ticket is made, the answer never read.
    let killed = async {
        it.shop.wait_for_tickets(1).await.unwrap();
    };
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("{done:?}"),
        () = killed => {}
    }
    let it = it.restarted().await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Sending, "the lease still runs");
    it.passes(61).await;
    it.passes(5).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 1);
}

#[tokio::test]
async fn after_three_unsure_attempts_a_person_is_asked() {
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
async fn a_disconnect_while_unsure_asks_a_person() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.passes(PAST_W).await;
    assert!(it.ticket_of(&id).await.needs_answer);
    // Connected again to the same account, the look-ups can count again.
    it.connects("key-1").await;
    it.passes(PAST_W).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

#[tokio::test]
async fn what_never_left_is_simply_tried_again() {
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

/// A person cannot see yet what is still on its way.
#[tokio::test]
async fn send_again_pressed_early_makes_no_double_of_what_lands_within_w() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(60.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let no = Resolution { destination: Destination::Helpdesk(HELPDESK), made: false, ticket_id: None };
    it.app.services.resolve(&it.owner, &id, no).await.unwrap();
    it.passes_in_steps(30, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// Somebody types the number of another shopper's ticket.
#[tokio::test]
async fn a_wrong_number_closes_nobody_s_ticket() {
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
        assert_eq!(it.ticket_of(&id).await.ticket_id, Some(wrong), "their word, for now");
        it.passes(3_700).await;
        it.passes(24 * 3_600).await;
        let delivery = it.ticket_of(&id).await;
        assert_eq!(delivery.ticket_id, Some(number(&id)), "the one that really is this handover's");
        assert_eq!(delivery.duplicates, [] as [i64; 0]);
        for ticket in it.shop.tickets() {
            assert_eq!(serde_json::to_value(&ticket).unwrap()["status"], "open");
        }
    }
}
