//! The wall clock jumps, the process is killed or gets a late response: elapsed time must not be taken from the wall
//! clock.

use crate::support::TestApp;
use app::model::DeliveryState;
use gorgias_emulator::{Fault, FaultKind};
use std::time::Duration;

const POST: (&str, &str) = ("POST", "/api/tickets");

/// The machine's time is corrected by an hour while a request is in flight.
#[tokio::test]
async fn clock_jump_creates_no_duplicate() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(80.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.clock.set_ahead(Duration::from_secs(3_600));
    it.passes_in_steps(30, 5).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    assert_eq!(it.shop.requests_of(POST.0, POST.1).len(), 1, "waited for the ticket to appear");
}

#[tokio::test]
async fn clock_jump_delays_a_resend_by_at_most_w() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.clock.set_ahead(Duration::from_secs(3_600));
    it.passes(100).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure, "D and W have not passed");
    it.passes(10).await;
    it.passes(10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// A new process cannot know how long ago a request of its predecessor ended.
#[tokio::test]
async fn w_is_counted_from_the_restart() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(80.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let it = it.restarted().await;
    it.clock.set_ahead(Duration::from_secs(3_600));
    it.passes_in_steps(30, 5).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    assert_eq!(it.shop.requests_of(POST.0, POST.1).len(), 1);
}

/// A clock jump ended the lease while the response was in flight: what the rejected settle knew is still used.
#[tokio::test]
async fn rejected_settle_schedules_a_look_up() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 5.0 }).on_create().once());
    it.shop.fault(Fault::late_visibility(3.0).on_create().once());
    let id = it.hands_over("c1").await;
    let story = async {
        it.shop.wait_for_requests(1, POST.0, POST.1).await.unwrap();
        it.clock.set_ahead(Duration::from_secs(61));
        // Another round sees the expired lease, looks up the ticket and does not find it yet.
        let looked = async {
            it.shop.wait_for_answers(1, "GET", "/api/tickets").await.unwrap();
            while it.state_of(&id).await != DeliveryState::Unsure {
                tokio::task::yield_now().await;
            }
        };
        let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), looked);
        done.unwrap();
        it.moves(5);
    };
    // The `run_due` in `story` must not wait for this request: each call has its own tasks.
    let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), story);
    done.unwrap();
    it.settles().await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// A look-up that may read many tickets is leased for ten minutes. If its process is killed, nothing waits for that
/// lease.
#[tokio::test]
async fn look_up_of_a_killed_process_restarts_at_once() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let hanging = it.shop.fault(Fault::new(FaultKind::Hang).on_lookup());
    it.moves(200);
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("the look-up hangs: {done:?}"),
        asked = it.shop.wait_for_requests(1, "GET", "/api/tickets") => drop(asked.unwrap()),
    }
    let it = it.restarted().await;
    it.shop.clear_fault(hanging);
    it.settles().await;
    assert_eq!(it.shop.requests_of("GET", "/api/tickets").len(), 1, "no second look-up during its lease");
    it.app.dispatcher.take_over().await.unwrap();
    it.passes_in_steps(12, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}
