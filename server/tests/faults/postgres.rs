//! A private PostgreSQL, and its faults.

use crate::{chance::Chance, skew::Skew, wire::Wire};
use postgres_cluster::{Cluster, Commits};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex as Lock},
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, task::JoinSet};
use tokio_postgres::{Client, NoTls};

/// The replicas' master key.
const KEYS: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// The file size limit that simulates a full disk: every write beyond it fails.
const FULL: u64 = 64 * 1024;

/// Held while an outage stops the server, so that there is only one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// What waits to take over from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Standby {
    /// No server
    None,
    /// A server that has every commit
    Sync,
    /// A server that may lack the last commits
    Async,
}

/// How long an asynchronous standby gets nothing before it takes over.
const LAG: f64 = 3.0;

/// A standby took over. It lacks the commits from the first moment on, up to the second one.
#[derive(Clone, Copy, Debug)]
pub struct Lag {
    pub from: Instant,
    pub to: Instant,
}

impl Lag {
    /// Returns whether something that began and ended at these times may be lost.
    pub fn has(&self, began: Instant, ended: Instant) -> bool {
        began <= self.to && ended >= self.from
    }
}

/// The server that is the primary now.
#[derive(Clone)]
struct Primary(Arc<Lock<Arc<Cluster>>>);

impl Primary {
    fn get(&self) -> Arc<Cluster> {
        self.0.lock().unwrap().clone()
    }
}

