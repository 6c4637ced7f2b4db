//! Group commit: the small changes that come often, accepting and settling, are written together with whatever else
//! waits by then. The disk's sync, which takes most of the time, then serves them all, and so does each statement: to
//! hand one to the database and back costs more than what it does there.
//!
//! Nobody is answered before the commit, and nobody suffers for another: a group that cannot be written is taken apart.

use super::{handovers::Acceptance, outbox::Settlement};
use crate::store::{StoreError, Stored};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

/// The most changes of one transaction: a group must not keep the writer from everybody else for long.
const MOST: usize = 256;

/// A change that may share its transaction, and its statements with others of its kind.
pub(super) trait Change: Send + Sync + Sized + 'static {
    /// What it answers once it is durable.
    type Answer: Send + 'static;

    /// Writes them as if one came after the other, and answers each, in their order. Those of a group that fails are
    /// written once more, each in a transaction of its own.
    fn write(
        all: &[Self],
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Stored<Vec<Self::Answer>>> + Send;

    /// As it waits for the writer.
    fn wait(self, tell: Teller<Self>) -> Waiting;
}

/// Takes the answer to whoever asked.
type Teller<C> = oneshot::Sender<Stored<<C as Change>::Answer>>;

/// A change of some kind, and who waits for it.
pub(super) enum Waiting {
    Acceptance(Acceptance, Teller<Acceptance>),
    Settlement(Settlement, Teller<Settlement>),
}

/// Where changes wait for the writer.
pub(super) struct Group {
    queue: mpsc::Sender<Waiting>,
}

impl Group {
    /// Writes until it is dropped.
    pub(super) fn new(writer: SqlitePool) -> Self {
        let (queue, mut waiting) = mpsc::channel(MOST);
        tokio::spawn(async move {
            let mut group = Vec::new();
            while waiting.recv_many(&mut group, MOST).await > 0 {
                let (writer, group) = (writer.clone(), std::mem::take(&mut group));
                // A task of its own: should one panic, those of this group get no answer, and the next are written.
                let _ = tokio::spawn(async move { write(&writer, group).await }).await;
            }
        });
        Self { queue }
    }

    /// Answers when the change is durable. It is also written if nobody waits for the answer any more.
    pub(super) async fn write<C: Change>(&self, change: C) -> Stored<C::Answer> {
        let (tell, told) = oneshot::channel();
        self.queue.send(change.wait(tell)).await.map_err(|_| no_writer())?;
        told.await.map_err(|_| no_writer())?
    }
}

fn no_writer() -> StoreError {
    StoreError::Database(sqlx::Error::WorkerCrashed)
}

/// Those of one kind, and who waits for each.
struct Kind<C: Change> {
    changes: Vec<C>,
    tell: Vec<Teller<C>>,
}

impl<C: Change> Kind<C> {
    fn new() -> Self {
        Self { changes: Vec::new(), tell: Vec::new() }
    }

    fn push(&mut self, change: C, tell: Teller<C>) {
        self.changes.push(change);
        self.tell.push(tell);
    }

    async fn write(&self, connection: &mut SqliteConnection) -> Stored<Vec<C::Answer>> {
        if self.changes.is_empty() { Ok(Vec::new()) } else { C::write(&self.changes, connection).await }
    }

    fn answer(self, answers: Vec<C::Answer>) {
        for (tell, answer) in self.tell.into_iter().zip(answers) {
            // Who asked may have gone.
            let _ = tell.send(Ok(answer));
        }
    }

    /// Each alone: only whose own change cannot be written learns of a failure.
    async fn write_each(self, writer: &SqlitePool) {
        for (change, tell) in self.changes.into_iter().zip(self.tell) {
            let _ = tell.send(alone(change, writer).await);
        }
    }
}

async fn write(writer: &SqlitePool, group: Vec<Waiting>) {
    let (mut accepted, mut settled) = (Kind::new(), Kind::new());
    for waiting in group {
        match waiting {
            Waiting::Acceptance(change, tell) => accepted.push(change, tell),
            Waiting::Settlement(change, tell) => settled.push(change, tell),
        }
    }
    match together(writer, &accepted, &settled).await {
        Ok((handovers, deliveries)) => {
            accepted.answer(handovers);
            settled.answer(deliveries);
        }
        Err(_) => {
            accepted.write_each(writer).await;
            settled.write_each(writer).await;
        }
    }
}

async fn together<A: Change, B: Change>(
    writer: &SqlitePool,
    first: &Kind<A>,
    second: &Kind<B>,
) -> Stored<(Vec<A::Answer>, Vec<B::Answer>)> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let answers = (first.write(&mut tx).await?, second.write(&mut tx).await?);
    tx.commit().await?;
    Ok(answers)
}

async fn alone<C: Change>(change: C, writer: &SqlitePool) -> Stored<C::Answer> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let answer = C::write(std::slice::from_ref(&change), &mut tx).await?.pop().ok_or_else(no_writer)?;
    tx.commit().await?;
    Ok(answer)
}
