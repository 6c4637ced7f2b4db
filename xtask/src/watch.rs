//! Tells a step that hangs from one that works, however long that takes.
//!
//! A step works while it prints, uses CPU, moves bytes, or starts and ends processes: it, or anything that it started. It
//! works as well while it waits for a lock and whoever has the lock works. There is no limit for all of a step: a slow
//! machine may take as long as it needs.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::duration::seconds;
use crate::processes::{self, Family, Key, Lock, Process};

/// How long a step may do nothing at all.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// A program that waits still wakes up now and then: less than this part of a CPU is not work.
const LEAST_CPU: u32 = 3_000;
/// The same for what it reads and writes. A download that uses no CPU to speak of moves more.
const LEAST_BYTES: u64 = 64 * 1024;
/// How often a step is looked at in the time of its patience.
const LOOKS: u32 = 300;
/// A gap between two looks that is nothing unusual.
const SHORT_GAP: Duration = Duration::from_millis(100);
/// How many processes an error names.
const NAMED: usize = 8;
/// What cargo prints when it waits for another cargo.
const CARGO_WAITS: &str = "waiting for file lock";

/// What can be seen of a step at one moment.
#[derive(Clone, Default)]
struct Sight {
    printed: u64,
    cpu: Duration,
    bytes: u64,
    processes: HashSet<Key>,
}

/// How long a step has done nothing: decides by what was seen and how much time passed between.
struct Stillness {
    patience: Duration,
    since: Sight,
    lasts: Duration,
}

impl Stillness {
    /// Takes a look into account. Returns true if the patience has come to its end.
    fn look(&mut self, sight: Sight, passed: Duration) -> bool {
        let worked = sight.printed != self.since.printed
            || sight.processes != self.since.processes
            || sight.cpu.saturating_sub(self.since.cpu) >= self.patience / LEAST_CPU
            || sight.bytes.saturating_sub(self.since.bytes) >= LEAST_BYTES;
        if worked {
            self.since = sight;
            self.lasts = Duration::ZERO;
        } else {
            // xtask itself may have been stopped, or have got no CPU: nobody looked in that time.
            self.lasts += passed.min((self.patience / LOOKS * 5).max(SHORT_GAP));
        }
        self.lasts >= self.patience
    }
}

/// Looks after one step.
pub struct Watch {
    family: Family,
    stillness: Stillness,
    last_look: Instant,
}

impl Watch {
    /// `mark` is in the environment of the process `root` and so of all that it starts.
    pub fn over(root: u32, mark: String, patience: Duration) -> Self {
        Self {
            family: Family::of(root, mark),
            stillness: Stillness { patience, since: Sight::default(), lasts: Duration::ZERO },
            last_look: Instant::now(),
        }
    }

    /// What the step was doing, if it has done nothing for too long. `printed` is how many bytes it has printed so far.
    pub fn hangs(&mut self, printed: u64, last_line: &str) -> Option<String> {
        let passed = self.last_look.elapsed();
        if passed < self.stillness.patience / LOOKS {
            return None;
        }
        self.last_look = Instant::now();
        let all = processes::all();
        let members = self.family.members(&all);
        if members.is_empty() {
            // There is no /proc to look at, or the step has ended.
            return None;
        }
        let locks = awaited_by(&members);
        let waits = !locks.is_empty() || last_line.contains(CARGO_WAITS);
        let others = if waits { working_for(&all, &members, &locks) } else { Vec::new() };
        let seen = || members.iter().chain(&others);
        let sight = Sight {
            printed,
            cpu: seen().map(|it| it.cpu).sum(),
            bytes: seen().map(Process::bytes).sum(),
            processes: seen().map(Process::key).collect(),
        };
        if !self.stillness.look(sight, passed) {
            return None;
        }
        if seen().any(Process::wants_to_work) {
            // It would work, but a busy machine gives it no CPU.
            self.stillness.lasts = Duration::ZERO;
            return None;
        }
        Some(describe(self.stillness.lasts, &members, &locks, waits, last_line))
    }

