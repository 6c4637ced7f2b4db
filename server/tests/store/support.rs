//! Helpers that fill a store with handovers, connections and deliveries.

use app::model::{
    AttemptKind, DeliveryState, Destination, EmailAddress, Helpdesk, Problem, Role, Subdomain, Viewer,
};
use convi_server::handover::reading::parse_handover;
use convi_server::store::{
    Connection, Store,
    connections::{NewConnection, Sighting, Trouble},
    handovers::{Accepted, Filter, NewHandover},
    outbox::{Begun, Ended},
};
use domain::{
    Routing, Said, Sentence,
    clock::Millis,
    delivery::{Delivery, Event, Moment, Rules},
    said,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
};

pub const GORGIAS: Helpdesk = Helpdesk::GORGIAS;
pub const TICKET: Destination = Destination::Helpdesk(Helpdesk::GORGIAS);
/// The start of every test.
pub const T0: Millis = 1_800_000_000_000;

pub type AnyStore = Arc<dyn Store>;

/// Returns ids that sort by creation.
pub fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("id-{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn viewer(merchant: &str) -> Viewer {
    Viewer { merchant: merchant.into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner }
}

pub fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// Returns a sentence with everything it can contain: a plain argument, and another sentence as an argument.
pub fn does_not_work() -> Said {
    let broken = Sentence { code: "test.broken", english: "It does not work: {why} ({words})." };
    let why = Sentence { code: "test.no_connection", english: "no connection" };
    said!(broken, why = why, words = "{why} \"'{\"code\":\"x\"}")
}

pub fn trouble() -> Trouble {
    Trouble { problem: Problem::BadCredentials, reason: does_not_work() }
}

pub fn body(merchant: &str, conversation: &str) -> Value {
    json!({"merchant_id": merchant, "trigger": {"kind": "manual"}, "conversation": {
        "id": conversation, "shopper": {}, "messages": [{"id": "1", "author": "shopper", "text": conversation}]}})
}

pub fn new_handover(webhook_id: &str, body: &Value, at: Millis) -> NewHandover {
    let bytes = body.to_string();
    let mut hash = [0; 32];
    // Any hash works: the store only compares it.
    for (index, byte) in bytes.bytes().enumerate() {
        hash[index % 32] ^= byte.rotate_left((index / 32 % 8) as u32);
    }
    NewHandover {
        id: new_id(),
        delivery_ids: [new_id(), new_id()],
        webhook_id: webhook_id.to_owned(),
        body_hash: hash,
        handover: parse_handover(bytes.as_bytes(), Timestamp::from_millisecond(at).unwrap()).unwrap(),
        accepted_at: at,
        warnings: Vec::new(),
        answer: |id, deliveries, continued, _| {
            let states: Vec<_> = deliveries.iter().map(|(to, state)| json!([to.slug(), state])).collect();
            json!({"id": id, "deliveries": states, "continued": continued}).to_string()
        },
    }
}

pub async fn accepts(store: &AnyStore, webhook_id: &str, body: &Value, at: Millis) -> Value {
    match store.accept(new_handover(webhook_id, body, at)).await.unwrap() {
        Accepted::Answer { answer, .. } => serde_json::from_str(&answer).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Hands over a conversation and returns the handover's id.
pub async fn hands_over(store: &AnyStore, merchant: &str, conversation: &str, at: Millis) -> String {
    let webhook_id = format!("{merchant}-{conversation}");
    let answer = accepts(store, &webhook_id, &body(merchant, conversation), at).await;
    answer["id"].as_str().unwrap().to_owned()
}

/// Returns credentials to store.
pub fn new_connection(merchant: &str, helpdesk: Helpdesk, account: &str) -> NewConnection {
    NewConnection {
        merchant: merchant.into(),
        helpdesk,
        subdomain: Subdomain::parse(helpdesk, account).unwrap(),
        method: helpdesk.method(None).unwrap(),
        username: email("owner@acme.test").into(),
        key_id: "k1".into(),
        sealed_key: vec![1, 2, 3],
        recheck_at: None,
        trouble: None,
        routing: Routing::default(),
    }
}

pub async fn connects(store: &AnyStore, merchant: &str, account: &str, trouble: Option<Trouble>, at: Millis) {
    let recheck_at = trouble.as_ref().map(|_| at + 15_000);
    let new = NewConnection { recheck_at, trouble, ..new_connection(merchant, GORGIAS, account) };
    store.save_connection(&new, &viewer(merchant), at).await.unwrap();
}

/// Connects a second helpdesk.
pub async fn connects_zendesk(store: &AnyStore, merchant: &str, at: Millis) {
    let new = new_connection(merchant, Helpdesk::ZENDESK, "acme");
    store.save_connection(&new, &viewer(merchant), at).await.unwrap();
}

pub async fn connection(store: &AnyStore, merchant: &str) -> Connection {
    store.connection(merchant, GORGIAS).await.unwrap().unwrap()
}

pub fn seen(connection: &Connection, now: Millis) -> Sighting<'_> {
    Sighting { merchant: &connection.merchant, helpdesk: GORGIAS, version: connection.version, now }
}

pub fn at(now: Millis) -> Moment {
    Moment { now, chance: 0.5 }
}

/// Returns the delivery to the helpdesk.
pub async fn ticket(store: &AnyStore, merchant: &str, handover: &str) -> Delivery {
    store.delivery(merchant, handover, TICKET).await.unwrap().unwrap()
}

/// Applies events as the dispatcher would, and stores each.
pub async fn follows(
    store: &AnyStore,
    mut delivery: Delivery,
    events: impl IntoIterator<Item = Event>,
    now: Millis,
) -> Delivery {
    for event in events {
        let before = delivery.fence;
        let begun = matches!(event, Event::Leased).then_some(Begun { kind: AttemptKind::Create, at: now });
        let ended = begun.is_none().then(|| Ended { fence: before, at: now, outcome: "it ended".into() });
        delivery = delivery.after(event.clone(), at(now), Rules::default()).unwrap();
        assert!(store.save(&delivery, begun.as_ref(), ended.as_ref(), now).await.unwrap(), "{event:?}");
    }
    delivery
}

/// Returns every delivery of these merchants, by id.
pub async fn all(store: &AnyStore, merchants: &[&str]) -> BTreeMap<String, Delivery> {
    let mut found = BTreeMap::new();
    for merchant in merchants {
        let filter = Filter { limit: 1_000, ..Filter::default() };
        for record in store.handovers(merchant, &filter).await.unwrap() {
            found.extend(record.deliveries.into_iter().map(|it| (it.id.clone(), it)));
        }
    }
    found
}

pub fn count(deliveries: &BTreeMap<String, Delivery>, state: DeliveryState) -> usize {
    deliveries.values().filter(|it| it.state == state).count()
}
