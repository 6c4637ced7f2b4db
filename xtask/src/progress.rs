//! Progress of long-running steps: one line per step, with its time.

use std::io::{IsTerminal, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::duration::seconds;
use crate::explain;
use crate::output::{self, Output};
use crate::watch::{PATIENCE, Watch};

/// How much of a tool's own output to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Everything, live: for developers, who want to see warnings.
    All,
    /// One line with the progress and elapsed time; the output is shown only if the step fails.
    Summary,
}

const FRAME: Duration = Duration::from_millis(120);
const ENDED_EVERY: Duration = Duration::from_millis(20);
const PLAIN_REPEAT: Duration = Duration::from_secs(30);
/// Enough for a compiler's last error; the whole output of a cold build would bury it.
const TAIL_LINES: usize = 60;
/// Environment variable that marks the processes of a step.
const MARK: &str = "XTASK_STEP";

/// The labels of the planned steps, in order.
static PLAN: Mutex<&[&str]> = Mutex::new(&[]);

/// Sets the planned steps: each then shows its number out of the total.
pub fn plan(labels: &'static [&'static str]) {
    *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = labels;
}

fn numbered(label: &str, plan: &[&str]) -> String {
    match plan.iter().position(|planned| *planned == label) {
        Some(index) => format!("[{}/{}] {label}", index + 1, plan.len()),
        None => label.to_owned(),
    }
}

/// Runs a tool as one step; stops it only if it hangs.
pub fn run(show: Show, label: &str, command: &mut Command) -> Result<()> {
    run_patiently(PATIENCE, show, label, command)
}

fn run_patiently(patience: Duration, show: Show, label: &str, command: &mut Command) -> Result<()> {
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    let label = &numbered(label, *PLAN.lock().unwrap_or_else(PoisonError::into_inner));
    let program = command.get_program().to_string_lossy().into_owned();
    let step = format!("{}.{}", std::process::id(), STEPS.fetch_add(1, Ordering::Relaxed));
    command.env(MARK, &step);
    let mark = format!("{MARK}={step}");
    if show == Show::Summary {
        // The progress line is made from cargo's own count.
        command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
    } else {
        eprintln!("==> {label}");
    }

    let output = Output::default();
    let (child, readers) = output::start(command, show == Show::All, &output)
        .with_context(|| format!("cannot start {program}"))?;
    let ended = {
        let _line = (show == Show::Summary).then(|| {
            let output = output.clone();
            Line::start(label, move || match output.crates() {
                Some((done, all)) => format!("{done} of {all} crates"),
                None => output.last_line(),
            })
        });
        wait(child, mark, patience, &output)?
    };
    readers.finish();
    let failure = match ended {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("failed ({status})"),
        Err(hang) => hang,
    };
    if show == Show::Summary {
        let lines = output.lines();
        if let Some(cause) = explain::cause(&lines.join("\n")) {
            bail!("{label}: {cause}");
        }
        for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
            eprintln!("{line}");
        }
    }
    bail!("{label}: {failure}")
}

/// Runs our own code as one step.
pub fn work<T>(label: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    work_saying(label, String::new, work)
}

/// Like [`work`], with a progress text.
pub fn work_saying<T>(
    label: &str,
    detail: impl Fn() -> String + Send + 'static,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let label = numbered(label, *PLAN.lock().unwrap_or_else(PoisonError::into_inner));
    let _line = Line::start(&label, detail);
    work().context(label)
}

/// Waits for the step to exit. If it hangs, kills it and returns what it was doing, because CI would otherwise kill the
/// whole run without any explanation.
fn wait(
    mut child: Child,
    mark: String,
    patience: Duration,
    output: &Output,
) -> Result<Result<ExitStatus, String>> {
    let mut watch = Watch::over(child.id(), mark, patience);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ok(status));
        }
        if let Some(hang) = watch.hangs(output.bytes(), &output.last_line()) {
            watch.kill();
            child.wait()?;
            return Ok(Err(hang));
        }
        thread::sleep(ENDED_EVERY);
    }
}

/// The line of a running step: redrawn on a terminal, repeated from time to time in a log.
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
            let detail = shortened(&detail());
            let spinner = frames[frame % frames.len()];
            eprint!("\r\x1b[2K{spinner} {label} {} \x1b[2m{detail}\x1b[0m", seconds(start.elapsed()));
            let _ = std::io::stderr().flush();
            frame += 1;
            thread::park_timeout(FRAME);
        } else {
            // In a log, wait before the first line: a quick step does not need one.
            thread::park_timeout(if frame == 0 { Duration::from_secs(2) } else { PLAIN_REPEAT });
            frame += 1;
            if !done.load(Ordering::Acquire) {
                let detail = detail();
                let colon = if detail.is_empty() { "" } else { ": " };
                eprintln!("  {label}{colon}{} … {}", shortened(&detail), seconds(start.elapsed()));
            }
        }
    }
    if terminal {
        eprint!("\r\x1b[2K");
    }
}

