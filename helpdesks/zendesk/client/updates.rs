//! Counts the updates of each ticket. Zendesk accepts 30 updates per ticket and user in 10 minutes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The time window of the count.
const WINDOW: Duration = Duration::from_secs(600);
/// Our share. The rest is for other programs with the same credentials.
const MOST: usize = 25;
/// With this many tickets, those without recent updates are removed.
const SWEPT_FROM: usize = 1_024;

/// The updates within the window, by account and ticket. Kept in memory, because after a restart Zendesk still counts.
#[derive(Default)]
pub(super) struct Updates(Mutex<HashMap<(String, i64), VecDeque<Duration>>>);

impl Updates {
    /// Counts an update, or fails with the time to wait. `now` is time since boot.
    pub(super) fn take(&self, account: &str, ticket: i64, now: Duration) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |at: &Duration| *at + WINDOW > now;
        if all.len() >= SWEPT_FROM {
            all.retain(|_, times| times.back().is_some_and(recent));
        }
        let times = all.entry((account.to_owned(), ticket)).or_default();
        while times.front().is_some_and(|at| !recent(at)) {
            times.pop_front();
        }
        match times.front() {
            Some(oldest) if times.len() >= MOST => Err((*oldest + WINDOW).saturating_sub(now)),
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_limited_per_ticket() {
        let (updates, second) = (Updates::default(), Duration::from_secs);
        for n in 0..25 {
            assert_eq!(updates.take("acme", 1, second(n)), Ok(()));
        }
        assert_eq!(updates.take("acme", 1, second(30)), Err(second(570)));
        assert_eq!(updates.take("acme", 2, second(30)), Ok(()));
        assert_eq!(updates.take("acme", 1, second(600)), Ok(()));
    }
}
