//! The budget of requests of each helpdesk account.
//!
//! How a helpdesk counts them is in its description: as a leaky bucket, or so many a minute. They belong to the account:
//! merchants on it, replicas, look-ups and tests of the connection share them, and so do other tools, which is why what
//! the answers' header says always wins over what was counted here.

use super::RateHeader;
use domain::{account::Account, helpdesk::Rate};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// When a count by the minute begins anew.
const MINUTE: Duration = Duration::from_secs(60);
/// Requests of the bucket that are left to other tools of the merchant and to a person who tests the connection.
const RESERVE: f64 = 2.0;
/// The longest that one request of a person waits for room in the bucket.
const PERSON_WAITS: Duration = Duration::from_secs(2);

/// How many buckets are kept before the empty ones are looked for.
const SWEPT_FROM: usize = 1_024;
/// How the accounts stand, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Survey {
    /// Accounts that were asked something since the start.
    pub accounts: u64,
    /// Those that must wait before the next request.
    pub waiting: u64,
    /// Requests left in the emptiest bucket; none without an account.
    pub least_left: Option<f64>,
}

/// Every account's bucket.
#[derive(Debug)]
pub struct Budgets {
    /// When this process began, since boot.
    began: Duration,
    accounts: Mutex<Accounts>,
}

#[derive(Debug)]
struct Accounts {
    buckets: HashMap<Account, Bucket>,
    /// The buckets that are empty are forgotten when there are that many.
    sweep_at: usize,
}

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    size: f64,
    used: f64,
    /// No answer has said yet how full it is.
    assumed: bool,
    /// Requests on their way, whose answers' headers are still to come.
    in_flight: u32,
    /// When `used` was right.
    at: Duration,
    /// When `used` begins anew, of a count by the minute.
    renewed_at: Duration,
    /// Nothing goes before this.
    paused_until: Duration,
}

impl Bucket {
    /// A leaky one was full when this process began: another process, or this one before a restart, may just have filled
    /// it, and it is soon known. Nobody waits a whole minute for a count by the minute: if it is used up, a 429 says so.
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
        }
    }

    /// Whether a new one would be no more generous.
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
            // Those on their way may be counted in the minute that begins.
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

    /// How long until there is room for one more, with this much left over.
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

    /// What an answer's header says. The minute of a helpdesk that has counted less than we have began anew.
    fn said(&mut self, RateHeader { used, size }: RateHeader, now: Duration) {
        self.assumed = false;
        self.size = f64::from(size);
        // Those on their way may or may not be counted in the header: assume not.
        let used = f64::from(used.min(size)) + f64::from(self.in_flight);
        if used < self.used {
            self.renewed_at = now + MINUTE;
        }
        self.used = used;
    }

    /// A 429: nothing goes before `after`, and then all of it is free again.
    fn refused(&mut self, after: Duration, now: Duration) {
        self.paused_until = self.paused_until.max(now + after);
        self.used = self.size;
        self.renewed_at = now + after;
    }

    /// For a person: for room only. A bucket that nobody has seen, a refusal of others and a wait that is too long
    /// to look at do not stop them.
    fn wait_of_a_person(&self) -> Option<Duration> {
        if self.assumed { None } else { Self::some(self.room_in(0.0)).filter(|wait| *wait <= PERSON_WAITS) }
    }

    /// Float rounding must not leave a wait that never quite ends.
    fn some(wait: Duration) -> Option<Duration> {
        (wait > Duration::from_micros(1)).then_some(wait)
    }
}

/// How many requests fit before any answer has said so.
fn first_size(rate: Rate) -> f64 {
    f64::from(match rate {
        Rate::Leaky { size, .. } => size,
        Rate::PerMinute { requests } => requests,
    })
}

impl Budgets {
    /// Of a process that begins now; time is since boot.
    pub fn new(began: Duration) -> Self {
        let accounts = Accounts { buckets: HashMap::new(), sweep_at: SWEPT_FROM };
        Self { began, accounts: Mutex::new(accounts) }
    }

