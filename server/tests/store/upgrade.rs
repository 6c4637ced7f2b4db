//! Databases written by earlier versions.

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

/// A database from a version without migration checksums: merchants with a delivered, a failed and an unsure handover
/// (`m1`), a held one (`m2`), an unsent one (`m3`) and a disconnected one (`m4`), and a chat.
const BEFORE_CHECKSUMS: &str = include_str!("before_checksums.sql");

pub fn left_at(path: &Path) {
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

/// Returns the handover of a conversation.
async fn record(store: &AnyStore, merchant: &str, conversation: &str) -> HandoverRecord {
    let filter = Filter { conversation: Some(conversation.into()), limit: 9, ..Filter::default() };
    store.handovers(merchant, &filter).await.unwrap().remove(0)
}

/// A time after everything has finished.
const LATER: i64 = 1_900_000_000_000;

#[tokio::test]
async fn database_without_checksums_reads_unchanged() {
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
    // Sentences were stored as English text then, and are shown unchanged.
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
async fn database_without_checksums_stays_usable() {
    let folder = tempfile::tempdir().unwrap();
    let store = upgraded(&folder).await;
    // A key that already got a response is known.
    let again = new_handover("msg-delivered", &body("m1", "delivered"), LATER);
    assert_eq!(store.accept(again).await.unwrap(), Accepted::OtherBody);
    // Held handovers are sent once the connection works, and unsent ones to a new connection.
    connects(&store, "m2", "merging-shop", None, LATER).await;
    let account = connection(&store, "m2").await.account();
    let held = store.first_due(&account, Due::Send, LATER).await.unwrap().unwrap();
    follows(&store, held, [Event::Leased, Event::Made(Some(9))], LATER).await;
    assert_eq!(store.counts("m2", GORGIAS).await.unwrap().held, 0);
    connects(&store, "m3", "new-shop", None, LATER).await;
    assert_eq!(store.send_unsent("m3", LATER, &new_id).await.unwrap(), 1);
    // A person resolves the unsure one and retries the failed one.
    let unsure = record(&store, "m1", "unsure").await.deliveries.remove(0);
    follows(&store, unsure, [Event::SaidMade(Some(5))], LATER).await;
    let retry = |failed: &Delivery| failed.after(Event::RetriedByHand, at(LATER), Rules::default()).ok();
    assert_eq!(store.change_failed("m1", TICKET, 9, LATER, &retry).await.unwrap(), 1);
    // New handovers are accepted.
    let id = hands_over(&store, "m1", "new", LATER).await;
    assert_eq!(ticket(&store, "m1", &id).await.state, DeliveryState::Queued);
    // Removed conversations are removed from the search index as well.
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

/// The statements of the version without checksums still work, and its migration rows get a checksum later.
#[tokio::test]
async fn version_without_checksums_still_works_after_the_upgrade() {
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
async fn edited_migration_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    store.migrate().await.unwrap();
    let beside = Connection::open(&path).unwrap();
    beside.execute("UPDATE schema_version SET checksum = '1' WHERE version = 3", []).unwrap();
    let error = store.migrate().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database failed: migration 3 (conversations) was edited after it was applied to this database; run the version \
         that applied it, and put the change into a migration of its own"
    );
}
