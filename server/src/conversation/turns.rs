//! One after the other in a conversation: what is decided from what was read must still be so when it is written.

use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};

/// Far more than conversations change at the same moment.
const LANES: usize = 1_024;

/// A turn at a time for each conversation. Those that share a lane by chance, and nobody can choose to, wait for each
/// other, which takes a write to the database; so memory does not grow with the conversations.
pub struct Turns {
    lanes: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { lanes: (0..LANES).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits for this conversation's turn, first come first served.
    pub async fn of(&self, conversation: &str) -> MutexGuard<'_, ()> {
        // LANES is a power of two, and fits.
        let lane = self.hasher.hash_one(conversation) as usize % LANES;
        self.lanes[lane].lock().await
    }
}
