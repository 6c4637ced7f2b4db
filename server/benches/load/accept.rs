//! Accepted handovers a second, beside what SQLite alone keeps on the same disk.

use crate::{
    dispatch,
    figures::{Line, median, ms, percentile, whole},
    program::{Place, folder},
    sender::{self, Sender},
};
use anyhow::{Context, Result, ensure};
use convi_server::handover::accept::Acceptor;
use gorgias_emulator::Emulator;
use sqlx::{
    Acquire, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Posting at once, and writing at once.
const CLIENTS: usize = 16;
/// What the last baseline writes in one transaction.
const BATCH: u64 = 64;
/// Ours and the baselines take turns, so that what else the machine does meets them alike.
const ROUNDS: u32 = 5;

pub async fn measure(time: Duration) -> Result<Vec<Line>> {
    let gorgias = Emulator::start().await?;
    let place = Place::new()?;
    let program = place.start(&gorgias.template()).await?;
    let sender = Sender::new(&program)?;
    for client in 0..CLIENTS {
        sender.connects(&gorgias, &merchant(client)).await?;
    }
    let folder = folder()?;
    let alone = Baseline::open(&folder.path().join("baseline.db")).await?;

    let inside = folder.path().join("inside");
    let app = dispatch::start(&inside, &gorgias).await?;
    for client in 0..CLIENTS {
        dispatch::connect(&app, &gorgias, &format!("inside{client}")).await?;
    }

    let length = sender::body("m0", "c-0-0").len();
    let (mut ours, mut without_http, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut baselines = [1, CLIENTS as u64, BATCH].map(|batch| (batch, Vec::new()));
    let next = Arc::new(AtomicU64::new(0));
    for _ in 0..ROUNDS {
        for (batch, rates) in &mut baselines {
            rates.push(alone.writes(*batch, time / ROUNDS / 4).await?);
        }
        without_http.push(accepts(&app.acceptor, &next, time / ROUNDS / 4).await?);
        let (rate, took) = posts(&sender, &next, time / ROUNDS).await?;
        ours.push(rate);
        times.extend(took);
    }
    let mut database = place.database().await?;
    let row = sqlx::query("SELECT count(*) AS kept FROM handover").fetch_one(&mut database).await?;
    let kept: i64 = row.try_get("kept")?;
    ensure!(
        usize::try_from(kept)? == times.len(),
        "{} handovers got a 202, and {kept} are kept",
        times.len()
    );
    let after = program.memory()? / 1e6;
    program.end().await?;

    let ours = median(&ours);
    let [single, shared, batched] = baselines.map(|(_, rates)| median(&rates));
    let better = single.max(batched);
    Ok(vec![
        Line::new(
            format!("accept: handovers a second over HTTP ({length} bytes, {CLIENTS} clients); baseline: one insert and one commit each"),
            whole(ours),
            whole(single),
        )
        .with_ratio(ours, single),
        Line::new(
            format!("accept: the same; baseline: the same inserts, {CLIENTS} in a transaction, as many as wait at once"),
            whole(ours),
            whole(shared),
        )
        .with_ratio(ours, shared),
        Line::new(
            format!("accept: the same; baseline: the same inserts, {BATCH} in a transaction"),
            whole(ours),
            whole(batched),
        )
        .with_ratio(ours, batched)
        .aims("above 0.5 of the better", ours > 0.5 * better),
        Line::new(
            "accept: the same; baseline: the same handovers taken in without HTTP and signature, and not sent",
            whole(ours),
            whole(median(&without_http)),
        )
        .with_ratio(ours, median(&without_http)),
        Line::new(
            "accept: from request to 202, p50 and p99",
            format!("{:.1} and {:.1} ms", percentile(&times, 0.5), percentile(&times, 0.99)),
            "",
        ),
        Line::new("accept: resident memory after it", format!("{after:.0} MB"), ""),
    ])
}

fn merchant(client: usize) -> String {
    format!("m{client}")
}

/// Posts for so long, each client one after the other. How many a second, and how many milliseconds each took.
async fn posts(sender: &Sender, next: &Arc<AtomicU64>, time: Duration) -> Result<(f64, Vec<f64>)> {
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|client| {
        let (sender, next) = (sender.clone(), next.clone());
        tokio::spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let conversation = format!("c-{client}-{}", next.fetch_add(1, Ordering::Relaxed));
                let body = sender::body(&merchant(client), &conversation);
                let asked = Instant::now();
                sender.posts(&format!("msg-{conversation}"), body).await?;
                times.push(ms(asked.elapsed()));
            }
            anyhow::Ok(times)
        })
    });
    let mut times = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        times.extend(client.await.context("a client failed")??);
    }
    Ok((times.len() as f64 / began.elapsed().as_secs_f64(), times))
}

/// Takes handovers in for so long, as many at once as there are clients. How many a second.
async fn accepts(acceptor: &Acceptor, next: &Arc<AtomicU64>, time: Duration) -> Result<f64> {
    let began = Instant::now();
    let before = next.load(Ordering::Relaxed);
    let clients = (0..CLIENTS).map(|client| {
        let (acceptor, next) = (acceptor.clone(), next.clone());
        tokio::spawn(async move {
            while began.elapsed() < time {
                let conversation = format!("c-{client}-{}", next.fetch_add(1, Ordering::Relaxed));
                let body = sender::body(&format!("inside{client}"), &conversation);
                acceptor.accept(&format!("msg-{conversation}"), body.into()).await?;
            }
            anyhow::Ok(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.context("a client failed")??;
    }
    Ok((next.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64())
}

/// SQLite alone, set as the server sets it.
struct Baseline {
    pool: SqlitePool,
    next: Arc<AtomicU64>,
}

impl Baseline {
    async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "4000")
            .pragma("secure_delete", "on")
            .busy_timeout(Duration::from_secs(60));
        // One connection for which the writers queue: faster than sixteen that try again and again for its lock.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::query("CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT NOT NULL)").execute(&pool).await?;
        Ok(Self { pool, next: Arc::default() })
    }

    /// Sixteen writers for so long, with so many inserts in a transaction. How many inserts a second.
    async fn writes(&self, batch: u64, time: Duration) -> Result<f64> {
        let began = Instant::now();
        let before = self.next.load(Ordering::Relaxed);
        let writers = (0..CLIENTS).map(|client| {
            let (pool, next) = (self.pool.clone(), self.next.clone());
            tokio::spawn(async move {
                while began.elapsed() < time {
                    let mut connection = pool.acquire().await?;
                    let mut tx = connection.begin().await?;
                    for _ in 0..batch {
                        let id = format!("msg-{client}-{}", next.fetch_add(1, Ordering::Relaxed));
                        sqlx::query("INSERT INTO kept (id, body) VALUES (?, ?)")
                            .bind(&id)
                            .bind(sender::body("m1", &id))
                            .execute(&mut *tx)
                            .await?;
                    }
                    tx.commit().await?;
                }
                anyhow::Ok(())
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.context("a writer failed")??;
        }
        let written = self.next.load(Ordering::Relaxed) - before;
        Ok(written as f64 / began.elapsed().as_secs_f64())
    }
}
