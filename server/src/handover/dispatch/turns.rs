//! Gives every account that has something due its turn.

use super::{
    lanes::{Doing, Lanes, Slot},
    lease::{Leaser, Next},
    parts::Parts,
    settle::Settler,
    tasks::Tasks,
    work::Work,
};
use crate::store::{Store, Stored, outbox::DueLane};
use domain::{
    account::Lane,
    clock::{Entropy, Millis},
};
use futures::{StreamExt, stream};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Creations of one account in flight at once, and as many look-ups beside them. One: what is sent in order also
/// arrives in order, and an account's rate, two a second, needs no more.
const IN_FLIGHT: usize = 1;
/// Mails in flight at once: they belong to many merchants and have no order between them.
const MAILS_IN_FLIGHT: usize = 8;
/// Leases on their way to the disk at once.
const LEASED_AT_ONCE: usize = 64;

/// Leases what may go of each lane, while there is room.
pub(super) struct LaneTurns {
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    lanes: Lanes,
    leaser: Leaser,
    /// The last account that had its turn when there was no more room.
    last: Mutex<Option<Lane>>,
}

/// What of one account goes now.
struct Leased {
    work: Vec<(Slot, Work)>,
    /// How long its budget is used up; none: it is not.
    wait: Option<Duration>,
    done: Stored<()>,
}

impl LaneTurns {
    pub(super) fn new(parts: &Parts, lanes: &Lanes, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            entropy: parts.world.entropy.clone(),
            lanes: lanes.clone(),
            leaser: Leaser::new(parts, settler),
            last: Mutex::default(),
        }
    }

    /// Starts what is due and may go. Answers how long the first of those must wait whose budget is used up.
    pub(super) async fn take(&self, tasks: &mut Tasks, now: Millis) -> Stored<Option<Duration>> {
        let (mut wait, mut done) = (None, Ok(()));
        // Goes on where the last round ended for want of room; behind the last account come those before that place.
        let began = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut after, mut from_the_first) = (began.clone(), began.is_none());
        while self.lanes.have_room() {
            let most = self.lanes.page();
            let page = self.store.due_lanes(now, after.as_ref(), most).await?;
            after = page.last().filter(|_| page.len() == most).map(|last| last.lane.clone());
            // Many at once: leases that are committed together cost one sync of the disk.
            let mut leases = stream::iter(self.in_turn(page))
                .map(|(lane, doing)| async move { self.lease_what_may_go(&lane, doing).await })
                .buffer_unordered(LEASED_AT_ONCE);
            while let Some(leased) = leases.next().await {
                for (slot, work) in leased.work {
                    tasks.start(slot, work);
                }
                wait = wait.into_iter().chain(leased.wait).min();
                done = done.and(leased.done);
            }
            let all_had_theirs = from_the_first && (after.is_none() || (began.is_some() && after >= began));
            if all_had_theirs {
                after = None;
                break;
            }
            from_the_first |= after.is_none();
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = after;
        done.map(|()| wait)
    }

    /// Leases what may go of one lane.
    async fn lease_what_may_go(&self, lane: &Lane, doing: Doing) -> Leased {
        let most = if *lane == Lane::Email { MAILS_IN_FLIGHT } else { IN_FLIGHT };
        let mut leased = Leased { work: Vec::new(), wait: None, done: Ok(()) };
        while let Some(slot) = self.lanes.enter(doing.track(lane), most) {
            match self.leaser.lease_next(lane, doing).await {
                Ok(Next::Work(work)) => leased.work.push((slot, *work)),
                Ok(Next::Settled) => {}
                Ok(Next::Nothing) => break,
                Ok(Next::Wait(wait)) => {
                    leased.wait = Some(wait);
                    break;
                }
                Err(error) => {
                    leased.done = Err(error);
                    break;
                }
            }
        }
        leased
    }

    /// Whose turn it is, and for what. By chance somebody else is first in each round: neither the last of the
    /// alphabet nor look-ups behind a backlog, nor a backlog behind look-ups, starve.
    fn in_turn(&self, mut lanes: Vec<DueLane>) -> Vec<(Lane, Doing)> {
        let chance = self.entropy.fraction();
        let count = lanes.len();
        lanes.rotate_left(((chance * count as f64) as usize).min(count));
        let sending_first = self.entropy.fraction() < 0.5;
        let mut turns = Vec::new();
        for DueLane { lane, sends, looks } in lanes {
            let sending = sends.then(|| (lane.clone(), Doing::Sending));
            let looking = looks.then_some((lane, Doing::Looking));
            let (first, second) = if sending_first { (sending, looking) } else { (looking, sending) };
            turns.extend(first.into_iter().chain(second));
        }
        turns
    }
}
