//! Time and randomness as traits, so that the rules never read the machine's.

use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Milliseconds since 1970-01-01T00:00:00Z, as stored in the database.
pub type Millis = i64;

/// Converts a duration to whole milliseconds.
pub fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// A source of time.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Returns the wall-clock time. It can jump, so no deadline may depend on it alone.
    fn now(&self) -> Timestamp;

    /// Returns the time since some fixed moment. It never goes back, and also counts while the machine or the process
    /// is suspended.
    fn since_boot(&self) -> Duration;

    /// Waits until `since_boot` has grown by `wait`.
    async fn sleep(&self, wait: Duration);

    /// Returns [`now`](Self::now) in milliseconds.
    fn now_ms(&self) -> Millis {
        self.now().as_millisecond()
    }
}

/// A source of randomness for ids, nonces, session ids and jitter.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]);

    /// Returns a number in `0.0..1.0`.
    fn fraction(&self) -> f64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        // 53 bits, the precision of an f64.
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A clock and a source of randomness.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// Returns a new UUID of version 7, so that ids sort by time.
    pub fn new_id(&self) -> String {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }
}

/// Returns when an id of [`World::new_id`] was created, or `None` for any other text.
pub fn made_at(id: &str) -> Option<Millis> {
    let (seconds, nanos) = uuid::Uuid::try_parse(id).ok()?.get_timestamp()?.to_unix();
    Millis::try_from(seconds.checked_mul(1_000)?.checked_add(u64::from(nanos / 1_000_000))?).ok()
}
