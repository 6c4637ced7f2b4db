//! Makes changes of a conversation take turns, so that a decision still fits what is stored when it is written.

use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};

/// Far more than the number of conversations that change at the same moment.
const LANES: usize = 1_024;

/// Lets one change at a time into each conversation. Conversations that happen to share a lane, which no one can
/// provoke, wait for each other's database write; in return, memory does not grow with the number of conversations.
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
