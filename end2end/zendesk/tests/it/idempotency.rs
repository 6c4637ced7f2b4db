//! Section 4: the idempotency key when creating a ticket.

use serde_json::json;
use zendesk_emulator::Fault;

use super::client::{Shop, ticket};

const LOOKUP: &str = "x-idempotency-lookup";

#[tokio::test]
async fn d_a_repeated_request_gets_the_same_response() {
    let shop = Shop::open().await;
    let first = shop.post_once("h1:whole", &ticket()).await;
    let second = shop.post_once("h1:whole", &ticket()).await;
    assert_eq!((first.header(LOOKUP), second.header(LOOKUP)), ("miss", "hit"));
    assert_eq!((first.status, first.text), (second.status, second.text));
    assert_eq!(shop.acme.tickets().len(), 1);
}

#[tokio::test]
async fn d_another_body_under_a_known_key_is_a_400() {
    let shop = Shop::open().await;
    shop.post_once("h1:whole", &ticket()).await;
    let mut other = ticket();
    other["ticket"]["subject"] = json!("Other");
    let refused = shop.post_once("h1:whole", &other).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("IdempotentRequestError")));
    assert_eq!(shop.post_once("h2:whole", &other).await.status, 201);
}

#[tokio::test]
async fn d_a_key_expires_after_two_hours() {
    let shop = Shop::open().await;
    shop.post_once("h1:whole", &ticket()).await;
    shop.acme.with(|account, _| account.tokens[0].expires = jiff::Timestamp::MAX);
    shop.pass(2 * 3_600 - 1);
    assert_eq!(shop.post_once("h1:whole", &ticket()).await.header(LOOKUP), "hit");
    shop.pass(1);
    assert_eq!(shop.post_once("h1:whole", &ticket()).await.header(LOOKUP), "miss");
    assert_eq!(shop.acme.tickets().len(), 2);
}

#[tokio::test]
async fn i_a_rejection_is_kept_or_not() {
    let shop = Shop::open().await;
    for (kept, second) in [(false, 201), (true, 422)] {
        shop.acme.behave(|behaviour| behaviour.keep_refusals = kept);
        shop.acme.behave(|behaviour| behaviour.required_field = Some(7));
        let key = format!("h:{kept}");
        assert_eq!(shop.post_once(&key, &ticket()).await.status, 422);
        shop.acme.behave(|behaviour| behaviour.required_field = None);
        assert_eq!(shop.post_once(&key, &ticket()).await.status, second, "kept: {kept}");
    }
}

#[tokio::test]
async fn i_a_request_that_arrives_late_sees_the_key_or_not() {
    for (ignores, tickets) in [(false, 1), (true, 2)] {
        let shop = Shop::open().await;
        shop.acme.behave(|behaviour| behaviour.late_requests_ignore_keys = ignores);
        shop.acme.fault(Fault::late_commit(20.0).on_create().once());
        let lost = shop.request(reqwest::Method::POST, "/tickets").header("idempotency-key", "h1:whole");
        lost.json(&ticket()).send().await.unwrap_err();
        assert_eq!(shop.post_once("h1:whole", &ticket()).await.header(LOOKUP), "miss");
        shop.pass(20);
        assert_eq!(shop.acme.tickets().len(), tickets, "ignores: {ignores}");
    }
}
