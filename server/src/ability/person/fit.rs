//! Fits the model's weights to labelled sentences. Only the build and the tests run it; the program contains the weights.
//!
//! A linear support vector machine with squared loss, by coordinate descent in its dual: a few passes over the examples
//! with additions, multiplications and divisions only, one after the other, so that every machine gets the same bytes.

use super::{
    model::{BUCKETS, UNIT, features},
    rules::Read,
    words::Text,
};

/// A larger value makes the fit follow its examples more closely and generalise less.
const CLOSENESS: f32 = 1.5;
const PASSES: usize = 10;

/// An example as buckets and values of length 1, and whether it asks for a person.
struct Example {
    features: Vec<(usize, f32)>,
    square: f32,
    sign: f32,
}

/// Returns the weights fitted to these lines, each a language, a label and a sentence, separated by tabs. Skips empty lines
/// and comments (`#`).
pub fn fit(lines: &str) -> Vec<u8> {
    let slack = 0.5 / CLOSENESS;
    let lines = lines.lines().filter(|line| !line.starts_with('#'));
    let examples: Vec<Example> = lines.filter_map(read).collect();
    let mut weights = vec![0.0_f32; BUCKETS];
    let mut pulls = vec![0.0_f32; examples.len()];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 1_u64;
    for _ in 0..PASSES {
        for last in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (random >> 33) as usize % (last + 1));
        }
        for &at in &order {
            let Example { features, square, sign } = &examples[at];
            let margin: f32 = features.iter().map(|(bucket, value)| weights[*bucket] * value).sum();
            let excess = sign * margin - 1.0 + slack * pulls[at];
            let pull = (pulls[at] - excess / (square + slack)).max(0.0);
            let step = (pull - pulls[at]) * sign;
            pulls[at] = pull;
            features.iter().for_each(|(bucket, value)| weights[*bucket] += step * value);
        }
    }
    weights.iter().map(|weight| ((weight * UNIT).round() as i8).cast_unsigned()).collect()
}

fn read(line: &str) -> Option<Example> {
    let mut columns = line.split('\t').skip(1);
    let (label, sentence) = (columns.next()?, columns.next()?);
    let text = Text::read(sentence);
    let read = Read::of(&text);
    let mut found = Vec::new();
    let mut squares = 0;
    features(&read, read.wish(), |bucket, value| {
        found.push((bucket, value));
        squares += value * value;
    });
    let length = (squares as f32).sqrt();
    found.sort_unstable();
    let mut features: Vec<(usize, f32)> = Vec::with_capacity(found.len());
    for (bucket, value) in found {
        let value = value as f32 / length;
        match features.last_mut() {
            Some((last, sum)) if *last == bucket => *sum += value,
            _ => features.push((bucket, value)),
        }
    }
    let square = features.iter().map(|(_, value)| value * value).sum();
    Some(Example { features, square, sign: if label == "asked_for_human" { 1.0 } else { -1.0 } })
}
