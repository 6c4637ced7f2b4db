//! Databases that other programs left.

use crate::support::*;
use app::model::{DeliveryState, Problem};
use convi_server::store::{
    Database, Opener,
    conversations::ConversationFilter,
    handovers::{Accepted, Filter, HandoverRecord},
    outbox::Due,
    sqlite::SqliteStore,
};
use domain::{
    Said,
    addition::Addition,
    delivery::{Delivery, Event, Rules},
};
use rusqlite::Connection;
use std::{path::Path, sync::Arc};

/// What a program left that knew no checksums of migrations: merchants with a delivered, a failed and an unsure handover
/// (`m1`), a held one (`m2`), one that nobody got (`m3`) and one that was disconnected (`m4`), and a chat.
const BEFORE_CHECKSUMS: &str = include_str!("before_checksums.sql");

fn left_at(path: &Path) {
    Connection::open(path).unwrap().execute_batch(BEFORE_CHECKSUMS).unwrap();
}

async fn upgraded(folder: &tempfile::TempDir) -> AnyStore {
    let path = folder.path().join("convi.db");
    left_at(&path);
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    Arc::new(store)
}

/// The handover of a conversation.
async fn record(store: &AnyStore, merchant: &str, conversation: &str) -> HandoverRecord {
    let filter = Filter { conversation: Some(conversation.into()), limit: 9, ..Filter::default() };
    store.handovers(merchant, &filter).await.unwrap().remove(0)
}

/// When all of it is over.
const LATER: i64 = 1_900_000_000_000;

#[tokio::test]
async fn a_database_from_before_the_checksums_reads_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = upgraded(&folder).await;
    for (merchant, conversation, state) in [
        ("m1", "delivered", DeliveryState::Delivered),
        ("m1", "failed", DeliveryState::Failed),
        ("m1", "unsure", DeliveryState::Unsure),
        ("m2", "held", DeliveryState::Held),
        ("m4", "cancelled", DeliveryState::Unsure),
    ] {
        let record = record(&store, merchant, conversation).await;
        assert_eq!(record.deliveries[0].state, state, "{conversation}");
        let body = store.handover_body(&record.id).await.unwrap().unwrap();
        assert_eq!(body.conversation.messages[0].text, format!("Hello from {conversation}"));
        let attempts = store.attempts(merchant, &record.id, 9).await.unwrap();
        assert!(attempts.iter().all(|it| it.outcome.is_some()), "{attempts:?}");
        assert!(!attempts.is_empty());
    }
    let delivered = record(&store, "m1", "delivered").await;
    assert_eq!(delivered.summary.shopper_name.as_deref(), Some("Renée Dupont"));
    let Some(Addition::Messages(more)) = store.addition(&delivered.id, 1).await.unwrap() else {
        panic!("there is no addition");
    };
    assert_eq!(more[0].text, "One more thing");
    let (works, broke) = (connection(&store, "m1").await, connection(&store, "m2").await);
    assert_eq!((works.subdomain.as_str(), &*works.key_id, works.trouble), ("demo-shop", "k1", None));
    let trouble = broke.trouble.unwrap();
    assert_eq!(trouble.problem, Problem::BadCredentials);
    // Sentences were stored as English then, and are shown as they are.
    assert_eq!(
        trouble.reason,
        Said::plain(
            "Gorgias does not accept the saved e-mail and API key any more. Create a new key under Settings → REST \
             API there and enter it under Configure."
        )
    );
    assert_eq!(store.connection("m4", GORGIAS).await.unwrap(), None);
    assert_eq!(store.team("m1").await.unwrap().email, Some(email("team@acme.test")));
    assert_eq!(store.visitor_key().await.unwrap().len(), 32);
    let filter = ConversationFilter { search: Some("BLUE mug".into()), limit: 9, ..Default::default() };
    let chats = store.conversations("m1", &filter).await.unwrap();
    assert_eq!(chats.iter().map(|it| it.order_number.as_deref()).collect::<Vec<_>>(), [Some("#1042")]);
    let turns = store.turns(&chats[0].id, 0).await.unwrap();
    assert_eq!(turns[0].text, "Where is my blue mug?");
}

#[tokio::test]
async fn a_database_from_before_the_checksums_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = upgraded(&folder).await;
    // A key that was answered is known.
    let again = new_handover("msg-delivered", &body("m1", "delivered"), LATER);
    assert_eq!(store.accept(again).await.unwrap(), Accepted::OtherBody);
    // What was held goes once its connection works, and what nobody got goes to a new one.
    connects(&store, "m2", "merging-shop", None, LATER).await;
    let account = connection(&store, "m2").await.account();
    let held = store.first_due(&account, Due::Send, LATER).await.unwrap().unwrap();
    follows(&store, held, [Event::Leased, Event::Made(Some(9))], LATER).await;
    assert_eq!(store.counts("m2", GORGIAS).await.unwrap().held, 0);
    connects(&store, "m3", "new-shop", None, LATER).await;
    assert_eq!(store.send_unsent("m3", LATER, &new_id).await.unwrap(), 1);
    // A person answers for what is unsure and retries what failed.
    let unsure = record(&store, "m1", "unsure").await.deliveries.remove(0);
    follows(&store, unsure, [Event::SaidMade(Some(5))], LATER).await;
    let retry = |failed: &Delivery| failed.after(Event::RetriedByHand, at(LATER), Rules::default()).ok();
    assert_eq!(store.change_failed("m1", TICKET, 9, LATER, &retry).await.unwrap(), 1);
    // And what is new is taken in.
    let id = hands_over(&store, "m1", "new", LATER).await;
    assert_eq!(ticket(&store, "m1", &id).await.state, DeliveryState::Queued);
    // What is removed is removed from the index of words as well.
    assert!(
        store
            .erase_merchant("m1")
            .await
            .unwrap()
            .rows
            .iter()
            .any(|(table, rows)| *table == "search" && *rows > 0)
    );
}

/// What the program without checksums asks and writes of them still works, and what it wrote is given a checksum.
#[tokio::test]
async fn the_program_from_before_the_checksums_may_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    let all = i64::try_from(store.migrate().await.unwrap()).unwrap();
    let older = Connection::open(&path).unwrap();
    older.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)", []).unwrap();
    let version = |sql: &str| older.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version("SELECT coalesce(max(version), 0) FROM schema_version"), all);
    older.execute("DELETE FROM schema_version WHERE version = ?", [all]).unwrap();
    older.execute("INSERT INTO schema_version (version) VALUES (?)", [all]).unwrap();
    assert_eq!((store.pending_migrations().await.unwrap(), store.migrate().await.unwrap()), (0, 0));
    assert_eq!(version("SELECT count(*) FROM schema_version WHERE checksum IS NOT NULL"), all);
}

#[tokio::test]
async fn a_migration_that_was_edited_after_it_was_applied_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    store.migrate().await.unwrap();
    let beside = Connection::open(&path).unwrap();
    beside.execute("UPDATE schema_version SET checksum = '1' WHERE version = 3", []).unwrap();
    let error = store.migrate().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database failed: migration 3 (conversations) was edited after this database had applied it; run the version \
         that applied it, and make the change a migration of its own"
    );
}
