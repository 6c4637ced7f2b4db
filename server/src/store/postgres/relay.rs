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

/// The least time between two wake-ups. Each wakes every process.
const EVERY: Duration = Duration::from_millis(10);
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
    loop {
        tokio::select! {
            from = notified.recv() => match from {
                Some(from) if from == own => {}
                Some(_) => heard(),
                None => return Err(StoreError::unavailable("the connection for wake-ups ended")),
            },
            () = told.notified() => {
                client.batch_execute("NOTIFY convi").await?;
                time::sleep(EVERY).await;
            }
        }
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
    connections.get().await?.batch_execute("NOTIFY convi").await?;
    Ok(time::timeout(PATIENCE, notified.recv()).await.is_ok_and(|from| from.is_some()))
}
