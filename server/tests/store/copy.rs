//! Everything is copied from SQLite to PostgreSQL, or nothing.

use crate::{
    postgres::{opened, unmigrated},
    postgres_database,
    support::*,
    upgrade::left_at,
};
use convi_server::store::{
    ConnectionStore, Database, HandoverStore, OpenError, Opener, Store,
    conversations::ConversationFilter,
    copy::{CopyError, Copying},
    handovers::{Filter, Search},
    postgres::PostgresUrl,
    sqlite::SqliteStore,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const MERCHANTS: [&str; 4] = ["m1", "m2", "m3", "m4"];

/// A file with handovers in every state, a chat, and later messages.
async fn file(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("convi.db");
    left_at(&path);
    let store = open(&path).await;
    store.migrate().await.unwrap();
    let store: AnyStore = std::sync::Arc::new(store);
    let mut body = body("m2", "again");
    accepts(&store, "again", &body, T0).await;
    body["conversation"]["messages"][0]["text"] = "Zoë’s order, 日本 \u{1f381}".into();
    accepts(&store, "again-2", &body, T0 + 1).await;
    drop(store);
    path
}

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Opener::Server).await.unwrap()
}

async fn copying(from: &Path, to: &str) -> Result<Copying, CopyError> {
    Copying::open(from, &PostgresUrl::parse(to).unwrap()).await
}

/// Returns what the store shows for all merchants.
async fn shown(store: &impl Store) -> Vec<String> {
    let mut shown = vec![format!("{:?}", store.all_connections().await.unwrap())];
    shown.push(format!("{:?}", store.visitor_key().await.unwrap()));
    for merchant in MERCHANTS {
        let filter = Filter { limit: 100, ..Filter::default() };
        for record in store.handovers(merchant, &filter).await.unwrap() {
            shown.push(format!("{record:?} {:?}", store.handover_body(&record.id).await.unwrap()));
            for part in 1..3 {
                shown.push(format!("{:?}", store.addition(&record.id, part).await.unwrap()));
            }
        }
        let filter = ConversationFilter { limit: 100, ..ConversationFilter::default() };
        for conversation in store.conversations(merchant, &filter).await.unwrap() {
            let turns = store.turns(&conversation.id, 0).await.unwrap();
            shown.push(format!("{conversation:?} {turns:?}"));
        }
        shown.push(format!("{:?}", store.ability(merchant).await.unwrap()));
    }
    shown.push(format!("{:?}", store.queues().await.unwrap()));
    shown
}

#[tokio::test]
async fn copy_shows_the_same_and_the_old_file_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder).await;
    let source = open(&path).await;
    let before = shown(&source).await;
    drop(source);
    let to = postgres_database::empty().await;
    let target = opened(&to).await;

    let tried = copying(&path, &to).await.unwrap().run(true).await.unwrap();
    assert!(target.handovers("m1", &Filter { limit: 1, ..Filter::default() }).await.unwrap().is_empty());
    let copied = copying(&path, &to).await.unwrap().run(false).await.unwrap();
    assert_eq!(copied, tried);
    assert!(copied.iter().any(|(table, rows)| (*table, *rows) == ("connection", 2)), "{copied:?}");
    assert_eq!(shown(&target).await, before);

    let search = Search::Shopper("RENÉE".into());
    let search = Filter { search: Some(search), limit: 9, ..Filter::default() };
    assert_eq!(target.handovers("m1", &search).await.unwrap().len(), 1);
    assert_eq!(shown(&open(&folder.path().join("convi.db.copied")).await).await, before);
    for opener in [Opener::Server, Opener::Command] {
        let error = SqliteStore::open(&path, opener).await.map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Copied { .. }), "{error}");
        assert!(error.to_string().contains("was copied to PostgreSQL (postgres at "), "{error}");
    }
    let error = copying(&path, &to).await.map(drop).unwrap_err();
    assert!(matches!(error, CopyError::Open(OpenError::Copied { .. })), "{error}");

    // Numbers continue after the copied ones.
    connects(&(std::sync::Arc::new(target) as AnyStore), "m1", "other", None, T0).await;
}

#[tokio::test]
async fn nothing_is_copied_from_a_file_in_use_or_into_a_database_with_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder).await;
    let to = postgres_database::empty().await;
    let error = copying(&folder.path().join("other.db"), &to).await.map(drop).unwrap_err();
    assert!(matches!(error, CopyError::NoSource(_)), "{error}");
    assert!(!folder.path().join("other.db").exists(), "and none was created");

    let error = copying(&path, &to).await.map(drop).unwrap_err();
    assert!(matches!(error, CopyError::OtherTables(_)), "{error}");
    let target = opened(&to).await;
    let running = open(&path).await;
    let error = copying(&path, &to).await.map(drop).unwrap_err();
    assert!(matches!(error, CopyError::Open(OpenError::Locked { .. })), "{error}");
    drop(running);

    let target: AnyStore = std::sync::Arc::new(target);
    hands_over(&target, "m9", "c", T0).await;
    let error = copying(&path, &to).await.unwrap().run(false).await.unwrap_err();
    assert!(matches!(error, CopyError::NotEmpty("handover")), "{error}");
    open(&path).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_copied_leaves_both_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder).await;
    // PostgreSQL's text has no byte 0.
    Connection::open(&path)
        .unwrap()
        .execute("UPDATE message SET text = 'a' || char(0) WHERE number = 1", [])
        .unwrap();
    let to = postgres_database::empty().await;
    let target = opened(&to).await;
    let error = copying(&path, &to).await.unwrap().run(false).await.unwrap_err();
    assert!(matches!(error, CopyError::Store(_)), "{error}");
    assert!(target.all_connections().await.unwrap().is_empty());
    open(&path).await;
    assert_eq!(unmigrated(&to).pending_migrations().await.unwrap(), 0);
}

#[tokio::test]
async fn rows_that_differ_after_they_were_copied_are_noticed() {
    // The target changes a value, or loses a row.
    for (table, damage) in [
        ("message", "NEW.text := NEW.text || ' '; RETURN NEW;"),
        ("delivery", "NEW.fence := NEW.fence + 1; RETURN NEW;"),
        ("handover", "NEW.removed_at := coalesce(NEW.removed_at, 0); RETURN NEW;"),
        ("attempt", "RETURN NULL;"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder).await;
        let to = postgres_database::empty().await;
        let target = opened(&to).await;
        let (client, connection) = tokio_postgres::connect(&to, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let damages = format!(
            "CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {damage} END $$;
             CREATE TRIGGER damage BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION damage()"
        );
        client.batch_execute(&damages).await.unwrap();
        let error = copying(&path, &to).await.unwrap().run(false).await.unwrap_err();
        assert!(matches!(error, CopyError::Differs(its) if its == table), "{table}: {error}");
        assert!(target.all_connections().await.unwrap().is_empty(), "nothing is kept");
        open(&path).await;
    }
}
