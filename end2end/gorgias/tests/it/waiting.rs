//! The log of requests, and waiting for them without sleeping.

use super::client::{Shop, ticket};

#[tokio::test]
async fn the_log_has_everything_but_the_key() {
    let shop = Shop::open().await;
    shop.post("/api/tickets/", &ticket()).await;
    let shop = shop.signed_in_as("owner@acme.test", "wrong-key");
    shop.get("/api/tickets?limit=1").await;
    let log = shop.acme.requests();
    assert_eq!((log[0].method.as_str(), log[0].path.as_str()), ("POST", "/api/tickets"));
    assert_eq!((log[0].status, log[0].user.as_deref()), (Some(201), Some("owner@acme.test")));
    assert_eq!((log[1].status, log[1].user.as_deref()), (Some(401), None));
    assert_eq!(log[1].query.as_deref(), Some("limit=1"));
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains("key-1") && !text.contains("wrong-key"));
}

#[tokio::test]
async fn a_test_waits_for_requests_and_answers() {
    let shop = Shop::open().await;
    let (answered, _, _) = tokio::join!(
        shop.acme.wait_for_answers(2, "GET", "/api/account"),
        shop.get("/api/account"),
        shop.get("/api/account"),
    );
    assert_eq!(answered.unwrap().len(), 2);
    shop.acme.forget_requests();
    assert!(shop.acme.requests().is_empty());
}

#[tokio::test]
async fn accounts_can_be_emptied_and_removed() {
    let shop = Shop::open().await;
    shop.ticket("h-1").await;
    shop.acme.reset();
    assert!(shop.acme.tickets().is_empty());
    assert_eq!(shop.get("/api/account").await.status, 200, "its keys stay");
    shop.acme.remove();
    assert_eq!(shop.get("/api/account").await.status, 404);
}