    fn with<T>(&self, account: &Account, now: Duration, act: impl FnOnce(&mut Bucket) -> T) -> T {
        // A poisoned map is still a map of counters; the header mends what is off.
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

    /// Takes one request from the account's bucket, or says how long to wait for it. `now` is time since boot.
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

    /// How long until [`take`](Self::take) gives one; none: now.
    pub fn wait(&self, account: &Account, now: Duration) -> Option<Duration> {
        self.with(account, now, |bucket| bucket.wait(RESERVE, now))
    }

    /// How all of them stand.
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

    /// Takes one request that a person waits for, from the reserve if need be, or says how long to wait for room:
    /// beyond the brim it would only be refused.
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

    /// Gives back what was taken for a request that was never made.
    pub fn give_back(&self, account: &Account, now: Duration) {
        self.with(account, now, |bucket| {
            bucket.used = (bucket.used - 1.0).max(0.0);
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
        });
    }

    /// What an answer (or its absence) says about the bucket.
    pub fn answered(&self, account: &Account, header: Option<RateHeader>, now: Duration) {
        self.with(account, now, |bucket| {
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
            if let Some(header) = header.filter(|header| header.size > 0) {
                bucket.said(header, now);
            }
        });
    }

    /// A 429: nothing of this account goes before `after`.
    pub fn refused(&self, account: &Account, after: Duration, now: Duration) {
        self.with(account, now, |bucket| bucket.refused(after, now));
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
    fn a_new_process_starts_as_if_the_bucket_were_full() {
        let budgets = Budgets::new(s(0));
        assert_eq!(
            budgets.take(&account("a"), s(0)),
            Err(Duration::from_millis(1500)),
            "one and the reserve leak first"
        );
        assert_eq!(budgets.take(&account("a"), Duration::from_millis(1500)), Ok(()));
    }

    #[test]
    fn a_burst_and_then_two_a_second() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        let burst = (0..100).take_while(|_| budgets.take(&account("a"), s(0)).is_ok()).count();
        assert_eq!(burst, 38, "the reserve stays");
        let second = (0..100).take_while(|_| budgets.take(&account("a"), s(1)).is_ok()).count();
        assert_eq!(second, 2);
    }

    #[test]
    fn a_person_has_the_reserve_and_waits_for_room_beyond_it() {
        let budgets = Budgets::new(s(0));
        let unseen =
            (0..60).take_while(|_| budgets.take_for_a_person(&account("unseen"), s(0)).is_ok()).count();
        assert_eq!(unseen, 60, "nobody knows that it is full");
        empty_bucket(&budgets);
        while budgets.take(&account("a"), s(0)).is_ok() {}
        let reserve = (0..60).take_while(|_| budgets.take_for_a_person(&account("a"), s(0)).is_ok()).count();
        assert_eq!(reserve, 2);
        let half = Duration::from_millis(500);
        assert_eq!(budgets.take_for_a_person(&account("a"), s(0)), Err(half), "a third would be refused");
        assert_eq!(budgets.take_for_a_person(&account("a"), half), Ok(()));
        // A bucket of one leaks in 20 s: nobody looks at that.
        budgets.answered(&account("a"), Some(RateHeader { used: 1, size: 1 }), half);
        assert_eq!(budgets.take_for_a_person(&account("a"), half), Ok(()));
    }

    #[test]
    fn the_header_wins() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        budgets.take(&account("a"), s(0)).unwrap();
        budgets.answered(&account("a"), Some(RateHeader { used: 38, size: 40 }), s(0));
        assert!(budgets.take(&account("a"), s(0)).is_err(), "another tool used it up");
        budgets.answered(&account("a"), Some(RateHeader { used: 10, size: 80 }), s(0));
        assert_eq!((0..100).take_while(|_| budgets.take(&account("a"), s(0)).is_ok()).count(), 68);
    }

    #[test]
    fn a_refusal_stops_one_account_only() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        budgets.refused(&account("a"), s(30), s(0));
        assert_eq!(budgets.take(&account("a"), s(10)), Err(s(20)));
        assert_eq!(budgets.take(&account("a"), s(30)), Ok(()));
        assert_eq!(budgets.take(&account("b"), s(10)), Ok(()), "another account has a bucket of its own");
    }

    #[test]
    fn an_account_that_nobody_uses_is_forgotten_and_a_small_bucket_is_not() {
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
        assert_eq!(burst("7"), 38, "as if it had never been forgotten");
    }

    #[test]
    fn no_header_stops_an_account_for_good() {
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
    fn a_count_by_the_minute_begins_anew_as_a_whole() {
        let mut bucket = Bucket::new(Rate::PerMinute { requests: 200 }, s(0));
        assert_eq!(take_all(&mut bucket, s(100)), 198, "at once, with the reserve left");
        bucket.leak(s(130));
        assert_eq!(bucket.wait(RESERVE, s(130)), Some(s(30)));
        assert_eq!(take_all(&mut bucket, s(160)), 198);
    }

    #[test]
    fn the_header_says_when_the_helpdesks_minute_began() {
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
    fn what_was_given_back_can_be_taken_again() {
        let budgets = Budgets::new(s(0));
        empty_bucket(&budgets);
        while budgets.take(&account("a"), s(0)).is_ok() {}
        budgets.give_back(&account("a"), s(0));
        assert_eq!(budgets.take(&account("a"), s(0)), Ok(()));
    }
}
