//! Tests of the account's limit per minute, which other tools use too.

use crate::support::TestApp;
use app::model::DeliveryState;

#[tokio::test]
async fn account_limit_per_minute_is_respected() {
    let it = TestApp::connected().await;
    // In a minute of its own: with an odd number of requests already used, a ticket's second request would wait for the
    // next minute, which the test's clock only reaches between two runs.
    it.moves(60);
    it.shop.behave(|behaviour| behaviour.requests_a_minute = 20);
    for n in 0..15 {
        it.hands_over(&format!("c{n}")).await;
    }
    it.passes_in_steps(20, 15).await;
    assert_eq!(it.shop.tickets().len(), 15);
    assert!(it.shop.bucket_refusals() <= 1, "the size is known after the first answer");
}

#[tokio::test]
async fn retry_after_is_respected_while_requests_are_left() {
    let it = TestApp::connected().await;
    it.shop.behave(|behaviour| behaviour.creations_a_minute = Some(2));
    let ids = [it.hands_over("c1").await, it.hands_over("c2").await, it.hands_over("c3").await];
    it.passes_in_steps(3, 1).await;
    assert_eq!(it.shop.tickets().len(), 2);
    let asked = it.shop.requests().len();
    it.passes_in_steps(5, 5).await;
    assert_eq!(it.shop.requests().len(), asked, "no request until then");
    it.passes_in_steps(4, 20).await;
    for id in ids {
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    }
}
