//! Nothing can get stuck: held behind a probe that is gone, behind a leaked lane or budget, or behind a row that cannot
//! be read.

use crate::support::{HELPDESK, KEY, OWNER, TestApp, body, viewer};
use app::{
    backend::Backend,
    model::{ConnectionForm, ConnectionState, DeliveryState, Destination, Resolution, Role},
};
use convi_server::{
    handover::{
        dispatch::{Dispatcher, Lanes, Parts},
        ends::Ends,
    },
    mail::{Mail, MailError, Mailer},
};
use domain::Said;
use domain::delivery::{Delivery, Event, Moment, Nothing, Rules};
use gorgias_emulator::{Fault, FaultKind, Role as GorgiasRole};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

async fn row_of(it: &TestApp, id: &str) -> Delivery {
    it.app.store.delivery("m1", id, Destination::Helpdesk(HELPDESK)).await.unwrap().unwrap()
}

/// Applies an event and stores it; then the server is killed, and no follow-up work happens.
async fn saves(it: &TestApp, id: &str, event: Event) -> Delivery {
    use domain::clock::Clock;
    let at = Moment { now: it.clock.now_ms(), chance: 0.5 };
    let next = row_of(it, id).await.after(event, at, Rules::default()).unwrap();
    assert!(it.app.store.save(&next, None, None, at.now).await.unwrap());
    next
}

/// Holds three deliveries behind a connection that was just repaired: the first is the probe.
async fn behind_a_probe() -> (TestApp, Vec<String>) {
    let it = TestApp::connected().await;
    it.shop.revoke_key(OWNER);
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(it.hands_over(&format!("c{n}")).await);
    }
    it.settles().await;
    it.shop.restore_key(OWNER);
    it.connects(KEY).await;
    assert_ne!(it.state_of(&ids[0]).await, DeliveryState::Held, "the probe");
    assert_eq!(it.state_of(&ids[1]).await, DeliveryState::Held);
    (it, ids)
}

