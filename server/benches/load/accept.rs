//! Accepted handovers per second, compared with what plain SQLite stores on the same disk.

use crate::{
    dispatch,
    figures::{Line, median, ms, percentile, whole},
    program::{Place, folder},
    sender::{self, Sender},
};
use anyhow::{Context, Result, ensure};
use convi_server::{
    handover::accept::Acceptor,
    store::{self, DatabaseUrl, Opener},
};
use gorgias_emulator::Emulator;
use rusqlite::{Connection, params};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How many clients post, or write, concurrently.
const CLIENTS: usize = 16;
/// Transaction size of the last baseline.
const BATCH: u64 = 64;
/// Ours and the baselines alternate, so that other load on the machine affects them equally.
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
    let alone = Baseline::open(&folder.path().join("baseline.db"))?;
    let same_rows = Baseline::of_the_same_rows(&folder.path().join("rows.db")).await?;

    let inside = folder.path().join("inside");
    let app = dispatch::start(&inside, &gorgias).await?;
    for client in 0..CLIENTS {
        dispatch::connect(&app, &gorgias, &format!("inside{client}")).await?;
    }

    let length = sender::body("m0", "c-0-0").len();
    let (mut ours, mut without_http, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut baselines = [1, CLIENTS as u64, BATCH].map(|batch| (batch, Vec::new()));
    let mut floor = Vec::new();
    let next = Arc::new(AtomicU64::new(0));
    for _ in 0..ROUNDS {
        for (batch, rates) in &mut baselines {
            rates.push(alone.writes(*batch, time / ROUNDS / 4).await?);
        }
        floor.push(same_rows.writes(BATCH, time / ROUNDS / 4).await?);
        without_http.push(accepts(&app.acceptor, &next, time / ROUNDS / 4).await?);
        let (rate, took) = posts(&sender, &next, time / ROUNDS).await?;
        ours.push(rate);
        times.extend(took);
    }
    let kept: i64 = place.database()?.query_row("SELECT count(*) FROM handover", [], |row| row.get(0))?;
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
            format!("accept: handovers per second over HTTP ({length} bytes, {CLIENTS} clients); baseline: one insert and one commit each"),
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
            format!("accept: the same; baseline: the very rows of a handover, written by nothing but SQLite, {BATCH} handovers in a transaction"),
            whole(ours),
            whole(median(&floor)),
        )
        .with_ratio(ours, median(&floor)),
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

/// Posts for this long, with each client sending one request at a time. Returns handovers per second and the
/// milliseconds of each.
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

/// Accepts handovers for this long, with as many tasks as there are clients. Returns handovers per second.
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

/// Plain SQLite with the server's settings. Writers queue for a single connection, which is faster than sixteen
/// connections competing for its lock.
struct Baseline {
    connection: Arc<Mutex<Connection>>,
    next: Arc<AtomicU64>,
    insert: Insert,
}

/// Inserts a client's row with this number.
type Insert = fn(&Connection, usize, u64) -> Result<()>;

const SETTINGS: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
     PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;";

impl Baseline {
    fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch("CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT NOT NULL)")?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), next: Arc::default(), insert: one_row })
    }

    /// Opens a database with the server's tables, indexes and triggers.
    async fn of_the_same_rows(path: &Path) -> Result<Self> {
        let url = DatabaseUrl::parse(&format!("sqlite://{}", path.display())).map_err(anyhow::Error::msg)?;
        let store = store::open(&url, Opener::Server).await?;
        store.migrate().await?;
        store.close().await;
        let connection = Connection::open(path)?;
        connection.execute_batch(SETTINGS)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), next: Arc::default(), insert: same_rows })
    }

    /// Writes for this long with sixteen writers and this many inserts per transaction. Returns inserts per second.
    async fn writes(&self, batch: u64, time: Duration) -> Result<f64> {
        let began = Instant::now();
        let before = self.next.load(Ordering::Relaxed);
        let writers = (0..CLIENTS).map(|client| {
            let (connection, next, insert) = (self.connection.clone(), self.next.clone(), self.insert);
            tokio::task::spawn_blocking(move || {
                while began.elapsed() < time {
                    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    connection.execute_batch("BEGIN")?;
                    for _ in 0..batch {
                        insert(&connection, client, next.fetch_add(1, Ordering::Relaxed))?;
                    }
                    connection.execute_batch("COMMIT")?;
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

fn one_row(connection: &Connection, client: usize, n: u64) -> Result<()> {
    let id = format!("msg-{client}-{n}");
    let mut insert = connection.prepare_cached("INSERT INTO kept (id, body) VALUES (?, ?)")?;
    insert.execute([&id, &sender::body("m1", &id)])?;
    Ok(())
}

/// Inserts the rows that the server writes for a handover to one helpdesk, with ids in time order as the server's are.
fn same_rows(connection: &Connection, client: usize, n: u64) -> Result<()> {
    let merchant = merchant(client);
    let (id, conversation) = (format!("{n:036}"), format!("c-{client}-{n}"));
    let body = sender::body(&merchant, &conversation);
    let summary = r#"{"conversation_url":null,"shopper_name":"Jane Doe","shopper_email":"jane@mail.test","trigger":"automatic","reason":"asked_for_human","by":null,"occurred_at":1795341600000}"#;
    let now = 1_795_341_600_000 + i64::try_from(n)?;
    connection
        .prepare_cached(
            "INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
             VALUES (?, ?, ?, ?, 'A parcel that does not come', ?, ?)",
        )?
        .execute(params![id, merchant, conversation, now, summary, body])?;
    connection
        .prepare_cached(
            "INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, give_up_at, late_at,
                 attempts, unsure_attempts, waits, fence, look_ups, needs_answer, without, duplicates, checks)
             VALUES (?1 || 'd', ?1, ?2, 'gorgias', 0, 0, 'gorgias:' || ?2, 'queued', ?3, ?3, 0, 0, 0, 0, 0, 0, '[]', '[]', 0)",
        )?
        .execute(params![id, merchant, now])?;
    connection
        .prepare_cached(
            "INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at) VALUES (?, zeroblob(32), ?, ?, ?)",
        )?
        .execute(params![
            format!("msg-{conversation}"),
            id,
            r#"{"handover_id":"000000000000000000000000000000000000","deliveries":[{"destination":"gorgias","state":"queued"}]}"#,
            now,
        ])?;
    Ok(())
}