pub struct Postgres {
    /// The folder to which the servers' logs are copied at the end.
    folder: PathBuf,
    primary: Primary,
    standby: Option<Arc<Cluster>>,
    /// The server from which the standby took over.
    former: Option<Arc<Cluster>>,
    /// Whether a commit waits for the standby.
    is_synchronous: bool,
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
    /// Its first process is killed. The others end when they notice, and it is started again after this many seconds.
    Killed(f64),
    /// A process of a session is killed. The server ends all others and recovers.
    SessionKilled,
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
    pub async fn start(folder: &Path, replicas: usize, standby: Standby) -> Self {
        let skew = Skew::new(folder);
        let environment = skew.environment();
        let start = move || Cluster::start_with(Commits::Durable, environment);
        let cluster = Arc::new(tokio::task::spawn_blocking(start).await.unwrap().unwrap());
        let is_synchronous = standby == Standby::Sync;
        let follows = cluster.clone();
        let follow = move || (standby != Standby::None).then(|| Arc::new(follows.standby().unwrap()));
        let standby = tokio::task::spawn_blocking(follow).await.unwrap();
        if is_synchronous {
            // Not before the standby was copied: it waits for nobody.
            let client = connect(&cluster.url()).await.unwrap();
            client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
            client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        }
        let mut wires = Vec::new();
        for _ in 0..replicas {
            wires.push(Wire::start(&cluster.socket()).await);
        }
        Self {
            folder: folder.to_owned(),
            primary: Primary(Arc::new(Lock::new(cluster))),
            standby,
            former: None,
            is_synchronous,
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

    /// Connects directly, not through a wire.
    pub async fn connect(&self) -> Option<Client> {
        connect(&self.primary.get().url()).await
    }

    /// Returns whether a standby waits to take over.
    pub fn has_standby(&self) -> bool {
        self.standby.is_some()
    }

    /// Returns whether it will lack commits.
    pub fn loses_commits(&self) -> bool {
        self.has_standby() && !self.is_synchronous
    }

    /// The server crashes, and the standby takes over. Returns which commits it may lack.
    pub async fn fails_over(&mut self) -> Option<Lag> {
        let standby = self.standby.take()?;
        let _alone = ALONE.lock().await;
        let former = self.primary.get();
        let mut lag = None;
        if !self.is_synchronous {
            let client = connect(&standby.url()).await.unwrap();
            client.batch_execute("ALTER SYSTEM SET primary_conninfo = ''").await.unwrap();
            client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
            // What was committed shortly before may not have arrived either.
            let from = Instant::now() - Duration::from_millis(500);
            pause(LAG).await;
            lag = Some(Lag { from, to: Instant::now() });
        }
        on_its_own(&former, |it| it.stop().unwrap()).await;
        on_its_own(&standby, |it| it.promote().unwrap()).await;
        for wire in &self.wires {
            wire.leads_to(&standby.socket());
        }
        self.former = Some(std::mem::replace(&mut *self.primary.0.lock().unwrap(), standby));
        lag.map(|lag| Lag { to: Instant::now(), ..lag })
    }

    /// Begins an outage. One that stops the server waits for the previous one of that kind.
    pub fn begin(&mut self, outage: Outage) {
        let primary = self.primary.clone();
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
                let cluster = primary.get();
                on_its_own(&cluster, |it| it.stop().unwrap()).await;
                pause(seconds).await;
                on_its_own(&cluster, |it| it.restart().unwrap()).await;
            })),
            Outage::Killed(seconds) => drop(self.stops.spawn(async move {
                let _alone = ALONE.lock().await;
                let cluster = primary.get();
                cluster.pid().into_iter().for_each(kill);
                pause(seconds).await;
                // It does not start while a process of the killed one is left.
                let mut patience = 50;
                while !on_its_own(&cluster, |it| it.restart().is_ok()).await {
                    patience -= 1;
                    assert!(patience > 0, "the killed server cannot be started again");
                    pause(0.2).await;
                }
            })),
            Outage::SessionKilled => drop(self.stops.spawn(async move {
                let _alone = ALONE.lock().await;
                let cluster = primary.get();
                if let Some(pid) = a_session(&cluster).await {
                    kill(pid);
                }
                // The server recovers by itself.
                pause(1.0).await;
                on_its_own(&cluster, |it| it.restart_if_it_stopped().unwrap()).await;
            })),
            Outage::DiskFull(seconds) => drop(self.stops.spawn(async move {
                let _alone = ALONE.lock().await;
                let cluster = primary.get();
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
        let url = self.primary.get().url();
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
        let sql = format!("SELECT pg_terminate_backend(pid) {SESSIONS} LIMIT {most}");
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

    fn logs(&self) -> impl Iterator<Item = PathBuf> {
        [Some(self.primary.get()), self.former.clone()].into_iter().flatten().map(|it| it.log())
    }

    /// Returns log lines that must not occur.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for log in self.logs() {
            let log = std::fs::read(log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines = log.lines().filter(|line| line.contains("deadlock detected"));
            wrong.extend(lines.map(|line| format!("PostgreSQL: {line}")));
        }
        wrong
    }
}

/// The sessions of replicas, in random order.
const SESSIONS: &str =
    "FROM pg_stat_activity WHERE application_name = 'convi-integrations' ORDER BY random()";

/// Returns the PID of a session's process.
async fn a_session(cluster: &Cluster) -> Option<u32> {
    let client = connect(&cluster.url()).await?;
    let row = client.query_opt(&format!("SELECT pid {SESSIONS} LIMIT 1"), &[]).await.ok()??;
    u32::try_from(row.get::<_, i32>(0)).ok()
}

fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have exited in the meantime.
        let _ = kill_process(pid, Signal::KILL);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        for (n, log) in self.logs().enumerate() {
            let _ = std::fs::copy(log, self.folder.join(format!("postgres-{n}.log")));
        }
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

async fn on_its_own<T: Send + 'static>(
    cluster: &Arc<Cluster>,
    act: impl FnOnce(&Cluster) -> T + Send + 'static,
) -> T {
    let cluster = cluster.clone();
    tokio::task::spawn_blocking(move || act(&cluster)).await.unwrap()
}

/// Limits the size of the files that the server's processes can write, or removes the limit.
fn limit_files(cluster: &Cluster, full: bool) {
    let current = full.then_some(FULL);
    let Some(first) = cluster.pid() else { return };
    // The parent first, because new processes inherit its limit.
    for round in 0..2 {
        let all = if round == 0 { vec![first] } else { cluster.children() };
        for pid in all.into_iter().filter_map(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            // It may have exited in the meantime.
            let _ = prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum: None });
        }
    }
}

/// Returns a random outage of a few seconds.
pub fn any_outage(chance: &Chance, replicas: usize) -> Outage {
    let seconds = chance.between(0.3, 3.0);
    match chance.below(10) {
        0 => Outage::Stopped(seconds / 2.0),
        1 => Outage::DiskFull(seconds / 2.0),
        2 => Outage::Locked(seconds),
        3 => Outage::Read(10.0 * seconds),
        4 => Outage::Killed(seconds / 2.0),
        5 => Outage::SessionKilled,
        _ => Outage::Silent(chance.below(replicas), 3.0 * seconds),
    }
}
