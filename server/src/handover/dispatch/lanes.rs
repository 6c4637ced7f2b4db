//! Limits how much is in flight: overall, and in each lane.

use super::turns::LaneTurn;
use app::model::Helpdesk;
use domain::account::{Account, Lane};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The maximum number of tasks in flight, over all accounts. High, because a task mostly waits, and an account that hangs
/// must not take the slot of one that answers.
const MOST_TASKS: usize = 1_024;
/// How many accounts are read at a time, so that the cost of a round does not grow with the number of accounts.
const PAGE: usize = 256;

/// Counts the work in flight, by lane. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Lanes {
    most: usize,
    page: usize,
    in_flight: Arc<Mutex<InFlight>>,
}

#[derive(Debug, Default)]
struct InFlight {
    all: usize,
    by_track: HashMap<Track, usize>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::with_room_for(MOST_TASKS, PAGE)
    }
}

impl Lanes {
    /// Allows `most` tasks over all lanes, and reads `page` accounts at a time.
    pub fn with_room_for(most: usize, page: usize) -> Self {
        Self { most, page, in_flight: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, InFlight> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many accounts are read at a time.
    pub(super) fn page(&self) -> usize {
        self.page
    }

    /// Returns whether one more task may start.
    pub(super) fn have_room(&self) -> bool {
        self.lock().all < self.most
    }

    /// Takes a slot if fewer than `most` are taken on this track and the overall limit allows it.
    pub(super) fn enter(&self, track: Track, most: usize) -> Option<Slot> {
        let mut it = self.lock();
        let in_track = it.by_track.get(&track).copied().unwrap_or(0);
        if it.all >= self.most || in_track >= most {
            return None;
        }
        it.all += 1;
        it.by_track.insert(track.clone(), in_track + 1);
        Some(Slot { lanes: self.clone(), track })
    }

    /// Returns whether nothing is in flight in this lane.
    pub(super) fn are_idle(&self, lane: &Lane) -> bool {
        let it = self.lock();
        [Doing::Sending, Doing::Looking].iter().all(|doing| !it.by_track.contains_key(&doing.track(lane)))
    }

    fn leave(&self, track: &Track) {
        let mut it = self.lock();
        it.all = it.all.saturating_sub(1);
        if let Some(in_track) = it.by_track.get_mut(track) {
            *in_track -= 1;
            if *in_track == 0 {
                it.by_track.remove(track);
            }
        }
    }
}

/// A slot for one task in flight. Dropping it frees the slot, so that neither an error nor a panic keeps it.
pub(super) struct Slot {
    lanes: Lanes,
    track: Track,
}

impl Slot {
    /// Returns the lane whose next turn may start when this slot is free.
    pub(super) fn turn(&self) -> Option<LaneTurn> {
        match &self.track {
            Track::Sending(lane) => Some(LaneTurn { lane: lane.clone(), doing: Doing::Sending }),
            Track::Looking(lane) => Some(LaneTurn { lane: lane.clone(), doing: Doing::Looking }),
            Track::Notices | Track::ShopperMails | Track::Recheck(..) | Track::Answers(_) => None,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.lanes.leave(&self.track);
    }
}

/// The two lanes of an account. A look-up may take many requests and must not hold up new tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Sending,
    Looking,
}

impl Doing {
    pub(super) fn track(self, lane: &Lane) -> Track {
        match self {
            Self::Sending => Track::Sending(lane.clone()),
            Self::Looking => Track::Looking(lane.clone()),
        }
    }
}

/// A kind of work with its own limit of tasks in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Track {
    Sending(Lane),
    Looking(Lane),
    /// Emails to the team that are not handovers.
    Notices,
    /// Emails to shoppers.
    ShopperMails,
    /// A retest of a merchant's connection.
    Recheck(String, Helpdesk),
    /// A look for answers in an account.
    Answers(Account),
}
