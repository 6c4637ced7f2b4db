//! When requests end, on a clock that cannot be set.
//!
//! The rule "One ticket" counts W on the database's clock, which several processes share and which can jump. So each
//! process also counts on its own clock: from the end of the request if it sent that itself, otherwise as if the
//! request had been sent when the process first heard of it (or when the process started, if no other process sends).
//! After a restart this is later than the truth, and never earlier.

use domain::{
    clock::{Millis, millis},
    delivery::{ASKS_AFTER, Delivery, REQUEST_ENDS_AFTER},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// From this many entries on, old ones are removed.
const SWEPT_FROM: usize = 4_096;

/// When each request that may have created something is over at the latest.
#[derive(Debug, Default)]
pub struct Ends {
    /// When this process started, if it is the only one that sends: any request that it does not know is older.
    alone_since: Option<Duration>,
    known: Mutex<HashMap<String, End>>,
}

#[derive(Clone, Copy, Debug)]
struct End {
    attempt: u32,
    at: Duration,
}

impl Ends {
    /// For a process that starts now and is the only one that sends.
    pub fn alone(since: Duration) -> Self {
        Self { alone_since: Some(since), known: Mutex::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, End>) -> T) -> T {
        // A poisoned map still holds complete entries, and a missing one only makes us wait longer.
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Records that this process begins the attempt, whose request ends at `at`. Times are since boot.
    pub fn begun(&self, delivery: &Delivery, at: Duration) {
        let end = End { attempt: delivery.attempts, at };
        self.with(|ends| ends.insert(delivery.id.clone(), end));
    }

    /// Returns how long the last attempt's request has certainly been over, in milliseconds.
    pub fn over_for(&self, delivery: &Delivery, now: Duration) -> Millis {
        let sent = self.alone_since.unwrap_or(now);
        let unknown = End {
            attempt: delivery.attempts,
            at: sent + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs()),
        };
        let end = self.with(|ends| {
            if ends.len() >= SWEPT_FROM {
                let since = now.saturating_sub(Duration::from_millis(2 * ASKS_AFTER.unsigned_abs()));
                ends.retain(|_, end| end.at > since);
            }
            let end = ends.entry(delivery.id.clone()).or_insert(unknown);
            if end.attempt != delivery.attempts {
                *end = unknown;
            }
            *end
        });
        millis(now.saturating_sub(end.at))
    }

    /// Forgets the delivery's attempt, which look-ups no longer need.
    pub fn settled(&self, delivery: &Delivery) {
        self.with(|ends| ends.remove(&delivery.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::{Destination, Helpdesk};
    use domain::delivery::Record;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn attempt(number: u32) -> Delivery {
        let to = Destination::Helpdesk(Helpdesk::GORGIAS);
        let new =
            Delivery::new("d".into(), "h".into(), "m".into(), to, "gorgias:acme".parse().unwrap(), false, 0);
        Delivery::restore(Record { attempts: number, ..(*new).clone() })
    }

    #[test]
    fn own_request_is_over_when_it_ends() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(115));
        assert_eq!(ends.over_for(&attempt(1), s(100)), 0);
        assert_eq!(ends.over_for(&attempt(1), s(200)), 85_000);
    }

    #[test]
    fn unknown_request_counts_from_when_it_was_first_seen() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(15));
        assert_eq!(
            ends.over_for(&attempt(2), s(1_000)),
            0,
            "the first attempt says nothing about the second"
        );
        assert_eq!(ends.over_for(&attempt(2), s(1_100)), 85_000);
    }

    #[test]
    fn sole_sender_counts_unknown_requests_from_process_start() {
        let ends = Ends::alone(s(100));
        assert_eq!(ends.over_for(&attempt(1), s(110)), 0);
        assert_eq!(ends.over_for(&attempt(1), s(1_000)), 885_000);
    }

    #[test]
    fn settled_deliveries_are_forgotten() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(15));
        ends.settled(&attempt(1));
        assert_eq!(ends.over_for(&attempt(1), s(1_000)), 0);
    }

    #[test]
    fn entries_without_look_ups_are_removed() {
        let ends = Ends::default();
        for n in 0..2 * SWEPT_FROM {
            ends.begun(&Delivery::restore(Record { id: n.to_string(), ..(*attempt(1)).clone() }), s(15));
        }
        ends.over_for(&attempt(1), s(3 * 24 * 3_600));
        assert_eq!(ends.with(|ends| ends.len()), 1);
    }
}
