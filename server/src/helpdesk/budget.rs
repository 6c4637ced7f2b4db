//! The request budget of each helpdesk account.
//!
//! A helpdesk's description says how it counts requests: as a leaky bucket or per minute. The budget belongs to the
//! account: its merchants, replicas, look-ups and connection tests share it, and so do other tools, which is why the
//! answers' header always overrides our own count.

use super::RateHeader;
use domain::{account::Account, helpdesk::Rate};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// The period of a count per minute.
const MINUTE: Duration = Duration::from_secs(60);
/// Requests that are left for the merchant's other tools and for a person testing the connection.
const RESERVE: f64 = 2.0;
/// The longest time that a person's request waits for room in the bucket.
const PERSON_WAITS: Duration = Duration::from_secs(2);

/// Two pauses that differ by less than this are the same one, converted by two processes' clocks.
const SAME_PAUSE: Duration = Duration::from_millis(100);

/// How many buckets are kept before empty ones are removed.
const SWEPT_FROM: usize = 1_024;
/// The state of all accounts, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Survey {
    /// Accounts that were called since the start.
    pub accounts: u64,
    /// Accounts that must wait before their next request.
    pub waiting: u64,
    /// Requests left in the fullest bucket, or `None` without an account.
    pub least_left: Option<f64>,
}

/// The buckets of all accounts.
#[derive(Debug)]
pub struct Budgets {
    /// When this process started, since boot.
    began: Duration,
    accounts: Mutex<Accounts>,
    refused: Notify,
}

#[derive(Debug)]
struct Accounts {
    buckets: HashMap<Account, Bucket>,
    /// From this many buckets on, empty ones are removed.
    sweep_at: usize,
}

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    size: f64,
    used: f64,
    /// No answer has reported the level yet.
    assumed: bool,
    /// Requests in flight, whose headers are still to come.
    in_flight: u32,
    /// When `used` was last updated.
    at: Duration,
    /// When `used` restarts, for a count per minute.
    renewed_at: Duration,
    /// No request may go before this.
    paused_until: Duration,
    /// Whether the pause has not been shared with the other processes yet.
    unshared: bool,
}

impl Bucket {
    /// Starts a leaky bucket as full when the process started: another process, or this one before a restart, may have
    /// just filled it, and the first answer will tell. A count per minute starts empty, so that no request waits a
    /// whole minute: a 429 will tell if it is used up.
    fn new(rate: Rate, began: Duration) -> Self {
        let size = first_size(rate);
        Self {
            rate,
            size,
            used: if matches!(rate, Rate::Leaky { .. }) { size } else { 0.0 },
            assumed: true,
            in_flight: 0,
            at: began,
            renewed_at: began,
            paused_until: Duration::ZERO,
            unshared: false,
        }
    }

    /// Returns whether a new bucket would be no more generous than this one.
    fn may_go(&mut self, now: Duration) -> bool {
        self.leak(now);
        self.used <= 0.0
            && self.in_flight == 0
            && self.paused_until <= now
            && self.size >= first_size(self.rate)
    }

    fn leak(&mut self, now: Duration) {
        match self.rate {
            Rate::Leaky { leaks_in, .. } => {
                let passed = now.saturating_sub(self.at).as_secs_f64();
                self.used = (self.used - passed * self.size / f64::from(leaks_in)).max(0.0);
            }
            // Those in flight may count towards the new minute.
            Rate::PerMinute { .. } if now >= self.renewed_at => {
                self.used = f64::from(self.in_flight);
                self.renewed_at = now + MINUTE;
            }
            Rate::PerMinute { .. } => {}
        }
        self.at = now;
    }

    fn wait(&self, reserve: f64, now: Duration) -> Option<Duration> {
        let pause = self.paused_until.saturating_sub(now);
        Self::some(pause.max(self.room_in(reserve)))
    }

    /// Returns how long until there is room for one more, with this reserve left.
    fn room_in(&self, reserve: f64) -> Duration {
        // However small the bucket is said to be, one request fits.
        let reserve = reserve.min((self.size - 1.0).max(0.0));
        let over = self.used + 1.0 + reserve - self.size;
        match self.rate {
            Rate::Leaky { leaks_in, .. } => {
                Duration::from_secs_f64((over.max(0.0) * f64::from(leaks_in) / self.size).min(600.0))
            }
            Rate::PerMinute { .. } if over > 0.0 => self.renewed_at.saturating_sub(self.at),
            Rate::PerMinute { .. } => Duration::ZERO,
        }
    }

