//! How often a merchant may make this server call a helpdesk.
//!
//! A service and not a middleware: the routes under `/v1`, the screen's server functions and its plain forms count
//! together. A window that slides over the last minute, because the contract says "a minute" and a bucket that refills
//! would let twice as many through in the first.

use crate::clock::Clock;
use app::model::{CallError, Subdomain};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Tests and saves a minute, for each merchant.
pub const PER_MERCHANT: usize = 20;
/// Tests and saves a minute, for each account of a helpdesk, whoever asks.
pub const PER_SUBDOMAIN: usize = 60;
const WINDOW: Duration = Duration::from_secs(60);

/// Counts what happens under a name in the time before now.
pub struct Windows {
    clock: Arc<dyn Clock>,
    times: Mutex<HashMap<String, VecDeque<Duration>>>,
    /// The longest window that is asked about.
    longest: Duration,
}

/// At most so many under a name in a window.
pub struct Limit {
    /// Of whom or what. Names of different kinds start differently.
    pub name: String,
    /// How many.
    pub most: usize,
    /// In which time.
    pub window: Duration,
}

impl Windows {
    /// Nothing has happened yet.
    pub fn new(clock: Arc<dyn Clock>, longest: Duration) -> Self {
        Self { clock, times: Mutex::default(), longest }
    }

    /// Counts it under every name, or says how many seconds to wait. What is refused does not count.
    pub fn check(&self, limits: &[Limit]) -> Result<(), u64> {
        let now = self.clock.since_boot();
        let mut all = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is remembered longer than the longest window, so the map holds only who came in it.
        all.retain(|_, times| {
            while times.front().is_some_and(|then| now.saturating_sub(*then) >= self.longest) {
                times.pop_front();
            }
            !times.is_empty()
        });
        let wait = limits
            .iter()
            .filter_map(|limit| {
                let times = all.get(&limit.name)?;
                let in_window = |then: &&Duration| now.saturating_sub(**then) < limit.window;
                let recent: Vec<_> = times.iter().filter(in_window).collect();
                let oldest = *recent.get(recent.len().checked_sub(limit.most)?)?;
                Some((*oldest + limit.window).saturating_sub(now))
            })
            .max();
        if let Some(wait) = wait {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(seconds.max(1));
        }
        for limit in limits {
            all.entry(limit.name.clone()).or_default().push_back(now);
        }
        Ok(())
    }
}

/// Counts calls that leave the server.
pub struct CallLimits(Windows);

impl CallLimits {
    /// Nothing was called yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Windows::new(clock, WINDOW))
    }

    /// Counts a call, or says how many seconds to wait. A refused call does not count.
    pub fn check(&self, merchant: &str, subdomain: &Subdomain) -> Result<(), CallError> {
        let limit = |name, most| Limit { name, most, window: WINDOW };
        // No merchant's id has a colon.
        self.0
            .check(&[
                limit(format!("merchant:{merchant}"), PER_MERCHANT),
                limit(format!("account:{subdomain}"), PER_SUBDOMAIN),
            ])
            .map_err(|retry_after| CallError::TooManyCalls { retry_after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::Helpdesk;
    use jiff::Timestamp;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Seconds(AtomicU64);

    #[async_trait::async_trait]
    impl Clock for Seconds {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn since_boot(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
        async fn sleep(&self, _: Duration) {}
    }

    fn account(name: &str) -> Subdomain {
        Subdomain::parse(Helpdesk::Gorgias, name).unwrap()
    }

    fn wait(result: Result<(), CallError>) -> u64 {
        match result {
            Err(CallError::TooManyCalls { retry_after }) => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_merchant_has_twenty_a_minute() {
        let clock = Arc::new(Seconds::default());
        let limits = CallLimits::new(clock.clone());
        for call in 0..20 {
            clock.0.store(call * 1000, Ordering::Relaxed);
            limits.check("m1", &account(&format!("s{call}"))).unwrap();
        }
        assert_eq!(wait(limits.check("m1", &account("s"))), 41);
        limits.check("m2", &account("s")).unwrap();
        clock.0.store(59_500, Ordering::Relaxed);
        assert_eq!(wait(limits.check("m1", &account("s"))), 1);
        clock.0.store(60_000, Ordering::Relaxed);
        limits.check("m1", &account("s")).unwrap();
        assert_eq!(wait(limits.check("m1", &account("s"))), 1, "one left the window, one came in");
    }

    #[test]
    fn an_account_has_sixty_a_minute_whoever_asks() {
        let clock = Arc::new(Seconds::default());
        let limits = CallLimits::new(clock.clone());
        for call in 0..60 {
            limits.check(&format!("m{}", call / 20), &account("shop")).unwrap();
        }
        assert_eq!(wait(limits.check("m9", &account("shop"))), 60);
        limits.check("m9", &account("other")).unwrap();
        clock.0.store(60_000, Ordering::Relaxed);
        limits.check("m9", &account("shop")).unwrap();
        let remembered = limits.0.times.lock().unwrap().len();
        assert_eq!(remembered, 2, "only who called in the last minute");
    }
}
