//! The real server program in its own folder.

use anyhow::{Context, Result};
use rusqlite::Connection;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

pub const TOKEN_SECRET: &str = "a secret of at least thirty-two bytes";
pub const INGEST_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The binary of this build.
pub const BUILT: &str = env!("CARGO_BIN_EXE_convi-integrations");

/// A folder with the program, an almost empty site (no page is opened here) and its data. Removed when dropped.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Result<Self> {
        Self::of(Path::new(BUILT))
    }

    /// Creates a place for this binary.
    pub fn of(built: &Path) -> Result<Self> {
        let folder = folder()?;
        let program = folder.path().join("convi-integrations");
        fs::hard_link(built, &program).or_else(|_| fs::copy(built, &program).map(drop))?;
        let site = folder.path().join("site");
        fs::create_dir_all(&site)?;
        for name in ["empty", "favicon.svg", "frame.html"] {
            fs::write(site.join(name), "")?;
        }
        let manifest = ["start.js", "page.js", "page.wasm", "app.css", "de.json", "fr.json"]
            .map(|name| format!("\"{name}\":\"empty\""));
        fs::write(site.join("manifest.json"), format!("{{{}}}", manifest.join(",")))?;
        Ok(Self { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the server's database alongside the server.
    pub fn database(&self) -> Result<Connection> {
        Ok(Connection::open(self.path("convi.db"))?)
    }

    fn command(&self, gorgias: &str) -> Result<Command> {
        let mut command = Command::new(self.path("convi-integrations"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("CONVI_LISTEN", "127.0.0.1:0")
            .env("CONVI_DATABASE_URL", format!("sqlite://{}", self.path("convi.db").display()))
            .env("CONVI_SMTP_URL", format!("file://{}", self.path("outbox").display()))
            .env("CONVI_GORGIAS_URL", gorgias)
            .env("CONVI_TOKEN_SECRET", TOKEN_SECRET)
            .env("CONVI_INGEST_SECRET", INGEST_SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(self.path("server.log"))?)
            .kill_on_drop(true);
        Ok(command)
    }

    /// Returns how long `--help` takes, the minimum for starting the program.
    pub async fn says_its_help(&self) -> Result<Duration> {
        let began = Instant::now();
        let mut child = Command::new(self.path("convi-integrations"))
            .arg("--help")
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        anyhow::ensure!(child.wait().await?.success(), "--help fails");
        Ok(began.elapsed())
    }

    /// Starts the server with its default logging, into a file; returns when it listens.
    pub async fn start(&self, gorgias: &str) -> Result<Program> {
        let began = Instant::now();
        let mut child = self.command(gorgias)?.spawn()?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let said = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await;
        let said = said.context("the server could not be started")??;
        let address = said.and_then(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let Some(address) = address else {
            anyhow::bail!("the server exited: {}", fs::read_to_string(self.path("server.log"))?);
        };
        // Ignore further output, but keep the pipe open.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Program { child, address, began })
    }
}

/// Creates a folder on the build disk, which the baselines use as well.
pub fn folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A running server; killed when dropped.
pub struct Program {
    child: Child,
    /// `http://127.0.0.1:…`
    pub address: String,
    /// When it was started.
    pub began: Instant,
}

impl Program {
    /// Returns its resident memory in bytes. Linux only.
    pub fn memory(&self) -> Result<f64> {
        let id = self.child.id().context("the server has exited")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().split(' ').next());
        Ok(kilobytes.context("no VmRSS")?.parse::<f64>()? * 1_024.0)
    }

    /// Returns its CPU time in milliseconds: user and kernel, all threads. Linux only.
    pub fn cpu(&self) -> Result<f64> {
        let id = self.child.id().context("the server has exited")?;
        let line = fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name can contain anything; the state and ten more fields follow it before these two.
        let fields = line.rsplit_once(')').context("no name")?.1.split_ascii_whitespace().skip(11);
        let ticks: Vec<f64> = fields.take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() * 1_000.0 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Kills it.
    pub async fn end(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
