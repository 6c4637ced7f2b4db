//! Wake-ups between processes, by NOTIFY on a connection of its own.
//!
//! Never in a transaction that writes: notifying commits wait for each other, the disk included. A wake-up that is lost
//! only costs time, because the dispatchers look by themselves.

use super::pool::Connections;
use crate::store::{StoreError, Stored};
use std::time::Duration;
use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    time,
};

/// The least time between two wake-ups of this process for others.
const TOLD_EVERY: Duration = Duration::from_millis(10);
/// The least time between two wake-ups of this process by others: each makes it look at every account with due work.
const HEARD_EVERY: Duration = Duration::from_millis(50);
/// How long one may take from one connection of this process to another.
const PATIENCE: Duration = Duration::from_secs(2);

/// Passes wake-ups until the connection ends.
pub(super) async fn relay(
    connections: &Connections,
    told: &Notify,
    heard: &(dyn Fn() + Send + Sync),
) -> Stored<()> {
    let (client, mut notified) = connections.apart().await?;
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    let own: i32 = row.try_get(0)?;
    client.batch_execute("LISTEN convi").await?;
    if !is_heard(connections, &mut notified).await? {
        tracing::warn!(
            "wake-ups do not arrive, probably because of a pooler; work of other processes begins later"
        );
    }
    // Whatever became due before this connection existed.
    heard();
    let hearing = async {
        while let Some(from) = notified.recv().await {
            if from != own {
                // One look covers them all.
                while notified.try_recv().is_ok() {}
                heard();
                time::sleep(HEARD_EVERY).await;
            }
        }
    };
    let telling = async {
        loop {
            told.notified().await;
            if let Err(error) = client.batch_execute("NOTIFY convi").await {
                return StoreError::from(error);
            }
            time::sleep(TOLD_EVERY).await;
        }
    };
    tokio::select! {
        () = hearing => Err(StoreError::unavailable("the connection for wake-ups ended")),
        error = telling => Err(error),
    }
}

/// Returns whether wake-ups arrive. Behind a pooler that gives each transaction another session, they do not.
pub(super) async fn arrive(connections: &Connections) -> Stored<bool> {
    let (client, mut notified) = connections.apart().await?;
    client.batch_execute("LISTEN convi").await?;
    is_heard(connections, &mut notified).await
}

/// Sends one on another connection, and returns whether it arrives.
async fn is_heard(connections: &Connections, notified: &mut UnboundedReceiver<i32>) -> Stored<bool> {
    connections.get().await?.batch("NOTIFY convi").await?;
    Ok(time::timeout(PATIENCE, notified.recv()).await.is_ok_and(|from| from.is_some()))
}
