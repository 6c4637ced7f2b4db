//! The database cost of a claim: which lanes are due, the first delivery of one of them, its lease, and the next due
//! time.

use crate::{
    backlog,
    figures::{Line, median, ms, whole},
    program::folder,
};
use anyhow::{Context, Result};
use app::model::{AttemptKind, EmailAddress, Helpdesk, Role, Subdomain, Viewer};
use convi_server::handover::reading::parse_handover;
use convi_server::store::{
    self, Database, DatabaseUrl, Opener,
    connections::NewConnection,
    handovers::{Accepted, NewHandover},
    outbox::{Begun, Due},
};
use domain::delivery::{Event, Moment, Rules};
use jiff::Timestamp;
use rusqlite::Connection;
use std::{path::Path, sync::Arc, time::Instant};

/// How many handovers wait, and for how many merchants with an account each.
const BACKLOGS: [(i64, i64); 4] = [(1_000, 100), (100_000, 100), (1_000_000, 100), (100_000, 100_000)];
const CLAIMS: usize = 200;
/// Accounts per page of the dispatcher.
const PAGE: usize = 256;

struct Backlog {
    waiting: i64,
    merchants: i64,
    store: Arc<dyn Database>,
    times: Vec<f64>,
}

pub async fn measure() -> Result<Vec<Line>> {
    let folder = folder()?;
    let mut backlogs = Vec::new();
    for (waiting, merchants) in BACKLOGS {
        eprintln!("  writing {waiting} handovers of {merchants} merchants");
        let path = folder.path().join(format!("{waiting}-{merchants}.db"));
        let store = fill(&path, waiting, merchants).await?;
        backlogs.push(Backlog { waiting, merchants, store, times: Vec::new() });
    }
    for n in 0..CLAIMS {
        for backlog in &mut backlogs {
            let took = claims(&*backlog.store, n).await?;
            backlog.times.push(took);
        }
    }
    let mut lines = Vec::new();
    let mut least = None;
    for Backlog { waiting, merchants, store, times } in backlogs {
        store.close().await;
        let took = median(&times);
        let baseline = *least.get_or_insert(took);
        let what = format!(
            "claim: {} waiting of {} connected merchants",
            whole(waiting as f64),
            whole(merchants as f64)
        );
        let line = Line::new(what, format!("{took:.2} ms"), format!("{baseline:.2} ms"));
        lines.push(match waiting {
            1_000 => line,
            _ => line.with_ratio(took, baseline).aims("flat, at most 1.5", took <= 1.5 * baseline),
        });
    }
    Ok(lines)
}

/// Creates a database with this many queued deliveries of connected merchants.
async fn fill(path: &Path, waiting: i64, merchants: i64) -> Result<Arc<dyn Database>> {
    let store = store::open(&DatabaseUrl::Sqlite(path.to_owned()), Opener::Server).await?;
    store.migrate().await?;
    let now = Timestamp::now();
    let viewer =
        Viewer { merchant: "m".into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner };
    let connection = NewConnection {
        merchant: "m".into(),
        helpdesk: Helpdesk::GORGIAS,
        subdomain: Subdomain::parse(Helpdesk::GORGIAS, "m").ok().context("no subdomain")?,
        method: Helpdesk::GORGIAS.method(None).context("no method")?,
        username: EmailAddress::parse("owner@m.test").ok().context("no address")?.into(),
        key_id: "1".into(),
        sealed_key: vec![0; 64],
        trouble: None,
        recheck_at: None,
        routing: domain::Routing::default(),
    };
    store.save_connection(&connection, &viewer, now.as_millisecond()).await?;
    let body = r#"{"merchant_id": "m", "trigger": {"kind": "manual"}, "conversation": {"id": "c", "messages": [
        {"id": "1", "author": "shopper", "text": "I would like to talk to somebody about my last order."}]}}"#;
    let handover =
        parse_handover(body.as_bytes(), now).map_err(|_| anyhow::anyhow!("the handover cannot be read"))?;
    let new = NewHandover {
        id: "h".into(),
        delivery_ids: ["d".into(), "e".into()],
        webhook_id: "w".into(),
        body_hash: [0; 32],
        handover,
        accepted_at: now.as_millisecond(),
        warnings: Vec::new(),
        answer: |id, _, _, _| id.to_owned(),
    };
    let Accepted::Answer { handover, .. } = store.accept(new).await? else {
        anyhow::bail!("the handover was not accepted");
    };
    store.close().await;
    let mut database = Connection::open(path)?;
    database.execute(
        "WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?)
         INSERT INTO connection SELECT 'm' || n, helpdesk, 'm' || n, username, key_id, sealed_key, state, problem,
             reason, receives, version, recheck_at, rechecks, probe, method, routing
         FROM connection, counted WHERE merchant = 'm'",
        [merchants],
    )?;
    backlog::copy(&mut database, &handover, waiting, Some(merchants))?;
    drop(database);
    Ok(store::open(&DatabaseUrl::Sqlite(path.to_owned()), Opener::Server).await?)
}

/// Makes one claim as the dispatcher does. Returns the milliseconds it took.
async fn claims(store: &dyn Database, n: usize) -> Result<f64> {
    let now = Timestamp::now().as_millisecond();
    let began = Instant::now();
    let lanes = store.due_lanes(now, None, PAGE).await?;
    let due = lanes.get(n * 7 % lanes.len().max(1)).context("no lane is due")?;
    let first = store
        .first_due(due.lane.account().context("a mail is due")?, Due::Send, now)
        .await?
        .context("no delivery is due")?;
    let moment = Moment { now, chance: 0.5 };
    let leased = first
        .after(Event::Leased, moment, Rules::default())
        .map_err(|_| anyhow::anyhow!("the due delivery cannot be leased"))?;
    let saved = store.save(&leased, Some(&Begun { kind: AttemptKind::Create, at: now }), None, now).await?;
    store.next_due_at(now).await?;
    let took = ms(began.elapsed());
    anyhow::ensure!(saved, "a claim was rejected");
    Ok(took)
}
