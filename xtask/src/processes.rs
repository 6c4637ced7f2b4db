//! The processes on this machine, read from `/proc`. Without `/proc` the list is empty.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// The unit of CPU time in `/proc`: 10 ms on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// A snapshot of one process.
#[derive(Clone, Debug)]
pub struct Process {
    pub id: u32,
    parent: u32,
    /// Start time in ticks since boot. PIDs are reused, but a PID and start time are not.
    started: u64,
    pub name: String,
    /// CPU time of the process and of its children that have exited.
    pub cpu: Duration,
}

/// Identifies a process, even if its PID is reused.
pub type Key = (u32, u64);

impl Process {
    fn read(id: u32) -> Option<Self> {
        parse(id, &fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    pub fn key(&self) -> Key {
        (self.id, self.started)
    }

    /// Returns how many bytes it has read and written: files, pipes and network.
    pub fn bytes(&self) -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", self.id)).unwrap_or_default();
        let count = |line: &str| {
            line.strip_prefix("rchar: ").or_else(|| line.strip_prefix("wchar: "))?.parse::<u64>().ok()
        };
        io.lines().filter_map(count).sum()
    }

    /// Returns true if one of its threads is runnable or waiting for a disk.
    pub fn wants_to_work(&self) -> bool {
        let Ok(threads) = fs::read_dir(format!("/proc/{}/task", self.id)) else { return false };
        threads.flatten().any(|thread| {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['R', 'D']))
        })
    }

    /// Returns its command line, shortened to what helps to recognize it.
    pub fn command(&self) -> String {
        let line = fs::read(format!("/proc/{}/cmdline", self.id)).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        match line.trim() {
            "" => self.name.clone(),
            line => line.chars().take(100).collect(),
        }
    }

    fn has_in_environment(&self, mark: &str) -> bool {
        fs::read(format!("/proc/{}/environ", self.id))
            .is_ok_and(|it| it.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
    }
}