fn shortened(detail: &str) -> String {
    detail.trim().chars().take(48).collect()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::{Show, numbered, run_patiently};
    use crate::processes;

    /// Short, so that a working step has many chances to be mistaken for a hanging one.
    const PATIENCE: Duration = Duration::from_millis(400);

    fn run(show: Show, command: &str) -> Result<(), String> {
        let mut shell = Command::new("sh");
        run_patiently(PATIENCE, show, "step", shell.args(["-c", command])).map_err(|error| error.to_string())
    }

    /// A shell that is busy for some seconds without output and without starting other programs.
    const WORKS: &str = "i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done";

    fn is_running(command: &str) -> bool {
        processes::all().iter().any(|it| it.command() == command)
    }

    #[test]
    fn hanging_step_is_killed_with_its_children_and_described() {
        for (show, time) in [(Show::All, "43.1"), (Show::Summary, "43.2")] {
            let hangs = format!("echo first; printf 'the last line'; sleep {time} & wait");
            let error = run(show, &hangs).unwrap_err();
            assert!(error.starts_with("step: it printed nothing and used no CPU for 0."), "{error}");
            assert!(error.contains("Its last line was: the last line\n"), "{error}");
            assert!(error.contains(&format!(": sleep {time}")), "{error}");
            assert!(!is_running(&format!("sleep {time}")));
        }
    }

    #[test]
    fn detached_processes_of_a_hanging_step_are_killed() {
        let error =
            run(Show::Summary, "(setsid sleep 43.3 &); (setsid sleep 43.4 &); sleep 43.5").unwrap_err();
        for time in ["43.3", "43.4", "43.5"] {
            assert!(error.contains(&format!(": sleep {time}")), "{error}");
            assert!(!is_running(&format!("sleep {time}")));
        }
    }

    #[test]
    fn silent_busy_step_is_not_killed() {
        let start = Instant::now();
        for show in [Show::All, Show::Summary] {
            run(show, WORKS).unwrap();
        }
        assert!(start.elapsed() > PATIENCE * 2, "the step was too fast for this test: {:?}", start.elapsed());
    }

    #[test]
    fn step_with_a_busy_descendant_is_not_killed() {
        run(Show::Summary, &format!("sh -c 'sh -c \"{WORKS}\"; true'; true")).unwrap();
        // The parent exits immediately, and waiting for the pipe uses no CPU.
        run(Show::Summary, &format!("mkfifo /tmp/xtask-$$; (setsid sh -c '{WORKS}; echo > /tmp/xtask-'$$ &); read x < /tmp/xtask-$$; rm /tmp/xtask-$$")).unwrap();
    }

    #[test]
    fn printing_step_is_not_killed() {
        for show in [Show::All, Show::Summary] {
            run(show, "for i in 1 2 3 4 5 6 7 8; do sleep 0.2; echo $i >&2; done").unwrap();
        }
    }

    #[test]
    fn step_that_starts_short_processes_is_not_killed() {
        run(Show::Summary, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.1; done").unwrap();
    }

    #[test]
    fn step_waits_for_a_lock_while_its_holder_is_busy() {
        let file = std::env::temp_dir().join(format!("xtask-lock-{}", std::process::id()));
        let waits = format!("exec flock {0} true", file.display());
        let holder = |command: &str| {
            let mut flock = Command::new("flock");
            let held = format!("echo held; {command}");
            let mut child =
                flock.arg(&file).args(["sh", "-c", &held]).stdout(Stdio::piped()).spawn().unwrap();
            let mut held = [0; 4];
            std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut held).unwrap();
            child
        };
        let mut works = holder(WORKS);
        run(Show::Summary, &waits).unwrap();
        works.wait().unwrap();

        let mut sleeps = holder("exec sleep 43.6");
        let error = run(Show::Summary, &waits).unwrap_err();
        let waited =
            format!("It waited for the lock on {}, which process {} holds", file.display(), sleeps.id());
        assert!(error.contains(&waited), "{error}");
        for process in processes::all() {
            if process.command() == "sleep 43.6" {
                let id = rustix::process::Pid::from_raw(i32::try_from(process.id).unwrap()).unwrap();
                rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
            }
        }
        sleeps.wait().unwrap();
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn failed_step_reports_its_exit_status() {
        assert_eq!(run(Show::Summary, "exit 3").unwrap_err(), "step: failed (exit status: 3)");
        // Processes that it left running keep its output open, but must not delay the next step.
        let start = Instant::now();
        run(Show::Summary, "sleep 20 & exit 0").unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }

    #[test]
    fn planned_step_shows_its_number() {
        let plan = ["compile", "lay out"];
        assert_eq!(numbered("lay out", &plan), "[2/2] lay out");
        assert_eq!(numbered("wasm-bindgen", &plan), "wasm-bindgen");
    }
}
