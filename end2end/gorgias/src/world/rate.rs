//! The leaky bucket of an account (D: 40 requests in 20 s, a burst of 40, then about two a second).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An account's rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many requests fit into the bucket.
    pub limit: u32,
    /// The seconds in which a full bucket empties.
    pub window_seconds: f64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { limit: 40, window_seconds: 20.0 }
    }
}

/// A bucket that leaks on the emulator's clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Bucket {
    level: f64,
    as_of: Option<Timestamp>,
}

/// The result of one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Room,
    /// Full: retry after this many whole seconds.
    Full {
        retry_after: u64,
    },
}

impl Bucket {
    /// Counts one request, if there is room.
    pub(crate) fn pour(&mut self, rate: Rate, now: Timestamp) -> Verdict {
        self.leak(rate, now);
        // A small tolerance: in floating point, 0.5 s at two per second must make room for one whole request.
        let over = self.level + 1.0 - f64::from(rate.limit) - 1e-6;
        if over <= 0.0 {
            self.level += 1.0;
            return Verdict::Room;
        }
        let seconds = (over * rate.window_seconds / f64::from(rate.limit.max(1))).ceil().max(1.0);
        Verdict::Full { retry_after: seconds as u64 }
    }

    /// Counts requests of another tool of the same shop.
    pub(crate) fn fill(&mut self, rate: Rate, now: Timestamp, requests: u32) {
        self.leak(rate, now);
        self.level = (self.level + f64::from(requests)).min(f64::from(rate.limit));
    }

    /// Returns `used/limit`, as in the header.
    pub(crate) fn header(&mut self, rate: Rate, now: Timestamp) -> String {
        self.leak(rate, now);
        format!("{}/{}", (self.level - 1e-6).ceil().max(0.0) as u64, rate.limit)
    }

    fn leak(&mut self, rate: Rate, now: Timestamp) {
        let before = self.as_of.replace(now).unwrap_or(now);
        let seconds = before.duration_until(now).as_secs_f64().max(0.0);
        let per_second = f64::from(rate.limit) / rate.window_seconds.max(0.001);
        self.level = (self.level - seconds * per_second).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use emulator::seconds_later;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    /// D, section 5: 40 in 20 s, a burst of 40, then about two a second.
    #[test]
    fn a_burst_of_forty_then_two_a_second() {
        let (mut bucket, rate) = (Bucket::default(), Rate::default());
        for _ in 0..40 {
            assert_eq!(bucket.pour(rate, START), Verdict::Room);
        }
        assert_eq!(bucket.header(rate, START), "40/40");
        assert_eq!(bucket.pour(rate, START), Verdict::Full { retry_after: 1 });
        assert_eq!(bucket.pour(rate, seconds_later(START, 0.5)), Verdict::Room);
        assert_eq!(bucket.pour(rate, seconds_later(START, 0.6)), Verdict::Full { retry_after: 1 });
        assert_eq!(bucket.header(rate, seconds_later(START, 10.5)), "20/40");
    }

    /// I, section 5: other tools of the same merchant share the bucket.
    #[test]
    fn other_tools_share_the_bucket() {
        let (mut bucket, rate) = (Bucket::default(), Rate::default());
        bucket.fill(rate, START, 60);
        assert_eq!(bucket.header(rate, START), "40/40");
        assert_ne!(bucket.pour(rate, START), Verdict::Room);
    }
}
