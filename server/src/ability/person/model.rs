//! The model: weighs the words of a message, and what the rules know about them, against examples.
//!
//! A rule is only right about the sentences it was written for. The model recognizes other requests, and overrules a
//! rule that was misled. It reads words, pieces of words (for typos and endings), and above all the kinds that the rules
//! assign to words, their order, and whether a rule matched. Each of these is a feature, hashed into a bucket that has a
//! weight. The build fits the weights (`fit.rs`) with this same file, so both compute the same features.

use super::rules::{Match, Read};

/// Weights of the model, one byte each: 32 kB of the program.
pub const BUCKETS: usize = 1 << 15;
/// The byte that stands for a weight of 1.
pub const UNIT: f32 = 24.0;
/// The model was not fitted to messages with more words than this, so the rules alone decide about them.
pub const LONGEST: usize = 120;

/// The value of an ordinary feature, and of one that occurs in large numbers.
const FULL: i32 = 2;
const HALF: i32 = 1;

/// Returns how certain it is that a message asks for a person: fitted to be above 1 if it does, and below -1 if not.
pub fn margin(weights: &[u8; BUCKETS], read: &Read<'_>, wish: Option<Match>) -> f32 {
    let (mut sum, mut squares) = (0, 0);
    features(read, wish, |bucket, value| {
        sum += i32::from(weights[bucket].cast_signed()) * value;
        squares += value * value;
    });
    sum as f32 / (squares as f32).sqrt() / UNIT
}

/// Calls `take` with the bucket and the value of each feature. Dividing by the root of the sum of squares makes long and
/// short messages comparable.
pub fn features(read: &Read<'_>, wish: Option<Match>, mut take: impl FnMut(usize, i32)) {
    // The group keeps features of different sorts apart.
    let mut add = |value: i32, group: u64, a: u64, b: u64| {
        take((mix(mix(mix(0, group), a), b) >> (64 - BUCKETS.ilog2())) as usize, value);
    };
    add(FULL, 0, 0, 0);
    add(FULL, 1, wish.is_some().into(), 0);
    if let Some(wish) = wish {
        add(FULL, 2, wish.rule as u64, 0);
    }
    let words = &read.text.words;
    let hashes: Vec<u64> = words.iter().map(|word| hash(&word.text)).collect();
    for (at, word) in words.iter().enumerate() {
        let asks = read.text.asks(word.sentence).into();
        let together = |other: &usize| words.get(*other).is_some_and(|other| other.sentence == word.sentence);
        let before = at.checked_sub(1).filter(together);
        let after = Some(at + 1).filter(together);
        // The word; the word with the next one, or as the last word of a question or a statement.
        add(FULL, 3, hashes[at], 0);
        match after {
            Some(after) => add(HALF, 4, hashes[at], hashes[after]),
            None => add(HALF, 5, hashes[at], asks),
        }
        if before.is_none() {
            add(HALF, 6, hashes[at], 0);
            add(FULL, 7, asks, 0);
        }
        // Its kinds: alone, with the rules' view of the word, and with the words and the kinds around it.
        let stance = read.stance(at);
        if let Some(stance) = stance {
            add(FULL, 8, stance, 0);
        }
        for kind in kinds(read.tags[at]) {
            add(FULL, 9, kind, 0);
            if let Some(stance) = stance {
                add(FULL, 10, kind, stance);
                bits(stance).for_each(|bit| add(FULL, 11, kind, bit));
            }
            match before {
                Some(before) => add(HALF, 12, kind, hashes[before]),
                None => add(FULL, 13, kind, 0),
            }
            match after {
                Some(after) => {
                    add(HALF, 14, kind, hashes[after]);
                    kinds(read.tags[after]).for_each(|next| add(FULL, 15, kind, next));
                }
                None => add(FULL, 16, kind, asks),
            }
            for near in (at + 2..at + 6).filter(together) {
                kinds(read.tags[near]).for_each(|later| add(FULL, 17, kind, later));
            }
        }
        if word.text.len() >= 4 && hashes[at] != NUMBER {
            // The last bytes, the newest one lowest: the lower n bytes are a piece of n letters.
            let mut last = u64::from(b'<');
            for (count, byte) in word.text.bytes().chain([b'>']).enumerate() {
                last = last << 8 | u64::from(byte);
                for length in 3..=(count + 2).min(5) {
                    add(HALF, 18, last & ((1 << (8 * length)) - 1), 0);
                }
            }
        }
    }
}

/// The kinds of a word; one more for a word without any.
fn kinds(tag: u64) -> impl Iterator<Item = u64> {
    bits(tag).chain((tag == 0).then_some(64))
}

fn bits(mut set: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let lowest = (set != 0).then(|| u64::from(set.trailing_zeros()))?;
        set &= set - 1;
        Some(lowest)
    })
}

/// All numbers count as one word.
const NUMBER: u64 = 1;

fn hash(word: &str) -> u64 {
    if word.bytes().any(|byte| byte.is_ascii_digit()) {
        return NUMBER;
    }
    word.bytes().fold(0, |hash, byte| mix(hash, byte.into()))
}

/// Mixes a number into a hash. This is not `std`'s hash, which may change with the compiler.
fn mix(hash: u64, next: u64) -> u64 {
    let mixed = (hash ^ next).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 32)
}