    /// Applies an answer's header. If the helpdesk has counted less than we have, its minute has restarted.
    fn said(&mut self, RateHeader { used, size }: RateHeader, now: Duration) {
        self.assumed = false;
        self.size = f64::from(size);
        // Requests in flight may or may not be included in the header: assume not.
        let used = f64::from(used.min(size)) + f64::from(self.in_flight);
        if used < self.used {
            self.renewed_at = now + MINUTE;
        }
        self.used = used;
    }

    /// Applies a 429: nothing goes before `after`, and then the whole bucket is free.
    fn refused(&mut self, after: Duration, now: Duration) {
        self.paused_until = self.paused_until.max(now + after);
        self.used = self.size;
        self.renewed_at = now + after;
    }

    /// Returns how long a person's request must wait for room. It ignores an unknown level, a
    /// 429 of another request, and a long wait.
    fn wait_of_a_person(&self) -> Option<Duration> {
        if self.assumed { None } else { Self::some(self.room_in(0.0)).filter(|wait| *wait <= PERSON_WAITS) }
    }

    /// Drops waits from float rounding that would never quite end.
    fn some(wait: Duration) -> Option<Duration> {
        (wait > Duration::from_micros(1)).then_some(wait)
    }
}

/// Returns how many requests fit, until a response says how many do.
fn first_size(rate: Rate) -> f64 {
    f64::from(match rate {
        Rate::Leaky { size, .. } => size,
        Rate::PerMinute { requests } => requests,
    })
}

impl Budgets {
    /// Budgets for a process that starts now; time is since boot.
    pub fn new(began: Duration) -> Self {
        let accounts = Accounts { buckets: HashMap::new(), sweep_at: SWEPT_FROM };
        Self { began, accounts: Mutex::new(accounts), refused: Notify::new() }
    }

    fn with<T>(&self, account: &Account, now: Duration, act: impl FnOnce(&mut Bucket) -> T) -> T {
        // A poisoned map still holds counters, and headers correct any that are wrong.
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.buckets.len() >= accounts.sweep_at {
            accounts.buckets.retain(|_, bucket| !bucket.may_go(now));
            accounts.sweep_at = SWEPT_FROM.max(2 * accounts.buckets.len());
        }
        let rate = account.helpdesk.details().limits.rate;
        let bucket = accounts.buckets.entry(account.clone()).or_insert_with(|| Bucket::new(rate, self.began));
        bucket.leak(now);
        act(bucket)
    }

    /// Takes one request from the account's bucket, or returns how long to wait. `now` is the time since boot.
    pub fn take(&self, account: &Account, now: Duration) -> Result<(), Duration> {
        self.with(account, now, |bucket| match bucket.wait(RESERVE, now) {
            Some(wait) => Err(wait),
            None => {
                bucket.used += 1.0;
                bucket.in_flight += 1;
                Ok(())
            }
        })
    }

    /// Returns how long until [`take`](Self::take) succeeds, or `None` for now.
    pub fn wait(&self, account: &Account, now: Duration) -> Option<Duration> {
        self.with(account, now, |bucket| bucket.wait(RESERVE, now))
    }

    /// Returns the state of all accounts.
    pub fn survey(&self, now: Duration) -> Survey {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut survey = Survey::default();
        for bucket in accounts.buckets.values_mut() {
            bucket.leak(now);
            survey.accounts += 1;
            survey.waiting += u64::from(bucket.wait(RESERVE, now).is_some());
            let left = (bucket.size - bucket.used).max(0.0);
            survey.least_left = Some(survey.least_left.map_or(left, |least: f64| least.min(left)));
        }
        survey
    }

    /// Takes one request for a person, from the reserve if necessary, or returns how long to wait for room: a request
    /// beyond the limit would only be rejected.
    pub fn take_for_a_person(&self, account: &Account, now: Duration) -> Result<(), Duration> {
        self.with(account, now, |bucket| match bucket.wait_of_a_person() {
            Some(wait) => Err(wait),
            None => {
                bucket.used += 1.0;
                bucket.in_flight += 1;
                Ok(())
            }
        })
    }

    /// Assumes that another process had filled the account's bucket at the time `at`. Times are since boot.
    pub fn assume_full(&self, account: &Account, at: Duration, now: Duration) {
        self.with(account, now, |bucket| {
            let full = Bucket::new(bucket.rate, at);
            *bucket = Bucket { in_flight: bucket.in_flight, paused_until: bucket.paused_until, ..full };
            bucket.leak(now);
        });
    }

    /// Returns a request that was taken but never made.
    pub fn give_back(&self, account: &Account, now: Duration) {
        self.with(account, now, |bucket| {
            bucket.used = (bucket.used - 1.0).max(0.0);
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
        });
    }

