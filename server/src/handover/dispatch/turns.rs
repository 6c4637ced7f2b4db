//! Gives every lane that has something due its turn.
//!
//! Who makes something due says in which lane, and a task that ends is followed by the next of its own lane: then only
//! these are looked at. A walk through the outbox, lane by lane, finds whatever is due by time or was not told.

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
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    queue: Mutex<Queue>,
}

/// What is looked for in which lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LaneTurn {
    pub(super) lane: Lane,
    pub(super) doing: Doing,
}

/// Whose turn is next. Normally empty between two rounds: what is in it then had no room.
#[derive(Default)]
struct Queue {
    turns: VecDeque<LaneTurn>,
    /// Whose budget was used up. Every round tries them again, at no cost to the database. Otherwise look-ups of the same
    /// account, whose tasks wait for its budget, would take all of it.
    paused: Vec<LaneTurn>,
    /// A walk over all lanes that have something due: where it goes on.
    walk: Option<Place>,
    /// Something was due meanwhile, perhaps in a lane that the walk has passed: another walk follows.
    again: bool,
}

/// Behind which lane a walk goes on; none: it begins.
struct Place(Option<Lane>);

impl Queue {
    /// Adds whose turn it is beside those that wait. While a walk goes on, its order alone counts, so that none starves
    /// behind lanes that always have something due.
    fn add(&mut self, anywhere: bool, turns: Vec<LaneTurn>) {
        if self.walk.is_some() {
            self.again |= anywhere || !turns.is_empty();
        } else if anywhere {
            // It finds these, too.
            self.turns.clear();
            self.walk = Some(Place(None));
        } else {
            for turn in turns {
                if !self.turns.contains(&turn) {
                    self.turns.push_back(turn);
                }
            }
        }
    }
}

/// What of one lane goes now.
struct Leased {
    work: Vec<(Slot, Work)>,
    /// How long its budget is used up; none: it is not.
    wait: Option<Duration>,
    /// Its turn came and there was no room.
    left: Option<LaneTurn>,
    /// Its turn came and its budget was used up.
    paused: Option<LaneTurn>,
    done: Stored<()>,
}

impl LaneTurns {
    pub(super) fn new(parts: &Parts, lanes: &Lanes, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            entropy: parts.world.entropy.clone(),
            lanes: lanes.clone(),
            leaser: Leaser::new(parts, settler),
            queue: Mutex::default(),
        }
    }

    /// Starts what is due and may go: in these lanes, or anywhere. Answers how long the first of those must wait whose
    /// budget is used up.
    pub(super) async fn take(
        &self,
        tasks: &mut Tasks,
        anywhere: bool,
        mut turns: Vec<LaneTurn>,
        now: Millis,
    ) -> Stored<Option<Duration>> {
        let mut queue = std::mem::take(&mut *self.queue());
        turns.append(&mut queue.paused);
        // Without room these would go before all others as soon as there is some.
        queue.add(anywhere || (!turns.is_empty() && !self.lanes.have_room()), turns);
        let (mut wait, mut done) = (None, Ok(()));
        while self.lanes.have_room() {
            if queue.turns.is_empty() && !self.next_page(&mut queue, now).await? {
                break;
            }
            // Many at once: leases that are committed together cost one sync of the disk.
            let mut leases = stream::iter(queue.turns.drain(..).collect::<Vec<_>>())
                .map(|turn| self.lease_what_may_go(turn))
                .buffer_unordered(LEASED_AT_ONCE);
            while let Some(leased) = leases.next().await {
                for (slot, work) in leased.work {
                    tasks.start(slot, work);
                }
                wait = wait.into_iter().chain(leased.wait).min();
                queue.turns.extend(leased.left);
                queue.paused.extend(leased.paused);
                done = done.and(leased.done);
            }
        }
        *self.queue() = queue;
        done.map(|()| wait)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the next lanes of the walk. `false`: there is none, or no more.
    async fn next_page(&self, queue: &mut Queue, now: Millis) -> Stored<bool> {
        while let Some(Place(after)) = queue.walk.take() {
            let most = self.lanes.page();
            let page = self.store.due_lanes(now, after.as_ref(), most).await?;
            if page.len() == most {
                queue.walk = page.last().map(|last| Place(Some(last.lane.clone())));
            } else if std::mem::take(&mut queue.again) {
                queue.walk = Some(Place(None));
            }
            if !page.is_empty() {
                queue.turns = self.in_turn(page);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Leases what may go of one lane.
    async fn lease_what_may_go(&self, turn: LaneTurn) -> Leased {
        let most = if turn.lane == Lane::Email { MAILS_IN_FLIGHT } else { IN_FLIGHT };
        let mut leased = Leased { work: Vec::new(), wait: None, left: None, paused: None, done: Ok(()) };
        loop {
            let Some(slot) = self.lanes.enter(turn.doing.track(&turn.lane), most) else {
                let left = leased.work.is_empty() && !self.lanes.have_room();
                leased.left = left.then_some(turn);
                break;
            };
            match self.leaser.lease_next(&turn.lane, turn.doing).await {
                Ok(Next::Work(work)) => leased.work.push((slot, *work)),
                Ok(Next::Settled) => {}
                Ok(Next::Nothing) => break,
                Ok(Next::Wait(wait)) => {
                    leased.wait = Some(wait);
                    leased.paused = Some(turn);
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
    fn in_turn(&self, mut lanes: Vec<DueLane>) -> VecDeque<LaneTurn> {
        let chance = self.entropy.fraction();
        let count = lanes.len();
        lanes.rotate_left(((chance * count as f64) as usize).min(count));
        let sending_first = self.entropy.fraction() < 0.5;
        let mut turns = VecDeque::new();
        for DueLane { lane, sends, looks } in lanes {
            let sending = sends.then(|| LaneTurn { lane: lane.clone(), doing: Doing::Sending });
            let looking = looks.then_some(LaneTurn { lane, doing: Doing::Looking });
            let (first, second) = if sending_first { (sending, looking) } else { (looking, sending) };
            turns.extend(first.into_iter().chain(second));
        }
        turns
    }
}
