//! Wakes the dispatcher when something becomes due, and names the lanes if the caller knows them.

use domain::account::Lane;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// With more lanes than this, the dispatcher looks at all of them.
const MOST_LANES: usize = 10_000;

/// Wakes the dispatcher.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
    others: Notify,
    rung: Mutex<Rung>,
}

/// What the bell has been rung for since the dispatcher last asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rung {
    /// Any lane may have something due.
    pub anywhere: bool,
    /// These lanes have something due.
    pub lanes: Vec<Lane>,
}

impl Bell {
    /// Rings for something due in a lane that the caller does not know.
    pub fn ring(&self) {
        self.note(|rung| rung.anywhere = true);
    }

    /// Rings for these lanes only, so that the dispatcher need not look at any other.
    pub fn ring_for(&self, lanes: impl IntoIterator<Item = Lane>) {
        self.note(|rung| {
            if !rung.anywhere {
                rung.lanes.extend(lanes);
            }
            // In a process that only serves, no dispatcher ever takes them.
            if rung.lanes.len() > MOST_LANES {
                *rung = Rung { anywhere: true, lanes: Vec::new() };
            }
        });
    }

    /// Rings for something that another process made due.
    pub fn ring_from_elsewhere(&self) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).anywhere = true;
        self.notify.notify_one();
    }

    /// Returns what is notified whenever this process rings. The other processes are then woken too.
    pub fn for_others(&self) -> &Notify {
        &self.others
    }

    /// Waits until the bell is rung.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }

    /// Returns what the bell has been rung for since the last call.
    pub fn heard(&self) -> Rung {
        std::mem::take(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, note: impl FnOnce(&mut Rung)) {
        note(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        self.notify.notify_one();
        self.others.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_do_not_pile_up_without_a_dispatcher() {
        let bell = Bell::default();
        for _ in 0..=MOST_LANES {
            bell.ring_for([Lane::Email]);
        }
        bell.ring_for([Lane::Email]);
        assert_eq!(bell.heard(), Rung { anywhere: true, lanes: Vec::new() });
        bell.ring_for([Lane::Email]);
        assert_eq!(bell.heard(), Rung { anywhere: false, lanes: vec![Lane::Email] });
    }
}