    /// Records an answer, or its absence.
    pub fn answered(&self, account: &Account, header: Option<RateHeader>, now: Duration) {
        self.with(account, now, |bucket| {
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
            if let Some(header) = header.filter(|header| header.size > 0) {
                bucket.said(header, now);
            }
        });
    }

    /// Records a 429: no request of this account may go before `after`.
    pub fn refused(&self, account: &Account, after: Duration, now: Duration) {
        self.with(account, now, |bucket| {
            bucket.refused(after, now);
            bucket.unshared = true;
        });
        self.refused.notify_one();
    }

    /// Waits until a request is refused.
    pub async fn some_refused(&self) {
        self.refused.notified().await;
    }

    /// Returns the pauses that have not been shared yet.
    pub fn unshared_pauses(&self) -> Vec<(Account, Duration)> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let unshared = accounts.buckets.iter().filter(|(_, bucket)| bucket.unshared);
        unshared.map(|(account, bucket)| (account.clone(), bucket.paused_until)).collect()
    }

    /// Records that these pauses have been shared.
    pub fn shared(&self, pauses: &[(Account, Duration)]) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        for (account, until) in pauses {
            if let Some(bucket) = accounts.buckets.get_mut(account) {
                bucket.unshared &= bucket.paused_until != *until;
            }
        }
    }

    /// Applies a pause that a process has shared. Times are since boot.
    pub fn pause(&self, account: &Account, until: Duration, now: Duration) {
        self.with(account, now, |bucket| {
            if bucket.paused_until + SAME_PAUSE < until {
                bucket.refused(until.saturating_sub(now), now);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> Account {
        format!("gorgias:{name}").parse().unwrap()
    }

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn empty_bucket(budgets: &Budgets) {
        budgets.take_for_a_person(&account("a"), s(0)).unwrap();
        budgets.answered(&account("a"), Some(RateHeader { used: 0, size: 40 }), s(0));
    }

    #[test]
    fn new_process_assumes_a_full_bucket() {
        let budgets = Budgets::new(s(0));
        assert_eq!(
            budgets.take(&account("a"), s(0)),
            Err(Duration::from_millis(1500)),
            "one request and the reserve must leak first"
        );
        assert_eq!(budgets.take(&account("a"), Duration::from_millis(1500)), Ok(()));
    }

    #[test]
    fn allows_a_burst_and_then_two_per_second() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        let burst = (0..100).take_while(|_| budgets.take(&account("a"), s(0)).is_ok()).count();
        assert_eq!(burst, 38, "the reserve is left");
        let second = (0..100).take_while(|_| budgets.take(&account("a"), s(1)).is_ok()).count();
        assert_eq!(second, 2);
    }

    #[test]
    fn person_uses_the_reserve_and_then_waits() {
        let budgets = Budgets::new(s(0));
        let unseen =
            (0..60).take_while(|_| budgets.take_for_a_person(&account("unseen"), s(0)).is_ok()).count();
        assert_eq!(unseen, 60, "the level is not known yet");
        empty_bucket(&budgets);
        while budgets.take(&account("a"), s(0)).is_ok() {}
        let reserve = (0..60).take_while(|_| budgets.take_for_a_person(&account("a"), s(0)).is_ok()).count();
        assert_eq!(reserve, 2);
        let half = Duration::from_millis(500);
        assert_eq!(budgets.take_for_a_person(&account("a"), s(0)), Err(half), "a third would be rejected");
        assert_eq!(budgets.take_for_a_person(&account("a"), half), Ok(()));
        // A bucket of one takes 20 s to leak: too long for a person to wait.
        budgets.answered(&account("a"), Some(RateHeader { used: 1, size: 1 }), half);
        assert_eq!(budgets.take_for_a_person(&account("a"), half), Ok(()));
    }

    #[test]
    fn header_overrides_the_count() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        budgets.take(&account("a"), s(0)).unwrap();
        budgets.answered(&account("a"), Some(RateHeader { used: 38, size: 40 }), s(0));
        assert!(budgets.take(&account("a"), s(0)).is_err(), "another tool used it up");
        budgets.answered(&account("a"), Some(RateHeader { used: 10, size: 80 }), s(0));
        assert_eq!((0..100).take_while(|_| budgets.take(&account("a"), s(0)).is_ok()).count(), 68);
    }

    #[test]
    fn a_429_stops_only_its_account() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        budgets.refused(&account("a"), s(30), s(0));
        assert_eq!(budgets.take(&account("a"), s(10)), Err(s(20)));
        assert_eq!(budgets.take(&account("a"), s(30)), Ok(()));
        assert_eq!(budgets.take(&account("b"), s(10)), Ok(()), "another account has its own bucket");
    }

    #[test]
    fn pause_is_shared_once_and_applied_once() {
        let (met, other) = (Budgets::new(s(0)), Budgets::new(s(0)));
        met.refused(&account("a"), s(30), s(0));
        let pauses = met.unshared_pauses();
        assert_eq!(pauses, [(account("a"), s(30))]);
        met.refused(&account("a"), s(40), s(1));
        met.shared(&pauses);
        assert_eq!(met.unshared_pauses(), [(account("a"), s(41))], "a longer one has begun in the meantime");
        met.shared(&met.unshared_pauses());
        assert_eq!(met.unshared_pauses(), []);
        for now in [s(10), s(20), s(30)] {
            other.pause(&account("a"), s(30), now);
        }
        assert_eq!(other.take(&account("a"), s(29)), Err(s(1)));
        assert_eq!(
            other.take(&account("a"), s(30)),
            Ok(()),
            "reading it again does not fill the bucket again"
        );
        assert_eq!(other.unshared_pauses(), [], "it has been shared already");
    }

    #[test]
    fn unused_buckets_are_removed_unless_small() {
        let budgets = Budgets::new(s(0));
        budgets.take_for_a_person(&account("small"), s(30)).unwrap();
        budgets.answered(&account("small"), Some(RateHeader { used: 1, size: 10 }), s(30));
        for n in 2..SWEPT_FROM {
            budgets.take_for_a_person(&account(&n.to_string()), s(30)).unwrap();
            budgets.answered(&account(&n.to_string()), Some(RateHeader { used: 1, size: 40 }), s(30));
        }
        budgets.take(&account("busy"), s(60)).unwrap();
        budgets.take(&account("new"), s(60)).unwrap();
        assert_eq!(budgets.accounts.lock().unwrap().buckets.len(), 3, "small, busy, new");
        let burst = |name| (0..100).take_while(|_| budgets.take(&account(name), s(60)).is_ok()).count();
        assert_eq!(burst("small"), 8);
        assert_eq!(burst("7"), 38, "as if it had never been removed");
    }

    #[test]
    fn no_header_blocks_an_account_forever() {
        for header in [RateHeader { used: 0, size: 1 }, RateHeader { used: u32::MAX, size: 2 }] {
            let budgets = Budgets::new(s(0));
            empty_bucket(&budgets);
            budgets.take(&account("a"), s(0)).unwrap();
            budgets.answered(&account("a"), Some(header), s(0));
            assert_eq!(budgets.take(&account("a"), s(61)), Ok(()), "{header:?}");
        }
    }

    fn take_all(bucket: &mut Bucket, now: Duration) -> usize {
        bucket.leak(now);
        (0..1_000)
            .take_while(|_| {
                let free = bucket.wait(RESERVE, now).is_none();
                bucket.used += 1.0;
                free
            })
            .count()
    }

    #[test]
    fn minute_count_restarts_completely() {
        let mut bucket = Bucket::new(Rate::PerMinute { requests: 200 }, s(0));
        assert_eq!(take_all(&mut bucket, s(100)), 198, "immediately, with the reserve left");
        bucket.leak(s(130));
        assert_eq!(bucket.wait(RESERVE, s(130)), Some(s(30)));
        assert_eq!(take_all(&mut bucket, s(160)), 198);
    }

    #[test]
    fn header_shows_when_the_minute_began() {
        let mut bucket = Bucket::new(Rate::PerMinute { requests: 200 }, s(0));
        take_all(&mut bucket, s(0));
        bucket.said(RateHeader { used: 1, size: 700 }, s(50));
        assert_eq!(take_all(&mut bucket, s(59)), 697);
        bucket.leak(s(61));
        assert_eq!(bucket.wait(RESERVE, s(61)), Some(s(49)), "the minute began at 50 s at the latest");
        bucket.said(RateHeader { used: 700, size: 700 }, s(62));
        bucket.refused(s(12), s(62));
        bucket.leak(s(73));
        assert_eq!(bucket.wait(RESERVE, s(73)), Some(s(1)));
        assert_eq!(take_all(&mut bucket, s(74)), 698);
    }

    #[test]
    fn returned_request_can_be_taken_again() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        while budgets.take(&account("a"), s(0)).is_ok() {}
        budgets.give_back(&account("a"), s(0));
        assert_eq!(budgets.take(&account("a"), s(0)), Ok(()));
    }
}
