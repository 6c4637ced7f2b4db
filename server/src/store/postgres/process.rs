//! This process, as the others on the database see it.

use super::clock::DatabaseClock;
use crate::clock::SystemEntropy;
use domain::clock::Entropy;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The maximum difference from the database's time with which this process may claim something.
const MOST_OFF: Duration = Duration::from_secs(2);

/// This process.
pub(super) struct Process {
    /// Its name in the database.
    pub(super) id: String,
    /// The database's clock, if times come from it. Tests may use a clock of their own.
    clock: OnceLock<Arc<DatabaseClock>>,
}

impl Process {
    /// Gives this process a random name.
    pub(super) fn new() -> Self {
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        Self { id: uuid::Builder::from_random_bytes(random).into_uuid().to_string(), clock: OnceLock::new() }
    }

    /// Takes times from this clock from now on, so that statements that claim something check them.
    pub(super) fn use_clock(&self, clock: &Arc<DatabaseClock>) {
        // Only a second clock is rejected, which shows the same time.
        let _ = self.clock.set(clock.clone());
    }

    /// Returns how many milliseconds a time may be off, or `None` if times are not from the database's clock.
    pub(super) fn most_off(&self) -> Option<i64> {
        self.clock.get().map(|_| domain::clock::millis(MOST_OFF))
    }

    /// Has the database asked for the time again, because a time was off.
    pub(super) fn correct_clock(&self) {
        if let Some(clock) = self.clock.get() {
            clock.ask_again();
        }
    }
}
