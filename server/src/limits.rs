//! Rate limits for shops' visitors, and for merchants who make this server call a helpdesk.
//!
//! A service and not a middleware, because the routes under `/v1`, the screen's server functions and its plain forms
//! share the limits. It is a sliding window, because the contract says "a minute" and a refilling bucket would let
//! twice as many through in the first.

use app::model::CallError;
use domain::{account::Account, clock::Clock};
use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Tests and saves per minute, for each merchant.
pub const PER_MERCHANT: usize = 20;
/// Tests and saves per minute, for each helpdesk account, across all merchants.
pub const PER_ACCOUNT: usize = 60;
/// How many of those remain for merchants who have not connected the account, once another has.
pub const PER_ACCOUNT_FOR_OTHERS: usize = PER_ACCOUNT - PER_MERCHANT;
const WINDOW: Duration = Duration::from_secs(60);

/// How many names are counted separately in each window. Any more share [`BUCKETS`] at random.
const MOST_NAMES: usize = 200_000;
/// Far more than strangers can fill evenly while all names above are in use.
const BUCKETS: u64 = 16_384;

/// A limit on what happens under a name within a window.
pub struct Limit {
    name: String,
    most: usize,
    window: Duration,
    beyond: Option<Beyond>,
}

/// Who still gets in when a shared limit is reached.
struct Beyond {
    ceiling: usize,
    /// Each name with its share.
    shares: Vec<(String, usize)>,
}

impl Limit {
    /// Allows `most` under `name` per `window`. Names of different kinds start differently.
    pub fn new(name: impl Into<String>, most: usize, window: Duration) -> Self {
        Self { name: name.into(), most, window, beyond: None }
    }

    /// Returns the name that is counted.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many events are allowed in the window.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Returns the window's length.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// Once the limit is reached, still lets in clients that have not used up any of these shares in the same window,
    /// up to a ceiling, so that no single client can use up what is meant for all.
    pub fn beyond(mut self, ceiling: usize, shares: Vec<(String, usize)>) -> Self {
        self.beyond = Some(Beyond { ceiling, shares });
        self
    }
}

/// Counts the events that a merchant causes, in this process or for all processes together.
#[async_trait::async_trait]
pub trait Tally: Send + Sync + 'static {
    /// Counts an event under every name, or returns how long to wait. A rejected event does not count.
    async fn check(&self, limits: &[Limit]) -> Result<(), CallError>;
}

#[async_trait::async_trait]
impl Tally for Windows {
    async fn check(&self, limits: &[Limit]) -> Result<(), CallError> {
        Self::check(self, limits).map_err(|retry_after| CallError::TooManyCalls { retry_after })
    }
}

/// Counts the events under each name in a window that ends now.
///
/// A check only looks at its own names and at events that have just left the window, however many others there are. At
/// most [`MOST_NAMES`] are kept, and none is dropped to make room: further names share buckets.
pub struct Windows {
    clock: Arc<dyn Clock>,
    /// One per window length, of which there are few.
    timelines: Mutex<Vec<Timeline>>,
    /// Randomly seeded, so that no one can aim at another's bucket.
    hasher: RandomState,
    most_names: usize,
}

/// The events within the last `window`.
struct Timeline {
    window: Duration,
    /// In order.
    events: VecDeque<(Duration, Arc<str>)>,
    times: HashMap<Arc<str>, VecDeque<Duration>>,
}

impl Timeline {
    /// Drops what has left the window. Each event is dropped once, so this costs no more than counting it did.
    fn forget(&mut self, now: Duration) {
        while let Some((_, name)) =
            self.events.pop_front_if(|(then, _)| now.saturating_sub(*then) >= self.window)
        {
            if let Some(times) = self.times.get_mut(&name) {
                times.pop_front();
                if times.is_empty() {
                    self.times.remove(&name);
                }
            }
        }
    }

    fn count(&mut self, name: Arc<str>, now: Duration) {
        self.times.entry(name.clone()).or_default().push_back(now);
        self.events.push_back((now, name));
    }

    /// Returns how long to wait until fewer than `most` remain.
    fn wait(&self, name: &str, most: usize, now: Duration) -> Option<Duration> {
        let times = self.times.get(name)?;
        let oldest = *times.get(times.len().checked_sub(most)?)?;
        Some((oldest + self.window).saturating_sub(now))
    }
}

