//! The contract on SQLite, and what is SQLite's own: one process, migrations.

use crate::support::{AnyStore, GORGIAS, T0, all, connects, hands_over};
use convi_server::store::sqlite::{OpenError, SqliteStore};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::sync::Arc;

async fn empty() -> (AnyStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("convi.db")).await.unwrap();
    store.migrate().await.unwrap();
    (Arc::new(store), folder)
}

crate::holds_on!(empty:
    the_same_request_gets_the_same_answer,
    other_bytes_under_the_same_key_are_refused,
    at_the_same_moment_one_wins,
    a_conversation_is_handed_over_once,
    where_a_handover_goes,
    lists_are_newest_first_page_by_page,
    lists_are_filtered,
    a_merchant_sees_and_changes_only_its_own,
    sessions_come_and_go,
    a_mail_is_leased_and_settled,
    the_team_has_one_address,
    a_connection_is_saved_and_what_was_seen_of_an_older_one_is_void,
    a_connection_that_broke_is_told_once,
    a_probe_goes_first_and_its_ticket_frees_the_others,
    with_nothing_held_a_test_is_enough,
    a_probe_that_ends_otherwise_hands_on,
    a_disconnect_lists_what_it_cancelled,
    holding_many_is_the_same_event_for_each,
    releasing_many_is_the_same_event_for_each,
    disconnecting_many_is_the_same_event_for_each,
    moving_many_is_the_same_event_for_each,
    a_fence_refuses_who_comes_late,
    what_is_due_comes_in_its_order,
    what_is_due_already_is_not_said_to_become_due,
    what_nobody_got_is_sent_once,
);

#[tokio::test]
async fn a_second_store_on_the_same_file_is_refused_until_the_first_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/convi.db");
    let first = SqliteStore::open(&path).await.unwrap();
    let second = SqliteStore::open(&path).await;
    assert!(matches!(second, Err(OpenError::Locked { .. })), "{:?}", second.err());
    first.close().await;
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn migrations_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let pending = store.pending_migrations().await.unwrap();
    assert!(pending > 0);
    assert_eq!(store.migrate().await.unwrap(), pending);
    assert_eq!((store.migrate().await.unwrap(), store.pending_migrations().await.unwrap()), (0, 0));
    store.close().await;
    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(again.migrate().await.unwrap(), 0);
}

/// A newer version expanded the schema and an older binary still runs.
#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let (store, folder) = empty().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("convi.db"));
    let mut newer = SqliteConnection::connect_with(&options).await.unwrap();
    let expand = "ALTER TABLE delivery ADD COLUMN future TEXT; ALTER TABLE connection ADD COLUMN future TEXT;
                  ALTER TABLE handover ADD COLUMN future TEXT; INSERT INTO schema_version VALUES (99);";
    sqlx::raw_sql(expand).execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    drop(store);
    let store = SqliteStore::open(&folder.path().join("convi.db")).await.unwrap();
    assert_eq!((store.pending_migrations().await.unwrap(), store.migrate().await.unwrap()), (0, 0));
    let store: AnyStore = Arc::new(store);
    connects(&store, "m1", "acme", None, T0).await;
    hands_over(&store, "m1", "c1", T0).await;
    assert_eq!(all(&store, &["m1"]).await.len(), 1);
}

/// Only where it is still the key that was read.
#[tokio::test]
async fn a_key_is_sealed_anew_in_its_place() {
    let (store, _kept) = empty().await;
    connects(&store, "m1", "acme", None, T0).await;
    let before = store.connection("m1", GORGIAS).await.unwrap().unwrap();
    assert!(store.reseal(&before, "k2", &[9]).await.unwrap());
    let after = store.connection("m1", GORGIAS).await.unwrap().unwrap();
    assert_eq!((after.key_id.as_str(), after.sealed_key, after.version), ("k2", vec![9], before.version));
    connects(&store, "m1", "acme", None, T0 + 1).await;
    assert!(!store.reseal(&before, "k3", &[8]).await.unwrap(), "it was replaced meanwhile");
}

/// What holds, releases and counts for one merchant must not read everybody's deliveries.
#[tokio::test]
async fn no_question_about_one_merchant_reads_the_whole_table() {
    let (_store, folder) = empty().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("convi.db"));
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    let of_one = "merchant = 'm1' AND destination = 'gorgias' AND state";
    for query in [
        format!("SELECT count(*) FROM delivery WHERE {of_one} = 'held'"),
        format!("SELECT count(*) FROM delivery WHERE {of_one} IN ('queued', 'waiting', 'held')"),
        format!("UPDATE delivery SET state = 'held' WHERE {of_one} IN ('queued', 'waiting')"),
        format!("SELECT * FROM delivery WHERE {of_one} = 'held' ORDER BY seq LIMIT 1"),
        "SELECT account FROM delivery INDEXED BY delivery_wake WHERE next_at IS NOT NULL AND blocked = 0 AND next_at <= 1"
            .into(),
    ] {
        use sqlx::{AssertSqlSafe, Row};
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
            .fetch_all(&mut reader)
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{query}: {plan:?}");
    }
}
