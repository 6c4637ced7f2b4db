//! The one clock of the emulator. Rates, delays, late commits and every datetime of an answer read it,
//! so that a test moves time and never sleeps.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// What time it is in this emulator. Cheap to clone; all clones move together.
#[derive(Debug, Clone)]
pub struct Clock {
    /// `Some`: time stands still between two moves. `None`: it ticks with the machine's.
    starts_at: Option<Timestamp>,
    moved: Arc<watch::Sender<SignedDuration>>,
}

impl Clock {
    /// A clock that ticks with the machine's, and can be moved ahead of it.
    pub fn ticking() -> Self {
        Self { starts_at: None, moved: Arc::new(watch::Sender::new(SignedDuration::ZERO)) }
    }

    /// A clock that stands at `now` until [`Clock::advance`] moves it.
    pub fn manual(now: Timestamp) -> Self {
        Self { starts_at: Some(now), moved: Arc::new(watch::Sender::new(SignedDuration::ZERO)) }
    }

    /// The time now.
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    pub fn now(&self) -> Timestamp {
        let base = self.starts_at.unwrap_or_else(Timestamp::now);
        later(base, *self.moved.borrow())
    }

    /// Moves time forward. Whatever waited for the skipped time happens now.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.moved.send_modify(|moved| *moved = moved.saturating_add(by));
    }

    /// Returns once the time has come, be it by ticking or by [`Clock::advance`].
    pub async fn reach(&self, time: Timestamp) {
        let mut moves = self.moved.subscribe();
        loop {
            let left = self.now().duration_until(time);
            if left <= SignedDuration::ZERO {
                return;
            }
            let ticks = async {
                match self.starts_at {
                    // A millisecond more, because tokio's timer rounds and `now` must have passed `time`.
                    None => tokio::time::sleep(left.unsigned_abs() + Duration::from_millis(1)).await,
                    Some(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                () = ticks => {}
                // The sender lives as long as `self`, so an error cannot be.
                _ = moves.changed() => {}
            }
        }
    }

    /// Announces every move.
    pub(crate) fn moves(&self) -> watch::Receiver<SignedDuration> {
        self.moved.subscribe()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::ticking()
    }
}

/// `time` plus `by`, staying at the end of time rather than failing.
pub fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `time` plus a number of seconds that may have a fraction.
pub fn seconds_later(time: Timestamp, seconds: f64) -> Timestamp {
    later(time, SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(SignedDuration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_stands_until_it_is_moved() {
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
