//! The real server program: started, killed, paused and resumed, with a disk that can be full.

use crate::skew::Skew;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::watch,
};

/// W for the server, in seconds: as short as is meaningful, so that a run does not have to wait 90 s for each unsure
/// handover.
pub const UNSURE_AFTER: u64 = 6;
pub const TOKEN_SECRET: &str = "a secret of at least thirty-two bytes";
pub const INGEST_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The file size limit that simulates a full disk: every write beyond it fails.
const FULL: u64 = 64 * 1024;
/// For a busy machine; a start that fails exits and is not waited for.
const STARTS_WITHIN: Duration = Duration::from_mins(2);
/// The server promises 40 s; the rest is for a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(90);

pub struct Program {
    executable: PathBuf,
    folder: PathBuf,
    /// Settings that are added to its own or replace them.
    settings: Vec<(&'static str, String)>,
    skew: Skew,
    child: Option<Child>,
    /// When it was asked to exit, if it is still running.
    asked_to_exit: Option<Instant>,
    address: watch::Sender<Option<SocketAddr>>,
    pub starts: u32,
    /// Unexpected exits, with the reason.
    pub unexpected_exits: Vec<String>,
}

impl Program {
    /// Creates the program without starting it. Its site is almost empty, because no page is opened here.
    pub fn new(folder: &Path, settings: impl Into<Vec<(&'static str, String)>>, skew: Skew) -> Self {
        let executable = folder.join("convi-integrations");
        let built = env!("CARGO_BIN_EXE_convi-integrations");
        fs::hard_link(built, &executable).or_else(|_| fs::copy(built, &executable).map(drop)).unwrap();
        let site = folder.join("site");
        fs::create_dir_all(&site).unwrap();
        for name in ["empty", "favicon.svg", "frame.html"] {
            fs::write(site.join(name), "").unwrap();
        }
        let manifest = ["start.js", "page.js", "page.wasm", "app.css", "de.json", "fr.json"]
            .map(|name| format!("\"{name}\":\"empty\""));
        fs::write(site.join("manifest.json"), format!("{{{}}}", manifest.join(","))).unwrap();
        Self {
            executable,
            folder: folder.to_owned(),
            settings: settings.into(),
            skew,
            child: None,
            asked_to_exit: None,
            address: watch::Sender::new(None),
            starts: 0,
            unexpected_exits: Vec::new(),
        }
    }

    /// Returns the address that it listens on, if any.
    pub fn address(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.subscribe()
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join("convi.db")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Starts the server, retrying if it fails, and returns when it listens.
    pub async fn start(&mut self) {
        for _ in 0..40 {
            if self.try_start().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("the server could not be started; see {}", self.log().display());
    }

    async fn try_start(&mut self) -> bool {
        self.starts += 1;
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let path = |name: &str| self.folder.join(name).display().to_string();
        // A write beyond the file size limit must fail, as on a full disk, instead of killing the process.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"trap "" XFSZ; exec "$0""#])
            .arg(&self.executable)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.skew.environment())
            .env("RUST_LOG", "warn,convi_server=info")
            .env("CONVI_LISTEN", "127.0.0.1:0")
            .env("CONVI_DATABASE_URL", format!("sqlite://{}", path("convi.db")))
            .env("CONVI_SMTP_URL", format!("file://{}", path("outbox")))
            .env("CONVI_TOKEN_SECRET", TOKEN_SECRET)
            .env("CONVI_INGEST_SECRET", INGEST_SECRET)
            .env("CONVI_UNSURE_AFTER", UNSURE_AFTER.to_string())
            .envs(self.settings.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut lines = BufReader::new(stdout).lines();
        let begun = Instant::now();
        let said = tokio::time::timeout(STARTS_WITHIN, lines.next_line()).await;
        let address = said.ok().and_then(Result::ok).flatten();
        let address = address.and_then(|line| line.strip_prefix("listening on http://")?.parse().ok());
        if address.is_none() {
            let _ = child.start_kill();
            let status = child.wait().await.unwrap();
            eprintln!("  the server did not start ({status}, {:?})", begun.elapsed());
            return false;
        }
        // Ignore further output, but keep the pipe open.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.child = Some(child);
        self.address.send_replace(address);
        true
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        self.address.send_replace(None);
        self.asked_to_exit = None;
        if let Some(mut child) = self.child.take() {
            // It may have exited already.
            let _ = child.start_kill();
            child.wait().await.unwrap();
        }
    }

    /// Asks it to exit, as an operator would. Once it has exited, it is started again.
    pub fn ask_to_exit(&mut self) {
        self.address.send_replace(None);
        self.signal(Signal::TERM);
        self.asked_to_exit.get_or_insert_with(Instant::now);
    }

    /// Returns whether it was asked to exit and is still running.
    pub fn is_exiting(&self) -> bool {
        self.asked_to_exit.is_some()
    }

    /// Asks it to exit, and waits for that.
    pub async fn terminate(&mut self) {
        self.ask_to_exit();
        if let Some(mut child) = self.child.take()
            && tokio::time::timeout(ENDS_WITHIN, child.wait()).await.is_err()
        {
            self.unexpected_exits.push("did not exit after a SIGTERM".to_owned());
            child.kill().await.unwrap();
        }
    }

    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    /// Returns its PID.
    pub fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.as_ref()?.id()?).ok()?)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // It may have exited in the meantime.
            let _ = kill_process(pid, signal);
        }
    }

    /// Fills or frees the disk. While it is full, no file can grow, and most cannot even be changed.
    pub fn disk_is_full(&self, full: bool) {
        let current = full.then_some(FULL);
        if let Some(pid) = self.pid() {
            let _ = prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum: None });
        }
    }

    /// Restarts it if it exited, and notes an exit that was not asked for, or took too long.
    pub async fn look_after(&mut self) {
        let Some(child) = &mut self.child else { return };
        if let Ok(Some(status)) = child.try_wait() {
            if !(self.asked_to_exit.is_some() && status.success()) {
                self.unexpected_exits.push(status.to_string());
            }
            self.kill().await;
            self.start().await;
        } else if self.asked_to_exit.is_some_and(|since| since.elapsed() > ENDS_WITHIN) {
            self.unexpected_exits.push("did not exit after a SIGTERM".to_owned());
            self.kill().await;
            self.start().await;
        }
    }
}
