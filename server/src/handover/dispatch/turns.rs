//! Gives every lane with due work its turn.
//!
//! Code that makes work due names its lane, and a task that ends makes room for the next one of its lane. Usually only
//! those lanes are read. A walk through the outbox, lane by lane, finds work that became due by time or was not reported.

use super::{
    lanes::{Doing, Lanes, Slot},
    lease::Leaser,
    ownership::Ownership,
    parts::Parts,
    settle::Settler,
    tasks::Tasks,
    work::{Next, Work},
};
use crate::store::{Store, Stored, outbox::DueLane};
use domain::{
    account::{Account, Lane},
    clock::{Entropy, Millis},
};
use futures::{StreamExt, stream};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Creations of one account in flight, and as many look-ups next to them. With one, tickets arrive in the order in which
/// they are sent, and an account's rate of two requests per second needs no more.
const IN_FLIGHT: usize = 1;
/// Emails in flight. They belong to many merchants and need no order.
const MAILS_IN_FLIGHT: usize = 8;
/// The wait before a refused lease is tried again: another process's request may still be in flight.
const REFUSED_WAITS: Duration = Duration::from_millis(250);
/// Leases written at the same time.
const LEASED_AT_ONCE: usize = 64;

/// Leases the due work of each lane while there is room.
pub(super) struct LaneTurns {
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    lanes: Lanes,
    leaser: Leaser,
    ownership: Ownership,
    queue: Mutex<Queue>,
}

/// A lane's turn to send or to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LaneTurn {
    pub(super) lane: Lane,
    pub(super) doing: Doing,
}

/// The lanes whose turn is next. Usually empty between two rounds; otherwise there was no room.
#[derive(Default)]
struct Queue {
    turns: VecDeque<LaneTurn>,
    /// Lanes whose budget was used up, or whose lease was refused. Every round tries them again, usually without a
    /// query. Otherwise look-ups of the same account, whose tasks wait for its budget, would take all of it.
    paused: Vec<LaneTurn>,
    /// Where the walk over all lanes with due work continues.
    walk: Option<Place>,
    /// Work became due during the walk, perhaps in a lane that it has passed, so another walk follows.
    again: bool,
}

/// The lane after which a walk continues; `None` at its start.
struct Place(Option<Lane>);

impl Queue {
    /// Adds turns to those that wait. During a walk only its order counts, so that no lane starves behind lanes that
    /// always have due work.
    fn add(&mut self, anywhere: bool, turns: Vec<LaneTurn>) {
        if self.walk.is_some() {
            self.again |= anywhere || !turns.is_empty();
        } else if anywhere {
            // The walk finds these too.
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

/// The result of one lane's turn.
struct Leased {
    work: Vec<(Slot, Work)>,
    /// How long to wait for the budget, or before the lease is tried again; `None` for neither.
    wait: Option<Duration>,
    /// The turn, if there was no room for it.
    left: Option<LaneTurn>,
    /// The turn, if there is a wait.
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
            ownership: Ownership::new(parts),
            queue: Mutex::default(),
        }
    }

    /// Renews the ownership of accounts.
    pub(super) async fn renew(&self) -> Stored<()> {
        self.ownership.renew().await
    }

    /// Returns whether this process owns the account. Asks for it first if not.
    pub(super) async fn owns(&self, account: &Account) -> Stored<bool> {
        self.ownership.has(&account.clone().into()).await
    }

    /// Lets other processes take over the accounts.
    pub(super) async fn end(&self) -> Stored<()> {
        self.ownership.end().await
    }

    /// Starts due work in these lanes, or in all lanes. Returns the shortest wait of the lanes whose budget is used up.
    pub(super) async fn take(
        &self,
        tasks: &mut Tasks,
        anywhere: bool,
        mut turns: Vec<LaneTurn>,
        now: Millis,
    ) -> Stored<Option<Duration>> {
        let mut queue = std::mem::take(&mut *self.queue());
        turns.append(&mut queue.paused);
        // Without room, these lanes would otherwise go before all others as soon as there is some.
        queue.add(anywhere || (!turns.is_empty() && !self.lanes.have_room()), turns);
        let (mut wait, mut done) = (None, Ok(()));
        while self.lanes.have_room() {
            if queue.turns.is_empty() && !self.next_page(&mut queue, now).await? {
                break;
            }
            // Leases that are committed together cost one sync of the disk.
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

    /// Reads the next lanes of the walk. Returns `false` if there is no walk, or if it has ended.
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
                let accounts: Vec<_> = page.iter().filter_map(|due| due.lane.account().cloned()).collect();
                self.ownership.ask(&accounts).await?;
                queue.turns = self.in_turn(page);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Leases the work of one lane that may start now.
    async fn lease_what_may_go(&self, turn: LaneTurn) -> Leased {
        let Some(account) = turn.lane.account() else { return self.lease_mails_that_may_go(turn).await };
        let mut leased = Leased { work: Vec::new(), wait: None, left: None, paused: None, done: Ok(()) };
        match self.ownership.has(&turn.lane).await {
            Ok(true) => {}
            Ok(false) => return leased,
            Err(error) => return Leased { done: Err(error), ..leased },
        }
        loop {
            let Some(slot) = self.lanes.enter(turn.doing.track(&turn.lane), IN_FLIGHT) else {
                let left = leased.work.is_empty() && !self.lanes.have_room();
                leased.left = left.then_some(turn);
                break;
            };
            match self.leaser.lease_next(account, turn.doing).await {
                Ok(Next::Work(work)) => leased.work.push((slot, *work)),
                Ok(Next::Settled) => {}
                Ok(Next::Nothing) => break,
                Ok(next @ (Next::Wait(_) | Next::Refused)) => {
                    leased.wait = Some(if let Next::Wait(wait) = next { wait } else { REFUSED_WAITS });
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

    /// Leases as many emails as may start now.
    async fn lease_mails_that_may_go(&self, turn: LaneTurn) -> Leased {
        let mut leased = Leased { work: Vec::new(), wait: None, left: None, paused: None, done: Ok(()) };
        loop {
            let enter = || self.lanes.enter(turn.doing.track(&turn.lane), MAILS_IN_FLIGHT);
            let slots: Vec<_> = std::iter::from_fn(enter).collect();
            if slots.is_empty() {
                let left = leased.work.is_empty() && !self.lanes.have_room();
                leased.left = left.then_some(turn);
                return leased;
            }
            match self.leaser.lease_mails(slots.len()).await {
                Ok(mails) if mails.is_empty() => return leased,
                Ok(mails) => leased.work.extend(slots.into_iter().zip(mails)),
                Err(error) => return Leased { done: Err(error), ..leased },
            }
        }
    }

    /// Returns the turns of these lanes. Each round starts at a random lane, with sending or with look-ups, so that
    /// neither the end of the alphabet, nor look-ups behind a backlog, nor a backlog behind look-ups starves.
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
