//! A private PostgreSQL, and its faults.

use crate::{chance::Chance, skew::Skew, wire::Wire};
use postgres_cluster::{Cluster, Commits};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Mutex, task::JoinSet};
use tokio_postgres::{Client, NoTls};

/// The replicas' master key.
const KEYS: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// The file size limit that simulates a full disk: every write beyond it fails.
const FULL: u64 = 64 * 1024;

/// Held while an outage stops the server, so that there is only one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

pub struct Postgres {
    /// The folder to which the server's log is copied at the end.
    folder: PathBuf,
    cluster: Arc<Cluster>,
    /// A wire for each replica.
    pub wires: Vec<Wire>,
    /// The database's clock.
    pub skew: Skew,
    /// The current disturbances. Each ends by itself or when it is dropped.
    disturbances: JoinSet<()>,
    /// The outage that stops the server now, and starts it again.
    stops: JoinSet<()>,
}

/// A fault of the database.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outage {
    /// The server crashes and is started again after this many seconds.
    Stopped(f64),
    /// Its disk is full for this many seconds. It stops at the next write.
    DiskFull(f64),
    /// Another session locks the deliveries for this many seconds.
    Locked(f64),
    /// Another session keeps a reading transaction open for this many seconds, so that no dead row can be removed.
    Read(f64),
    /// A replica's connections transfer nothing for this many seconds.
    Silent(usize, f64),
}

impl Postgres {
    /// Starts an empty database, with a clock of its own in the folder.
    pub async fn start(folder: &Path, replicas: usize) -> Self {
        let skew = Skew::new(folder);
        let environment = skew.environment();
        let start = move || Cluster::start_with(Commits::Durable, environment);
        let cluster = Arc::new(tokio::task::spawn_blocking(start).await.unwrap().unwrap());
        let mut wires = Vec::new();
        for _ in 0..replicas {
            wires.push(Wire::start(&cluster.socket()).await);
        }
        Self {
            folder: folder.to_owned(),
            cluster,
            wires,
            skew,
            disturbances: JoinSet::new(),
            stops: JoinSet::new(),
        }
    }

    /// Returns the settings of a replica.
    pub fn settings(&self, replica: usize) -> [(&'static str, String); 2] {
        [("CONVI_DATABASE_URL", self.wires[replica].url()), ("CONVI_MASTER_KEYS", KEYS.to_owned())]
    }

    pub fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// Connects directly, not through a wire.
    pub async fn connect(&self) -> Option<Client> {
        connect(&self.cluster.url()).await
    }

    /// Begins an outage. One that stops the server waits for the previous one of that kind.
    pub fn begin(&mut self, outage: Outage) {
        let cluster = self.cluster.clone();
        match outage {
            Outage::Silent(replica, seconds) => {
                let wire = self.wires[replica].clone();
                self.disturbances.spawn(async move {
                    wire.falls_silent(true);
                    pause(seconds).await;
                    wire.falls_silent(false);
                });
            }
            Outage::Locked(seconds) => self.hold("BEGIN; LOCK TABLE delivery, lane", seconds),
            Outage::Read(seconds) => {
                self.hold("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM lane", seconds);
            }
            Outage::Stopped(seconds) => drop(self.stops.spawn(async move {
                let _alone = ALONE.lock().await;
                on_its_own(&cluster, |it| it.stop().unwrap()).await;
                pause(seconds).await;
                on_its_own(&cluster, |it| it.restart().unwrap()).await;
            })),
            Outage::DiskFull(seconds) => drop(self.stops.spawn(async move {
                let _alone = ALONE.lock().await;
                limit_files(&cluster, true);
                pause(seconds).await;
                limit_files(&cluster, false);
                // If it cannot recover, it does not start again by itself.
                pause(1.0).await;
                on_its_own(&cluster, |it| it.restart_if_it_stopped().unwrap()).await;
            })),
        }
    }

    /// Keeps a transaction open.
    fn hold(&mut self, sql: &'static str, seconds: f64) {
        let url = self.cluster.url();
        self.disturbances.spawn(async move {
            if let Some(client) = connect(&url).await
                && client.batch_execute(sql).await.is_ok()
            {
                pause(seconds).await;
            }
        });
    }

    /// Ends sessions of replicas: one at random, or all.
    pub async fn end_sessions(&self, all: bool) {
        let most = if all { "ALL" } else { "1" };
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'convi-integrations' ORDER BY random() LIMIT {most}"
        );
        if let Some(client) = self.connect().await {
            let _ = client.batch_execute(&sql).await;
        }
    }

    /// Ends all faults.
    pub async fn recover(&mut self) {
        self.disturbances.shutdown().await;
        for wire in &self.wires {
            wire.calms();
        }
        while let Some(ended) = self.stops.join_next().await {
            ended.unwrap();
        }
    }

    /// Returns log lines that must not occur.
    pub fn wrong(&self) -> Vec<String> {
        let log = std::fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| line.contains("deadlock detected"));
        lines.map(|line| format!("PostgreSQL: {line}")).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = std::fs::copy(self.log(), self.folder.join("postgres.log"));
    }
}

async fn connect(url: &str) -> Option<Client> {
    // A server that is about to stop may accept the connection and say nothing.
    let connected = tokio::time::timeout(Duration::from_secs(5), tokio_postgres::connect(url, NoTls)).await;
    let (client, connection) = connected.ok()?.ok()?;
    tokio::spawn(connection);
    Some(client)
}

async fn pause(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

async fn on_its_own(cluster: &Arc<Cluster>, act: impl FnOnce(&Cluster) + Send + 'static) {
    let cluster = cluster.clone();
    tokio::task::spawn_blocking(move || act(&cluster)).await.unwrap();
}

/// Limits the size of the files that the server's processes can write, or removes the limit.
fn limit_files(cluster: &Cluster, full: bool) {
    let current = full.then_some(FULL);
    let Some(first) = cluster.pid() else { return };
    let children = format!("/proc/{first}/task/{first}/children");
    // The parent first, because new processes inherit its limit.
    for round in 0..2 {
        let children = std::fs::read_to_string(&children).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        let all = if round == 0 { vec![first] } else { children.collect() };
        for pid in all.into_iter().filter_map(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            // It may have exited in the meantime.
            let _ = prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum: None });
        }
    }
}

/// Returns a random outage of a few seconds.
pub fn any_outage(chance: &Chance, replicas: usize) -> Outage {
    let seconds = chance.between(0.3, 3.0);
    match chance.below(8) {
        0 => Outage::Stopped(seconds / 2.0),
        1 => Outage::DiskFull(seconds / 2.0),
        2 => Outage::Locked(seconds),
        3 => Outage::Read(10.0 * seconds),
        _ => Outage::Silent(chance.below(replicas), 3.0 * seconds),
    }
}
