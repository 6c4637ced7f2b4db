//! Child processes that never outlive xtask.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};

/// How long a program may take to exit by itself: the server finishes requests in flight for up to 40 s.
const GRACE: Duration = Duration::from_secs(45);
/// How many lines of the log are shown when a program exits.
const LAST_WORDS: usize = 15;

#[derive(clap::Args)]
pub struct Args {
    /// PID of the process that must be alive
    parent: i32,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Replaces this process with `program`, which the kernel then terminates when xtask exits, even if xtask is killed.
/// (Only the child can request this, and doing so between fork and exec would need `unsafe`.)
pub fn become_program(args: &Args) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
        // xtask may have exited before the line above.
        if rustix::process::getppid().map(Pid::as_raw_nonzero).map(std::num::NonZero::get)
            != Some(args.parent)
        {
            return Ok(());
        }
    }
    let (program, rest) = args.program.split_first().context("no program given")?;
    let error = Command::new(program).args(rest).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// A running program with its output redirected to files.
pub struct Running {
    /// Display name.
    pub name: String,
    /// File with its standard output, which is for users.
    said: PathBuf,
    /// File with its standard error, which is its log.
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts `command`'s program with its arguments and environment. Must be called on the main thread: the kernel
    /// treats the exit of the starting thread as the exit of the parent.
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
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), said, log, child })
    }

    /// Returns the path of the log.
    pub fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// Returns the exit status, if the program has exited.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Returns its standard output so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Returns the last lines of its log and standard output, which may explain why it exited.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default() + &self.said();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
    }
}

impl Drop for Running {
    /// Sends a termination signal, waits, then kills it. After Ctrl-C the terminal has already sent the signal.
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
