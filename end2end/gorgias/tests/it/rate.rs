//! Section 5: 40 requests in 20 s per account.

use std::time::Duration;

use gorgias_emulator::Role;

use super::client::{Shop, ticket};

const LIMIT: &str = "x-gorgias-account-api-call-limit";

#[tokio::test]
async fn d_every_answer_says_how_full_the_bucket_is() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/api/account").await.header(LIMIT), "1/40");
    assert_eq!(shop.get("/api/tickets/1").await.header(LIMIT), "2/40");
    let shop = shop.signed_in_as("owner@acme.test", "wrong");
    assert_eq!(shop.get("/api/account").await.header(LIMIT), "2/40");
}

#[tokio::test]
async fn d_the_forty_first_is_429_with_retry_after_and_is_not_performed() {
    let shop = Shop::open().await;
    shop.acme.other_tool_asks(40);
    let answer = shop.post("/api/tickets", &ticket()).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header(LIMIT), "40/40");
    assert!(answer.json()["error"]["msg"].is_string());
    assert!(shop.acme.tickets().is_empty());
    assert_eq!(shop.acme.bucket_refusals(), 1);
    shop.gorgias.clock().advance(Duration::from_secs(1));
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 201);
}

#[tokio::test]
async fn d_the_bucket_belongs_to_the_account_whoever_calls() {
    let shop = Shop::open().await;
    shop.acme.set_rate(2, 10.0);
    shop.acme.user("other@acme.test", "key-2", Role::Agent);
    shop.get("/api/account").await;
    let shop = shop.signed_in_as("other@acme.test", "key-2");
    assert_eq!(shop.get("/api/account").await.header(LIMIT), "2/2");
    let refused = shop.get("/api/account").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "5"));
    let other = shop.gorgias.account("other").user("o@other.test", "k", Role::Admin);
    let url = shop.url("/api/account").replace("/acme/", "/other/");
    let answer = shop.http.get(url).basic_auth("o@other.test", Some("k")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), other.bucket_refusals()), (200, 0));
}

#[tokio::test]
async fn r_every_answer_has_a_request_id() {
    let shop = Shop::open().await;
    let (one, two) = (shop.get("/api/account").await, shop.get("/api/account").await);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}
