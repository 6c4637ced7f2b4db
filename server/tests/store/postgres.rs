//! The store contract on PostgreSQL, and what is specific to it.

use crate::{postgres_database, support::*};
use app::model::{AttemptKind, DeliveryState, Destination};
use convi_server::{
    clock::SystemClock,
    limits::Limit,
    store::{
        Database, RemovalStore,
        lanes::{Owned, Paused},
        outbox::Begun,
        postgres::{PostgresStore, PostgresUrl},
        processes::{Announcement, GONE_AFTER},
    },
};
use domain::{
    Said,
    account::Account,
    delivery::{Event, Nothing, REQUEST_ENDS_AFTER, Rules},
};
use postgres_cluster::{Cluster, Commits};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::{Notify, mpsc};

async fn empty() -> (AnyStore, ()) {
    (Arc::new(opened(&postgres_database::empty().await).await), ())
}

/// Opens a store without its tables.
pub fn unmigrated(url: &str) -> PostgresStore {
    PostgresStore::open(&PostgresUrl::parse(url).unwrap()).unwrap()
}

/// Opens a migrated store.
pub async fn opened(url: &str) -> PostgresStore {
    let store = unmigrated(url);
    store.migrate().await.unwrap();
    store
}

crate::meets_contract!(empty);

/// Two stores on one database, as two processes have.
pub async fn two() -> [AnyStore; 2] {
    let url = postgres_database::empty().await;
    [Arc::new(opened(&url).await), Arc::new(opened(&url).await)]
}

#[tokio::test]
async fn account_has_one_owner_until_its_lease_ends_or_is_given_up() {
    let [first, second] = two().await;
    let acme: [Account; 1] = ["gorgias:acme".parse().unwrap()];
    let owned = |others_until| vec![Owned { account: acme[0].clone(), others_until }];
    assert_eq!(first.own(&acme, T0, T0 + 30).await.unwrap(), owned(None));
    assert_eq!(second.own(&acme, T0 + 29, T0 + 59).await.unwrap(), []);
    assert_eq!(first.own(&acme, T0 + 20, T0 + 50).await.unwrap(), owned(None), "renewed");
    assert_eq!(second.own(&acme, T0 + 49, T0 + 79).await.unwrap(), []);
    assert_eq!(second.own(&acme, T0 + 50, T0 + 80).await.unwrap(), owned(Some(T0 + 50)));
    assert_eq!(first.own(&acme, T0 + 60, T0 + 90).await.unwrap(), []);
    first.disown(&acme, T0 + 60).await.unwrap();
    assert_eq!(first.own(&acme, T0 + 61, T0 + 91).await.unwrap(), [], "it was not its to give up");
    second.disown(&acme, T0 + 62).await.unwrap();
    assert_eq!(first.own(&acme, T0 + 63, T0 + 93).await.unwrap(), owned(Some(T0 + 62)));
}

#[tokio::test]
async fn nothing_is_leased_for_an_account_of_another_process_or_beside_another_request() {
    let [first, second] = two().await;
    connects(&first, "m1", "acme", None, T0).await;
    let acme: [Account; 1] = ["gorgias:acme".parse().unwrap()];
    let [one, two] = [hands_over(&first, "m1", "c1", T0).await, hands_over(&first, "m1", "c2", T0).await];
    first.own(&acme, T0, T0 + 30).await.unwrap();
    let lease = async |store: &AnyStore, id: &str, now| {
        let leased = ticket(store, "m1", id).await.after(Event::Leased, at(now), Rules::default()).unwrap();
        let begun = Begun { kind: AttemptKind::Create, at: now };
        store.save(&leased, Some(&begun), None, now).await.unwrap()
    };
    assert!(!lease(&second, &one, T0 + 29).await, "another process owns the account");
    assert!(lease(&second, &one, T0 + 30).await, "its lease has ended");
    assert!(!lease(&second, &two, T0 + 30).await, "a request of this account is in flight");
}

