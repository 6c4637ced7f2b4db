//! The account's rate limit is respected, and one account's problems do not affect others.

use crate::support::{HELPDESK, TestApp, body, viewer};
use app::{
    backend::Backend,
    model::{ConnectionForm, DeliveryState, Role},
};
use convi_server::handover::dispatch::Lanes;
use domain::clock::Clock;
use gorgias_emulator::{AccountHandle, Fault, FaultKind, Role as GorgiasRole};
use std::{collections::BTreeSet, time::Duration};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn burst_never_gets_a_429() {
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
async fn other_tools_on_the_account_get_their_share() {
    let it = TestApp::connected().await;
    for n in 0..20 {
        it.hands_over(&format!("c{n}")).await;
    }
    it.shop.other_tool_asks(30);
    it.passes_in_steps(40, 1).await;
    assert_eq!(it.shop.tickets().len(), 20);
    assert!(it.shop.bucket_refusals() <= 4, "only those in flight when it started");
}

/// Connects a merchant to an account, both with this name.
async fn connects(it: &TestApp, name: &str) -> AccountHandle {
    let owner = format!("owner@{name}.test");
    let account = it.gorgias.account(name).user(&owner, "k", GorgiasRole::Admin);
    let form = ConnectionForm {
        subdomain: name.into(),
        method: None,
        username: owner,
        api_key: Some("k".into()),
        ..ConnectionForm::default()
    };
    it.app.services.save_connection(&viewer(name, Role::Owner), HELPDESK, form).await.unwrap();
    account
}

/// With more accounts than one look-up page and only one slot, accounts late in the alphabet do not wait until the
/// others' backlog is done.
#[tokio::test]
async fn every_page_of_accounts_gets_a_turn() {
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
    let sent = it.database.texts("SELECT account FROM attempt WHERE kind = 'create' ORDER BY id").await;
    assert_eq!(sent.len(), 15);
    // Each account once, then each again, whatever page it is on.
    for turn in sent.chunks(5) {
        let once: BTreeSet<_> = turn.iter().collect();
        assert_eq!(once.len(), 5, "{turn:?}");
    }
}

/// No time passes, so nothing polls the outbox: the bell names the lanes that have work, and each ticket is followed by
/// the account's next one.
#[tokio::test]
async fn new_handover_is_sent_at_once_and_the_accounts_next_follows() {
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

/// Look-ups and checks of an account wait for its budget inside their tasks. If only the dispatcher's walk, ten times a
/// second, came back to its new tickets, the look-ups would take every request before that.
#[tokio::test]
async fn an_account_without_budget_sends_once_it_has_room_not_at_the_next_walk() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    it.hands_over("c0").await;
    it.posts("other-0", &body("other", "c0")).await;
    it.settles().await;
    it.passes(20).await;
    let account = "gorgias:acme".parse().unwrap();
    while it.app.parts.budgets.take(&account, it.clock.since_boot()).is_ok() {}
    it.hands_over("c1").await;
    let stop = CancellationToken::new();
    let runs = tokio::spawn(it.app.dispatcher.clone().run(stop.clone()));
    // Another account's ticket shows that the dispatcher has looked, the second time by a walk: the next one comes at
    // 550 ms, while the account has room at 500 ms.
    for (tickets, after) in [(2, 450), (3, 50)] {
        it.posts(&format!("other-{tickets}"), &body("other", &tickets.to_string())).await;
        other.wait_for_tickets(tickets).await.unwrap();
        assert_eq!(it.shop.tickets().len(), 1);
        it.moves_by(Duration::from_millis(after));
    }
    it.shop.wait_for_tickets(2).await.unwrap();
    stop.cancel();
    runs.await.unwrap();
}

#[tokio::test]
async fn hanging_account_does_not_delay_others() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    it.shop.fault(Fault::new(FaultKind::Hang));
    for n in 0..10 {
        it.hands_over(&format!("c{n}")).await;
        it.posts(&format!("other-{n}"), &body("other", &format!("c{n}"))).await;
    }
    // All of the other account's tickets are created while the first account's requests hang; no time passes.
    tokio::select! {
        done = it.app.dispatcher.run_due() => panic!("nothing hung: {done:?}"),
        made = other.wait_for_tickets(10) => assert_eq!(made.unwrap().len(), 10),
    }
    let first = it.app.services.handovers(&it.owner, Default::default()).await.unwrap();
    assert!(first.handovers.iter().all(|it| it.deliveries[0].state != DeliveryState::Delivered));
}

/// A look-up may have to read two hundred tickets of a customer; new tickets are sent alongside it.
#[tokio::test]
async fn hanging_look_up_does_not_delay_new_tickets_of_its_account() {
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
async fn backlog_of_100_000_does_not_delay_other_accounts() {
    let it = TestApp::connected().await;
    let other = connects(&it, "other").await;
    it.hands_over("c0").await;
    it.settles().await;
    it.database.sql(
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
    assert!((2..=40).contains(&first), "the backlog is sent at the account's rate: {first}");
}
