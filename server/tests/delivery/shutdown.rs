//! Shutdown: work in flight is finished or handed back, and the next process continues immediately.

use crate::support::TestApp;
use app::{
    backend::Backend,
    model::{DeliveryState, Destination},
};
use convi_server::{
    clock::SystemEntropy,
    handover::dispatch::Lanes,
    mail::{Mail, MailError, Mailer},
};
use domain::clock::{Entropy, World};
use gorgias_emulator::{Fault, FaultKind};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Cancels the token when random bytes are requested, which happens while a lease is taken: the server is told to stop
/// at that moment.
struct StopsAtTheLease(CancellationToken);

impl Entropy for StopsAtTheLease {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.cancel();
        SystemEntropy.fill(buffer);
    }
}

#[tokio::test]
async fn leased_but_unsent_delivery_is_handed_back() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    let stop = CancellationToken::new();
    let own = &it.app.parts;
    let world = World { clock: own.world.clock.clone(), entropy: Arc::new(StopsAtTheLease(stop.clone())) };
    it.dispatcher(world, own.mailer.clone(), Lanes::default()).run(stop).await;
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 0);
    let view = it.ticket_of(&id).await;
    assert_eq!((view.state, view.attempts), (DeliveryState::Queued, 0));
    // The clock was not moved: the next process does not wait for a lease.
    let it = it.restarted().await;
    it.settles().await;
    // A new process assumes that the account's rate limit is used up.
    it.passes(2).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.tickets(&id), 1);
}

/// A mail server that accepts the email and never confirms it.
#[derive(Default)]
struct Hangs {
    asked: Notify,
}

#[async_trait::async_trait]
impl Mailer for Hangs {
    async fn send(&self, _: Mail) -> Result<(), MailError> {
        self.asked.notify_one();
        std::future::pending().await
    }

    async fn reachable(&self) -> Result<(), MailError> {
        Ok(())
    }
}

#[tokio::test]
async fn hanging_email_is_handed_back_after_ten_seconds() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over_by_mail("c1").await;
    let mailer = Arc::new(Hangs::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn(
        it.dispatcher(it.app.parts.world.clone(), mailer.clone(), Lanes::default()).run(stop.clone()),
    );
    mailer.asked.notified().await;
    stop.cancel();
    let mut seconds = 0;
    while !running.is_finished() {
        // Tasks that this wakes up run before the next second.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        it.clock.advance(Duration::from_secs(1));
        seconds += 1;
        assert!(seconds < 1_000, "shutdown never finishes");
    }
    assert!(seconds >= 10, "{seconds}");
    running.await.unwrap();
    let it = it.restarted().await;
    it.settles().await;
    assert_eq!(it.delivery(&id, Destination::Email).await.state, DeliveryState::Delivered);
    assert_eq!(it.mails().len(), 1);
}

#[tokio::test]
async fn ticket_request_in_flight_is_awaited_and_settled() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::Hang).on_create().once());
    let id = it.hands_over("c1").await;
    let stop = CancellationToken::new();
    let own = &it.app.parts;
    let running = tokio::spawn(
        it.dispatcher(own.world.clone(), own.mailer.clone(), Lanes::default()).run(stop.clone()),
    );
    it.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
    stop.cancel();
    it.moves(14);
    tokio::task::yield_now().await;
    assert!(!running.is_finished(), "the response may still arrive");
    it.moves(1);
    running.await.unwrap();
    // It was settled by its own process, not by the end of its lease.
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
}

#[tokio::test]
async fn look_up_is_aborted_and_restarted_at_once() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.moves(17);
    it.shop.fault(Fault::new(FaultKind::Hang).on("GET", "/api/tickets").once());
    let stop = CancellationToken::new();
    let own = &it.app.parts;
    let running = tokio::spawn(
        it.dispatcher(own.world.clone(), own.mailer.clone(), Lanes::default()).run(stop.clone()),
    );
    it.shop.wait_for_requests(1, "GET", "/api/tickets").await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    let it = it.restarted().await;
    it.settles().await;
    // A new process assumes that the account's rate limit is used up.
    it.passes(2).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.tickets(&id), 1);
}
