//! The store contract on SQLite, and what is specific to SQLite: a single process, migrations, the search index.

use crate::support::{AnyStore, GORGIAS, T0, all, body, connects, hands_over, new_handover};
use app::model::Day;
use convi_server::store::{
    ConnectionStore, ConversationStore, Database, NoticeStore, OpenError, Opener,
    conversations::ConversationFilter,
    handovers::{Accepted, Filter, Search},
    history::Span,
    sqlite::SqliteStore,
};
use rusqlite::Connection;
use std::sync::Arc;

async fn empty() -> (AnyStore, tempfile::TempDir) {
    let (store, folder) = opened().await;
    (Arc::new(store), folder)
}

async fn opened() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

crate::meets_contract!(empty);
// It serves a single process.
crate::holds_on!(empty: unfinished_look_ups_become_due_again);

#[tokio::test]
async fn second_store_on_the_same_file_is_rejected_until_the_first_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/convi.db");
    let first = SqliteStore::open(&path, Opener::Server).await.unwrap();
    let second = SqliteStore::open(&path, Opener::Server).await;
    assert!(matches!(second, Err(OpenError::Locked { .. })), "{:?}", second.err());
    first.close().await;
    SqliteStore::open(&path, Opener::Server).await.unwrap();
}

/// Concurrent handovers share a commit, and one that cannot be written fails alone.
#[tokio::test]
async fn one_bad_change_does_not_fail_its_batch() {
    let (store, folder) = empty().await;
    let broken = hands_over(&store, "m1", "broken", T0).await;
    let beside = Connection::open(folder.path().join("convi.db")).unwrap();
    beside.execute("UPDATE handover SET body = 'no JSON'", []).unwrap();
    // They all wait while another process writes, and then share a commit.
    beside.execute("BEGIN IMMEDIATE", []).unwrap();
    let conversations = (0..40).map(|n| if n == 20 { "broken".to_owned() } else { format!("c{n}") });
    let posts: Vec<_> = conversations
        .map(|conversation| {
            let new = new_handover(&format!("later-{conversation}"), &body("m1", &conversation), T0);
            let store = store.clone();
            tokio::spawn(async move { store.accept(new).await })
        })
        .collect();
    tokio::task::yield_now().await;
    beside.execute("COMMIT", []).unwrap();
    let mut failed = Vec::new();
    for (n, post) in posts.into_iter().enumerate() {
        match post.await.unwrap() {
            Ok(answer) => assert!(matches!(answer, Accepted::Answer { .. }), "{answer:?}"),
            Err(error) => failed.push((n, error.to_string())),
        }
    }
    let told = format!("the database has an unreadable value in handover.body of {broken}");
    assert_eq!(failed, [(20, told)]);
    let kept: i64 = beside.query_row("SELECT count(*) FROM handover", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 40, "the first one and a batch of 39");
}

/// Removed rows leave the index in small steps, and the cleanup finishes even though messages keep arriving.
#[tokio::test]
async fn index_cleanup_finishes_while_messages_arrive() {
    let (store, folder) = empty().await;
    let beside = Connection::open(folder.path().join("convi.db")).unwrap();
    // Insert 3,000 entries, then remove half of them.
    for begin in [0, 1_000, 2_000] {
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
             INSERT INTO search (rowid, folded) SELECT ? + n, lower(hex(randomblob(1500))) FROM n";
        beside.execute(many, [begin]).unwrap();
    }
    beside.execute("DELETE FROM search WHERE rowid % 2 = 0", []).unwrap();
    let (mut pieces, mut more) = (0, true);
    while more {
        more = store.forget_words(pieces == 0).await.unwrap();
        pieces += 1;
        let again = "INSERT INTO search (rowid, folded) VALUES (?, 'hello again')";
        beside.execute(again, [10_000 + pieces]).unwrap();
        assert!(pieces < 50, "the cleanup never finishes");
    }
    assert!(pieces > 2, "finished in {pieces} steps: too few for this test");
}

