//! Group commit: accepting and settling are small, frequent changes, so those that are waiting share a transaction. Most of
//! the time goes into round trips and the commit, which a group needs only once.
//!
//! No caller gets a reply before the commit. If a group fails, each change is retried alone, so one bad change cannot
//! fail the others, unless the database is away.

use super::{
    pool::Connections,
    process::Process,
    sql::{Transaction, retry},
};
use crate::store::{StoreError, Stored};
use async_channel::{Receiver, Sender};
use std::sync::Arc;
use tokio::sync::oneshot;

/// How many groups of one kind are written at the same time.
const WRITERS: usize = 2;
/// The maximum number of changes in a group.
const MOST: usize = 64;

/// A change that may share its transaction.
pub(super) trait Grouped: Send + Sync + 'static {
    /// What the caller gets once it is durable.
    type Answer: Send + 'static;

    /// Writes the changes as if one after the other, though not always in the given order, and returns their answers in
    /// the given order.
    fn write(all: &[&Self], tx: &mut Transaction) -> impl Future<Output = Stored<Vec<Self::Answer>>> + Send;
}

/// A change with its waiting caller.
struct Waiting<C: Grouped> {
    change: C,
    tell: oneshot::Sender<Stored<C::Answer>>,
}

/// Sends changes of one kind to their writers.
pub(super) struct Groups<C: Grouped>(Sender<Waiting<C>>);

impl<C: Grouped> Groups<C> {
    /// Starts the writers. They end after this is closed or dropped, once everything is written.
    pub(super) fn start(connections: &Connections, process: &Arc<Process>) -> Self {
        let (queue, waiting) = async_channel::unbounded();
        for _ in 0..WRITERS {
            tokio::spawn(run(connections.clone(), process.clone(), waiting.clone()));
        }
        Self(queue)
    }

    /// Writes a change together with whatever else is waiting. Returns after the commit.
    pub(super) async fn share(&self, change: C) -> Stored<C::Answer> {
        let (tell, told) = oneshot::channel();
        let closed = || StoreError::unavailable("the database is closed");
        self.0.send(Waiting { change, tell }).await.map_err(|_| closed())?;
        told.await.map_err(|_| closed())?
    }

    /// Rejects further changes.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

async fn run<C: Grouped>(connections: Connections, process: Arc<Process>, waiting: Receiver<Waiting<C>>) {
    while let Ok(first) = waiting.recv().await {
        let more = std::iter::from_fn(|| waiting.try_recv().ok()).take(MOST - 1);
        write(&connections, &process, std::iter::once(first).chain(more).collect()).await;
    }
}

/// Writes the group and answers its callers.
async fn write<C: Grouped>(connections: &Connections, process: &Arc<Process>, group: Vec<Waiting<C>>) {
    let (changes, tell): (Vec<_>, Vec<_>) = group.into_iter().map(|it| (it.change, it.tell)).unzip();
    // A single change is not tried twice.
    if changes.len() > 1 {
        let all: Vec<_> = changes.iter().collect();
        match together(connections, process, &all).await {
            Ok(answers) => {
                for (tell, answer) in tell.into_iter().zip(answers) {
                    // The caller may be gone.
                    let _ = tell.send(Ok(answer));
                }
                return;
            }
            // Alone, each would wait for the database as long as the group has.
            Err(StoreError::Away(why)) => {
                let why = why.to_string();
                for tell in tell {
                    let _ = tell.send(Err(StoreError::Away(why.clone().into())));
                }
                return;
            }
            Err(error) => {
                let size = all.len();
                tracing::warn!(%error, size, "a group of changes failed and is retried one by one");
            }
        }
    }
    for (change, tell) in changes.iter().zip(tell) {
        let written = together(connections, process, &[change]).await.and_then(|mut answers| {
            answers.pop().ok_or_else(|| StoreError::unavailable("a change returned no answer"))
        });
        let _ = tell.send(written);
    }
}

async fn together<C: Grouped>(
    connections: &Connections,
    process: &Arc<Process>,
    all: &[&C],
) -> Stored<Vec<C::Answer>> {
    retry(|| async {
        let mut tx = Transaction::begin(connections.get().await?, process).await?;
        let answers = C::write(all, &mut tx).await?;
        tx.commit(answers).await
    })
    .await
}
