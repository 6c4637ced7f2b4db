//! Dispatched tickets per second, compared with a loop that posts the same tickets and stores nothing.
//!
//! The dispatcher runs in this process, with a real SQLite file. Each account gets fewer tickets than its burst, so
//! that rate limits do not affect the result.

use crate::{
    figures::{Line, median, whole},
    program::folder,
    sender,
    straight::Straight,
};
use anyhow::{Context, Result, ensure};
use app::backend::Backend;
use app::model::{ConnectionForm, Helpdesk, Role, SaveOutcome, Viewer};
use convi_server::{
    application::Application,
    clock::{SystemClock, SystemEntropy},
    config::{Config, Need},
    handover::dispatch::{Dispatcher, Lanes},
};
use domain::clock::World;
use futures::{StreamExt, TryStreamExt, stream};
use gorgias_emulator::{AccountHandle, Emulator, Fault, FaultKind, Role as GorgiasRole};
use rusqlite::Connection;
use std::{
    ffi::OsString,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const ACCOUNTS: usize = 200;
/// Requests in flight, on both sides.
const IN_FLIGHT: usize = 64;
/// Response time of the helpdesk in seconds.
const ANSWERS_AFTER: f64 = 0.05;
/// Tickets per account and round.
const EACH: usize = 10;
/// Ours and the baseline alternate. An account gets thirty tickets in total; its burst is 38.
const ROUNDS: usize = 3;

pub async fn measure() -> Result<Vec<Line>> {
    let folder = folder()?;
    let gorgias = Emulator::start().await?;
    let app = start(folder.path(), &gorgias).await?;
    let mut accounts = Vec::new();
    for n in 0..ACCOUNTS {
        accounts.push(connect(&app, &gorgias, &format!("m{n}")).await?);
        accounts.push(Straight::opens(&gorgias, &format!("bare{n}")));
    }
    for account in &accounts {
        account.fault(Fault::new(FaultKind::Delay { seconds: ANSWERS_AFTER }).on_create());
    }
    let straight = Straight::new(&gorgias)?;
    let database = Connection::open(folder.path().join("convi.db"))?;

    let (mut ours, mut baseline) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        baseline.push(posts(&straight, round).await?);
        ours.push(dispatches(&app, &database, round).await?);
    }
    app.store.close().await;
    for account in &accounts {
        let (made, refused) = (account.tickets().len(), account.bucket_refusals());
        ensure!(made == EACH * ROUNDS, "{} has {made} tickets", account.subdomain());
        ensure!(refused == 0, "{} refused {refused} requests", account.subdomain());
    }
    let (ours, baseline) = (median(&ours), median(&baseline));
    Ok(vec![
        Line::new(
            format!(
                "dispatch: tickets per second to {ACCOUNTS} accounts, answered in 50 ms, {IN_FLIGHT} in flight; baseline: a bare loop that posts them"
            ),
            whole(ours),
            whole(baseline),
        )
        .with_ratio(ours, baseline)
        .aims("at least 0.9", ours >= 0.9 * baseline),
    ])
}

/// Creates the server's parts in this process; nothing is sent until the dispatcher runs.
pub async fn start(folder: &Path, gorgias: &Emulator) -> Result<Application> {
    let settings = [
        ("CONVI_DATABASE_URL", format!("sqlite://{}/convi.db", folder.display())),
        ("CONVI_SMTP_URL", format!("file://{}/outbox", folder.display())),
        ("CONVI_GORGIAS_URL", gorgias.template()),
        ("CONVI_TOKEN_SECRET", crate::program::TOKEN_SECRET.to_owned()),
    ];
    let environment = settings.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let config = Config::load(environment, None, Need::Serve)?;
    let world = World { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
    Ok(Application::build(&config, "https://convi.example", world).await?)
}

/// Connects a merchant to an account of the same name.
pub async fn connect(app: &Application, gorgias: &Emulator, merchant: &str) -> Result<AccountHandle> {
    let owner = format!("owner@{merchant}.test");
    let account = gorgias.account(merchant).user(&owner, "key-1", GorgiasRole::Admin);
    let viewer =
        Viewer { merchant: merchant.into(), subject: "u1".into(), name: "Olive".into(), role: Role::Owner };
    let form = ConnectionForm {
        subdomain: merchant.into(),
        method: None,
        username: owner,
        api_key: Some("key-1".to_owned()),
        ..ConnectionForm::default()
    };
    let saved = app.services.save_connection(&viewer, Helpdesk::GORGIAS, form).await;
    ensure!(matches!(saved, Ok(SaveOutcome::Saved { .. })), "{merchant} cannot connect: {saved:?}");
    Ok(account)
}

/// Runs the bare loop. Returns tickets per second.
async fn posts(straight: &Straight, round: usize) -> Result<f64> {
    let began = Instant::now();
    stream::iter(0..ACCOUNTS * EACH)
        .map(|n| async move {
            straight.posts(&format!("bare{}", n % ACCOUNTS), &format!("bare-{round}-{n}")).await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<Vec<()>>()
        .await?;
    Ok((ACCOUNTS * EACH) as f64 / began.elapsed().as_secs_f64())
}

/// Runs the dispatcher on the same number of waiting handovers. Returns tickets per second.
async fn dispatches(app: &Application, database: &Connection, round: usize) -> Result<f64> {
    stream::iter(0..ACCOUNTS * EACH)
        .map(|n| async move {
            let conversation = format!("c-{round}-{n}");
            let body = sender::body(&format!("m{}", n % ACCOUNTS), &conversation);
            app.acceptor.accept(&format!("msg-{conversation}"), body.into()).await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<Vec<String>>()
        .await?;
    let lanes = Lanes::with_room_for(IN_FLIGHT, ACCOUNTS);
    let dispatcher = Arc::new(Dispatcher::new(&app.parts, lanes));
    let stop = CancellationToken::new();
    let began = Instant::now();
    let running = tokio::spawn(dispatcher.run(stop.clone()));
    let most = Duration::from_secs(60);
    while open(database)? > 0 {
        ensure!(began.elapsed() < most, "{} were not dispatched in {most:?}", open(database)?);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = began.elapsed();
    stop.cancel();
    running.await.context("the dispatcher failed")?;
    Ok((ACCOUNTS * EACH) as f64 / took.as_secs_f64())
}

fn open(database: &Connection) -> Result<i64> {
    let sql =
        "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held')";
    Ok(database.query_row(sql, [], |row| row.get(0))?)
}
