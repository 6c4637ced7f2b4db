//! How often a ticket was updated: Zendesk takes 30 updates of a ticket in 10 minutes from one user.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The time in which they are counted.
const WINDOW: Duration = Duration::from_secs(600);
/// Ours. The rest is for what else uses the same credentials.
const MOST: usize = 25;
/// From so many tickets on, those that were left alone are forgotten.
const SWEPT_FROM: usize = 1_024;

/// The updates of the last minutes, by account and ticket. In memory: after a restart Zendesk itself still counts.
#[derive(Default)]
pub(super) struct Updates(Mutex<HashMap<(String, i64), VecDeque<Duration>>>);

impl Updates {
    /// Counts one, or says how long to wait for it. `now` is time since boot.
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
    fn a_ticket_takes_only_so_many_and_another_is_counted_by_itself() {
        let (updates, second) = (Updates::default(), Duration::from_secs);
        for n in 0..25 {
            assert_eq!(updates.take("acme", 1, second(n)), Ok(()));
        }
        assert_eq!(updates.take("acme", 1, second(30)), Err(second(570)));
        assert_eq!(updates.take("acme", 2, second(30)), Ok(()));
        assert_eq!(updates.take("acme", 1, second(600)), Ok(()));
    }
}
