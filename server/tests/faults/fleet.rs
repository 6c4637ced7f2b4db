//! The server: one process on an SQLite file, or several on PostgreSQL behind a proxy.

use crate::{
    history::History,
    postgres::{Postgres, Standby},
    program::Program,
    skew::Skew,
};
use proxy::RoundRobin;
use std::{
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::sync::watch;

pub struct Fleet {
    pub replicas: Vec<Replica>,
    pub postgres: Option<Postgres>,
    /// The clock of the database, which is the clock for all stored times.
    pub skew: Skew,
    address: watch::Receiver<Option<SocketAddr>>,
}

/// A process, with the clock of its machine.
pub struct Replica {
    pub program: Program,
    pub skew: Skew,
    /// When a pause ends, if it is paused.
    stopped_until: Option<Instant>,
}

impl Replica {
    fn new(folder: &Path, settings: Vec<(&'static str, String)>, skew: Skew) -> Self {
        Self { program: Program::new(folder, settings, skew.clone()), skew, stopped_until: None }
    }

    /// Pauses it for this many seconds, without its noticing.
    pub fn pause(&mut self, seconds: f64) {
        self.program.stop();
        // It may be in a longer pause.
        self.stopped_until = self.stopped_until.max(Some(Instant::now() + Duration::from_secs_f64(seconds)));
    }

    /// Returns whether it is stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped_until.is_some()
    }

    /// Kills it, and starts it again after this many seconds.
    pub async fn kill(&mut self, seconds: f64) {
        self.stopped_until = None;
        self.program.kill().await;
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        self.program.start().await;
    }

    fn go_on(&mut self) {
        self.stopped_until = None;
        self.program.go_on();
    }
}

impl Fleet {
    /// One process, on a file in this folder.
    pub fn on_sqlite(folder: &Path, settings: Vec<(&'static str, String)>) -> Self {
        let skew = Skew::new(folder);
        let replica = Replica::new(folder, settings, skew.clone());
        Self { address: replica.program.address(), replicas: vec![replica], postgres: None, skew }
    }

    /// This many processes, on a private PostgreSQL.
    pub async fn on_postgres(
        folder: &Path,
        settings: &[(&'static str, String)],
        count: usize,
        standby: Standby,
    ) -> Self {
        // PostgreSQL, which may run as another user, reads the clock.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).unwrap();
        let postgres = Postgres::start(folder, count, standby).await;
        let proxy = RoundRobin::start("127.0.0.1:0".parse().unwrap(), count).unwrap();
        let mut replicas = Vec::new();
        for n in 0..count {
            let folder = folder.join(format!("replica-{n}"));
            std::fs::create_dir(&folder).unwrap();
            let settings = settings.iter().cloned().chain(postgres.settings(n)).collect();
            let replica = Replica::new(&folder, settings, Skew::new(&folder));
            let (mut address, proxy) = (replica.program.address(), proxy.clone());
            tokio::spawn(async move {
                while address.changed().await.is_ok() {
                    proxy.forward_to(n, *address.borrow_and_update());
                }
            });
            replicas.push(replica);
        }
        let skew = postgres.skew.clone();
        let address = watch::Sender::new(Some(proxy.address())).subscribe();
        Self { replicas, postgres: Some(postgres), skew, address }
    }

    /// Starts all processes at the same time.
    pub async fn start(&mut self) {
        futures::future::join_all(self.replicas.iter_mut().map(|it| it.program.start())).await;
    }

    /// Returns the address to call.
    pub fn address(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.clone()
    }

    /// Resumes processes whose pause is over, and starts those that have exited.
    pub async fn look_after(&mut self) {
        for replica in &mut self.replicas {
            if replica.stopped_until.is_some_and(|until| until <= Instant::now()) {
                replica.go_on();
            }
            replica.program.look_after().await;
        }
    }

    /// Returns whether every process is paused.
    pub fn is_stopped(&self) -> bool {
        self.replicas.iter().all(Replica::is_stopped)
    }

    /// Ends all of its faults.
    pub async fn recover(&mut self) {
        if let Some(postgres) = &mut self.postgres {
            postgres.recover().await;
        }
        for replica in &mut self.replicas {
            replica.go_on();
            replica.program.disk_is_full(false);
            replica.program.look_after().await;
            while replica.program.is_exiting() {
                tokio::time::sleep(Duration::from_millis(50)).await;
                replica.program.look_after().await;
            }
        }
    }

    /// Asks all processes to exit, at the same time.
    pub async fn terminate(&mut self) {
        futures::future::join_all(self.replicas.iter_mut().map(|it| it.program.terminate())).await;
    }

    pub fn starts(&self) -> u32 {
        self.replicas.iter().map(|it| it.program.starts).sum()
    }

    pub fn logs(&self) -> Vec<PathBuf> {
        self.replicas.iter().map(|it| it.program.log()).collect()
    }

    /// Returns the problems that must not occur.
    pub fn wrong(&self) -> Vec<String> {
        let exits = self.replicas.iter().flat_map(|it| &it.program.unexpected_exits);
        let mut wrong: Vec<_> = exits.map(|how| format!("the server exited unexpectedly: {how}")).collect();
        for log in self.logs() {
            let text = std::fs::read(&log).unwrap_or_default();
            let panics =
                String::from_utf8_lossy(&text).lines().filter(|line| line.contains("panicked")).count();
            if panics > 0 {
                wrong.push(format!("{panics} panics in {}", log.display()));
            }
        }
        wrong.extend(self.postgres.iter().flat_map(Postgres::wrong));
        wrong
    }

    /// Returns the history of single handovers.
    pub async fn history(&self) -> History {
        match &self.postgres {
            None => History::of_sqlite(&self.replicas[0].program.database(), self.logs()),
            Some(postgres) => History::of_postgres(postgres.connect().await, self.logs()),
        }
    }
}
