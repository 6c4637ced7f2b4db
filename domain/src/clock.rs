//! Time and chance, handed in: the rules never ask the machine.

use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Milliseconds since 1970-01-01T00:00:00Z, as the database keeps them.
pub type Millis = i64;

/// Whole milliseconds of a duration.
pub fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// A source of time.
#[async_trait::async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The wall clock. It can jump; nothing that must not be late is measured with it alone.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, never going back, that also counts while the machine or the process is
    /// paused.
    fn since_boot(&self) -> Duration;

    /// Returns once `since_boot` has grown by `wait`.
    async fn sleep(&self, wait: Duration);

    /// [`now`](Self::now) in milliseconds.
    fn now_ms(&self) -> Millis {
        self.now().as_millisecond()
    }
}

/// A source of randomness: for ids, nonces, session ids and jitter.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]);

    /// A number in `0.0..1.0`.
    fn fraction(&self) -> f64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        // 53 bits: as many as the fraction of an f64 holds.
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Clock and entropy together, as most of the server takes them.
#[derive(Clone)]
pub struct World {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// A new id: a UUID of version 7, so that ids sort by time.
    pub fn new_id(&self) -> String {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }
}

/// When this id was made, if it is one of [`World::new_id`].
pub fn made_at(id: &str) -> Option<Millis> {
    let (seconds, nanos) = uuid::Uuid::try_parse(id).ok()?.get_timestamp()?.to_unix();
    Millis::try_from(seconds.checked_mul(1_000)?.checked_add(u64::from(nanos / 1_000_000))?).ok()
}
