//! When requests end, on the clock that nobody can set.
//!
//! The rule "One ticket" counts W on the database's clock, which several processes share and which can jump. So a
//! process also counts by its own clock: from the end of the request that it sent itself, else as if the request had
//! been sent when it first heard of it (or, where no other process sends, when it began itself). After a restart that
//! is later than the truth, and never earlier.

use domain::{
    clock::{Millis, millis},
    delivery::{ASKS_AFTER, Delivery, REQUEST_ENDS_AFTER},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many are kept before those are looked for that nobody asks about any more.
const SWEPT_FROM: usize = 4_096;

/// The requests that may have made something, and when each is over at the latest.
#[derive(Debug, Default)]
pub struct Ends {
    /// When this process began, if no other sends: requests that it does not know are older.
    alone_since: Option<Duration>,
    known: Mutex<HashMap<String, End>>,
}

#[derive(Clone, Copy, Debug)]
struct End {
    attempt: u32,
    at: Duration,
}

impl Ends {
    /// Of a process that begins now and is the only one that sends.
    pub fn alone(since: Duration) -> Self {
        Self { alone_since: Some(since), known: Mutex::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, End>) -> T) -> T {
        // A poisoned map still holds whole entries; one that is missing only makes us wait longer.
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// This process begins the attempt, whose request ends at `at`. Times are since boot.
    pub fn begun(&self, delivery: &Delivery, at: Duration) {
        let end = End { attempt: delivery.attempts, at };
        self.with(|ends| ends.insert(delivery.id.clone(), end));
    }

    /// For how long the last attempt's request has certainly been over.
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

    /// Nobody will ask about this delivery's attempt any more.
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
    fn what_this_process_sent_is_over_at_its_end() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(115));
        assert_eq!(ends.over_for(&attempt(1), s(100)), 0);
        assert_eq!(ends.over_for(&attempt(1), s(200)), 85_000);
    }

    #[test]
    fn what_another_process_sent_is_over_a_request_after_it_was_first_heard_of() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(15));
        assert_eq!(ends.over_for(&attempt(2), s(1_000)), 0, "the first attempt says nothing of the second");
        assert_eq!(ends.over_for(&attempt(2), s(1_100)), 85_000);
    }

    #[test]
    fn where_nobody_else_sends_what_is_not_known_is_older_than_the_process() {
        let ends = Ends::alone(s(100));
        assert_eq!(ends.over_for(&attempt(1), s(110)), 0);
        assert_eq!(ends.over_for(&attempt(1), s(1_000)), 885_000);
    }

    #[test]
    fn a_settled_one_is_forgotten() {
        let ends = Ends::default();
        ends.begun(&attempt(1), s(15));
        ends.settled(&attempt(1));
        assert_eq!(ends.over_for(&attempt(1), s(1_000)), 0);
    }

    #[test]
    fn what_nobody_asks_about_is_not_kept_for_ever() {
        let ends = Ends::default();
        for n in 0..2 * SWEPT_FROM {
            ends.begun(&Delivery::restore(Record { id: n.to_string(), ..(*attempt(1)).clone() }), s(15));
        }
        ends.over_for(&attempt(1), s(3 * 24 * 3_600));
        assert_eq!(ends.with(|ends| ends.len()), 1);
    }
}