/// The other process may be a CLI command that runs beside the server, or an operator's `sqlite3`.
#[tokio::test]
async fn write_of_another_process_changes_every_version() {
    let (store, folder) = empty().await;
    let handover = hands_over(&store, "m1", "c1", T0).await;
    let version = async || store.version("m1").await.unwrap().unwrap();
    let beside = Connection::open(folder.path().join("convi.db")).unwrap();
    let writes = |subject: &str| {
        beside.execute("UPDATE handover SET subject = ? WHERE id = ?", [subject, &*handover]).unwrap();
    };
    let first = version().await;
    assert_eq!(version().await, first);
    writes("Another");
    let second = version().await;
    assert_ne!(second, first);
    assert_eq!(version().await, second, "reported once");
    // It is noticed even right after a write of our own, which by itself would only change another merchant's version.
    writes("A third");
    hands_over(&store, "m2", "c2", T0).await;
    assert_ne!(version().await, second);
    let third = version().await;
    hands_over(&store, "m2", "c3", T0).await;
    assert_eq!(version().await, third, "only the other merchant's");
}

#[tokio::test]
async fn symlink_or_deleted_lock_file_does_not_admit_a_second_server() {
    let (store, folder) = opened().await;
    let path = folder.path().join("convi.db");
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let hard = folder.path().join("hard.db");
    std::fs::hard_link(&path, &hard).unwrap();
    for path in [&link, &hard] {
        assert!(
            matches!(SqliteStore::open(path, Opener::Server).await.err(), Some(OpenError::Locked { .. })),
            "{path:?}"
        );
    }
    std::fs::remove_file(folder.path().join("convi.db.lock")).unwrap();
    assert!(matches!(SqliteStore::open(&path, Opener::Server).await.err(), Some(OpenError::Locked { .. })));
    store.close().await;
    SqliteStore::open(&link, Opener::Server).await.unwrap();
}

/// SQLite itself would keep writing to the file that it has open, and all of that would be lost when the process exits.
#[tokio::test]
async fn writes_fail_after_the_file_was_deleted_moved_or_replaced() {
    let (store, folder) = opened().await;
    let team = app::model::EmailAddress::parse("team@shop.test").unwrap();
    let takes = async |store: &SqliteStore| {
        let (set, pinged) = (store.set_team_email("m1", Some(&team)).await, store.ping().await);
        assert_eq!(set.is_ok(), pinged.is_ok(), "{set:?} {pinged:?}");
        set.is_ok()
    };
    assert!(takes(&store).await);
    let away = tempfile::tempdir_in(folder.path()).unwrap();
    for name in ["convi.db", "convi.db-wal"] {
        let (here, there) = (folder.path().join(name), away.path().join(name));
        std::fs::rename(&here, &there).unwrap();
        assert!(!takes(&store).await, "{name} was moved");
        std::fs::copy(&there, &here).unwrap();
        assert!(!takes(&store).await, "{name} was replaced by its copy");
        std::fs::rename(&there, &here).unwrap();
        assert!(takes(&store).await, "{name} is back");
    }
    std::fs::remove_file(folder.path().join("convi.db")).unwrap();
    assert!(!takes(&store).await, "the database was deleted");
}

