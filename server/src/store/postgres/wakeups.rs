//! Wake-ups between processes, with NOTIFY on a connection of their own.
//!
//! Never in a transaction that writes: commits that notify wait for each other, including for the disk. A lost wake-up
//! only costs time, because the dispatchers also poll.

use super::pool::Connections;
use crate::store::{StoreError, Stored};
use std::time::Duration;
use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    time,
};

/// The minimum time between two wake-ups that are sent.
const SENT_EVERY: Duration = Duration::from_millis(10);
/// The minimum time between two wake-ups that are passed on: each makes the dispatcher look at every account with due
/// work.
const RECEIVED_EVERY: Duration = Duration::from_millis(50);
/// The maximum time from one connection of this process to another.
const PATIENCE: Duration = Duration::from_secs(2);

/// Exchanges wake-ups until the connection ends.
pub(super) async fn exchange(
    connections: &Connections,
    due_here: &Notify,
    due_elsewhere: &(dyn Fn() + Send + Sync),
) -> Stored<()> {
    let (client, mut notified) = connections.apart().await?;
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    let own: i32 = row.try_get(0)?;
    client.batch_execute("LISTEN convi").await?;
    if !is_received(connections, &mut notified).await? {
        tracing::warn!(
            "wake-ups do not arrive, probably because of a pooler; work of other processes starts later"
        );
    }
    // For what became due before this connection existed.
    due_elsewhere();
    let receiving = async {
        while let Some(from) = notified.recv().await {
            if from != own {
                // One look covers them all.
                while notified.try_recv().is_ok() {}
                due_elsewhere();
                time::sleep(RECEIVED_EVERY).await;
            }
        }
    };
    let sending = async {
        loop {
            due_here.notified().await;
            if let Err(error) = client.batch_execute("NOTIFY convi").await {
                return StoreError::from(error);
            }
            time::sleep(SENT_EVERY).await;
        }
    };
    tokio::select! {
        () = receiving => Err(StoreError::unavailable("the connection for wake-ups ended")),
        error = sending => Err(error),
    }
}

/// Returns whether wake-ups arrive. They do not behind a pooler that gives each transaction another session.
pub(super) async fn arrive(connections: &Connections) -> Stored<bool> {
    let (client, mut notified) = connections.apart().await?;
    client.batch_execute("LISTEN convi").await?;
    is_received(connections, &mut notified).await
}

/// Sends one on another connection, and returns whether it arrives.
async fn is_received(connections: &Connections, notified: &mut UnboundedReceiver<i32>) -> Stored<bool> {
    connections.get().await?.batch("NOTIFY convi").await?;
    Ok(time::timeout(PATIENCE, notified.recv()).await.is_ok_and(|from| from.is_some()))
}
