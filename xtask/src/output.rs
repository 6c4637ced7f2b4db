//! A step's output: forwarded live, and kept so that errors can quote it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{IsTerminal, Read, Write, stderr, stdout};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

/// Longer than any compiler error.
const KEPT_LINES: usize = 5_000;
/// Processes that a step leaves running can keep its output open; this is how long we wait for it to close.
const LAST_BYTES_WITHIN: Duration = Duration::from_secs(2);

/// Where a step's output is forwarded to.
#[derive(Clone, Copy)]
enum To {
    Stdout,
    Stderr,
    Nowhere,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<String>,
    last: String,
    /// How many crates are compiled, out of how many, as counted by cargo.
    crates: Option<(usize, usize)>,
}

/// The output of a step.
#[derive(Clone, Default)]
pub struct Output {
    bytes: Arc<AtomicU64>,
    kept: Arc<Mutex<Kept>>,
}

impl Output {
    /// Returns the number of bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns the last line, even if it is incomplete.
    pub fn last_line(&self) -> String {
        self.kept().last.clone()
    }

    /// Returns how many crates are compiled, out of how many.
    pub fn crates(&self) -> Option<(usize, usize)> {
        self.kept().crates
    }

    /// Returns the lines; the oldest are dropped if there are too many.
    pub fn lines(&self) -> Vec<String> {
        self.kept().lines.iter().cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &str, whole: bool) {
        let line = plain(line);
        if line.is_empty() {
            return;
        }
        let mut kept = self.kept();
        if let Some(crates) = crates_in(&line) {
            kept.crates = Some(crates);
            return;
        }
        if whole {
            kept.lines.push_back(line.clone());
            if kept.lines.len() > KEPT_LINES {
                kept.lines.pop_front();
            }
        }
        kept.last = line;
    }

    fn follow(&self, mut from: impl Read + Send + 'static, to: To) -> JoinHandle<()> {
        let this = self.clone();
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            let mut open = Vec::new();
            // A closed terminal reports an error, a closed pipe reports end of file.
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                let new = &chunk[..count];
                // The reader of our own output may be gone; the step continues.
                let _ = match to {
                    To::Stdout => stdout().write_all(new).and_then(|()| stdout().flush()),
                    To::Stderr => stderr().write_all(new),
                    To::Nowhere => Ok(()),
                };
                this.bytes.fetch_add(count as u64, Ordering::Relaxed);
                open.extend_from_slice(new);
                while let Some(end) = open.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                    let line: Vec<u8> = open.drain(..=end).collect();
                    this.add(&String::from_utf8_lossy(&line), true);
                }
                this.add(&String::from_utf8_lossy(&open), false);
            }
            this.add(&String::from_utf8_lossy(&open), true);
        })
    }
}

/// The threads that read a running step's output.
pub struct Readers {
    output: Output,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Waits for the last output of a step that has exited.
    pub fn finish(self) {
        let (mut bytes, mut since) = (self.output.bytes(), Instant::now());
        while !self.threads.iter().all(JoinHandle::is_finished) && since.elapsed() < LAST_BYTES_WITHIN {
            if self.output.bytes() != bytes {
                (bytes, since) = (self.output.bytes(), Instant::now());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Starts `command` and, if `shown`, forwards its output to ours. If ours is a terminal, the command gets one too, so
/// it prints colors and draws its own progress.
pub fn start(command: &mut Command, shown: bool, output: &Output) -> Result<(Child, Readers)> {
    let ours = [stdout().is_terminal(), stderr().is_terminal()].map(|terminal| shown && terminal);
    let mut terminal = None;
    if ours.contains(&true) {
        let (here, there) = new_terminal()?;
        if ours[0] {
            command.stdout(there.try_clone()?);
        }
        if ours[1] {
            command.stderr(there);
        }
        terminal = Some(here);
    }
    if !ours[0] {
        command.stdout(Stdio::piped());
    }
    if !ours[1] {
        command.stderr(Stdio::piped());
    }
    let started = command.stdin(Stdio::null()).spawn();
    // Otherwise the command would keep the step's end of the terminal open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started?;
    let (out, err) = if shown { (To::Stdout, To::Stderr) } else { (To::Nowhere, To::Nowhere) };
    let threads = [
        terminal.map(|here| output.follow(here, if ours[1] { To::Stderr } else { To::Stdout })),
        child.stdout.take().map(|pipe| output.follow(pipe, out)),
        child.stderr.take().map(|pipe| output.follow(pipe, err)),
    ];
    let threads = threads.into_iter().flatten().collect();
    Ok((child, Readers { output: output.clone(), threads }))
}

/// Opens a pseudo-terminal with the width of ours; it passes bytes through unchanged.
fn new_terminal() -> Result<(File, File)> {
    let here = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    // Only Linux can set this flag when opening it.
    fcntl_setfd(&here, FdFlags::CLOEXEC)?;
    grantpt(&here)?;
    unlockpt(&here)?;
    let name = ptsname(&here, Vec::new())?;
    let there = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let mut modes = tcgetattr(&there)?;
    modes.make_raw();
    tcsetattr(&there, OptionalActions::Now, &modes)?;
    if let Ok(size) = tcgetwinsize(stderr()).or_else(|_| tcgetwinsize(stdout())) {
        tcsetwinsize(&there, size)?;
    }
    Ok((here.into(), there.into()))
}

/// Strips colors and other terminal escape sequences from a line.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain += before;
        rest = after.trim_start_matches(|it: char| !('@'..='~').contains(&it));
        rest = rest.get(1..).unwrap_or_default();
    }
    plain += rest;
    plain.trim().to_owned()
}

/// Parses the count in cargo's `Building [==>  ] 12/345: serde, syn`.
fn crates_in(line: &str) -> Option<(usize, usize)> {
    let (_, count) = line.strip_prefix("Building [")?.split_once("] ")?;
    let (done, all) = count.split(':').next()?.trim().split_once('/')?;
    Some((done.parse().ok()?, all.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{crates_in, plain};

    #[test]
    fn colors_are_stripped_from_a_line() {
        assert_eq!(plain("\x1b[1m\x1b[32m   Compiling\x1b[0m é v1\x1b[K\r\n"), "Compiling é v1");
        assert_eq!(plain("cut off \x1b[3"), "cut off");
    }

    #[test]
    fn crate_count_is_parsed() {
        assert_eq!(crates_in("Building [=====>      ] 12/345: serde, syn"), Some((12, 345)));
        assert_eq!(crates_in("Building [===========] 345/345"), Some((345, 345)));
        assert_eq!(crates_in("Compiling serde v1.0.0"), None);
    }
}
