//! The store contract on PostgreSQL, and what is specific to it.

use crate::{postgres_database, support::*};
use app::model::AttemptKind;
use convi_server::store::{
    Database, RemovalStore,
    lanes::Owned,
    outbox::Begun,
    postgres::{PostgresStore, PostgresUrl},
};
use domain::{
    account::Account,
    delivery::{Event, Rules},
};
use std::{collections::BTreeSet, sync::Arc};

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
    let others = ["lane", "schema_version", "visitor_key"];
    let left: Vec<_> = tables.iter().filter(|it| !erased.contains(it.as_str())).collect();
    assert_eq!(left, others);
}