#[tokio::test]
async fn writes_fail_after_a_file_was_cut_or_overwritten_in_place() {
    let team = app::model::EmailAddress::parse("team@shop.test").unwrap();
    type Damage = fn(&std::path::Path);
    fn cut(path: std::path::PathBuf) {
        std::fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
    }
    let damages: [(&str, Damage); 4] = [
        ("database cut", |folder| cut(folder.join("convi.db"))),
        ("log cut", |folder| cut(folder.join("convi.db-wal"))),
        ("index of the log deleted", |folder| std::fs::remove_file(folder.join("convi.db-shm")).unwrap()),
        ("overwritten by an older copy", |folder| {
            std::fs::copy(folder.join("backup.db"), folder.join("convi.db")).map(drop).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let (store, folder) = opened().await;
        let backup = folder.path().join("backup.db");
        let into = format!("VACUUM INTO '{}'", backup.display());
        Connection::open(folder.path().join("convi.db")).unwrap().execute_batch(&into).unwrap();
        store.set_team_email("m1", Some(&team)).await.unwrap();
        // The backup is older, so it is shorter once the log is in the database.
        let other = Connection::open(folder.path().join("convi.db")).unwrap();
        other
            .execute_batch("CREATE TABLE filler AS SELECT zeroblob(99999) AS it; PRAGMA wal_checkpoint")
            .unwrap();
        store.ping().await.unwrap();
        damage(folder.path());
        assert!(store.set_team_email("m1", Some(&team)).await.is_err(), "{what}");
        assert!(store.ping().await.is_err(), "{what}");
        drop(other);
    }
}

/// Only the owner can read transcripts and addresses, whatever the umask. Permissions that an operator has widened are
/// kept.
#[tokio::test]
async fn new_database_is_readable_only_by_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let (store, folder) = empty().await;
    let path = folder.path().join("convi.db");
    for name in ["convi.db", "convi.db-wal", "convi.db-shm", "convi.db.lock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(store);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    SqliteStore::open(&path, Opener::Server).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn migrations_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    let pending = store.pending_migrations().await.unwrap();
    assert!(pending > 0);
    assert_eq!(store.migrate().await.unwrap(), pending);
    assert_eq!((store.migrate().await.unwrap(), store.pending_migrations().await.unwrap()), (0, 0));
    store.close().await;
    let again = SqliteStore::open(&path, Opener::Server).await.unwrap();
    assert_eq!(again.migrate().await.unwrap(), 0);
}

/// A newer version expanded the schema, and an older binary still runs on it.
#[tokio::test]
async fn newer_schema_is_left_unchanged() {
    let (store, folder) = empty().await;
    let newer = Connection::open(folder.path().join("convi.db")).unwrap();
    let expand = "ALTER TABLE delivery ADD COLUMN future TEXT; ALTER TABLE connection ADD COLUMN future TEXT;
                  ALTER TABLE handover ADD COLUMN future TEXT;
                  INSERT INTO schema_version VALUES (99, 'future', '2027-01-01T00:00:00Z', '1');";
    newer.execute_batch(expand).unwrap();
    newer.close().unwrap();
    drop(store);
    let store = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
    assert_eq!((store.pending_migrations().await.unwrap(), store.migrate().await.unwrap()), (0, 0));
    let store: AnyStore = Arc::new(store);
    connects(&store, "m1", "acme", None, T0).await;
    hands_over(&store, "m1", "c1", T0).await;
    assert_eq!(all(&store, &["m1"]).await.len(), 1);
}

/// Data from before the index existed is indexed, as is data that an older program writes into a newer database.
#[tokio::test]
async fn older_database_is_upgraded_and_searchable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("convi.db");
    let older = Connection::open(&path).unwrap();
    for sql in [
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES (1), (2), (3)",
        include_str!("../../src/store/sqlite/migrations/0001_first.sql"),
        include_str!("../../src/store/sqlite/migrations/0002_said_and_open.sql"),
        include_str!("../../src/store/sqlite/migrations/0003_conversations.sql"),
    ] {
        older.execute_batch(sql).unwrap();
    }
    let said = "INSERT INTO conversation (id, merchant, state, shopper_name, shopper_email, capture, page_url, order_number,
                    preview, folded, messages, handed_up_to, created_at, active_at)
                VALUES ('CID', 'MID', 'open', NULL, NULL, '', NULL, NULL, 'x', 'jane ', 1, 0, 1, 1);
                INSERT INTO message VALUES ('CID', 1, 'shopper', NULL, NULL, 'A Blue Mug', 'a blue mug', 1)";
    for (id, merchant) in [("c1", "m1"), ("c2", "m1"), ("c3", "m2")] {
        let sql = said.replace("CID", id).replace("MID", merchant);
        older.execute_batch(&sql).unwrap();
    }
    let unsent = "INSERT INTO handover VALUES ('h1', 'm1', 'c1', 1, '', '{}', '{}')";
    older.execute_batch(unsent).unwrap();
    let store = SqliteStore::open(&path, Opener::Server).await.unwrap();
    assert!(store.migrate().await.unwrap() > 0);
    assert_eq!(store.counts("m1", GORGIAS).await.unwrap().unsent, 1, "it was sent to no one");
    // The older program keeps running on the newer schema.
    let sql = said.replace("CID", "c4").replace("MID", "m1");
    older.execute_batch(&sql).unwrap();
    let found = async |merchant, search: &str| {
        let filter = ConversationFilter { search: Some(search.into()), limit: 10, ..Default::default() };
        let mut ids: Vec<_> =
            store.conversations(merchant, &filter).await.unwrap().into_iter().map(|it| it.id).collect();
        ids.sort();
        ids
    };
    for search in ["blue mug", "jane"] {
        assert_eq!(found("m1", search).await, ["c1", "c2", "c4"], "{search}");
        assert_eq!(found("m2", search).await, ["c3"], "{search}");
    }
    // Conversations missing from the index are not found, which shows that the search uses the index and not a full
    // scan.
    let forgets = "DELETE FROM search WHERE rowid IN (SELECT id FROM search_entry WHERE conversation = 'c2')";
    older.execute(forgets, []).unwrap();
    assert_eq!(found("m1", "blue mug").await, ["c1", "c4"]);
}

