//! The wall clock jumps, the process is killed or gets its answer late: what it knows of time is not what it thinks.

use crate::support::TestApp;
use app::model::DeliveryState;
use gorgias_emulator::{Fault, FaultKind};
use std::time::Duration;

const POST: (&str, &str) = ("POST", "/api/tickets");

/// Somebody corrects the machine's time by an hour while a ticket is on its way.
#[tokio::test]
async fn a_clock_that_is_set_ahead_makes_no_double() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::late_commit(80.0).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.clock.set_ahead(Duration::from_secs(3_600));
    it.passes_in_steps(30, 5).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    assert_eq!(it.shop.requests_of(POST.0, POST.1).len(), 1, "what landed was waited for");
}

#[tokio::test]
async fn a_clock_that_is_set_ahead_delays_a_resend_no_longer_than_w() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.clock.set_ahead(Duration::from_secs(3_600));
    it.passes(100).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure, "D and W are not over");
    it.passes(10).await;
    it.passes(10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// A process that has just begun cannot know for how long a request of the last one has been over.
#[tokio::test]
async fn after_a_restart_w_is_counted_anew() {
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

/// The lease ran out by a jump of the clock while the answer was on its way: what the refused settle knew is used.
#[tokio::test]
async fn an_answer_whose_settle_is_refused_asks_the_reconciler() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 5.0 }).on_create().once());
    it.shop.fault(Fault::late_visibility(3.0).on_create().once());
    let id = it.hands_over("c1").await;
    let story = async {
        it.shop.wait_for_requests(1, POST.0, POST.1).await.unwrap();
        it.clock.set_ahead(Duration::from_secs(61));
        // Another round finds the lease over, looks, and sees nothing yet.
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
    // `run_due` of the story must not wait for this one's request: each has tasks of its own.
    let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), story);
    done.unwrap();
    it.settles().await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}

/// A look-up that may read many tickets is leased for ten minutes. When its process is killed, nobody waits for that.
#[tokio::test]
async fn a_look_up_whose_process_was_killed_is_begun_anew_at_once() {
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
    assert_eq!(it.shop.requests_of("GET", "/api/tickets").len(), 1, "under its lease nobody looks");
    it.app.dispatcher.take_over().await.unwrap();
    it.passes_in_steps(12, 10).await;
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
}
