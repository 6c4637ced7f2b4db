//! Restarts, and the content of a fresh program.

use gorgias_emulator::{DEMO_ACCOUNTS, Emulator, Options};

use super::client::{Answer, Shop};

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = std::env::temp_dir().join(format!("gorgias-emulator-{}", std::process::id()));
    let data = folder.join("gorgias.json");
    let options = Options { data: Some(data.clone()), ..Options::default() };
    let mut shop = Shop::open().await;
    shop.gorgias = Emulator::start_with(options.clone()).await.unwrap();
    shop.acme = shop.gorgias.account("acme").user("owner@acme.test", "key-1", gorgias_emulator::Role::Admin);
    let id = shop.ticket("h-1").await;
    shop.gorgias.stop().await;
    shop.gorgias = Emulator::start_with(options).await.unwrap();
    assert_eq!(shop.get(&format!("/api/tickets/{id}")).await.json()["external_id"], "h-1");
    let next = shop.ticket("h-2").await;
    assert!(next > id, "ids keep growing");
    shop.gorgias.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_demo_accounts_accept_their_credentials() {
    let shop = Shop::open().await;
    shop.gorgias.seed_demo();
    for demo in DEMO_ACCOUNTS {
        let url = format!("{}/{}/api/account", shop.gorgias.origin(), demo.subdomain);
        let answer = shop.http.get(url).basic_auth(demo.email, Some(demo.key)).send().await.unwrap();
        let status = Answer::of(answer).await.json()["status"]["status"].clone();
        assert_eq!(status == "deactivated", demo.subdomain == "closed-shop");
    }
}

#[tokio::test]
async fn the_clock_is_advanced_only_where_allowed() {
    let shop = Shop::open().await;
    let real = Emulator::start_with(Options { may_move_clock: false, ..Options::default() }).await.unwrap();
    let url = format!("{}/_control/clock", real.origin());
    let answer = shop.http.post(url).json(&serde_json::json!({"advance_seconds": 1})).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}