#[tokio::test]
async fn process_whose_clock_is_off_claims_nothing() {
    let store = Arc::new(opened(&postgres_database::empty().await).await);
    let any: AnyStore = store.clone();
    let now = store.clock(Arc::new(SystemClock)).await.unwrap().now_ms();
    connects(&any, "m1", "acme", None, now).await;
    any.set_team_email("m1", Some(&email("team@m1.test"))).await.unwrap();
    let id = hands_over(&any, "m1", "c1", now).await;
    let acme: [Account; 1] = ["gorgias:acme".parse().unwrap()];
    let lease = async |now| {
        let leased = ticket(&any, "m1", &id).await.after(Event::Leased, at(now), Rules::default()).unwrap();
        any.save(&leased, Some(&Begun { kind: AttemptKind::Create, at: now }), None, now).await.unwrap()
    };
    any.connection_broke(&seen(&connection(&any, "m1").await, now), &trouble(), now, "n1").await.unwrap();
    connects(&any, "m1", "acme", None, now).await;
    // The limit is 2 s, and the test takes some time itself.
    for off in [-3_000, 5_000] {
        let refused = any.own(&acme, now + off, now + off + 30_000).await.unwrap_err();
        assert!(refused.to_string().contains("claims nothing"), "{refused}");
        assert!(!lease(now + off).await, "{off}");
        assert!(any.lease_notice(now + off, now + 60_000).await.unwrap().is_none(), "{off}");
    }
    let now = store.clock(Arc::new(SystemClock)).await.unwrap().now_ms();
    assert_eq!(any.own(&acme, now, now + 30_000).await.unwrap().len(), 1);
    assert!(any.lease_notice(now, now + 60_000).await.unwrap().is_some());
    assert!(lease(now).await);
    assert!(
        any.expired_leases(now + 61_000).await.unwrap().is_empty(),
        "only the database decides that it ended"
    );
}

#[tokio::test]
async fn pause_of_one_process_is_read_by_all() {
    let [first, second] = two().await;
    let acme: Account = "gorgias:acme".parse().unwrap();
    let paused = |until| vec![Paused { account: acme.clone(), until }];
    first.pause(&paused(T0 + 30)).await.unwrap();
    second.pause(&paused(T0 + 20)).await.unwrap();
    assert_eq!(second.paused(T0 + 29).await.unwrap(), paused(T0 + 30), "the longer one");
    assert_eq!(second.paused(T0 + 30).await.unwrap(), []);
    let owned = second.own(std::slice::from_ref(&acme), T0, T0 + 30).await.unwrap();
    assert_eq!(owned, [Owned { account: acme.clone(), others_until: None }], "no process owned it");
    first.pause(&paused(T0 + 90)).await.unwrap();
    assert_eq!(second.paused(T0 + 40).await.unwrap(), paused(T0 + 90));
}

#[tokio::test]
async fn process_that_stops_announcing_itself_is_gone() {
    let [first, second] = two().await;
    let says = |role: &str, keys: &[&str]| Announcement {
        role: role.to_owned(),
        version: "1".to_owned(),
        place: "host:1".to_owned(),
        keys: keys.iter().map(|key| key.to_string()).collect(),
    };
    first.announce(&says("web", &["k1"]), T0).await.unwrap();
    second.announce(&says("worker", &["k1"]), T0 + 1).await.unwrap();
    second.announce(&says("worker", &["k2", "k1"]), T0 + 10).await.unwrap();
    let living = async |now| {
        let living = first.processes(now).await.unwrap();
        living.into_iter().map(|it| (it.says, it.started_at)).collect::<Vec<_>>()
    };
    let worker = (says("worker", &["k2", "k1"]), T0 + 1);
    assert_eq!(living(T0 + 10).await, [(says("web", &["k1"]), T0), worker.clone()]);
    assert_eq!(living(T0 + GONE_AFTER).await, [worker]);
    assert_eq!(living(T0 + 10 + GONE_AFTER).await, []);
}

#[tokio::test]
async fn job_is_done_by_one_process_until_it_is_due_again() {
    let [first, second] = two().await;
    assert!(first.take_job("retention", T0, T0 + 60).await.unwrap());
    assert!(!second.take_job("retention", T0 + 59, T0 + 119).await.unwrap());
    assert!(second.take_job("sessions", T0, T0 + 60).await.unwrap(), "another job");
    assert!(second.take_job("retention", T0 + 60, T0 + 120).await.unwrap());
    assert!(!first.take_job("retention", T0 + 60, T0 + 120).await.unwrap());
    assert_eq!(first.kept("retention").await.unwrap(), None);
    second.keep("retention", "42").await.unwrap();
    assert_eq!(first.kept("retention").await.unwrap().as_deref(), Some("42"));
}

