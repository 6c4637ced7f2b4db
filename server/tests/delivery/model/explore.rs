//! Every order of events: a world asks what happens next, and a tape answers. What is usual is 0.

/// Answers each question of a world.
pub trait Tape {
    /// One of `0..options`.
    fn choose(&mut self, options: usize) -> usize;
}

/// Answers as written, then 0; and writes down how many answers there were to each.
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

/// Tells a story for every way to answer in which at most so many answers are not 0. Ends early when `told` says so;
/// answers how many there were.
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

/// Answers by chance from a seed (SplitMix64): one in four is unusual, however many that makes.
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
