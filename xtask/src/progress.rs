//! What a person sees while something takes long: one line a step, with its time.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::child::kill_with_descendants;
use crate::explain;

/// How much of a tool's own output is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// All of it, as it comes: for who works on the code and wants the warnings.
    All,
    /// A line that says how long it has taken, and the output only when the step fails.
    Summary,
}

const FRAME: Duration = Duration::from_millis(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Twice what the longest step takes on a clean machine with two cores.
const LONGEST_STEP: Duration = Duration::from_mins(20);
const PLAIN_REPEAT: Duration = Duration::from_secs(30);
/// Enough for a compiler's last error; the whole of a cold build would bury it.
const TAIL_LINES: usize = 60;

/// Runs a tool as one step.
pub fn run(show: Show, label: &str, command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null());
    if show == Show::All {
        eprintln!("==> {label}");
        let child = command.spawn().with_context(|| format!("{program} does not start"))?;
        return wait_within(LONGEST_STEP, label, child);
    }

    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} does not start"))?;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let readers = [
        child.stdout.take().map(|pipe| collect(pipe, lines.clone())),
        child.stderr.take().map(|pipe| collect(pipe, lines.clone())),
    ];
    let status = {
        let lines = lines.clone();
        let _line = Line::start(label, move || {
            lines.lock().unwrap_or_else(PoisonError::into_inner).last().cloned().unwrap_or_default()
        });
        child.wait()?
    };
    for reader in readers.into_iter().flatten() {
        // A reader only ends early if it panicked; what it had read is shown all the same.
        let _ = reader.join();
    }
    if status.success() {
        return Ok(());
    }
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cause) = explain::cause(&lines.join("\n")) {
        bail!("{label}: {cause}");
    }
    for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
        eprintln!("{line}");
    }
    bail!("{label}: failed ({status})")
}

/// Runs our own code as one step.
pub fn work<T>(label: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let _line = Line::start(label, String::new);
    work().with_context(|| label.to_owned())
}

/// A step that hangs says so while there is still somebody to tell: CI ends a run without a word.
fn wait_within(limit: Duration, label: &str, mut child: Child) -> Result<()> {
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("{label}: failed ({status})"),
            None if start.elapsed() > limit => {
                kill_with_descendants(&mut child)?;
                bail!("{label}: hangs, and was ended after {}", seconds(limit));
            }
            None => thread::sleep(LOOK_EVERY),
        }
    }
}

fn collect(pipe: impl Read + Send + 'static, lines: Arc<Mutex<Vec<String>>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    })
}

/// The line of a running step: redrawn on a terminal, repeated now and then in a log.
struct Line {
    label: String,
    start: Instant,
    done: Arc<AtomicBool>,
    drawer: Option<thread::JoinHandle<()>>,
}

impl Line {
    fn start(label: &str, detail: impl Fn() -> String + Send + 'static) -> Self {
        let start = Instant::now();
        let done = Arc::new(AtomicBool::new(false));
        let drawer = {
            let (label, done) = (label.to_owned(), done.clone());
            thread::spawn(move || draw(&label, start, &done, &detail))
        };
        Self { label: label.to_owned(), start, done, drawer: Some(drawer) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Release);
        if let Some(drawer) = self.drawer.take() {
            drawer.thread().unpark();
            let _ = drawer.join();
        }
        eprintln!("  {} ({})", self.label, seconds(self.start.elapsed()));
    }
}

fn draw(label: &str, start: Instant, done: &AtomicBool, detail: &dyn Fn() -> String) {
    let terminal = std::io::stderr().is_terminal();
    let frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
    let mut frame = 0;
    while !done.load(Ordering::Acquire) {
        if terminal {
            let detail: String = detail().trim().chars().take(48).collect();
            let spinner = frames[frame % frames.len()];
            eprint!("\r\x1b[2K{spinner} {label} {} \x1b[2m{detail}\x1b[0m", seconds(start.elapsed()));
            let _ = std::io::stderr().flush();
            frame += 1;
            thread::park_timeout(FRAME);
        } else {
            // The first line of a log comes after a moment: what is done at once needs no announcement.
            thread::park_timeout(if frame == 0 { Duration::from_secs(2) } else { PLAIN_REPEAT });
            frame += 1;
            if !done.load(Ordering::Acquire) {
                eprintln!("  {label} … {}", seconds(start.elapsed()));
            }
        }
    }
    if terminal {
        eprint!("\r\x1b[2K");
    }
}

/// `0.4 s`, `12 s`, `2 min 05 s`.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        whole @ 10..=99 => format!("{whole} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::{seconds, wait_within};

    #[test]
    fn a_step_that_hangs_is_ended_with_what_it_started() {
        let mut child =
            Command::new("sh").args(["-c", "sleep 4321 & wait"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let error = wait_within(Duration::from_millis(300), "step", child).unwrap_err();
        assert!(error.to_string().starts_with("step: hangs"), "{error}");
        // Whoever was started holds the pipe's other end: it closes when the last of them has ended.
        assert_eq!(pipe.read_to_end(&mut Vec::new()).unwrap(), 0);
    }

    #[test]
    fn writes_times_as_people_do() {
        let written: Vec<_> = [400, 12_300, 125_000].map(Duration::from_millis).map(seconds).into();
        assert_eq!(written, ["0.4 s", "12 s", "2 min 05 s"]);
    }
}
