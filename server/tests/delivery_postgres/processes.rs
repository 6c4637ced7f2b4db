//! Several processes on one database: each account belongs to one of them at a time.

use crate::support::{HELPDESK, TestApp, body, build, viewer};
use app::{
    backend::Backend,
    model::{CallError, ConnectionForm, DeliveryState, Destination, Role},
};
use convi_server::{application::Application, limits::PER_MERCHANT};
use gorgias_emulator::{AccountHandle, Fault, FaultKind, Role as GorgiasRole};
use serde_json::Value;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const KEY: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW_KEY: &str = "k2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

const ACCOUNTS: usize = 4;
const EACH: usize = 30;

/// Starts another process on the same database and the same clock.
async fn another(it: &TestApp) -> Application {
    build(&it.folder, &it.database, &it.gorgias, &it.world, &it.settings).await
}

/// Starts a process with these master keys.
async fn with_keys(it: &TestApp, keys: &str) -> Application {
    let settings = [("CONVI_MASTER_KEYS".to_owned(), keys.to_owned())];
    build(&it.folder, &it.database, &it.gorgias, &it.world, &settings).await
}

fn form(merchant: &str) -> ConnectionForm {
    ConnectionForm {
        subdomain: merchant.into(),
        method: None,
        username: format!("owner@{merchant}.test"),
        api_key: Some("key".into()),
        ..ConnectionForm::default()
    }
}

/// Connects a merchant to an account of the same name.
async fn connects(it: &TestApp, merchant: &str) -> AccountHandle {
    connects_through(&it.app, it, merchant).await
}

async fn connects_through(process: &Application, it: &TestApp, merchant: &str) -> AccountHandle {
    let account =
        it.gorgias.account(merchant).user(&format!("owner@{merchant}.test"), "key", GorgiasRole::Admin);
    let owner = viewer(merchant, Role::Owner);
    process.services.save_connection(&owner, HELPDESK, form(merchant)).await.unwrap();
    account
}

/// Returns the master key that seals the merchant's credentials.
async fn sealed_with(it: &TestApp, merchant: &str) -> String {
    it.app.store.connection(merchant, HELPDESK).await.unwrap().unwrap().key_id
}

/// Lets two processes deliver at the same moment, in steps of a second.
async fn both_deliver(it: &TestApp, second: &Application, seconds: u64) {
    for _ in 0..seconds {
        it.moves(1);
        let (first, second) = tokio::join!(it.app.dispatcher.run_due(), second.dispatcher.run_due());
        first.unwrap();
        second.unwrap();
    }
}

fn refusals(account: &AccountHandle) -> usize {
    account.requests().iter().filter(|request| request.status == Some(429)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_deliver_each_handover_once_in_order_and_within_the_rate() {
    let it = TestApp::start().await;
    let mut accounts = Vec::new();
    for n in 0..ACCOUNTS {
        accounts.push(connects(&it, &format!("shop{n}")).await);
    }
    let second = another(&it).await;
    it.moves(60);
    let mut accepted = vec![Vec::new(); ACCOUNTS];
    for n in 0..EACH {
        for (account, its) in accepted.iter_mut().enumerate() {
            let merchant = format!("shop{account}");
            let webhook_id = format!("{merchant}-{n:02}");
            let body = body(&merchant, &format!("{n:02}")).to_string();
            // Through one process or the other.
            let acceptor = if n % 2 == 0 { &it.app.acceptor } else { &second.acceptor };
            let answer = acceptor.accept(&webhook_id, body.into()).await.unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            its.push(answer["handover_id"].as_str().unwrap().to_owned());
        }
    }
    both_deliver(&it, &second, 60).await;
    for (account, accepted) in accounts.iter().zip(accepted) {
        let tickets: Vec<_> = account.tickets().into_iter().filter_map(|ticket| ticket.external_id).collect();
        assert_eq!(tickets, accepted, "each once, in the order of acceptance");
        assert_eq!(refusals(account), 0, "one process counts the requests of an account");
    }
}

#[tokio::test]
async fn accounts_of_a_process_that_is_gone_are_taken_over_after_their_leases() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    it.posts("1", &body("shop", "1")).await;
    it.settles().await;
    assert_eq!(account.tickets().len(), 1);
    // The first process still owns the account, but never runs again.
    second.acceptor.accept("2", body("shop", "2").to_string().into()).await.unwrap();
    it.moves(2);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1, "it belongs to another process");
    it.moves_by(Duration::from_millis(28_500));
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1, "the new owner starts with a full bucket");
    it.moves(3);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 2);
}

