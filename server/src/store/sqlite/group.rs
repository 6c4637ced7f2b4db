//! Group commit: the small changes that come often, accepting and settling, are written together with whatever else
//! waits by then. The disk's sync, which takes most of the time, then serves them all, and so does each statement: to
//! hand one to the database and back costs more than what it does there.
//!
//! Nobody is answered before the commit, and nobody suffers for another: a group that cannot be written is taken apart.

use super::{file::InPlace, handovers::Acceptance};
use crate::store::{StoreError, Stored, rules::settle::Settlement};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// The most changes of one transaction: a group must not keep the writer from everybody else for long.
const MOST: usize = 256;
/// The most changes that share a statement. Each number of them is a text of its own, which is prepared once and kept,
/// and an accepted handover may have 8 MiB.
const TOGETHER: usize = 16;

/// A change that may share its transaction, and its statements with others of its kind.
pub(super) trait Change: Send + Sync + Sized + 'static {
    /// What it answers once it is durable.
    type Answer: Send + 'static;

    /// Writes them as if one came after the other, not always in the order in which they came, and answers each, in
    /// their order. Those of a group that fails are written once more, each in a transaction of its own.
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
#[expect(clippy::large_enum_variant, reason = "few wait at once, and a box would be an allocation for each")]
pub(super) enum Waiting {
    Acceptance(Acceptance, Teller<Acceptance>),
    Settlement(Settlement, Teller<Settlement>),
}

/// Where changes wait for the writer.
pub(super) struct Group {
    queue: mpsc::Sender<Waiting>,
    /// The last group could not be written.
    failed: Arc<AtomicBool>,
}

impl Group {
    /// Writes until it is dropped.
    pub(super) fn new(writer: SqlitePool, in_place: Arc<InPlace>) -> Self {
        let (queue, mut waiting) = mpsc::channel(MOST);
        let failed = Arc::new(AtomicBool::new(false));
        let noted = failed.clone();
        tokio::spawn(async move {
            let mut group = Vec::new();
            while waiting.recv_many(&mut group, MOST).await > 0 {
                let (writer, group) = (writer.clone(), std::mem::take(&mut group));
                let (in_place, failed) = (in_place.clone(), noted.clone());
                // A task of its own: should one panic, those of this group get no answer, and the next are written.
                let _ = tokio::spawn(async move {
                    let written = write(&writer, &in_place, group).await;
                    failed.store(!written, Ordering::Relaxed);
                })
                .await;
            }
        });
        Self { queue, failed }
    }

    /// Whether the last group could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Something else could be written since.
    pub(super) fn forget_failure(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Answers when the change is durable. It is also written if nobody waits for the answer any more.
    pub(super) async fn write<C: Change>(&self, change: C) -> Stored<C::Answer> {
        let (tell, told) = oneshot::channel();
        self.queue.send(change.wait(tell)).await.map_err(|_| no_writer())?;
        told.await.map_err(|_| no_writer())?
    }
}

fn no_writer() -> StoreError {
    sqlx::Error::WorkerCrashed.into()
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
        let mut answers = Vec::new();
        for changes in self.changes.chunks(TOGETHER) {
            answers.extend(C::write(changes, connection).await?);
        }
        Ok(answers)
    }

    fn answer(self, answers: Vec<C::Answer>) {
        for (tell, answer) in self.tell.into_iter().zip(answers) {
            // Who asked may have gone.
            let _ = tell.send(Ok(answer));
        }
    }

    fn fail(self, why: &str) {
        for tell in self.tell {
            let _ = tell.send(Err(StoreError::unavailable(why)));
        }
    }

    /// There is only one. Gives the error back if it is of another kind.
    fn fail_alone(mut self, error: StoreError) -> Option<StoreError> {
        match self.tell.pop() {
            Some(tell) => tell.send(Err(error)).err().and(None),
            None => Some(error),
        }
    }

    /// Each alone: only whose own change cannot be written learns of a failure. Whether all could.
    async fn write_each(self, writer: &SqlitePool) -> bool {
        let mut all = true;
        for (change, tell) in self.changes.into_iter().zip(self.tell) {
            let written = alone(&change, writer).await;
            all &= written.is_ok();
            let _ = tell.send(written);
        }
        all
    }
}

/// Whether all of the group was written.
async fn write(writer: &SqlitePool, in_place: &InPlace, group: Vec<Waiting>) -> bool {
    let size = group.len();
    let (mut accepted, mut settled) = (Kind::new(), Kind::new());
    for waiting in group {
        match waiting {
            Waiting::Acceptance(change, tell) => accepted.push(change, tell),
            Waiting::Settlement(change, tell) => settled.push(change, tell),
        }
    }
    let written = match begin(writer, in_place).await {
        Ok(tx) => together(tx, &accepted, &settled).await,
        Err(error) => {
            // Nobody of the group is to blame, and alone each would wait as long.
            let why = error.to_string();
            accepted.fail(&why);
            settled.fail(&why);
            return false;
        }
    };
    match written {
        Ok((handovers, deliveries)) => {
            accepted.answer(handovers);
            settled.answer(deliveries);
            true
        }
        Err(error) if size == 1 => {
            if let Some(error) = accepted.fail_alone(error) {
                settled.fail_alone(error);
            }
            false
        }
        Err(error) => {
            tracing::warn!(error = %error, size, "a group of changes is written one by one");
            // Both, also when the first fails.
            accepted.write_each(writer).await & settled.write_each(writer).await
        }
    }
}

