//! Programs that run as long as xtask does, and not a moment longer.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};

/// How long a program may take to end by itself: the server finishes what is under way for up to 40 s.
const GRACE: Duration = Duration::from_secs(45);
/// Enough of a log to see why a program ended.
const LAST_WORDS: usize = 15;

#[derive(clap::Args)]
pub struct Args {
    /// The process that must be alive
    parent: i32,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Turns this process into `program`, which the kernel ends when xtask does, even when that is killed outright.
/// (Asking for it has to happen in the child itself, and doing so between fork and exec would need `unsafe`.)
pub fn become_program(args: &Args) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
        // xtask may have ended before the line above.
        if rustix::process::getppid().map(Pid::as_raw_nonzero).map(std::num::NonZero::get)
            != Some(args.parent)
        {
            return Ok(());
        }
    }
    let (program, rest) = args.program.split_first().context("no program")?;
    let error = Command::new(program).args(rest).exec();
    Err(error).with_context(|| format!("{} does not start", program.display()))
}

/// A program that was started, with its output in files.
pub struct Running {
    /// What to call it.
    pub name: String,
    /// What it says to people: its standard output.
    said: PathBuf,
    /// What it notes down: its standard error.
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts `command`'s program with its arguments and variables. Call it from the main thread: the kernel counts
    /// the end of the starting thread as the parent's.
    pub fn start(name: &str, command: &Command, log: PathBuf) -> Result<Self> {
        let said = log.with_extension("out");
        let create =
            |file: &Path| File::create(file).with_context(|| format!("cannot write {}", file.display()));
        let (stdout, stderr) = (create(&said)?, create(&log)?);
        let mut child = Command::new(std::env::current_exe()?);
        child
            .arg("child")
            .arg(std::process::id().to_string())
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => child.env(name, value),
                None => child.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            child.current_dir(folder);
        }
        let child = child
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self { name: name.to_owned(), said, log, child })
    }

    /// What it notes down.
    pub fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// What it said to people so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Why it may have ended: the last lines of what it noted down and said.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default() + &self.said();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
    }
}

impl Drop for Running {
    /// Asks, waits, then kills. After Ctrl-C the terminal has asked already.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let start = Instant::now();
        while start.elapsed() < GRACE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