/// If both processes could own the account, each would look up one of two unsure handovers.
#[tokio::test(flavor = "multi_thread")]
async fn requests_of_two_processes_to_an_account_never_overlap() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    account.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().times(2));
    for n in ["1", "2"] {
        it.posts(n, &body("shop", n)).await;
    }
    it.settles().await;
    it.moves(17);
    account.fault(Fault::new(FaultKind::Hang).on_lookup());
    let first = it.app.dispatcher.clone();
    let first = tokio::spawn(async move { first.run_due().await });
    account.wait_for_requests(1, "GET", "/api/tickets").await.unwrap();
    tokio::select! {
        done = second.dispatcher.run_due() => done.unwrap(),
        _ = account.wait_for_requests(2, "GET", "/api/tickets") => {}
    }
    assert_eq!(account.requests_of("GET", "/api/tickets").len(), 1, "the account belongs to the first one");
    first.abort();
}

#[tokio::test]
async fn requests_of_an_account_are_counted_by_one_process() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    for n in 0..45 {
        it.posts(&n.to_string(), &body("shop", &n.to_string())).await;
    }
    it.settles().await;
    let sent = account.tickets().len();
    assert!((30..45).contains(&sent), "{sent}: until the bucket is full");
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), sent, "the second one knows nothing of this account's bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn account_is_taken_over_while_the_lost_process_s_request_is_in_flight() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    account.fault(Fault::new(FaultKind::Hang).on_create().once());
    it.posts("1", &body("shop", "1")).await;
    it.posts("2", &body("shop", "2")).await;
    let first = it.app.dispatcher.clone();
    let first = tokio::spawn(async move { first.run_due().await });
    account.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    it.moves(33);
    let due = tokio::time::timeout(Duration::from_secs(20), second.dispatcher.run_due());
    due.await.expect("it does not keep trying to send the next one").unwrap();
    assert_eq!(account.tickets().len(), 0, "the first one's lease has not ended");
    it.moves(30);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1, "the next one; the first one may have been sent");
    both_deliver(&it, &second, 120).await;
    assert_eq!(account.tickets().len(), 2);
}

#[tokio::test]
async fn rate_limit_in_a_persons_test_pauses_the_accounts_owner() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    it.posts("1", &body("shop", "1")).await;
    it.settles().await;
    assert_eq!(account.tickets().len(), 1, "the first one owns the account");
    // Another tool of the merchant uses up the rate limit, and a person tests the connection.
    account.other_tool_asks(60);
    let owner = viewer("shop", Role::Owner);
    second.services.test_connection(&owner, HELPDESK, form("shop")).await.unwrap();
    assert_eq!(refusals(&account), 1);
    second.pauses.share().await.unwrap();
    it.posts("2", &body("shop", "2")).await;
    it.settles().await;
    assert_eq!(refusals(&account), 1, "the owner does not try");
    for _ in 0..60 {
        it.passes(1).await;
    }
    assert_eq!((account.tickets().len(), refusals(&account)), (2, 1));
}

#[tokio::test]
async fn handover_that_one_process_accepts_wakes_the_process_that_sends() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    // The clock stands still, so no dispatcher looks by itself.
    let stop = CancellationToken::new();
    for wakeups in [it.app.wakeups.clone(), second.wakeups.clone()] {
        tokio::spawn(wakeups.run(stop.clone()));
    }
    tokio::spawn(second.dispatcher.clone().run(stop.clone()));
    for n in 1..=4 {
        let handover = it.posts(&n.to_string(), &body("shop", &n.to_string())).await;
        account.wait_for_tickets(n).await.unwrap();
        // What is posted before the end of the last task would be found at its end.
        let id = handover["handover_id"].as_str().unwrap();
        let to = Destination::Helpdesk(HELPDESK);
        while it.app.store.delivery("shop", id, to).await.unwrap().unwrap().state != DeliveryState::Delivered
        {
        }
    }
    stop.cancel();
}

