//! The real server program: started, killed, stopped and continued, with a disk that can be full.

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

/// W, as the server gets it: as short as makes sense, so that a run need not wait 90 s for each doubt.
pub const UNSURE_AFTER: u64 = 6;
pub const TOKEN_SECRET: &str = "a secret of at least thirty-two bytes";
pub const INGEST_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The size of a file on a full disk: every write behind it fails.
const FULL: u64 = 64 * 1024;
/// One that fails ends, and is not waited for: this is for a busy machine.
const STARTS_WITHIN: Duration = Duration::from_mins(2);
/// It promises 40 s; the rest is for a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(90);

pub struct Program {
    executable: PathBuf,
    folder: PathBuf,
    gorgias: String,
    skew: Skew,
    child: Option<Child>,
    address: watch::Sender<Option<SocketAddr>>,
    pub starts: u32,
    /// How often it ended although nobody killed it, and how.
    pub ended_by_itself: Vec<String>,
}

impl Program {
    /// Not started yet. It gets an almost empty site: nobody looks at a page here.
    pub fn new(folder: &Path, gorgias: String, skew: Skew) -> Self {
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
            gorgias,
            skew,
            child: None,
            address: watch::Sender::new(None),
            starts: 0,
            ended_by_itself: Vec::new(),
        }
    }

    /// Where it listens; none while it does not.
    pub fn address(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.subscribe()
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join("convi.db")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Starts it, and again if it cannot start; returns when it listens.
    pub async fn start(&mut self) {
        for _ in 0..40 {
            if self.try_start().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("the server does not start; see {}", self.log().display());
    }

    async fn try_start(&mut self) -> bool {
        self.starts += 1;
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let path = |name: &str| self.folder.join(name).display().to_string();
        // A write that meets the limit of a file's size must fail, as on a full disk, and not end the process.
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
            .env("CONVI_GORGIAS_URL", &self.gorgias)
            .env("CONVI_TOKEN_SECRET", TOKEN_SECRET)
            .env("CONVI_INGEST_SECRET", INGEST_SECRET)
            .env("CONVI_UNSURE_AFTER", UNSURE_AFTER.to_string())
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
        // What it says later goes nowhere, but the pipe stays open.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.child = Some(child);
        self.address.send_replace(address);
        true
    }

    /// Kills it outright.
    pub async fn kill(&mut self) {
        self.address.send_replace(None);
        if let Some(mut child) = self.child.take() {
            child.start_kill().unwrap();
            child.wait().await.unwrap();
        }
    }

    /// Asks it to end, as an operator does.
    pub async fn terminate(&mut self) {
        self.address.send_replace(None);
        self.signal(Signal::TERM);
        if let Some(mut child) = self.child.take()
            && tokio::time::timeout(ENDS_WITHIN, child.wait()).await.is_err()
        {
            self.ended_by_itself.push("it did not end after a SIGTERM".to_owned());
            child.kill().await.unwrap();
        }
    }

    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    /// Its process.
    pub fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.as_ref()?.id()?).ok()?)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // It may have ended just now.
            let _ = kill_process(pid, signal);
        }
    }

    /// From now on no file grows, and most cannot even be changed; or they can again.
    pub fn disk_is_full(&self, full: bool) {
        let current = full.then_some(FULL);
        if let Some(pid) = self.pid() {
            let _ = prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum: None });
        }
    }

    /// Starts it again if it ended by itself.
    pub async fn look_after(&mut self) {
        let Some(child) = &mut self.child else { return };
        if let Ok(Some(status)) = child.try_wait() {
            self.ended_by_itself.push(status.to_string());
            self.child = None;
            self.address.send_replace(None);
            self.start().await;
        }
    }
}
