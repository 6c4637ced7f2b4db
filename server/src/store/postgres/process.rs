//! This process, as the others on the database see it.

use super::clock::DatabaseClock;
use crate::clock::SystemEntropy;
use domain::clock::Entropy;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How far a time of this process may be from the database's when it claims something.
const MOST_OFF: Duration = Duration::from_secs(2);

/// This process.
pub(super) struct Process {
    /// Names it in the database.
    pub(super) id: String,
    /// The database's clock, if it is in use. Tests may use a clock that they move.
    clock: OnceLock<Arc<DatabaseClock>>,
}

impl Process {
    /// Names this process at random.
    pub(super) fn new() -> Self {
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        Self { id: uuid::Builder::from_random_bytes(random).into_uuid().to_string(), clock: OnceLock::new() }
    }

    /// Times are from this clock from now on, so statements that claim something compare them with the database's.
    pub(super) fn tells_time_by(&self, clock: &Arc<DatabaseClock>) {
        // Only a second one is refused, which tells the same time.
        let _ = self.clock.set(clock.clone());
    }

    /// Returns how many milliseconds a time may be off, or `None` if it is not from the database's clock.
    pub(super) fn most_off(&self) -> Option<i64> {
        self.clock.get().map(|_| domain::clock::millis(MOST_OFF))
    }

    /// Asks the database for the time again, because a time was found to be off.
    pub(super) fn asks_the_time(&self) {
        if let Some(clock) = self.clock.get() {
            clock.ask_again();
        }
    }
}