/// Parses `id (name) state parent …`; a name can contain anything.
fn parse(id: u32, stat: &str) -> Option<Process> {
    let (start, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some(Process {
        id,
        parent: u32::try_from(number(1)?).ok()?,
        started: number(19)?,
        name: start.split_once('(')?.1.to_owned(),
        cpu: TICK * u32::try_from(ticks).ok()?,
    })
}

/// Returns all processes.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// Returns the CPU time of this program and of all its descendants that have exited.
pub fn own_cpu() -> Duration {
    Process::read(std::process::id()).map_or(Duration::ZERO, |it| it.cpu)
}

/// Returns the processes in `wanted` and all their descendants.
pub fn with_descendants(all: &[Process], mut wanted: HashSet<Key>) -> Vec<Process> {
    // After PIDs wrap around, a PID can be lower than its parent's. Repeat until nothing new is found.
    loop {
        let ids: HashSet<u32> = wanted.iter().map(|(id, _)| *id).collect();
        let known = wanted.len();
        wanted.extend(all.iter().filter(|it| ids.contains(&it.parent)).map(Process::key));
        if wanted.len() == known {
            return all.iter().filter(|it| wanted.contains(&it.key())).cloned().collect();
        }
    }
}

/// Returns the PIDs of this program and all its ancestors.
pub fn own_line(all: &[Process]) -> HashSet<u32> {
    let mut line = HashSet::new();
    let mut id = std::process::id();
    while line.insert(id) {
        id = all.iter().find(|it| it.id == id).map_or(0, |it| it.parent);
    }
    line
}

/// A program and all its descendants.
///
/// Descendants whose parents have exited are still included: they were seen before, or their environment contains the
/// mark.
pub struct Family {
    root: Key,
    /// `NAME=value` in the environment of all of them.
    mark: String,
    seen: HashSet<Key>,
}

impl Family {
    pub fn of(root: u32, mark: String) -> Self {
        let started = Process::read(root).map_or(0, |it| it.started);
        Self { root: (root, started), mark, seen: HashSet::from([(root, started)]) }
    }

    /// Returns those of `all` that are members now.
    pub fn members(&mut self, all: &[Process]) -> Vec<Process> {
        let known =
            |seen: &HashSet<Key>| all.iter().map(Process::key).filter(|key| seen.contains(key)).collect();
        let near = with_descendants(all, known(&self.seen));
        self.seen.extend(near.iter().map(Process::key));
        let far = all.iter().filter(|it| it.started >= self.root.1 && !self.seen.contains(&it.key()));
        let far: Vec<Key> = far.filter(|it| it.has_in_environment(&self.mark)).map(Process::key).collect();
        self.seen.extend(far);
        let members = with_descendants(all, known(&self.seen));
        self.seen = members.iter().map(Process::key).collect();
        members
    }

    /// Kills all of them.
    pub fn kill(&mut self) {
        // Repeat to catch processes started between listing and killing. Dead ones remain until their parent reaps
        // them.
        for _ in 0..3 {
            for member in self.members(&all()) {
                if let Some(id) = i32::try_from(member.id).ok().and_then(Pid::from_raw) {
                    // It may have exited in the meantime.
                    let _ = kill_process(id, Signal::KILL);
                }
            }
        }
    }
}

/// A file lock that a process is waiting for.
#[derive(Debug, PartialEq, Eq)]
pub struct Lock {
    /// PID of the waiting process.
    pub waiter: u32,
    /// PID of the process that holds it, if the kernel knows.
    pub holder: Option<u32>,
    /// Device and inode of the file.
    file: String,
}

impl Lock {
    /// Returns the file's path: the waiting process has it open.
    pub fn path(&self) -> Option<PathBuf> {
        let inode: u64 = self.file.rsplit(':').next()?.parse().ok()?;
        let files = fs::read_dir(format!("/proc/{}/fd", self.waiter)).ok()?;
        let mut files = files.flatten().map(|file| file.path());
        let file = files.find(|file| fs::metadata(file).is_ok_and(|it| it.ino() == inode))?;
        fs::read_link(file).ok()
    }
}

/// Returns all locks that a process is waiting for.
pub fn awaited_locks() -> Vec<Lock> {
    awaited(&fs::read_to_string("/proc/locks").unwrap_or_default())
}

/// Parses lines such as `1: FLOCK ADVISORY WRITE 42 fe:00:99 0 EOF`; `->` before `FLOCK` marks a waiting process.
fn awaited(locks: &str) -> Vec<Lock> {
    let lines: Vec<Vec<&str>> = locks.lines().map(|line| line.split_whitespace().collect()).collect();
    let process = |field: Option<&&str>| field.and_then(|id| id.parse::<u32>().ok()).filter(|id| *id > 0);
    let waiting = |line: &Vec<&str>| {
        let waiter = line.get(1).filter(|it| **it == "->").and_then(|_| process(line.get(5)))?;
        let holder = lines.iter().find(|it| it.first() == line.first() && it.get(1) != Some(&"->"));
        let holder = holder.and_then(|it| process(it.get(4)));
        Some(Lock { waiter, holder, file: (*line.get(6)?).to_owned() })
    };
    lines.iter().filter_map(waiting).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Lock, awaited, parse};

    #[test]
    fn cpu_time_includes_exited_children() {
        let stat = "7 (a) R (b) S 3 7 7 0 -1 4194304 99 0 0 0 1 2 30 400 20 0 1 0 736742 3133440 408";
        let process = parse(7, stat).unwrap();
        assert_eq!((process.parent, process.started, process.name.as_str()), (3, 736_742, "a) R (b"));
        assert_eq!(process.cpu, Duration::from_millis(4_330));
    }

    #[test]
    fn lock_names_the_waiter_and_the_holder() {
        let locks = "1: FLOCK  ADVISORY  WRITE 42 fe:00:99 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 43 fe:00:99 0 EOF\n\
                     2: OFDLCK ADVISORY  READ -1 fe:00:98 0 EOF\n2: -> OFDLCK ADVISORY WRITE 44 fe:00:98 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 45 fe:00:97 0 EOF\n";
        let lock = |waiter, holder, file: &str| Lock { waiter, holder, file: file.to_owned() };
        assert_eq!(awaited(locks), [lock(43, Some(42), "fe:00:99"), lock(44, None, "fe:00:98")]);
    }
}
