//! Group commit: accepting and settling are small, frequent changes, so those that are waiting share a transaction. Most of
//! the time goes into the disk sync, which a group needs only once.
//!
//! No caller gets a reply before the commit. If a group fails, each change is retried alone, so one bad change cannot
//! fail the others.

use super::{handovers::Acceptance, sql::SqliteConnection, versions::Touched, writer::Writing};
use crate::store::{StoreError, Stored, rules::settle::Settlement};
use tokio::sync::oneshot;

/// A change that may share its transaction.
pub(super) trait Change: Send + Sized + 'static {
    /// What the caller gets once it is durable.
    type Answer: Send + 'static;

    /// Writes the changes as if one after the other, though not always in the given order, and returns their answers in
    /// the given order. If a group fails, each change is written again in its own transaction.
    fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<Self::Answer>>;

    /// Returns the merchant whose rows alone it changes.
    fn merchant(&self) -> &str;

    /// Wraps the change for the writer's queue.
    fn wait(self, tell: Teller<Self>) -> Waiting;
}

/// Sends the answer to the caller.
pub(super) type Teller<C> = oneshot::Sender<Stored<<C as Change>::Answer>>;

/// A change of either kind, with its waiting caller.
pub(super) enum Waiting {
    Acceptance(Acceptance, Teller<Acceptance>),
    Settlement(Settlement, Teller<Settlement>),
}

/// The changes of one kind, with their waiting callers.
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

    fn write(&self, connection: &mut SqliteConnection) -> Stored<Vec<C::Answer>> {
        if self.changes.is_empty() { Ok(Vec::new()) } else { C::write(&self.changes, connection) }
    }

    fn merchants(&self) -> impl Iterator<Item = String> {
        self.changes.iter().map(|change| change.merchant().to_owned())
    }

    fn answer(self, answers: Vec<C::Answer>) {
        for (tell, answer) in self.tell.into_iter().zip(answers) {
            // The caller may be gone.
            let _ = tell.send(Ok(answer));
        }
    }

    /// Writes each change alone, so that only a change that fails gets an error. Returns whether all were written.
    fn write_each(self, writing: &mut Writing) -> bool {
        let mut all = true;
        for (change, tell) in self.changes.into_iter().zip(self.tell) {
            let touched = Touched::Merchants(vec![change.merchant().to_owned()]);
            let written = writing.transaction(touched, |connection| {
                let answers = C::write(std::slice::from_ref(&change), connection)?;
                answers
                    .into_iter()
                    .next()
                    .ok_or_else(|| StoreError::unavailable("a change returned no answer"))
            });
            all &= written.is_ok();
            let _ = tell.send(written);
        }
        all
    }
}

/// Writes the group and answers its callers. Returns whether all of it was written.
pub(super) fn write(writing: &mut Writing, group: Vec<Waiting>) -> bool {
    let size = group.len();
    let (mut accepted, mut settled) = (Kind::new(), Kind::new());
    for waiting in group {
        match waiting {
            Waiting::Acceptance(change, tell) => accepted.push(change, tell),
            Waiting::Settlement(change, tell) => settled.push(change, tell),
        }
    }
    // A single change is not tried twice.
    if size > 1 {
        let touched = Touched::Merchants(accepted.merchants().chain(settled.merchants()).collect());
        let written = writing
            .transaction(touched, |connection| Ok((accepted.write(connection)?, settled.write(connection)?)));
        match written {
            Ok((handovers, deliveries)) => {
                accepted.answer(handovers);
                settled.answer(deliveries);
                return true;
            }
            Err(error) => {
                tracing::warn!(error = %error, size, "a group of changes failed and is retried one by one")
            }
        }
    }
    // Both are written, even if the first fails.
    accepted.write_each(writing) & settled.write_each(writing)
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
    use domain::account::Lane;
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

    // Through the store these would pass even if a group failed, because each change is then written alone. So they are
    // written here the way the group does it.

    #[tokio::test]
    async fn group_may_share_a_conversation() {
        let (store, _folder) = store().await;
        let answer = |id: &str, continued: bool, lanes: &[Lane]| Accepted::Answer {
            handover: id.to_owned(),
            answer: format!("{id} {continued}"),
            lanes: lanes.to_vec(),
        };
        let mail = [Lane::Email];
        let posts = [("w1", "c1"), ("w1", "c1"), ("w2", "c1"), ("w1", "longer"), ("w3", "c3")]
            .map(|(k, c)| acceptance(k, c));
        let written = store.write(move |tx| {
            // Again, now that all of it is known.
            Ok((Acceptance::write(&posts, tx)?, Acceptance::write(&posts[2..], tx)?))
        });
        let (first, again) = written.await.unwrap();
        assert_eq!(
            first,
            [
                answer("h-w1-c1", false, &mail),
                answer("h-w1-c1", false, &[]),
                answer("h-w1-c1", true, &mail),
                Accepted::OtherBody,
                answer("h-w3-c3", false, &mail)
            ]
        );
        assert_eq!(again[0], answer("h-w1-c1", true, &[]));
    }

    #[tokio::test]
    async fn group_may_share_a_delivery() {
        let (store, _folder) = store().await;
        let ids = ["c1", "c2", "c3"].map(|conversation| format!("h-{conversation}-{conversation}"));
        for conversation in ["c1", "c2", "c3"] {
            store.writer.share(acceptance(conversation, conversation)).await.unwrap();
        }
        let at = Moment { now: NOW, chance: 0.5 };
        let mut leases = Vec::new();
        for id in &ids {
            let queued = store.delivery("m1", id, Destination::Email).await.unwrap().unwrap();
            let next = queued.after(Event::Leased, at, Rules::default()).unwrap();
            let begun = Some(Begun { kind: AttemptKind::Mail, at: NOW });
            leases.push(Settlement { next, begun, ended: None, now: NOW });
        }
        let settled = move |lease: &Settlement| Settlement {
            next: lease.next.after(Event::Made(None), at, Rules::default()).unwrap(),
            begun: None,
            ended: Some(Ended { fence: lease.next.fence, at: NOW, outcome: "delivered".to_owned() }),
            now: NOW,
        };
        let [first, second, third] = <[Settlement; 3]>::try_from(leases).ok().unwrap();
        let written = store.write(move |tx| {
            let group = [first.clone(), first, second, third];
            let leased = Settlement::write(&group, tx)?;
            let [_, first, _, third] = &group;
            let ended = Settlement::write(&[settled(first), third.clone(), settled(third)], tx)?;
            Ok((leased, ended))
        });
        let (leased, ended) = written.await.unwrap();
        assert_eq!(leased, [true, false, true, true], "only one of two leases");
        assert_eq!(ended, [true, false, true]);
        for (id, ended) in ids.iter().zip([true, false, true]) {
            let attempts = store.attempts("m1", id, 10).await.unwrap();
            assert_eq!(attempts.len(), 1, "{id}");
            assert_eq!(attempts[0].ended_at.is_some(), ended, "{id}");
        }
    }
}
