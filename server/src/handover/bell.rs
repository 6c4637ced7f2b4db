//! The dispatcher's bell: whoever makes something due rings it, and says for which lanes if they know.

use domain::account::Lane;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Wakes the dispatcher.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
    rung: Mutex<Rung>,
}

/// What the bell was rung for since it was last heard.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rung {
    /// Something may be due in any lane.
    pub anywhere: bool,
    /// These have something due.
    pub lanes: Vec<Lane>,
}

impl Bell {
    /// Something is due, and only the outbox knows where.
    pub fn ring(&self) {
        self.note(|rung| rung.anywhere = true);
    }

    /// These lanes have something due, so that nobody else's need be looked at.
    pub fn ring_for(&self, lanes: impl IntoIterator<Item = Lane>) {
        self.note(|rung| rung.lanes.extend(lanes));
    }

    /// Returns when it was rung.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }

    /// What it was rung for since the last time.
    pub fn heard(&self) -> Rung {
        std::mem::take(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, note: impl FnOnce(&mut Rung)) {
        note(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        self.notify.notify_one();
    }
}
