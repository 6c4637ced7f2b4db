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

type Windows = HashMap<String, VecDeque<Duration>>;

/// Counts calls that leave the server.
pub struct CallLimits {
    clock: Arc<dyn Clock>,
    calls: Mutex<Windows>,
}

impl CallLimits {
    /// Nothing was called yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, calls: Mutex::default() }
    }

    /// Counts a call, or says how many seconds to wait. A refused call does not count.
    pub fn check(&self, merchant: &str, subdomain: &Subdomain) -> Result<(), CallError> {
        let now = self.clock.since_boot();
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is remembered longer than a minute, so the map holds only who called in it.
        calls.retain(|_, times| {
            while times.front().is_some_and(|then| now.saturating_sub(*then) >= WINDOW) {
                times.pop_front();
            }
            !times.is_empty()
        });
        // No merchant's id has a colon.
        let keys =
            [(format!("merchant:{merchant}"), PER_MERCHANT), (format!("account:{subdomain}"), PER_SUBDOMAIN)];
        let wait = keys
            .iter()
            .filter_map(|(key, limit)| calls.get(key).filter(|times| times.len() >= *limit)?.front())
            .map(|oldest| (*oldest + WINDOW).saturating_sub(now))
            .max();
        if let Some(wait) = wait {
            let retry_after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(CallError::TooManyCalls { retry_after: retry_after.max(1) });
        }
        for (key, _) in keys {
            calls.entry(key).or_default().push_back(now);
        }
        Ok(())
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
        let remembered = limits.calls.lock().unwrap().len();
        assert_eq!(remembered, 2, "only who called in the last minute");
    }
}
