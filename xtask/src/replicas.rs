//! The demo's servers on PostgreSQL: several processes on a private database, behind a proxy.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use postgres_cluster::{Cluster, Commits};
use proxy::RoundRobin;

use crate::build::SERVER;
use crate::child::Running;
use crate::paths::Paths;

/// What the processes share.
pub struct Replicas {
    /// Runs as long as this value lives.
    cluster: Cluster,
    proxy: RoundRobin,
    /// The secrets that a single process would generate for itself.
    secrets: [(&'static str, String); 3],
}

impl Replicas {
    /// Starts the database, and the proxy on `listen`.
    pub fn prepare(paths: &Paths, listen: SocketAddr, count: usize, data: &Path) -> Result<Self> {
        let cluster = Cluster::start(Commits::Durable)?;
        let proxy = RoundRobin::start(listen, count).with_context(|| format!("cannot listen on {listen}"))?;
        let secrets = [
            ("CONVI_MASTER_KEYS", generate(paths)?),
            ("CONVI_TOKEN_SECRET", generate(paths)?),
            ("CONVI_INGEST_SECRET", ingest_secret(paths, data)?),
        ];
        Ok(Self { cluster, proxy, secrets })
    }

    /// Returns the settings that all processes have in common.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let public = format!("http://{}", self.proxy.address());
        let own = [
            ("CONVI_LISTEN", "127.0.0.1:0".to_owned()),
            ("CONVI_DATABASE_URL", self.cluster.url()),
            ("CONVI_PUBLIC_URL", public),
        ];
        own.into_iter().chain(self.secrets.iter().cloned()).collect()
    }

    /// Forwards requests to a process once it has printed the address that it listens on. Returns that address.
    pub fn forward_to(&self, place: usize, server: &Running) -> Option<SocketAddr> {
        let said = server.said();
        let address = said.lines().find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        self.proxy.forward_to(place, address);
        address
    }
}

/// Returns a new random key, as `id:base64`.
fn generate(paths: &Paths) -> Result<String> {
    let mut command = Command::new(paths.debug().join(SERVER));
    let output =
        command.args(["keys", "generate"]).env_clear().output().context("cannot start the server")?;
    let key = String::from_utf8(output.stdout)?.trim().to_owned();
    if key.is_empty() { bail!("the server generated no key") } else { Ok(key) }
}

/// Returns the secret that the documents' examples sign with. It is kept for the next start.
fn ingest_secret(paths: &Paths, data: &Path) -> Result<String> {
    let file = data.join("ingest.secret");
    if let Ok(kept) = fs::read_to_string(&file) {
        return Ok(kept.trim().to_owned());
    }
    let key = generate(paths)?;
    let secret = format!("whsec_{}", key.split_once(':').map_or(key.as_str(), |(_, random)| random));
    fs::write(&file, format!("{secret}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(secret)
}