    /// Ends the step with all that it started.
    pub fn kill(&mut self) {
        self.family.kill();
    }
}

/// The locks that one of the step's processes waits for and a process outside may have.
fn awaited_by(members: &[Process]) -> Vec<Lock> {
    let mut locks = processes::awaited_locks();
    locks.retain(|lock| members.iter().any(|it| it.id == lock.waiter));
    locks
}

/// Who works so that the lock becomes free: its holder, or any other cargo where the holder is not known.
fn working_for(all: &[Process], members: &[Process], locks: &[Lock]) -> Vec<Process> {
    let holders: HashSet<u32> = locks.iter().filter_map(|lock| lock.holder).collect();
    let is_member = |it: &Process| members.iter().any(|member| member.id == it.id);
    let ours = processes::own_line(all);
    let found: HashSet<Key> = all.iter().filter(|it| holders.contains(&it.id)).map(Process::key).collect();
    let roots = if found.is_empty() {
        all.iter().filter(|it| it.name == "cargo" && !ours.contains(&it.id)).map(Process::key).collect()
    } else {
        found
    };
    let mut others = processes::with_descendants(all, roots);
    others.retain(|it| !is_member(it) && !ours.contains(&it.id));
    others
}

fn describe(time: Duration, members: &[Process], locks: &[Lock], waits: bool, last_line: &str) -> String {
    let mut text = format!("it printed nothing and used no CPU for {}, and was ended.", seconds(time));
    if last_line.is_empty() {
        text += " It had printed nothing at all.";
    } else {
        let _ = write!(text, " Its last line was: {last_line}");
    }
    for lock in locks {
        let file = lock.path().map_or_else(|| "a file".to_owned(), |path| path.display().to_string());
        let _ = write!(text, "\n  It waited for the lock on {file}");
        if let Some(holder) = lock.holder {
            let _ = write!(text, ", which process {holder} has");
        }
    }
    if waits && locks.is_empty() {
        text += "\n  It waited for a lock that another cargo has.";
    }
    for process in members.iter().take(NAMED) {
        let _ = write!(text, "\n  process {}: {}", process.id, process.command());
    }
    if let Some(more) = members.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let _ = write!(text, "\n  and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::{PATIENCE, Sight, Stillness};

    const SECOND: Duration = Duration::from_secs(1);

    /// After how many seconds a step is given up that looks like this after so many; none within an hour.
    fn given_up(sight: impl Fn(u64) -> Sight, passed: Duration) -> Option<u64> {
        let mut stillness = Stillness { patience: PATIENCE, since: Sight::default(), lasts: Duration::ZERO };
        (1..=3_600).find(|second| stillness.look(sight(*second), passed))
    }

    #[test]
    fn a_step_that_does_nothing_is_given_up_after_five_minutes() {
        assert_eq!(given_up(|_| Sight::default(), SECOND), Some(300));
    }

    #[test]
    fn a_line_now_and_then_is_work() {
        assert_eq!(given_up(|second| Sight { printed: second / 299, ..Sight::default() }, SECOND), None);
    }

    #[test]
    fn a_thousandth_of_a_cpu_is_work() {
        let sight = |second| Sight { cpu: Duration::from_millis(second), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn what_a_waiting_program_uses_is_no_work() {
        let sight = |second| Sight { cpu: Duration::from_micros(100 * second), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), Some(300));
    }

    #[test]
    fn a_slow_download_is_work() {
        let sight = |second| Sight { bytes: 1_000 * second, ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn processes_that_come_and_go_are_work() {
        let sight = |second: u64| Sight { processes: HashSet::from([(7, second / 60)]), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn time_in_which_nobody_looked_does_not_count() {
        // Stopped with Ctrl-Z for an hour at each look: five seconds of each count.
        assert_eq!(given_up(|_| Sight::default(), SECOND * 3_600), Some(60));
    }
}
