//! A standby takes over that lacks the last commits, or a backup is restored: what it lacks is not sent again.

use crate::support::{START, TestApp};
use app::model::DeliveryState;
use convi_server::clock::SystemClock;
use domain::clock::Clock;
use gorgias_emulator::{Fault, FaultKind};
use jiff::Timestamp;

#[tokio::test]
async fn tickets_of_lost_commits_are_found_and_missing_ones_are_created() {
    let it = TestApp::connected().await;
    // The database says when its history changed, by its own clock.
    let start: Timestamp = START.parse().unwrap();
    let ahead = SystemClock.now().duration_since(start).as_secs();
    it.moves(ahead.unsigned_abs() + 60);
    let mut handovers = Vec::new();
    for n in ["1", "2"] {
        handovers.push(it.hands_over(n).await);
    }
    it.database.sql("CREATE TABLE standby AS SELECT * FROM delivery").await;
    it.settles().await;
    for id in &handovers {
        assert_eq!((it.tickets(id), it.state_of(id).await), (1, DeliveryState::Delivered));
    }
    let late = it.hands_over("3").await;
    it.database.sql("INSERT INTO standby SELECT * FROM delivery WHERE state = 'queued'").await;
    // Its ticket is listed late, within W.
    it.shop.fault(Fault::new(FaultKind::LateVisibility { seconds: 60.0 }).on_create().once());
    it.settles().await;
    assert_eq!(it.tickets(&late), 1);
    handovers.extend([late, it.hands_over("4").await]);
    it.database.sql("DELETE FROM delivery WHERE id IN (SELECT id FROM standby)").await;
    it.database.sql("INSERT INTO delivery SELECT * FROM standby; DELETE FROM attempt").await;
    it.database.sql("UPDATE lineage SET timeline = '00000000'").await;

    let it = it.restarted().await;
    for id in &handovers {
        assert_eq!(it.state_of(id).await, DeliveryState::Unsure, "nothing is sent before a look-up");
    }
    for seconds in [1, 2, 10, 30, 60, 60, 300] {
        it.passes(seconds).await;
    }
    for id in &handovers {
        assert_eq!((it.tickets(id), it.state_of(id).await), (1, DeliveryState::Delivered), "{id}");
    }
    let next = it.hands_over("5").await;
    it.settles().await;
    assert_eq!(it.state_of(&next).await, DeliveryState::Delivered, "as always");
}
