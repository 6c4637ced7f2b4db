//! Group commit: the small changes that come often, accepting and settling, are written together with whatever else
//! waits by then. The disk's sync, which takes most of the time, then serves them all.
//!
//! Nobody is answered before the commit, and nobody suffers for another: a group that cannot be written is taken apart.

use crate::store::{StoreError, Stored};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

/// The most changes of one transaction: a group must not keep the writer from everybody else for long.
const MOST: usize = 256;

/// A change that may share its transaction.
#[async_trait::async_trait]
pub(super) trait Change: Send + Sync + 'static {
    /// What it answers once it is durable.
    type Answer: Send + 'static;

    /// Writes it. Done once more, in a transaction of its own, if the group fails.
    async fn apply(&self, connection: &mut SqliteConnection) -> Stored<Self::Answer>;
}

/// Where changes wait for the writer.
pub(super) struct Group {
    queue: mpsc::Sender<Box<dyn Waiting>>,
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
        let waiting = Box::new(Waiter { change, answer: None, tell });
        self.queue.send(waiting).await.map_err(|_| no_writer())?;
        told.await.map_err(|_| no_writer())?
    }
}

fn no_writer() -> StoreError {
    StoreError::Database(sqlx::Error::WorkerCrashed)
}

/// A change, whatever it answers.
#[async_trait::async_trait]
trait Waiting: Send {
    async fn apply(&mut self, connection: &mut SqliteConnection) -> Stored<()>;

    fn tell(self: Box<Self>, written: Stored<()>);
}

struct Waiter<C: Change> {
    change: C,
    answer: Option<C::Answer>,
    tell: oneshot::Sender<Stored<C::Answer>>,
}

#[async_trait::async_trait]
impl<C: Change> Waiting for Waiter<C> {
    async fn apply(&mut self, connection: &mut SqliteConnection) -> Stored<()> {
        self.answer = Some(self.change.apply(connection).await?);
        Ok(())
    }

    fn tell(self: Box<Self>, written: Stored<()>) {
        let Self { answer, tell, .. } = *self;
        // Who asked may have gone.
        let _ = tell.send(written.and_then(|()| answer.ok_or_else(no_writer)));
    }
}

async fn write(writer: &SqlitePool, mut group: Vec<Box<dyn Waiting>>) {
    let Err(error) = together(writer, &mut group).await else {
        return group.into_iter().for_each(|one| one.tell(Ok(())));
    };
    match <[Box<dyn Waiting>; 1]>::try_from(group) {
        Ok([alone]) => alone.tell(Err(error)),
        Err(group) => {
            for mut one in group {
                let written = together(writer, std::slice::from_mut(&mut one)).await;
                one.tell(written);
            }
        }
    }
}

async fn together(writer: &SqlitePool, group: &mut [Box<dyn Waiting>]) -> Stored<()> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    for one in group {
        one.apply(&mut tx).await?;
    }
    Ok(tx.commit().await?)
}
