//! Medians, percentiles, and the result table.

use std::{fmt::Display, time::Duration};

/// One line of the table.
pub struct Line {
    what: String,
    ours: String,
    baseline: String,
    /// The ratio of ours to the baseline, and the target.
    ratio: String,
    aim: String,
}

impl Line {
    /// Creates a line without a ratio.
    pub fn new(what: impl Into<String>, ours: impl Display, baseline: impl Display) -> Self {
        Self {
            what: what.into(),
            ours: ours.to_string(),
            baseline: baseline.to_string(),
            ratio: String::new(),
            aim: String::new(),
        }
    }

    /// Adds the ratio of these two figures.
    pub fn with_ratio(mut self, ours: f64, baseline: f64) -> Self {
        self.ratio = format!("{:.2}", ours / baseline);
        self
    }

    /// Adds the target, and whether it was reached.
    pub fn aims(mut self, aim: impl Display, reached: bool) -> Self {
        self.aim = format!("{aim}: {}", if reached { "reached" } else { "missed" });
        self
    }
}

/// Prints the lines as the table in docs/benchmarks.md.
pub fn print(lines: &[Line]) {
    println!("| what | ours | baseline | ratio | aim |");
    println!("|---|--:|--:|--:|---|");
    for Line { what, ours, baseline, ratio, aim } in lines {
        println!("| {what} | {ours} | {baseline} | {ratio} | {aim} |");
    }
}

/// Returns the median.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// Returns the value below which this share of the values lies.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() as f64 * part) as usize).or(sorted.get(last)).copied().unwrap_or(f64::NAN)
}

/// Formats a whole number with thousands separators.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Converts to milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
