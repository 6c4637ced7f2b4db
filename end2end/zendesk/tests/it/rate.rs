//! Section 6: the rate limits of an account.

use serde_json::json;

use super::client::{Shop, ticket};

#[tokio::test]
async fn d_the_account_and_its_other_tools_share_a_fixed_minute() {
    let shop = Shop::open().await;
    let answer = shop.get("/users/me").await;
    let headers = [answer.header("x-rate-limit"), answer.header("x-rate-limit-remaining")];
    assert_eq!(headers, ["400", "398"], "the request for the token counted");
    shop.acme.other_tool_asks(398);
    let refused = shop.post("/tickets", &ticket()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    assert_eq!(refused.json()["error"], "APIRateLimitExceeded");
    assert_eq!((shop.acme.bucket_refusals(), shop.acme.tickets().len()), (1, 0));
    shop.pass(60);
    assert_eq!(shop.post("/tickets", &ticket()).await.status, 201);
}

#[tokio::test]
async fn r_a_creation_may_be_rejected_while_requests_are_left() {
    let shop = Shop::open().await;
    shop.acme.behave(|behaviour| behaviour.creations_a_minute = Some(1));
    shop.ticket("h1").await;
    let refused = shop.post("/tickets", &ticket()).await;
    assert_eq!(refused.status, 429);
    assert_ne!(refused.header("x-rate-limit-remaining"), "0");
}

#[tokio::test]
async fn d_a_ticket_accepts_thirty_updates_in_ten_minutes() {
    let shop = Shop::open().await;
    let id = shop.ticket("h1").await;
    let update = json!({"ticket": {"priority": "low"}});
    for _ in 0..30 {
        assert_eq!(shop.put(&format!("/tickets/{id}"), &update).await.status, 200);
    }
    shop.pass(60);
    let refused = shop.put(&format!("/tickets/{id}"), &update).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "540"));
    shop.pass(540);
    assert_eq!(shop.put(&format!("/tickets/{id}"), &update).await.status, 200);
}
