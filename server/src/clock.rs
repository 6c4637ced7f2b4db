//! This machine's time and randomness, and a clock that tests can move.

use domain::clock::{Clock, Entropy, World, millis};
use jiff::Timestamp;
use rand::Rng;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn since_boot(&self) -> Duration {
        // CLOCK_BOOTTIME: unlike `Instant`, it also counts while the machine sleeps, so a process that wakes up late
        // knows it is late.
        #[cfg(target_os = "linux")]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(CLOCK);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// A clock that only moves when it is told to. Tests move time instead of waiting for it.
#[derive(Clone)]
pub struct ManualClock {
    start: Timestamp,
    moved: Arc<tokio::sync::watch::Sender<Duration>>,
    /// How far ahead the wall clock was set, in milliseconds.
    jumped: Arc<AtomicI64>,
}

impl ManualClock {
    /// Creates a clock that starts at this time.
    pub fn at(start: Timestamp) -> Self {
        Self {
            start,
            moved: Arc::new(tokio::sync::watch::Sender::new(Duration::ZERO)),
            jumped: Arc::default(),
        }
    }

    /// Moves time forward and wakes sleepers whose time has come.
    pub fn advance(&self, by: Duration) {
        self.moved.send_modify(|moved| *moved += by);
    }

    /// Sets the wall clock ahead without any time passing.
    pub fn set_ahead(&self, by: Duration) {
        self.jumped.fetch_add(millis(by), Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let jumped = jiff::SignedDuration::from_millis(self.jumped.load(Ordering::SeqCst));
        let now = self.start.saturating_add(*self.moved.borrow()).and_then(|now| now.saturating_add(jumped));
        now.unwrap_or(Timestamp::MAX)
    }

    fn since_boot(&self) -> Duration {
        *self.moved.borrow()
    }

    async fn sleep(&self, wait: Duration) {
        let until = self.since_boot() + wait;
        let mut moves = self.moved.subscribe();
        // The sender lives as long as `self`.
        let _ = moves.wait_for(|moved| *moved >= until).await;
    }
}

/// Random numbers from a generator that the operating system seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }
}

/// Returns the machine's clock and source of randomness.
pub fn system() -> World {
    World { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::made_at;

    #[test]
    fn ids_are_unique_and_sort_by_time() {
        let world = system();
        let (a, b) = (world.new_id(), world.new_id());
        assert_ne!(a, b);
        assert!(a[..8] <= b[..8]);
    }

    #[test]
    fn id_contains_its_creation_time() {
        let at: Timestamp = "2026-11-22T10:00:00.123Z".parse().unwrap();
        let world = World { clock: Arc::new(ManualClock::at(at)), entropy: Arc::new(SystemEntropy) };
        assert_eq!(made_at(&world.new_id()), Some(at.as_millisecond()));
        assert_eq!(made_at("h1"), None);
    }

    #[test]
    fn fraction_is_below_one() {
        struct Ones;
        impl Entropy for Ones {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.fill(0xff);
            }
        }
        assert!(Ones.fraction() < 1.0);
        assert!((0.0..1.0).contains(&SystemEntropy.fraction()));
    }
}