#[tokio::test]
async fn limit_holds_for_all_processes_together() {
    let [first, second] = two().await;
    let limits = |names: &[&str]| -> Vec<_> {
        names.iter().map(|name| Limit::new(*name, 3, Duration::from_secs(60))).collect()
    };
    for (n, store) in [&first, &second, &first].into_iter().enumerate() {
        let now = T0 + 1_000 * i64::try_from(n).unwrap();
        assert_eq!(store.count(&limits(&["m1", "acme"]), now).await.unwrap(), None);
    }
    assert_eq!(second.count(&limits(&["m1", "other"]), T0 + 3_000).await.unwrap(), Some(57_000));
    assert_eq!(first.count(&limits(&["m2", "acme"]), T0 + 59_500).await.unwrap(), Some(500));
    for now in [T0 + 60_000, T0 + 61_000, T0 + 62_000] {
        // Rejected events do not count.
        assert_eq!(first.count(&limits(&["m1", "other"]), now).await.unwrap(), None, "{now}");
    }
    assert_eq!(first.count(&limits(&["m2", "other"]), T0 + 63_000).await.unwrap(), Some(57_000));
}

#[tokio::test]
async fn process_is_woken_by_another_one() {
    let url = postgres_database::empty().await;
    let hears = async || {
        let (store, told) = (opened(&url).await, Arc::new(Notify::new()));
        let ((tell, heard), tells) = (mpsc::unbounded_channel(), told.clone());
        tokio::spawn(
            async move { store.exchange_wakeups(&tells, &|| tell.send(()).unwrap_or_default()).await },
        );
        (told, heard)
    };
    let soon = async |heard: &mut mpsc::UnboundedReceiver<()>, why: &str| {
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, heard.recv()).await.ok().flatten().expect(why);
    };
    let (_, mut first) = hears().await;
    soon(&mut first, "a process looks once it can be woken").await;
    let (told, mut second) = hears().await;
    soon(&mut second, "a process looks once it can be woken").await;
    soon(&mut first, "the second one tries whether it is heard").await;
    told.notify_one();
    soon(&mut first, "it is woken").await;
    assert!(second.try_recv().is_err(), "not by itself");
}

