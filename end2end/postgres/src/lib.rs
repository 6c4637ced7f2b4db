//! Runs the installed PostgreSQL as a private server, in a temporary folder and on its own socket.
//!
//! The server ends with the process that started it, however that process ends: a shell waits for the end of a pipe, then
//! stops the server and removes its folder.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Where Debian's package installs each version's programs.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that runs the server if the caller is root, because PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;
/// Its arguments are the folder of the programs, the folder of the cluster, the server's options, and the folder of the
/// server to follow, or nothing. Prints `ready` when the server accepts connections.
const SCRIPT: &str = r#"
cd "$2"
if [ "$4" ]; then
  "$1/pg_basebackup" --pgdata data --host "$4" --username postgres --checkpoint fast --write-recovery-conf --no-sync
else
  "$1/initdb" --pgdata data --username postgres --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync
fi >log 2>&1 &&
"$1/pg_ctl" --pgdata data --log log --wait --options "$3" start >/dev/null 2>&1 || { cat log >&2; exit 1; }
echo ready
read -r _
"$1/pg_ctl" --pgdata data --mode immediate --wait stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

/// Whether a commit survives a power cut. In most tests, it need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// It waits for the disk.
    Durable,
    /// It does not.
    Fast,
}

/// A running server with an empty database `postgres`.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    options: String,
    /// Those of the options that do not depend on the folder.
    settings: String,
    environment: Vec<(&'static str, String)>,
    shell: Child,
    /// Open as long as the server should run.
    _pipe: ChildStdin,
}

impl Cluster {
    /// Starts a server. Takes about two seconds.
    pub fn start(commits: Commits) -> Result<Self> {
        Self::start_with(commits, Vec::new())
    }

    /// Starts a server with additional environment variables.
    pub fn start_with(commits: Commits, environment: Vec<(&'static str, String)>) -> Result<Self> {
        let programs = programs().context(
            "PostgreSQL is not installed (Debian: apt-get install postgresql); `cargo xtask test` installs it where it can",
        )?;
        let fsync = if commits == Commits::Fast { " -c fsync=off -c full_page_writes=off" } else { "" };
        Self::create(
            programs,
            &format!("-c max_connections=300 -c wal_keep_size=256MB{fsync}"),
            environment,
            None,
        )
    }

    /// Starts a standby that follows this server.
    pub fn standby(&self) -> Result<Self> {
        Self::create(self.programs.clone(), &self.settings, self.environment.clone(), Some(&self.folder))
    }

    fn create(
        programs: PathBuf,
        settings: &str,
        environment: Vec<(&'static str, String)>,
        follows: Option<&Path>,
    ) -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("convi-pg-").tempdir().context("cannot create a folder")?;
        let folder = folder.keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        let options =
            format!("-c listen_addresses='' -c unix_socket_directories='{}' {settings}", folder.display());
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(SCRIPT).arg("sh").arg(&programs).arg(&folder).arg(&options);
        shell.arg(follows.unwrap_or(Path::new("")));
        shell.envs(environment.iter().cloned());
        as_nobody(&mut shell, &folder)?;
        // A process group of its own: Ctrl-C ends only the tests, and the pipe then ends the server.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut shell = shell.spawn().context("cannot start a shell")?;
        let pipe = shell.stdin.take().context("the shell has no stdin")?;
        let mut line = String::new();
        if let Some(output) = shell.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        if line.trim() != "ready" {
            let mut why = String::new();
            if let Some(mut errors) = shell.stderr.take() {
                errors.read_to_string(&mut why)?;
            }
            bail!("PostgreSQL does not start:\n{why}");
        }
        let settings = settings.to_owned();
        Ok(Self { programs, folder, options, settings, environment, shell, _pipe: pipe })
    }

    /// Returns the URL of the database, without parameters.
    pub fn url(&self) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }

    /// Returns the socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Returns the file with its log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Returns the PID of the server's first process, the parent of all others, if it runs.
    pub fn pid(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.parse().ok()
    }

    /// Stops the server immediately, as a crash would.
    pub fn stop(&self) -> Result<()> {
        self.control(&["--mode", "immediate", "stop"])
    }

    /// Starts it again.
    pub fn restart(&self) -> Result<()> {
        self.control(&["--log", "log", "--options", &self.options, "start"])
    }

    /// Starts it again if it stopped by itself.
    pub fn restart_if_it_stopped(&self) -> Result<()> {
        if self.control(&["status"]).is_ok() { Ok(()) } else { self.restart() }
    }

    /// Makes a standby the primary.
    pub fn promote(&self) -> Result<()> {
        self.control(&["promote"])
    }

    /// Returns the PIDs of the server's processes other than the first one.
    pub fn children(&self) -> Vec<u32> {
        let Some(first) = self.pid() else { return Vec::new() };
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children"));
        children.unwrap_or_default().split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut control = Command::new(self.programs.join("pg_ctl"));
        control.args(["--pgdata", "data", "--wait"]).args(arguments).current_dir(&self.folder);
        control.envs(self.environment.iter().cloned());
        as_nobody(&mut control, &self.folder)?;
        let done =
            control.stdout(Stdio::null()).stderr(Stdio::null()).status().context("cannot start pg_ctl")?;
        if done.success() { Ok(()) } else { bail!("pg_ctl {} failed", arguments.join(" ")) }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The shell would do the same, but later.
        let _ = self.stop();
        let _ = self.shell.kill();
        let _ = self.shell.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of PostgreSQL's programs: the one in PATH, or else Debian's newest.
pub fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find_map(|folder| folder.join("initdb").canonicalize().ok());
    let mut newest: Vec<_> = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().collect();
    newest.sort_by_key(|entry| entry.file_name().to_str().and_then(|version| version.parse::<u32>().ok()));
    let debian = newest.into_iter().rev().map(|entry| entry.path().join("bin/initdb"));
    in_path
        .into_iter()
        .chain(debian)
        .find(|file| file.is_file())
        .and_then(|file| Some(file.parent()?.to_owned()))
}

/// If the caller is root, makes a command run as the user `nobody`, who then owns the folder.
fn as_nobody(command: &mut Command, folder: &Path) -> Result<()> {
    if rustix::process::geteuid().is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).context("cannot give the folder to nobody")?;
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(())
}
