//! The only clock of the emulator. Rates, delays, late commits and all times in responses use it, so tests advance the
//! clock and never sleep.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The emulator's time. Cheap to clone; all clones share it.
#[derive(Debug, Clone)]
pub struct Clock {
    /// `Some`: time stands still until it is advanced. `None`: it follows the machine's clock.
    starts_at: Option<Timestamp>,
    moved: Arc<watch::Sender<SignedDuration>>,
}

impl Clock {
    /// Returns a clock that follows the machine's, and can be advanced beyond it.
    pub fn ticking() -> Self {
        Self { starts_at: None, moved: Arc::new(watch::Sender::new(SignedDuration::ZERO)) }
    }

    /// Returns a clock that stands at `now` until [`Clock::advance`].
    pub fn manual(now: Timestamp) -> Self {
        Self { starts_at: Some(now), moved: Arc::new(watch::Sender::new(SignedDuration::ZERO)) }
    }

    /// Returns the current time.
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    pub fn now(&self) -> Timestamp {
        let base = self.starts_at.unwrap_or_else(Timestamp::now);
        later(base, *self.moved.borrow())
    }

    /// Advances the time. Whatever was waiting for the skipped time happens now.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.moved.send_modify(|moved| *moved = moved.saturating_add(by));
    }

    /// Returns once the time is reached, whether by itself or through [`Clock::advance`].
    pub async fn reach(&self, time: Timestamp) {
        let mut moves = self.moved.subscribe();
        loop {
            let left = self.now().duration_until(time);
            if left <= SignedDuration::ZERO {
                return;
            }
            let ticks = async {
                match self.starts_at {
                    // One more millisecond, because tokio's timer rounds and `now` must have passed `time`.
                    None => tokio::time::sleep(left.unsigned_abs() + Duration::from_millis(1)).await,
                    Some(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                () = ticks => {}
                // The sender lives as long as `self`, so this cannot fail.
                _ = moves.changed() => {}
            }
        }
    }

    /// Announces every advance.
    pub(crate) fn moves(&self) -> watch::Receiver<SignedDuration> {
        self.moved.subscribe()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::ticking()
    }
}

/// Adds a duration, saturating at the end of time.
pub fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Adds a number of seconds, which may have a fraction.
pub fn seconds_later(time: Timestamp, seconds: f64) -> Timestamp {
    later(time, SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(SignedDuration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_stands_still_until_it_is_advanced() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let alarm = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reach(seconds_later(Timestamp::UNIX_EPOCH, 90.0)).await }
        });
        clock.advance(Duration::from_secs(89));
        tokio::task::yield_now().await;
        assert!(!alarm.is_finished());
        clock.advance(Duration::from_secs(1));
        alarm.await.unwrap();
        assert_eq!(clock.now().as_second(), 90);
    }
}
