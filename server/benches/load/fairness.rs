//! Time from acceptance to the first request, with and without another merchant that has 100,000 handovers waiting and
//! whose helpdesk hangs on every request.

use crate::{
    figures::{Line, percentile},
    flow::Flow,
    program::{Place, Program},
    sender::{self, Sender},
};
use anyhow::{Result, ensure};
use gorgias_emulator::{Emulator, Fault, FaultKind};
use std::time::Duration;

const RATE: u32 = 50;
const SHOPS: usize = 50;
const NEIGHBOUR: &str = "neighbour";
const WAITING: i64 = 100_000;
/// Runs with and without it alternate.
const ROUNDS: u32 = 2;
/// Target: how much it may add at p99.
const AT_MOST_MS: f64 = 1_000.0;

pub async fn measure(time: Duration) -> Result<Vec<Line>> {
    let gorgias = Emulator::start().await?;
    let (alone, beside) = (Place::new()?, Place::new()?);
    let without = alone.start(&gorgias.template()).await?;
    let with = with_neighbour(&beside, &gorgias).await?;
    let mut quiet = Flow::connects(Sender::new(&without)?, &gorgias, "quiet", SHOPS).await?;
    let mut disturbed = Flow::connects(Sender::new(&with)?, &gorgias, "disturbed", SHOPS).await?;
    let (mut waits_without, mut waits_with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        waits_without.extend(quiet.runs(RATE, time / ROUNDS / 2).await?);
        waits_with.extend(disturbed.runs(RATE, time / ROUNDS / 2).await?);
    }
    let neighbour = gorgias.account(NEIGHBOUR);
    ensure!(neighbour.tickets().len() <= 1, "the neighbour's helpdesk did not hang");
    ensure!(neighbour.requests().len() > 2, "the neighbour was not dispatched at all");
    let waiting = "SELECT count(*) FROM delivery WHERE merchant = ? AND state <> 'delivered'";
    let waits: i64 = beside.database()?.query_row(waiting, [NEIGHBOUR], |row| row.get(0))?;
    ensure!(waits >= WAITING, "only {waits} of the neighbour wait");
    with.end().await?;
    without.end().await?;
    let told = |waits: &[f64]| format!("{:.1} and {:.1} ms", percentile(waits, 0.5), percentile(waits, 0.99));
    let (p99, before) = (percentile(&waits_with, 0.99), percentile(&waits_without, 0.99));
    Ok(vec![
        Line::new(
            format!(
                "fairness: acceptance to first request at {RATE} per second, p50 and p99, beside a neighbour with 100,000 waiting whose helpdesk hangs; baseline: without it"
            ),
            told(&waits_with),
            told(&waits_without),
        )
        .with_ratio(p99, before)
        .aims("p99 at most 1 s more", p99 - before <= AT_MOST_MS),
    ])
}

/// Starts a server on which the other merchant's handovers are already waiting.
async fn with_neighbour(place: &Place, gorgias: &Emulator) -> Result<Program> {
    let program = place.start(&gorgias.template()).await?;
    let sender = Sender::new(&program)?;
    let account = sender.connects(gorgias, NEIGHBOUR).await?;
    account.fault(Fault::new(FaultKind::Hang));
    let first = sender.posts("msg-neighbour", sender::body(NEIGHBOUR, "c-neighbour")).await?;
    program.end().await?;
    let mut database = place.database()?;
    crate::backlog::copy(&mut database, &first, WAITING, None)?;
    drop(database);
    place.start(&gorgias.template()).await
}
