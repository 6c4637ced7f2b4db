//! Several processes on one database: each account belongs to one of them at a time.

use crate::support::{HELPDESK, TestApp, body, build, viewer};
use app::{
    backend::Backend,
    model::{ConnectionForm, Role},
};
use convi_server::application::Application;
use gorgias_emulator::{AccountHandle, Role as GorgiasRole};
use serde_json::Value;
use std::time::Duration;

const ACCOUNTS: usize = 4;
const EACH: usize = 30;

/// Starts another process on the same database and the same clock.
async fn another(it: &TestApp) -> Application {
    build(&it.folder, &it.database, &it.gorgias, &it.world, &it.settings).await
}

/// Connects a merchant to an account of the same name.
async fn connects(it: &TestApp, merchant: &str) -> AccountHandle {
    let owner = format!("owner@{merchant}.test");
    let account = it.gorgias.account(merchant).user(&owner, "key", GorgiasRole::Admin);
    let form = ConnectionForm {
        subdomain: merchant.into(),
        method: None,
        username: owner,
        api_key: Some("key".into()),
        ..ConnectionForm::default()
    };
    it.app.services.save_connection(&viewer(merchant, Role::Owner), HELPDESK, form).await.unwrap();
    account
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
    // The first one still owns the account, but is never heard of again.
    second.acceptor.accept("2", body("shop", "2").to_string().into()).await.unwrap();
    it.moves(2);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1, "it belongs to another process");
    it.moves_by(Duration::from_millis(28_500));
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 1, "who takes it over starts with a full bucket");
    it.moves(3);
    second.dispatcher.run_due().await.unwrap();
    assert_eq!(account.tickets().len(), 2);
}