/// Queries that hold, release or count one merchant's deliveries must not read those of all merchants.
#[tokio::test]
async fn queries_for_one_merchant_use_an_index() {
    let (_store, folder) = empty().await;
    let reader = Connection::open(folder.path().join("convi.db")).unwrap();
    let of_one =
        "merchant = 'm1' AND destination = 'gorgias' AND state NOT IN ('sending', 'delivered') AND state";
    for query in [
        format!("SELECT count(*) FROM delivery WHERE {of_one} = 'held'"),
        format!("SELECT count(*) FROM delivery WHERE {of_one} IN ('queued', 'waiting', 'held')"),
        format!("UPDATE delivery SET state = 'held' WHERE {of_one} IN ('queued', 'waiting')"),
        format!("SELECT * FROM delivery WHERE {of_one} = 'held' ORDER BY seq LIMIT 1"),
        "SELECT id FROM handover WHERE merchant = 'm1' AND conversation IN ('c1', 'c2')".into(),
        "SELECT handover FROM delivery WHERE merchant = 'm1' AND part = 0 AND state = 'sending'".into(),
        "UPDATE delivery SET late_at = 1 WHERE state = 'sending' AND merchant = 'm1' AND part = 0".into(),
        "DELETE FROM delivery WHERE handover IN (SELECT id FROM handover WHERE merchant = 'm1')".into(),
        "SELECT number FROM message WHERE conversation = 'c1' AND key = 'k'".into(),
        "SELECT count(*) FROM unsent WHERE merchant = 'm1'".into(),
        format!("SELECT count(*) FROM delivery WHERE {of_one} = 'failed' AND part = 0"),
        "SELECT handover FROM delivery WHERE merchant = 'm1' AND part = 0 AND ticket = 7".into(),
        "SELECT id FROM handover WHERE merchant = 'm1' AND accepted_at >= 1 AND accepted_at < 2
         ORDER BY accepted_at DESC, id DESC LIMIT 31"
            .into(),
        // A search reads no transcripts.
        "SELECT id FROM (SELECT merchant, accepted_at, handover AS id, shopper FROM handover_shopper) AS handover
         WHERE merchant = 'm1' AND shopper LIKE '%a%' ORDER BY accepted_at DESC, id DESC LIMIT 31"
            .into(),
    ] {
        let mut plan = reader.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let plan = plan.query_map([], |row| row.get::<_, String>("detail")).unwrap();
        let plan: Vec<_> = plan.collect::<Result<_, _>>().unwrap();
        // `delivery_leased` only has the deliveries in flight, which are few even across all merchants.
        let little = ["SEARCH ", "SCAN delivery USING INDEX delivery_leased", "LIST SUBQUERY", "CREATE BLOOM"];
        let reads_little = |step: &String| little.iter().any(|it| step.starts_with(it));
        assert!(plan.iter().all(reads_little), "{query}: {plan:?}");
    }
}