async fn begin(writer: &SqlitePool, in_place: &InPlace) -> Stored<Transaction<'static, Sqlite>> {
    in_place.check()?;
    Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
}

async fn together<A: Change, B: Change>(
    mut tx: Transaction<'_, Sqlite>,
    first: &Kind<A>,
    second: &Kind<B>,
) -> Stored<(Vec<A::Answer>, Vec<B::Answer>)> {
    let answers = (first.write(&mut tx).await?, second.write(&mut tx).await?);
    tx.commit().await?;
    Ok(answers)
}

async fn alone<C: Change>(change: &C, writer: &SqlitePool) -> Stored<C::Answer> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let answer = C::write(std::slice::from_ref(change), &mut tx).await?.pop().ok_or_else(no_writer)?;
    tx.commit().await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::{super::SqliteStore, *};
    use crate::store::{
        Database, HistoryStore, NoticeStore, Opener, OutboxStore,
        handovers::{Accepted, NewHandover},
        outbox::{Begun, Ended},
    };
    use app::model::{AttemptKind, Destination, EmailAddress};
    use domain::delivery::{Event, Moment, Rules};
    use serde_json::json;

    const NOW: i64 = 1_800_000_000_000;

    fn acceptance(key: &str, conversation: &str) -> Acceptance {
        let body = json!({
            "merchant_id": "m1", "trigger": {"kind": "manual"},
            "conversation": {"id": conversation, "messages": [{"author": "shopper", "text": "Hello"}]},
        });
        let now = jiff::Timestamp::from_millisecond(NOW).unwrap();
        Acceptance(NewHandover {
            id: format!("h-{key}-{conversation}"),
            delivery_ids: [format!("t-{key}-{conversation}"), format!("e-{key}-{conversation}")],
            webhook_id: key.to_owned(),
            body_hash: [u8::try_from(conversation.len()).unwrap(); 32],
            handover: crate::handover::reading::parse_handover(body.to_string().as_bytes(), now).unwrap(),
            accepted_at: NOW,
            warnings: Vec::new(),
            answer: |id, _, continued, _| format!("{id} {continued}"),
        })
    }

    async fn store() -> (SqliteStore, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
        store.migrate().await.unwrap();
        store.set_team_email("m1", EmailAddress::parse("team@shop.test").ok().as_ref()).await.unwrap();
        (store, folder)
    }

    // Through the store all of these are right even if a group cannot be written: then each is written alone. So they
    // are written here as the group does it.

    #[tokio::test]
    async fn who_shares_a_statement_may_be_about_the_same_conversation() {
        let (store, _folder) = store().await;
        let mut tx = store.begin().await.unwrap();
        let answer = |id: &str, continued: bool| Accepted::Answer {
            handover: id.to_owned(),
            answer: format!("{id} {continued}"),
        };
        let posts = [("w1", "c1"), ("w1", "c1"), ("w2", "c1"), ("w1", "longer"), ("w3", "c3")]
            .map(|(k, c)| acceptance(k, c));
        assert_eq!(
            Acceptance::write(&posts, &mut tx).await.unwrap(),
            [
                answer("h-w1-c1", false),
                answer("h-w1-c1", false),
                answer("h-w1-c1", true),
                Accepted::OtherBody,
                answer("h-w3-c3", false)
            ]
        );
        // And once more, when all of it is known.
        assert_eq!(Acceptance::write(&posts[2..], &mut tx).await.unwrap()[0], answer("h-w1-c1", true));
    }

    #[tokio::test]
    async fn who_shares_a_statement_may_be_about_the_same_delivery() {
        let (store, _folder) = store().await;
        let ids = ["c1", "c2", "c3"].map(|conversation| format!("h-{conversation}-{conversation}"));
        for conversation in ["c1", "c2", "c3"] {
            store.group.write(acceptance(conversation, conversation)).await.unwrap();
        }
        let at = Moment { now: NOW, chance: 0.5 };
        let mut leases = Vec::new();
        for id in &ids {
            let queued = store.delivery("m1", id, Destination::Email).await.unwrap().unwrap();
            let next = queued.after(Event::Leased, at, Rules::default()).unwrap();
            let begun = Some(Begun { kind: AttemptKind::Mail, at: NOW });
            leases.push(Settlement { next, begun, ended: None, now: NOW });
        }
        let again = |lease: &Settlement| Settlement {
            next: lease.next.clone(),
            begun: lease.begun.clone(),
            ended: None,
            now: NOW,
        };
        let settled = |lease: &Settlement| Settlement {
            next: lease.next.after(Event::Made(None), at, Rules::default()).unwrap(),
            begun: None,
            ended: Some(Ended { fence: lease.next.fence, at: NOW, outcome: "delivered".to_owned() }),
            now: NOW,
        };
        let [first, second, third] = <[Settlement; 3]>::try_from(leases).ok().unwrap();
        let mut tx = store.begin().await.unwrap();
        let group = [again(&first), first, second, third];
        let saved = Settlement::write(&group, &mut tx).await.unwrap();
        assert_eq!(saved, [true, false, true, true], "one of two leases");
        let [_, first, _, third] = &group;
        let saved =
            Settlement::write(&[settled(first), again(third), settled(third)], &mut tx).await.unwrap();
        assert_eq!(saved, [true, false, true]);
        tx.commit().await.unwrap();
        for (id, ended) in ids.iter().zip([true, false, true]) {
            let attempts = store.attempts("m1", id, 10).await.unwrap();
            assert_eq!(attempts.len(), 1, "{id}");
            assert_eq!(attempts[0].ended_at.is_some(), ended, "{id}");
        }
    }
}