#[tokio::test]
async fn tests_of_a_merchant_are_limited_for_all_processes_together() {
    let it = TestApp::start().await;
    connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(3_600);
    let owner = viewer("shop", Role::Owner);
    for n in 0..=PER_MERCHANT {
        let process = if n % 2 == 0 { &it.app } else { &second };
        let tested = process.services.test_connection(&owner, HELPDESK, form("shop")).await;
        if n < PER_MERCHANT {
            tested.unwrap();
        } else {
            assert!(matches!(tested, Err(CallError::TooManyCalls { .. })), "{tested:?}");
        }
        it.moves(2);
    }
}

#[tokio::test]
async fn transcripts_are_removed_by_one_process_at_a_time() {
    let it = TestApp::start_with(&[("CONVI_RETENTION_DAYS", "1")]).await;
    connects(&it, "shop").await;
    let second = another(&it).await;
    it.moves(60);
    it.posts("1", &body("shop", "1")).await;
    it.settles().await;
    // A ticket keeps its transcript until its last check, which is not what this is about.
    it.database.sql("UPDATE delivery SET next_at = NULL").await;
    let stop = CancellationToken::new();
    let removed =
        async |process: &Application| process.retention.sweep_in_turn(&stop).await.unwrap().handovers;
    it.moves(24 * 3_600 - 600);
    assert_eq!(removed(&it.app).await, 0, "it is not old enough");
    it.moves(1_200);
    assert_eq!(removed(&second).await, 0, "the first one has just looked");
    it.moves(3_600);
    assert_eq!(removed(&second).await, 1);
}

#[tokio::test]
async fn new_master_key_is_used_once_every_process_has_it() {
    let it = TestApp::start().await;
    let account = connects(&it, "shop").await;
    let second = with_keys(&it, &format!("{NEW_KEY},{KEY}")).await;
    connects_through(&second, &it, "early").await;
    assert_eq!(sealed_with(&it, "early").await, "k1", "the first process could not open it");
    it.moves(60);
    for merchant in ["shop", "early"] {
        it.posts(merchant, &body(merchant, "1")).await;
    }
    it.settles().await;
    assert_eq!(account.tickets().len(), 1);
    // The first one is replaced.
    it.app.store.close().await;
    let third = with_keys(&it, &format!("{NEW_KEY},{KEY}")).await;
    second.fleet.beat().await.unwrap();
    connects_through(&second, &it, "late").await;
    let sealed = third.store.connection("late", HELPDESK).await.unwrap().unwrap();
    assert_eq!(sealed.key_id, "k2");
    assert!(it.mails().is_empty());
}

#[tokio::test]
async fn process_without_a_master_key_leaves_the_work_to_others() {
    let it = TestApp::start().await;
    let second = with_keys(&it, &format!("{NEW_KEY},{KEY}")).await;
    // The first one has not announced itself for a while, so the new key is used.
    it.moves(31);
    second.fleet.beat().await.unwrap();
    let account = connects_through(&second, &it, "shop").await;
    assert_eq!(sealed_with(&it, "shop").await, "k2");
    it.moves(60);
    it.posts("1", &body("shop", "1")).await;
    it.settles().await;
    assert_eq!(it.app.vault.missing().as_deref(), Some("k2"));
    assert_eq!(account.requests_of("POST", "/api/tickets").len(), 0);
    // It releases the account.
    it.settles().await;
    second.dispatcher.run_due().await.unwrap();
    it.moves(3);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1);
    let connection = it.app.store.connection("shop", HELPDESK).await.unwrap().unwrap();
    assert!(connection.trouble.is_none(), "the merchant has nothing to do");
    assert!(it.mails().is_empty());
}