#[tokio::test]
async fn every_table_of_a_merchant_is_erased() {
    let url = postgres_database::empty().await;
    let store = opened(&url).await;
    let erased: BTreeSet<_> =
        store.erase_merchant("m1").await.unwrap().rows.into_iter().map(|(table, _)| table).collect();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";
    let tables: BTreeSet<String> =
        client.query(tables, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    // None of these belongs to a merchant.
    let others =
        ["call_window", "job", "lane", "lineage", "master_key", "process", "schema_version", "visitor_key"];
    let left: Vec<_> = tables.iter().filter(|it| !erased.contains(it.as_str())).collect();
    assert_eq!(left, others);
}

fn says() -> Announcement {
    Announcement {
        role: "all".to_owned(),
        version: "1".to_owned(),
        place: "host:1".to_owned(),
        keys: vec!["k1".to_owned()],
    }
}

/// A handover, with its merchant and the state of its ticket.
type Handed = (&'static str, String, DeliveryState);

/// A database with a handover in each state in which something may be sent, and a delivered one. All have an email.
async fn with_handovers(url: &str) -> (AnyStore, Vec<Handed>) {
    let store: AnyStore = Arc::new(opened(url).await);
    store.announce(&says(), T0).await.unwrap();
    connects(&store, "m1", "acme", None, T0).await;
    connects(&store, "m2", "broken", Some(trouble()), T0).await;
    for merchant in ["m1", "m2"] {
        store.set_team_email(merchant, Some(&email("team@m1.test"))).await.unwrap();
    }
    let acme: [Account; 1] = ["gorgias:acme".parse().unwrap()];
    store.own(&acme, T0, T0 + 30_000).await.unwrap();
    let why = || Said::plain("why");
    let waits = Event::MadeNothing(Nothing::TryAgain { after: None, why: why() });
    let mut handovers = Vec::new();
    for (merchant, events) in [
        ("m1", vec![]),
        ("m1", vec![Event::Leased, waits]),
        ("m1", vec![Event::Leased, Event::MayHaveMade(why())]),
        ("m1", vec![Event::Leased, Event::Made(Some(7))]),
        ("m1", vec![Event::Leased]),
        ("m2", vec![]),
    ] {
        let conversation = format!("c{}", handovers.len());
        let id = hands_over(&store, merchant, &conversation, T0).await;
        let state = follows(&store, ticket(&store, merchant, &id).await, events, T0).await.state;
        handovers.push((merchant, id, state));
    }
    let states: Vec<_> = handovers.iter().map(|(.., state)| *state).collect();
    use DeliveryState::{Delivered, Held, Queued, Sending, Unsure, Waiting};
    assert_eq!(states, [Queued, Waiting, Unsure, Delivered, Sending, Held]);
    (store, handovers)
}

/// Returns the handovers with their current states.
async fn now_in(store: &AnyStore, handovers: &[Handed]) -> Vec<Handed> {
    let mut now = Vec::new();
    for (merchant, id, _) in handovers {
        now.push((*merchant, id.clone(), ticket(store, merchant, id).await.state));
    }
    now
}

/// Returns the handovers with the states that they have once everything is looked up.
fn unsure(handovers: &[Handed]) -> Vec<Handed> {
    let unsure = |(merchant, id, state): &Handed| {
        let stays = *state == DeliveryState::Delivered;
        (*merchant, id.clone(), if stays { *state } else { DeliveryState::Unsure })
    };
    handovers.iter().map(unsure).collect()
}

#[tokio::test]
async fn what_may_have_been_sent_is_looked_up_after_a_restore_or_a_failover() {
    let url = postgres_database::empty().await;
    let (store, handovers) = with_handovers(&url).await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let again = async || Arc::new(opened(&url).await) as AnyStore;
    assert_eq!(now_in(&again().await, &handovers).await, handovers, "the same history");
    // A synchronous standby has everything.
    let other = "UPDATE lineage SET timeline = '0000000F'";
    client.batch_execute(&format!("{other}, synchronous = true")).await.unwrap();
    assert_eq!(now_in(&again().await, &handovers).await, handovers);
    let seen: String = client.query_one("SELECT timeline FROM lineage", &[]).await.unwrap().get(0);
    assert_eq!(seen, "00000001", "from now on");

    let sending = &handovers[4].1;
    let before = ticket(&store, "m1", sending).await;
    client.batch_execute(&format!("{other}, synchronous = false")).await.unwrap();
    let after = again().await;
    assert_eq!(now_in(&after, &handovers).await, unsure(&handovers));
    for (merchant, id, _) in &handovers {
        let email = after.delivery(merchant, id, Destination::Email).await.unwrap().unwrap();
        assert_eq!(email.state, DeliveryState::Queued, "an email is sent again rather than not at all");
    }
    let it = ticket(&after, "m1", sending).await;
    assert_eq!((it.fence, it.lease_until), (before.fence + 1_000, None), "a settle from before is rejected");
    let it = ticket(&after, "m1", &handovers[0].1).await;
    // A request of which the database knows nothing may be in flight.
    assert_eq!(it.not_after, it.next_at.map(|now| now + REQUEST_ENDS_AFTER));

    client.batch_execute("UPDATE delivery SET state = 'queued' WHERE state = 'unsure'").await.unwrap();
    let queued = now_in(&again().await, &handovers).await;
    assert!(queued.iter().all(|(.., state)| *state != DeliveryState::Unsure), "once: {queued:?}");
}

#[tokio::test]
async fn standby_that_takes_over_is_noticed() {
    let primary = Cluster::start(Commits::Fast).unwrap();
    let standby = primary.standby().unwrap();
    let (client, connection) = tokio_postgres::connect(&primary.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // Each commit is on the standby, but the store does not know that.
    client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let (_, handovers) = with_handovers(&primary.url()).await;
    client.batch_execute("UPDATE lineage SET synchronous = false").await.unwrap();
    primary.stop().unwrap();
    standby.promote().unwrap();
    let store: AnyStore = Arc::new(opened(&standby.url()).await);
    assert_eq!(now_in(&store, &handovers).await, unsure(&handovers));
}
