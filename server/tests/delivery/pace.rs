//! The account's rate is respected, and one account's trouble is no other's.

use crate::support::{HELPDESK, TestApp, body, viewer};
use app::{
    backend::Backend,
    model::{ConnectionForm, DeliveryState, Role},
};
use convi_server::handover::dispatch::Lanes;
use gorgias_emulator::{AccountHandle, Fault, FaultKind, Role as GorgiasRole};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_burst_never_meets_a_429() {
    let it = TestApp::connected().await;
    for n in 0..100 {
        it.hands_over(&format!("c{n}")).await;
    }
    let mut seconds = 0;
    it.settles().await;
    while it.shop.tickets().len() < 100 {
        it.passes(1).await;
        seconds += 1;
        assert!(seconds < 60, "{} tickets after a minute", it.shop.tickets().len());
    }
    assert_eq!(it.shop.bucket_refusals(), 0);
    assert!(seconds >= 25, "40 at once, then 2 a second: {seconds} s");
}

#[tokio::test]
async fn another_tool_on_the_same_account_is_made_room_for() {
    let it = TestApp::connected().await;
    for n in 0..20 {
        it.hands_over(&format!("c{n}")).await;
    }
    it.shop.other_tool_asks(30);
    it.passes_in_steps(40, 1).await;
    assert_eq!(it.shop.tickets().len(), 20);
    assert!(it.shop.bucket_refusals() <= 4, "only those on their way when it began");
}

/// A merchant and its account, both of this name, connected.
async fn connects(it: &TestApp, name: &str) -> AccountHandle {
    let owner = format!("owner@{name}.test");
    let account = it.gorgias.account(name).user(&owner, "k", GorgiasRole::Admin);
    let form =
        ConnectionForm { subdomain: name.into(), method: None, username: owner, api_key: Some("k".into()) };
    it.app.services.save_connection(&viewer(name, Role::Owner), HELPDESK, form).await.unwrap();
    account
}

/// With more accounts than are looked at together, and room for one of them: whoever comes late in the alphabet does
/// not wait until the others' backlog is gone.
#[tokio::test]
async fn every_page_of_accounts_has_its_turn() {
    let it = TestApp::start().await;
    for account in ["a1", "a2", "b1", "b2", "c1"] {
        connects(&it, account).await;
        for n in 0..3 {
            it.posts(&format!("{account}-{n}"), &body(account, &n.to_string())).await;
        }
    }
    let own = &it.app.parts;
    let lanes = Lanes::with_room_for(1, 2);
    it.dispatcher(own.world.clone(), own.mailer.clone(), lanes).run_due().await.unwrap();
    let sent = it.texts("SELECT account FROM attempt WHERE kind = 'create' ORDER BY id").await;
    assert_eq!(sent.len(), 15);
    // Everybody once, and then everybody again, whatever page they are on.
    for turn in sent.chunks(5) {
        let once: BTreeSet<_> = turn.iter().collect();
        assert_eq!(once.len(), 5, "{turn:?}");
    }
}

/// Nobody looks through the outbox, since no time passes: the bell says which lanes have something, and each ticket is
/// followed by the next of its account.
#[tokio::test]
async fn what_comes_is_sent_at_once_and_the_next_of_its_account_after_it() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    let stop = CancellationToken::new();
    let runs = tokio::spawn(it.app.dispatcher.clone().run(stop.clone()));
    for n in 0..3 {
        it.hands_over(&format!("c{n}")).await;
        it.shop.wait_for_tickets(n + 1).await.unwrap();
    }
    it.shop.fault(Fault::new(FaultKind::Hang).on_create());
    for n in 3..6 {
        it.hands_over(&format!("c{n}")).await;
    }
    it.shop.wait_for_requests(4, "POST", "/api/tickets").await.unwrap();
    it.posts("other", &body("other", "c1")).await;
    other.wait_for_tickets(1).await.unwrap();
    it.shop.clear_faults();
    it.shop.wait_for_tickets(5).await.unwrap();
    stop.cancel();
    runs.await.unwrap();
}

#[tokio::test]
async fn an_account_that_hangs_delays_no_other() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    it.shop.fault(Fault::new(FaultKind::Hang));
    for n in 0..10 {
        it.hands_over(&format!("c{n}")).await;
        it.posts(&format!("other-{n}"), &body("other", &format!("c{n}"))).await;
    }
    // All of the other's are made while the first account's requests hang: no time passes at all.
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("nothing hung: {done:?}"),
        made = other.wait_for_tickets(10) => assert_eq!(made.unwrap().len(), 10),
    }
    let first = it.app.services.handovers(&it.owner, Default::default()).await.unwrap();
    assert!(first.handovers.iter().all(|it| it.deliveries[0].state != DeliveryState::Delivered));
}

/// A look-up may have to read a customer's two hundred tickets: what is new goes beside it.
#[tokio::test]
async fn a_look_up_that_hangs_delays_no_new_ticket_of_its_account() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    it.hands_over("c1").await;
    it.settles().await;
    it.shop.fault(Fault::new(FaultKind::Hang).on_lookup());
    it.moves(17);
    let next = async {
        it.shop.wait_for_requests(1, "GET", "/api/tickets").await.unwrap();
        it.hands_over("c2").await;
        it.app.dispatcher.run_due().await
    };
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("nothing hung: {done:?}"),
        done = next => done.unwrap(),
    }
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn a_backlog_of_a_hundred_thousand_delays_no_other_account() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    it.hands_over("c0").await;
    it.settles().await;
    it.sql(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
         INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
         SELECT 'b' || n, merchant, 'b' || n, accepted_at, subject, summary, body FROM handover, n;
         INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, attempts,
             unsure_attempts, waits, fence, look_ups, give_up_at, needs_answer, without, duplicates, checks)
         SELECT id, id, merchant, 'gorgias', 0, 0, 'gorgias:acme', 'queued', 0, 0, 0, 0, 0, 9000000000000000, 0, '[]', '[]', 0
         FROM handover WHERE id LIKE 'b%'",
    )
    .await;
    it.posts("other-1", &body("other", "c1")).await;
    it.settles().await;
    assert_eq!(other.tickets().len(), 1, "at once");
    let first = it.shop.tickets().len();
    assert!((2..=40).contains(&first), "and of the backlog as many as the account's rate allows: {first}");
}
