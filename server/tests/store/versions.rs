//! Store contract: every write that changes a list also changes the merchant's version.

use crate::contract::talk;
use crate::support::*;
use app::model::Destination;
use convi_server::store::conversations::ConversationChange;
use domain::{
    Said,
    delivery::{Event, Nothing, Rules},
};
use std::fmt::Debug;

async fn version(store: &AnyStore, merchant: &str) -> Option<u64> {
    store.version(merchant).await.unwrap()
}

/// A write that changes the version of `m1`.
async fn news<T>(store: &AnyStore, what: &str, write: impl Future<Output = T>) -> T {
    let before = version(store, "m1").await;
    let written = write.await;
    assert_ne!(version(store, "m1").await, before, "{what}");
    written
}

/// A write that does not change the version of `m2`.
async fn apart<T: Debug>(store: &AnyStore, what: &str, write: impl Future<Output = T>) -> T {
    let before = version(store, "m2").await;
    let written = write.await;
    assert_eq!(version(store, "m2").await, before, "{what}");
    written
}

fn later(conversation: &str) -> serde_json::Value {
    let mut body = body("m1", conversation);
    let more = serde_json::json!({"id": "2", "author": "shopper", "text": "And?"});
    body["conversation"]["messages"].as_array_mut().unwrap().push(more);
    body
}

pub async fn every_write_to_a_list_changes_the_version(store: AnyStore) {
    if version(&store, "m1").await.is_none() {
        return; // This store has no versions.
    }
    let store = &store;
    news(store, "a connection", connects(store, "m1", "acme", None, T0)).await;
    let one =
        news(store, "an acceptance", apart(store, "an acceptance", hands_over(store, "m1", "c1", T0))).await;
    let two = hands_over(store, "m1", "c2", T0).await;
    let read = all(store, &["m1"]);
    let before = version(store, "m1").await;
    read.await;
    assert_eq!(version(store, "m1").await, before, "a read changes nothing");
    news(store, "an addition", apart(store, "an addition", accepts(store, "w2", &later("c1"), T0))).await;
    let leased = follows(store, ticket(store, "m1", &one).await, [Event::Leased], T0);
    let leased = news(store, "a lease", apart(store, "a lease", leased)).await;
    let made = follows(store, leased, [Event::Made(Some(7))], T0);
    news(store, "a ticket", apart(store, "a ticket", made)).await;
    let refused = Event::MadeNothing(Nothing::Final { why: Said::plain("400") });
    let failed = follows(store, ticket(store, "m1", &two).await, [Event::Leased, refused], T0);
    news(store, "a failure", failed).await;
    let retried = |failed: &domain::delivery::Delivery| {
        failed.after(Event::RetriedByHand, at(T0), Rules::default()).ok()
    };
    let retries = store.change_failed("m1", Destination::Helpdesk(GORGIAS), 9, T0, &retried);
    assert_eq!(news(store, "a retry", retries).await.unwrap(), 1);
    let said = talk("m1", "c9", &["Hello"]);
    assert!(news(store, "a message", apart(store, "a message", store.change(&said))).await.unwrap());
    let mut handed: ConversationChange = talk("m1", "c10", &["Hello"]);
    handed.handover = Some(Box::new(new_handover("w10", &body("m1", "c10"), T0)));
    assert!(news(store, "a handover of our own", store.change(&handed)).await.unwrap());

    let team = email("team@acme.test");
    news(store, "an address", store.set_team_email("m1", Some(&team))).await.unwrap();
    news(store, "a time", store.set_no_ticket_after("m1", Some(20))).await.unwrap();
    let late = T0 + 20 * 60_000;
    news(store, "a late one", store.tell_late(late)).await.unwrap();
    let notice = store.lease_notice(late, late + 60_000).await.unwrap().unwrap();
    news(store, "a mail", store.notice_sent(&notice, late)).await.unwrap();

    let it = connection(store, "m1").await;
    let broke = store.connection_broke(&seen(&it, T0), &trouble(), T0 + 1, "n1").await;
    assert!(broke.unwrap());
    let recovers = async { store.connection_recovered(&seen(&it, T0 + 2)).await.unwrap() };
    assert!(news(store, "a probe", recovers).await);
    let by = viewer("m1");
    let disconnects = store.disconnect("m1", GORGIAS, &by, T0 + 3, "n2");
    news(store, "a disconnect", disconnects).await.unwrap();
    connects(store, "m1", "acme", None, T0 + 4).await;
    assert!(news(store, "the unsent", store.send_unsent("m1", T0 + 5, &new_id)).await.unwrap() > 0);
    let removes = store.remove_transcripts(T0 + 9_000_000_000, T0 + 9_000_000_000);
    news(store, "a removal", removes).await.unwrap();
    news(store, "an erasure", store.erase_merchant("m1")).await.unwrap();
}