impl Windows {
    /// Starts with nothing counted.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (timelines, hasher) = Default::default();
        Self { clock, timelines, hasher, most_names: MOST_NAMES }
    }

    /// Counts an event under every name, or returns how many seconds to wait. A rejected event does not count.
    pub fn check(&self, limits: &[Limit]) -> Result<(), u64> {
        let mut timelines = self.timelines.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that events are in order.
        let now = self.clock.since_boot();
        timelines.iter_mut().for_each(|timeline| timeline.forget(now));
        for limit in limits {
            if !timelines.iter().any(|timeline| timeline.window == limit.window) {
                let (events, times) = Default::default();
                timelines.push(Timeline { window: limit.window, events, times });
            }
        }
        let mut counted = Vec::new();
        let mut longest = None;
        for limit in limits {
            let Some(index) = timelines.iter().position(|it| it.window == limit.window) else { continue };
            let timeline = &timelines[index];
            let name = self.key(timeline, &limit.name, limit.most);
            let mut wait = timeline.wait(&name, limit.most, now);
            counted.push((index, name.clone()));
            if let Some(Beyond { ceiling, shares }) = &limit.beyond {
                let mut shared = timeline.wait(&name, *ceiling, now);
                for (share, most) in shares {
                    let share = self.key(timeline, share, *most);
                    shared = shared.max(timeline.wait(&share, *most, now));
                    counted.push((index, share));
                }
                // Whichever allows it sooner.
                wait = wait.min(shared);
            }
            longest = longest.max(wait);
        }
        if let Some(wait) = longest {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(seconds.max(1));
        }
        for (index, name) in counted {
            timelines[index].count(name, now);
        }
        Ok(())
    }

    /// Returns the name to count under: the name itself, or a bucket if there are too many. A name in a bucket stays
    /// there until the bucket is empty, so that no one starts over by making others fill the room.
    fn key(&self, timeline: &Timeline, name: &str, most: usize) -> Arc<str> {
        if let Some((known, _)) = timeline.times.get_key_value(name) {
            return known.clone();
        }
        // Limits of the same size share buckets. No other name starts like this.
        let bucket = format!("*{most}:{}", self.hasher.hash_one(name) % BUCKETS);
        match timeline.times.get_key_value(bucket.as_str()) {
            Some((known, _)) => known.clone(),
            None if timeline.times.len() < self.most_names => name.into(),
            None => bucket.into(),
        }
    }
}

/// Who calls an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A merchant who has connected it.
    Its,
    /// A merchant who has not, while another one has.
    Other,
    /// A merchant, while no one has connected it.
    Any,
}

/// Limits calls that leave the server.
pub struct CallLimits(Arc<dyn Tally>);

impl CallLimits {
    /// Creates limits that are counted by `tally`.
    pub fn new(tally: Arc<dyn Tally>) -> Self {
        Self(tally)
    }

