//! Tells a hanging step from a slow one.
//!
//! A step is working while it, or any of its descendants, prints, uses CPU, transfers bytes, or starts and ends
//! processes. It also counts as working while it waits for a lock whose holder is working. There is no time limit for a
//! whole step: a slow machine may take as long as it needs.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::duration::seconds;
use crate::processes::{self, Family, Key, Lock, Process};

/// How long a step may do nothing at all.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// Waiting programs also wake up now and then: using less than 1/3,000 of a CPU is not work.
const LEAST_CPU: u32 = 3_000;
/// The same limit for bytes read and written. Even a download that hardly uses any CPU transfers more.
const LEAST_BYTES: u64 = 64 * 1024;
/// How often a step is checked during the patience.
const LOOKS: u32 = 300;
/// A gap between two checks that is normal.
const SHORT_GAP: Duration = Duration::from_millis(100);
/// How many processes an error lists.
const NAMED: usize = 8;
/// What cargo prints while it waits for another cargo.
const CARGO_WAITS: &str = "waiting for file lock";

/// A snapshot of a step.
#[derive(Clone, Default)]
struct Sight {
    printed: u64,
    cpu: Duration,
    bytes: u64,
    processes: HashSet<Key>,
}

/// Measures how long a step has done nothing, from snapshots and the time between them.
struct Stillness {
    patience: Duration,
    since: Sight,
    lasts: Duration,
}

impl Stillness {
    /// Takes a snapshot into account. Returns true if the patience has run out.
    fn look(&mut self, sight: Sight, passed: Duration) -> bool {
        let worked = sight.printed != self.since.printed
            || sight.processes != self.since.processes
            || sight.cpu.saturating_sub(self.since.cpu) >= self.patience / LEAST_CPU
            || sight.bytes.saturating_sub(self.since.bytes) >= LEAST_BYTES;
        if worked {
            self.since = sight;
            self.lasts = Duration::ZERO;
        } else {
            // xtask itself may have been suspended or starved of CPU, so count at most a few normal gaps.
            self.lasts += passed.min((self.patience / LOOKS * 5).max(SHORT_GAP));
        }
        self.lasts >= self.patience
    }
}

/// Watches one step.
pub struct Watch {
    family: Family,
    stillness: Stillness,
    last_look: Instant,
}

impl Watch {
    /// `mark` is in the environment of the process `root` and of everything it starts.
    pub fn over(root: u32, mark: String, patience: Duration) -> Self {
        Self {
            family: Family::of(root, mark),
            stillness: Stillness { patience, since: Sight::default(), lasts: Duration::ZERO },
            last_look: Instant::now(),
        }
    }

    /// Returns what the step was doing if it has done nothing for too long. `printed` is the number of bytes it has
    /// printed so far.
    pub fn hangs(&mut self, printed: u64, last_line: &str) -> Option<String> {
        let passed = self.last_look.elapsed();
        if passed < self.stillness.patience / LOOKS {
            return None;
        }
        self.last_look = Instant::now();
        let all = processes::all();
        let members = self.family.members(&all);
        if members.is_empty() {
            // Either there is no /proc, or the step has exited.
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
            // It wants to run, but a busy machine gives it no CPU.
            self.stillness.lasts = Duration::ZERO;
            return None;
        }
        Some(describe(self.stillness.lasts, &members, &locks, waits, last_line))
    }

    /// Kills the step and all its descendants.
    pub fn kill(&mut self) {
        self.family.kill();
    }
}

/// Returns the locks that one of the step's processes waits for and that an outside process may hold.
fn awaited_by(members: &[Process]) -> Vec<Lock> {
    let mut locks = processes::awaited_locks();
    locks.retain(|lock| members.iter().any(|it| it.id == lock.waiter));
    locks
}

/// Returns the processes whose work could release the lock: its holder, or any other cargo if the holder is unknown.
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
    let mut text = format!("it printed nothing and used no CPU for {}, and was stopped.", seconds(time));
    if last_line.is_empty() {
        text += " It never printed anything.";
    } else {
        let _ = write!(text, " Its last line was: {last_line}");
    }
    for lock in locks {
        let file = lock.path().map_or_else(|| "a file".to_owned(), |path| path.display().to_string());
        let _ = write!(text, "\n  It waited for the lock on {file}");
        if let Some(holder) = lock.holder {
            let _ = write!(text, ", which process {holder} holds");
        }
    }
    if waits && locks.is_empty() {
        text += "\n  It waited for a lock held by another cargo.";
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

    /// Returns after how many seconds a step is given up, if `sight` describes it at each second; none within an hour.
    fn given_up(sight: impl Fn(u64) -> Sight, passed: Duration) -> Option<u64> {
        let mut stillness = Stillness { patience: PATIENCE, since: Sight::default(), lasts: Duration::ZERO };
        (1..=3_600).find(|second| stillness.look(sight(*second), passed))
    }

    #[test]
    fn idle_step_is_given_up_after_five_minutes() {
        assert_eq!(given_up(|_| Sight::default(), SECOND), Some(300));
    }

    #[test]
    fn occasional_output_counts_as_work() {
        assert_eq!(given_up(|second| Sight { printed: second / 299, ..Sight::default() }, SECOND), None);
    }

    #[test]
    fn a_thousandth_of_a_cpu_counts_as_work() {
        let sight = |second| Sight { cpu: Duration::from_millis(second), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn idle_wakeups_do_not_count_as_work() {
        let sight = |second| Sight { cpu: Duration::from_micros(100 * second), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), Some(300));
    }

    #[test]
    fn slow_download_counts_as_work() {
        let sight = |second| Sight { bytes: 1_000 * second, ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn short_lived_processes_count_as_work() {
        let sight = |second: u64| Sight { processes: HashSet::from([(7, second / 60)]), ..Sight::default() };
        assert_eq!(given_up(sight, SECOND), None);
    }

    #[test]
    fn unobserved_time_does_not_count() {
        // Suspended with Ctrl-Z for an hour at each check: only five seconds of each count.
        assert_eq!(given_up(|_| Sight::default(), SECOND * 3_600), Some(60));
    }
}
