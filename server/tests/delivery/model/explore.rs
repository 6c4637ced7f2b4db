//! Explores every order of events: a world asks what happens next, and a tape answers. 0 is the normal case.

/// Answers a world's questions.
pub trait Tape {
    /// Returns one of `0..options`.
    fn choose(&mut self, options: usize) -> usize;
}

/// Gives the scripted answers, then 0, and records how many options each question had.
#[derive(Default)]
struct Written {
    answers: Vec<usize>,
    options: Vec<usize>,
}

impl Tape for Written {
    fn choose(&mut self, options: usize) -> usize {
        let answer = self.answers.get(self.options.len()).copied().unwrap_or(0);
        self.options.push(options);
        answer
    }
}

/// Runs one story per combination of answers with at most `unusual` answers other than 0. Stops early when `told`
/// returns true. Returns the number of stories.
pub fn every_order(unusual: usize, mut told: impl FnMut(&mut dyn Tape) -> bool) -> usize {
    let mut stories = 0;
    let mut open = vec![Vec::new()];
    while let Some(answers) = open.pop() {
        let used = answers.iter().filter(|answer| **answer != 0).count();
        let from = answers.len();
        let mut tape = Written { answers, options: Vec::new() };
        stories += 1;
        if told(&mut tape) {
            return stories;
        }
        if used == unusual {
            continue;
        }
        for at in from..tape.options.len() {
            for answer in 1..tape.options[at] {
                let mut next = tape.answers.clone();
                next.resize(at, 0);
                next.push(answer);
                open.push(next);
            }
        }
    }
    stories
}

/// Answers at random from a seed (SplitMix64): one answer in four is unusual, without a limit.
pub struct ByChance(pub u64);

impl Tape for ByChance {
    fn choose(&mut self, options: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        if z & 3 == 0 { ((z >> 2) % options as u64) as usize } else { 0 }
    }
}
