//! The evaluation set of Handover to human: reads and splits it, and counts how often the ability is right.
//!
//! A third is held out from tuning: change rules based on the tuning part, and look only at the totals of the rest. The
//! first 599 examples and the rules have the same author, so both parts are easier than real shoppers. Measure
//! additions (ideally real messages) before changing any rule. The text decides which part an example belongs to, so
//! adding examples does not move others.

use app::model::Faq;
use convi_server::ability::{
    assistant::{Assistant, AssistantAnswer, WordMatch},
    handover::{Assistance, Reason, ShopperTurn, THRESHOLD, signals},
};
use std::{collections::BTreeMap, fmt};

const EXAMPLES: &str = include_str!("../data/handover_examples.tsv");
/// Requests for a person, and messages that only look like one, by a writer who had not seen the rules or the examples.
/// No one looks at the misjudged sentences: once anyone does, the file belongs to the examples, and another exam has to be
/// written.
const EXAM: &str = include_str!("../data/person_exam.tsv");
const FAQ: &str = include_str!("../data/handover_faq.tsv");
const TOPICS: &str = include_str!("../data/handover_topics.txt");

/// The modes, by the wire names of their reasons.
pub const MODES: [&str; 5] = ["asked_for_human", "angry", "repeated_question", "topic", "no_answer"];

/// One written example.
pub struct Example {
    pub language: &'static str,
    pub labels: Vec<&'static str>,
    pub text: &'static str,
    pub earlier: Vec<&'static str>,
    /// Held out from tuning.
    pub held_out: bool,
}

/// Returns all examples, in file order.
pub fn examples() -> Vec<Example> {
    read(EXAMPLES)
}

fn read(file: &'static str) -> Vec<Example> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or_default();
            let (language, labels, text, earlier) = (next(), next(), next(), next());
            Example {
                language,
                labels: labels.split(',').collect(),
                text,
                earlier: earlier.split(" ~~ ").filter(|text| !text.is_empty()).collect(),
                held_out: hash(&[text, earlier]) % 100 < 35,
            }
        })
        .collect()
}

/// Computes FNV-1a, which is the same on every machine and in every version of Rust, unlike `std`'s hashes.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    // The low bits of FNV depend only on the low bits of the input bytes.
    mixed ^ (mixed >> 32)
}

/// How often a mode was right.
#[derive(Clone, Copy, Default)]
pub struct Count {
    pub right: u32,
    pub wrong: u32,
    pub missed: u32,
}

impl Count {
    /// Returns the share of handovers that were correct.
    pub fn precision(self) -> f64 {
        ratio(self.right, self.wrong)
    }

    /// Returns the share of expected handovers that happened.
    pub fn recall(self) -> f64 {
        ratio(self.right, self.missed)
    }
}

fn ratio(part: u32, rest: u32) -> f64 {
    if part + rest == 0 { 1.0 } else { f64::from(part) / f64::from(part + rest) }
}

/// How often a request for a person was found in the exam, and a look-alike left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub found: u32,
    pub requests: u32,
    pub left_alone: u32,
    pub look_alikes: u32,
}

/// Takes the exam. Counts by language, and `all` for all of them.
pub fn heard() -> BTreeMap<&'static str, Heard> {
    let mut counts = BTreeMap::<_, Heard>::new();
    for example in read(EXAM) {
        let turn = ShopperTurn { text: example.text, ..ShopperTurn::default() };
        let asks = signals(&[], &turn)
            .iter()
            .any(|signal| signal.reason == Reason::AskedForHuman && signal.confidence >= THRESHOLD);
        for language in ["all", example.language] {
            let count = counts.entry(language).or_default();
            if example.labels.contains(&MODES[0]) {
                count.requests += 1;
                count.found += u32::from(asks);
            } else {
                count.look_alikes += 1;
                count.left_alone += u32::from(!asks);
            }
        }
    }
    counts
}

/// The counts, by mode and language (`all` for all languages).
pub struct Evaluation {
    pub counts: BTreeMap<(bool, &'static str, &'static str), Count>,
    pub examples: BTreeMap<bool, usize>,
    /// In the tuning part only.
    pub mistakes: Vec<String>,
}

impl Evaluation {
    /// Evaluates every example.
    pub fn run() -> Self {
        let faq: Vec<Faq> = FAQ
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .map(|(question, answer)| Faq { question: question.to_owned(), answer: answer.to_owned() })
            .collect();
        let topics: Vec<String> = TOPICS.lines().map(str::to_owned).collect();
        let mut evaluation =
            Self { counts: BTreeMap::new(), examples: BTreeMap::new(), mistakes: Vec::new() };
        for example in examples() {
            evaluation.add(&example, &faq, &topics);
        }
        evaluation
    }

    fn add(&mut self, example: &Example, faq: &[Faq], topics: &[String]) {
        *self.examples.entry(example.held_out).or_default() += 1;
        // This list of answers is not about the other examples, so it has no entry for them.
        let asked = example.labels.iter().any(|label| ["faq", "no_answer"].contains(label));
        let assistance = match asked.then(|| WordMatch.answer(example.text, faq)) {
            None => Assistance::NotAsked,
            Some(AssistantAnswer::Found { .. }) => Assistance::Answered,
            Some(AssistantAnswer::DontKnow) => Assistance::NoAnswer,
        };
        let turn = ShopperTurn { text: example.text, earlier: &example.earlier, assistance };
        let found: Vec<_> =
            signals(topics, &turn).into_iter().filter(|signal| signal.confidence >= THRESHOLD).collect();
        for mode in MODES {
            let signal = found.iter().find(|signal| signal.reason.wire_name() == mode);
            let expected = example.labels.contains(&mode);
            for language in ["all", example.language] {
                let count = self.counts.entry((example.held_out, mode, language)).or_default();
                match (expected, signal.is_some()) {
                    (true, true) => count.right += 1,
                    (false, true) => count.wrong += 1,
                    (true, false) => count.missed += 1,
                    (false, false) => {}
                }
            }
            if expected != signal.is_some() && !example.held_out {
                let what = if expected { "missed" } else { "wrong " };
                let why = signal.map_or("", |signal| &signal.why);
                self.mistakes.push(format!(
                    "{what} {mode} [{}] {} {:?}  {why}",
                    example.language, example.text, example.earlier
                ));
            }
        }
    }

    /// Returns the count of a mode over all languages.
    pub fn mode(&self, held_out: bool, mode: &'static str) -> Count {
        self.counts.get(&(held_out, mode, "all")).copied().unwrap_or_default()
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for held_out in [false, true] {
            let part = if held_out { "Held out" } else { "Tuning" };
            let size = self.examples.get(&held_out).copied().unwrap_or_default();
            writeln!(f, "{part}: {size} examples")?;
            writeln!(
                f,
                "  {:<18} {:<4} {:>9} {:>7} {:>6} {:>6} {:>7}",
                "mode", "", "precision", "recall", "right", "wrong", "missed"
            )?;
            for mode in MODES {
                for language in ["all", "en", "fr", "de", "es"] {
                    let count = self.counts.get(&(held_out, mode, language)).copied().unwrap_or_default();
                    let name = if language == "all" { mode } else { "" };
                    writeln!(
                        f,
                        "  {name:<18} {language:<4} {:>9.3} {:>7.3} {:>6} {:>6} {:>7}",
                        count.precision(),
                        count.recall(),
                        count.right,
                        count.wrong,
                        count.missed
                    )?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