#[tokio::test]
async fn kill_right_after_the_probe_settled_leaves_nothing_held() {
    let (it, ids) = behind_a_probe().await;
    saves(&it, &ids[0], Event::Leased).await;
    saves(&it, &ids[0], Event::Made(Some(1))).await;
    let it = it.restarted().await;
    it.passes(60).await;
    // A new process assumes that the rate limit is used up.
    it.passes(60).await;
    for id in &ids[1..] {
        assert_eq!(it.state_of(id).await, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn permanently_failed_probe_is_replaced_by_the_next() {
    let (it, ids) = behind_a_probe().await;
    saves(&it, &ids[0], Event::Leased).await;
    saves(&it, &ids[0], Event::MadeNothing(Nothing::Final { why: Said::plain("400") })).await;
    let it = it.restarted().await;
    it.passes(60).await;
    // A new process assumes that the rate limit is used up.
    it.passes(60).await;
    for id in &ids[1..] {
        assert_eq!(it.state_of(id).await, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn probe_that_expires_after_seven_days_is_replaced_by_the_next() {
    let (it, ids) = behind_a_probe().await;
    let fault = it.shop.fault(Fault::status(429).on_create());
    for _ in 0..400 {
        it.passes(1_900).await;
        if it.state_of(&ids[0]).await == DeliveryState::Failed {
            break;
        }
    }
    assert_eq!(it.state_of(&ids[0]).await, DeliveryState::Failed);
    it.shop.clear_fault(fault);
    it.passes_in_steps(10, 600).await;
    for id in &ids[1..] {
        assert_eq!(it.state_of(id).await, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn probe_that_needs_an_answer_is_replaced_by_the_next() {
    let (it, ids) = behind_a_probe().await;
    saves(&it, &ids[0], Event::Leased).await;
    saves(&it, &ids[0], Event::MayHaveMade(Said::plain("?"))).await;
    use domain::delivery::LookUp;
    saves(&it, &ids[0], Event::LookedUp(LookUp::Impossible { why: Said::plain("?") })).await;
    it.passes(60).await;
    for id in &ids[1..] {
        assert_eq!(it.state_of(id).await, DeliveryState::Delivered);
    }
    let answer =
        Resolution { destination: Destination::Helpdesk(HELPDESK), made: true, ticket_id: Some(4_711) };
    it.app.services.resolve(&it.owner, &ids[0], answer).await.unwrap();
    assert_eq!(it.state_of(&ids[0]).await, DeliveryState::Delivered);
}

/// The dispatcher saw a broken connection, but the connection recovered before the delivery was held.
#[tokio::test]
async fn delivery_held_after_the_connection_recovered_is_released() {
    let it = TestApp::connected().await;
    let (first, second) = (it.hands_over("c1").await, it.hands_over("c2").await);
    saves(&it, &first, Event::ConnectionBroke).await;
    saves(&it, &second, Event::ConnectionBroke).await;
    it.passes(60).await;
    for id in [&first, &second] {
        assert_eq!(it.state_of(id).await, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn unsuccessful_delivery_in_flight_at_a_disconnect_is_reported_to_the_team() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c1").await;
    saves(&it, &id, Event::Leased).await;
    assert_eq!(it.app.services.disconnect(&it.owner, HELPDESK).await, Ok(0), "it is in flight");
    let again = Nothing::TryAgain { after: None, why: Said::plain("429") };
    saves(&it, &id, Event::MadeNothing(again)).await;
    it.passes(30).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Cancelled);
    let list = it.mails().into_iter().find(|mail| mail.contains("was disconnected")).expect("a mail");
    assert!(list.contains("conversations/c1"), "{list}");
}

#[tokio::test]
async fn unreadable_handover_does_not_block_others() {
    let it = TestApp::connected().await;
    let other = it.gorgias.account("other").user("owner@other.test", "k", GorgiasRole::Admin);
    let form = ConnectionForm {
        subdomain: "other".into(),
        method: None,
        username: "owner@other.test".into(),
        api_key: Some("k".into()),
        ..ConnectionForm::default()
    };
    it.app.services.save_connection(&viewer("m2", Role::Owner), HELPDESK, form).await.unwrap();
    let broken = it.hands_over("c1").await;
    it.posts("other", &body("m2", "c1")).await;
    let next = it.hands_over("c2").await;
    it.database.sql(&format!("UPDATE handover SET body = '{{}}' WHERE id = '{broken}'")).await;
    // Whatever the row contains, it must not hold up others.
    for _ in 0..5 {
        let _ = it.app.dispatcher.run_due().await;
        it.moves(2);
    }
    assert_eq!(other.tickets().len(), 1, "another account");
    assert_eq!(it.state_of(&next).await, DeliveryState::Delivered, "the next of the same account");
    let failed = it.ticket_of(&broken).await;
    assert_eq!(failed.state, DeliveryState::Failed);
    assert!(failed.last_error.unwrap().contains("cannot be read"));
}

/// Panics on the first few calls.
struct Fragile {
    left: AtomicUsize,
    sent: AtomicUsize,
}

#[async_trait::async_trait]
impl Mailer for Fragile {
    async fn send(&self, _: Mail) -> Result<(), MailError> {
        let fragile = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        assert!(fragile.is_err(), "this panic is part of the test");
        self.sent.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn reachable(&self) -> Result<(), MailError> {
        Ok(())
    }
}

#[tokio::test]
async fn panicking_task_releases_its_slot() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mailer = Arc::new(Fragile { left: AtomicUsize::new(6), sent: AtomicUsize::new(0) });
    let parts = Parts {
        mailer: mailer.clone(),
        ends: Arc::new(Ends::default()),
        metrics: Default::default(),
        ..it.app.parts.clone()
    };
    let dispatcher = Dispatcher::new(&parts, Lanes::default());
    for n in 0..6 {
        it.hands_over_by_mail(&format!("c{n}")).await;
    }
    for _ in 0..10 {
        dispatcher.run_due().await.unwrap();
        it.moves(61);
    }
    assert_eq!(mailer.sent.load(Ordering::SeqCst), 6);
}

/// The merchant closes the page during a test of the connection.
#[tokio::test]
async fn abandoned_test_releases_its_request() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::Hang).on("GET", "/api/account"));
    for n in 1..=45 {
        let form = ConnectionForm {
            subdomain: "acme".into(),
            method: None,
            username: OWNER.into(),
            api_key: Some(KEY.into()),
            ..ConnectionForm::default()
        };
        let begun = it.shop.requests_of("GET", "/api/account").len();
        tokio::select! {
            answer = it.app.services.test_connection(&it.owner, HELPDESK, form) => panic!("{n}: {answer:?}"),
            arrived = it.shop.wait_for_requests(begun + 1, "GET", "/api/account") => drop(arrived.unwrap()),
        }
        it.moves(4);
    }
    it.shop.clear_faults();
    it.moves(60);
    it.connects(KEY).await;
    let budgets = &it.app.parts.budgets;
    use domain::clock::Clock;
    let acme = "gorgias:acme".parse().unwrap();
    let free = (0..100).take_while(|_| budgets.take(&acme, it.clock.since_boot()).is_ok()).count();
    assert!(free >= 30, "{free} of 40");
}

/// The customer has so many tickets that searching them takes longer than a lease.
#[tokio::test]
async fn long_look_up_finishes() {
    let it = TestApp::connected().await;
    for n in 0..120 {
        it.hands_over(&format!("c{n}")).await;
    }
    while it.shop.tickets().len() < 120 {
        it.passes(10).await;
    }
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let id = it.hands_over("c").await;
    it.settles().await;
    it.shop.set_rate(20, 20.0);
    for seconds in [17, 8, 20] {
        it.passes(seconds).await;
    }
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    it.moves(61);
    let ticks = async {
        // At one request per second, two seconds allow at least one.
        for _ in 0..300 {
            let answered = it.shop.requests().iter().filter(|request| request.status.is_some()).count();
            it.moves(2);
            let more = |account: &gorgias_emulator::Account| {
                let now = account.requests.iter().filter(|request| request.status.is_some()).count();
                (now > answered).then_some(())
            };
            if it.shop.wait_until(more).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        done = it.app.dispatcher.run_due() => done.unwrap(),
        () = ticks => panic!("{:?}", it.ticket_of(&id).await),
    }
    assert_eq!((it.state_of(&id).await, it.tickets(&id)), (DeliveryState::Delivered, 1));
    let asked = it.shop.requests_of("GET", "/api/messages").len();
    assert!(asked < 200, "searched once, not repeatedly: {asked}");
}

#[tokio::test]
async fn duplicate_checks_pause_while_the_connection_is_broken() {
    let it = TestApp::connected().await;
    let delivered = it.hands_over("c1").await;
    it.settles().await;
    it.shop.revoke_key(OWNER);
    it.hands_over("c2").await;
    it.settles().await;
    assert_eq!(it.row().await.state, ConnectionState::NeedsAttention);
    it.shop.forget_requests();
    it.passes_in_steps(30, 3_700).await;
    assert!(it.shop.requests_of("GET", "/api/tickets").is_empty(), "only the test of the connection");
    it.shop.restore_key(OWNER);
    it.passes_in_steps(30, 3_700).await;
    assert_eq!(it.ticket_of(&delivered).await.state, DeliveryState::Delivered);
    assert!(!it.shop.requests_of("GET", "/api/tickets").is_empty(), "caught up afterwards");
}