/// Every handover in a long history is found, whatever the filter.
#[tokio::test]
async fn long_history_is_searched_completely() {
    use app::model::{DeliveryState, Progress};
    let (store, folder) = empty().await;
    let writer = Connection::open(folder.path().join("convi.db")).unwrap();
    // 4 kB each, like real ones.
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
        INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
        SELECT printf('h%06d', n), 'm1', 'c' || n, 1800000000000 - n * 100000, 'S',
            json_object('conversation_url', NULL, 'shopper_name', 'Shopper ' || n, 'shopper_email', 's' || n || '@shop.example',
                'trigger', 'manual', 'reason', NULL, 'by', NULL, 'occurred_at', 1), hex(randomblob(2000)) FROM n;
        INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, attempts, unsure_attempts,
            waits, fence, look_ups, give_up_at, needs_answer, without, duplicates, checks, ticket, delivered_at)
        SELECT 'd' || id, id, 'm1', 'gorgias', 0, 0, 'gorgias:acme', iif(id = 'h019999', 'failed', 'delivered'), 1, 0, 0, 0, 0,
            0, 0, '[]', '[]', 0, accepted_at, accepted_at + 2000 FROM handover";
    writer.execute_batch(many).unwrap();
    for (what, filter, expected) in [
        ("all", Filter::default(), 31),
        ("nobody", Filter { search: Search::parse("zebra"), ..Filter::default() }, 0),
        ("the oldest", Filter { search: Search::parse("shopper 20000"), ..Filter::default() }, 1),
        ("a ticket", Filter { search: Search::parse("#1799999900000"), ..Filter::default() }, 1),
        ("failed", Filter { state: Some(DeliveryState::Failed), ..Filter::default() }, 1),
        ("delivered", Filter { state: Some(DeliveryState::Delivered), ..Filter::default() }, 31),
        ("waiting", Filter { state: Some(DeliveryState::Waiting), ..Filter::default() }, 0),
        ("needs you", Filter { progress: Some(Progress::NeedsYou), ..Filter::default() }, 1),
        ("in progress", Filter { progress: Some(Progress::InProgress), ..Filter::default() }, 0),
        ("done", Filter { progress: Some(Progress::Done), ..Filter::default() }, 31),
        ("a day", Filter { until: Some(1_799_000_000_000), ..Filter::default() }, 31),
    ] {
        let found = store.handovers("m1", &Filter { limit: 31, ..filter }).await.unwrap();
        assert_eq!(found.len(), expected, "{what}");
    }
    let ended = store.endings("m1", &[Span { day: Day::of(0), from: 0, until: i64::MAX }]).await.unwrap();
    assert_eq!(ended.iter().map(|it| it.count).sum::<u64>(), 20_000);
}

/// Older programs stored names without composing their characters.
#[tokio::test]
async fn decomposed_names_of_an_older_program_are_found() {
    let (store, folder) = empty().await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let beside = Connection::open(folder.path().join("convi.db")).unwrap();
    let name = "Rene\u{301}e D'Arc";
    beside.execute("UPDATE handover SET summary = json_set(summary, '$.shopper_name', ?)", [name]).unwrap();
    for search in ["renée", "rene\u{301}e", "Renée D'A"] {
        let filter = Filter { search: Search::parse(search), limit: 9, ..Filter::default() };
        let found = store.handovers("m1", &filter).await.unwrap();
        assert_eq!(found.iter().map(|it| &it.id).collect::<Vec<_>>(), [&id], "{search:?}");
    }
}
