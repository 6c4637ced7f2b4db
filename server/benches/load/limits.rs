//! The cost of a rate limit while it tracks many keys, compared with the earlier map that every check walked.

use crate::figures::{Line, whole};
use anyhow::Result;
use convi_server::{
    clock::SystemClock,
    limits::{Limit, Windows},
};
use domain::clock::Clock;
use std::{
    collections::{HashMap, VecDeque},
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

const NAMES: [usize; 3] = [1_000, 36_000, 100_000];
/// More than are used: each check counts.
const MOST: usize = 100_000_000;
const HOUR: Duration = Duration::from_secs(3_600);
/// Time per figure.
const TIME: Duration = Duration::from_secs(1);

pub fn measure() -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut first = None;
    for names in NAMES {
        let windows = Windows::new(Arc::new(SystemClock));
        for name in 0..names {
            let _ = windows.check(&[Limit::new(named(name), MOST, HOUR)]);
        }
        let ours = a_second(names, |name| {
            let _ = black_box(windows.check(&[Limit::new(name, MOST, HOUR)]));
        });
        let mut walked = Walked::full(names);
        let baseline = a_second(names, |name| walked.check(name, MOST));
        let least = *first.get_or_insert(ours);
        let what = format!("limits: checks per second beside {} names", whole(names as f64));
        lines.push(
            Line::new(what, whole(ours), whole(baseline))
                .with_ratio(ours, baseline)
                .aims("at least a quarter of the first (caches)", ours >= least / 4.0),
        );
    }
    Ok(lines)
}

/// Returns checks per second, after each key has been seen once.
fn a_second(names: usize, mut check: impl FnMut(String)) -> f64 {
    let began = Instant::now();
    let mut checks = 0;
    while began.elapsed() < TIME {
        check(named(checks % names));
        checks += 1;
    }
    f64::from(u32::try_from(checks).unwrap_or(u32::MAX)) / began.elapsed().as_secs_f64()
}

fn named(name: usize) -> String {
    format!("visitors:{name}")
}

/// The earlier implementation: all keys under one lock, and each check scans them for expired entries.
#[derive(Default)]
struct Walked(std::sync::Mutex<HashMap<String, VecDeque<Duration>>>);

impl Walked {
    fn full(names: usize) -> Self {
        let now = SystemClock.since_boot();
        Self(std::sync::Mutex::new((0..names).map(|name| (named(name), VecDeque::from([now]))).collect()))
    }

    fn check(&mut self, name: String, most: usize) {
        let Ok(mut all) = self.0.lock() else { return };
        let now = SystemClock.since_boot();
        all.retain(|_, times| {
            while times.front().is_some_and(|then| now.saturating_sub(*then) >= HOUR) {
                times.pop_front();
            }
            !times.is_empty()
        });
        let times = all.entry(name).or_default();
        if times.len() < most {
            times.push_back(now);
        }
    }
}
