//! Restoring a backup that was made while the server ran, after more has happened.

use crate::{
    database::TestDatabase,
    support::{OWNER, TestApp},
};
use app::model::DeliveryState;
use domain::clock::Clock;
use gorgias_emulator::{Fault, FaultKind};

/// Makes a backup while the server runs, as docs/operating.md describes: the database file and the master key.
async fn backs_up(it: &TestApp) -> tempfile::TempDir {
    let backup = tempfile::tempdir().unwrap();
    it.database.sql(&format!("VACUUM INTO '{}'", backup.path().join("convi.db").display())).await;
    let key = "master.key";
    std::fs::copy(it.folder.path().join(key), backup.path().join(key)).unwrap();
    backup
}

/// Replaces the server with one that starts from the backup, after running this statement.
async fn restored(mut it: TestApp, backup: tempfile::TempDir, statement: &str) -> TestApp {
    it.app.store.close().await;
    it.database = TestDatabase::empty(backup.path()).await;
    it.folder = backup;
    it.database.sql(statement).await;
    it.starts().await;
    it
}

/// Returns the SQL statement in docs/operating.md, at the test's clock.
fn statement(it: &TestApp) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (_, rest) = document.split_once("<!-- restore: a test runs it -->").unwrap();
    let (fenced, _) = rest.split_once("<!-- /restore -->").unwrap();
    let sql = fenced.trim().trim_start_matches("```sql").trim_end_matches("```");
    assert_eq!(sql.matches("unixepoch() * 1000").count(), 2);
    sql.replace("unixepoch() * 1000", &it.clock.now_ms().to_string())
}

#[tokio::test]
async fn restored_backup_sends_nothing_twice_and_loses_nothing() {
    let it = TestApp::connected().await;
    let done = it.hands_over("done").await;
    it.settles().await;
    // One that was tried without success, one in flight, and one not sent yet.
    let limit = it.shop.fault(Fault::status(429).on_create().once());
    let waiting = it.hands_over("waiting").await;
    it.settles().await;
    it.shop.clear_fault(limit);
    it.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 5.0 }).on_create().once());
    let sending = it.hands_over("sending").await;
    it.moves(30);
    let begun = it.shop.requests_of("POST", "/api/tickets").len();
    let backup = async {
        it.shop.wait_for_requests(begun + 1, "POST", "/api/tickets").await.unwrap();
        let queued = it.hands_over("queued").await;
        assert_eq!(it.state_of(&sending).await, DeliveryState::Sending);
        let backup = backs_up(&it).await;
        it.moves(5);
        (queued, backup)
    };
    let (settled, (queued, backup)) = tokio::join!(it.app.dispatcher.run_due(), backup);
    settled.unwrap();
    it.passes(60).await;
    // By now all of them are tickets; the backup knows of one.
    let all = [done, waiting, sending, queued];
    for id in &all {
        assert_eq!(it.tickets(id), 1);
    }
    let after = it.hands_over("after").await;
    it.passes(60).await;

    let statement = statement(&it);
    let it = restored(it, backup, &statement).await;
    for id in &all[1..] {
        assert_eq!(it.state_of(id).await, DeliveryState::Unsure, "nothing is sent before a look-up");
    }
    for seconds in [1, 2, 10, 30, 60, 60, 300] {
        it.passes(seconds).await;
    }
    for id in &all {
        assert_eq!((it.tickets(id), it.state_of(id).await), (1, DeliveryState::Delivered));
    }
    assert_eq!(it.tickets(&after), 1, "its ticket stays");
}

#[tokio::test]
async fn missing_tickets_are_created_after_the_restore() {
    let it = TestApp::connected().await;
    it.shop.revoke_key(OWNER);
    let held = it.hands_over("held").await;
    it.settles().await;
    let backup = backs_up(&it).await;
    it.shop.restore_key(OWNER);
    let statement = statement(&it);
    // The sealed key can be opened; otherwise nothing could be looked up.
    let it = restored(it, backup, &statement).await;
    for seconds in [1, 2, 10, 30, 60, 60, 300, 600] {
        it.passes(seconds).await;
    }
    assert_eq!((it.tickets(&held), it.state_of(&held).await), (1, DeliveryState::Delivered));
}