    /// Counts a call, or returns how many seconds to wait. A rejected call does not count. Others' calls to a connected
    /// account leave its own merchant's share alone, however many guess at its key.
    pub async fn check(&self, merchant: &str, account: &Account, asker: Asker) -> Result<(), CallError> {
        // No merchant id contains a colon.
        let mut limits = vec![
            Limit::new(format!("merchant:{merchant}"), PER_MERCHANT, WINDOW),
            Limit::new(format!("account:{account}"), PER_ACCOUNT, WINDOW),
        ];
        if asker == Asker::Other {
            limits.push(Limit::new(format!("others:{account}"), PER_ACCOUNT_FOR_OTHERS, WINDOW));
        }
        self.0.check(&limits).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
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

    fn account(name: &str) -> Account {
        format!("gorgias:{name}").parse().unwrap()
    }

    fn check(limits: &CallLimits, merchant: &str, name: &str) -> Result<(), CallError> {
        now(limits.check(merchant, &account(name), Asker::Any))
    }

    /// Returns the result of a future that is ready.
    fn now<T>(ready: impl Future<Output = T>) -> T {
        ready.now_or_never().unwrap()
    }

    /// Returns limits without any calls, and the windows that count them.
    fn limits(clock: &Arc<Seconds>) -> (CallLimits, Arc<Windows>) {
        let windows = Arc::new(Windows::new(clock.clone()));
        (CallLimits::new(windows.clone()), windows)
    }

    fn names(windows: &Windows) -> usize {
        windows.timelines.lock().unwrap().iter().map(|timeline| timeline.times.len()).sum()
    }

    fn wait(result: Result<(), CallError>) -> u64 {
        match result {
            Err(CallError::TooManyCalls { retry_after }) => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn merchant_has_twenty_calls_per_minute() {
        let clock = Arc::new(Seconds::default());
        let (limits, _) = limits(&clock);
        for call in 0..20 {
            clock.0.store(call * 1000, Ordering::Relaxed);
            check(&limits, "m1", &format!("s{call}")).unwrap();
        }
        assert_eq!(wait(check(&limits, "m1", "s")), 41);
        check(&limits, "m2", "s").unwrap();
        clock.0.store(59_500, Ordering::Relaxed);
        assert_eq!(wait(check(&limits, "m1", "s")), 1);
        clock.0.store(60_000, Ordering::Relaxed);
        check(&limits, "m1", "s").unwrap();
        assert_eq!(wait(check(&limits, "m1", "s")), 1, "one left the window, one came in");
    }

    #[test]
    fn account_has_sixty_calls_per_minute() {
        let clock = Arc::new(Seconds::default());
        let (limits, windows) = limits(&clock);
        for call in 0..60 {
            check(&limits, &format!("m{}", call / 20), "shop").unwrap();
        }
        assert_eq!(wait(check(&limits, "m9", "shop")), 60);
        check(&limits, "m9", "other").unwrap();
        clock.0.store(60_000, Ordering::Relaxed);
        check(&limits, "m9", "shop").unwrap();
        assert_eq!(names(&windows), 2, "only callers of the last minute");
    }

    #[test]
    fn strangers_cannot_use_up_the_merchants_calls() {
        let clock = Arc::new(Seconds::default());
        let (limits, _) = limits(&clock);
        let shop = account("shop");
        let asks = |merchant: &str, asker| now(limits.check(merchant, &shop, asker));
        let strangers = (0..60).filter(|call| asks(&format!("m{call}"), Asker::Other).is_ok()).count();
        assert_eq!(strangers, PER_ACCOUNT_FOR_OTHERS);
        for _ in 0..PER_MERCHANT {
            asks("own", Asker::Its).unwrap();
        }
        assert_eq!(wait(asks("own", Asker::Its)), 60);
        assert_eq!(wait(asks("partner", Asker::Its)), 60, "sixty in total, whoever asks");
    }

    #[test]
    fn shared_limit_keeps_room_for_fresh_clients() {
        let clock = Arc::new(Seconds::default());
        let windows = Windows::new(clock.clone());
        let hour = Duration::from_secs(3_600);
        let asks = |who: &str| {
            windows.check(&[Limit::new("all", 10, hour).beyond(15, vec![(format!("of:{who}"), 1)])])
        };
        for _ in 0..10 {
            asks("stranger").unwrap();
        }
        assert_eq!(asks("stranger"), Err(3_600));
        for fresh in 0..5 {
            asks(&format!("fresh{fresh}")).unwrap();
        }
        assert_eq!(asks("fresh9"), Err(3_600), "the ceiling");
        clock.0.store(3_600_000, Ordering::Relaxed);
        asks("stranger").unwrap();
    }

    #[test]
    fn windows_expire_separately() {
        let clock = Arc::new(Seconds::default());
        let windows = Windows::new(clock.clone());
        let (minute, hour) = (WINDOW, Duration::from_secs(3_600));
        windows.check(&[Limit::new("a", 1, minute), Limit::new("b", 1, hour)]).unwrap();
        assert_eq!(names(&windows), 2);
        clock.0.store(60_000, Ordering::Relaxed);
        assert_eq!(windows.check(&[Limit::new("b", 1, hour)]), Err(3_540));
        assert_eq!(names(&windows), 1);
        windows.check(&[Limit::new("a", 1, minute)]).unwrap();
        clock.0.store(3_600_000, Ordering::Relaxed);
        windows.check(&[]).unwrap();
        assert_eq!(names(&windows), 0);
        assert!(windows.timelines.lock().unwrap().iter().all(|timeline| timeline.events.is_empty()));
    }

    /// Using up a limit before or while made-up names fill the room gains nothing.
    #[test]
    fn full_room_forgets_no_one() {
        let clock = Arc::new(Seconds::default());
        let windows = Windows { most_names: 100, ..Windows::new(clock.clone()) };
        let asks = |who: &str| windows.check(&[Limit::new(who, 2, WINDOW)]);
        let early = (0..5).filter(|_| asks("early").is_ok()).count();
        for made_up in 0..99 {
            let _ = asks(&format!("made up {made_up}"));
        }
        clock.0.store(30_000, Ordering::Relaxed);
        let late = (0..5).filter(|_| asks("late").is_ok()).count();
        assert_eq!((early, late), (2, 2));
        assert!(asks("early").is_err());
        assert_eq!(names(&windows), 101);
        // The room is empty again, but not the late caller's count.
        clock.0.store(60_000, Ordering::Relaxed);
        assert!(asks("late").is_err());
        asks("early").unwrap();
        clock.0.store(90_000, Ordering::Relaxed);
        asks("late").unwrap();
    }
}
