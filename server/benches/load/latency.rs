//! Time from acceptance to the first request, compared with a request sent directly to the helpdesk.

use crate::{
    figures::{Line, percentile},
    flow::{Flow, since},
    program::Place,
    sender::Sender,
    straight::Straight,
};
use anyhow::{Context, Result};
use gorgias_emulator::{AccountHandle, Emulator};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;

/// Handovers per second.
const RATES: [u32; 3] = [50, 200, 800];
/// Target at p99 for the highest rate, with a busy process beside it.
const AT_MOST_MS: f64 = 50.0;
/// Enough accounts that none gets more than its burst of 38.
const ACCOUNTS: usize = 800;

pub async fn measure(time: Duration) -> Result<Vec<Line>> {
    let gorgias = Emulator::start().await?;
    let place = Place::new()?;
    let program = place.start(&gorgias.template()).await?;
    let mut flow = Flow::connects(Sender::new(&program)?, &gorgias, "m", ACCOUNTS).await?;
    let straight = Straight::new(&gorgias)?;
    let bare: Vec<_> = (0..ACCOUNTS).map(|n| Straight::opens(&gorgias, &format!("bare{n}"))).collect();
    let mut lines = Vec::new();
    for rate in RATES {
        let time = time.min(Duration::from_secs(30)) / 3;
        let baseline = goes_straight(&straight, &bare, rate, time / 3).await?;
        let ours = flow.runs(rate, time).await?;
        lines.push(
            Line::new(
                format!("latency: acceptance to first request at {rate} per second, p50 and p99; baseline: a bare request"),
                told(&ours),
                told(&baseline),
            )
            .with_ratio(percentile(&ours, 0.5), percentile(&baseline, 0.5)),
        );
    }
    let rate = *RATES.last().context("there is a rate")?;
    let time = time.min(Duration::from_secs(30)) / 3;
    let neighbour = Neighbour::moves_in();
    let baseline = goes_straight(&straight, &bare, rate, time / 3).await?;
    let ours = flow.runs(rate, time).await?;
    drop(neighbour);
    let p99 = percentile(&ours, 0.99);
    lines.push(
        Line::new(
            format!("latency: the same at {rate} per second, beside a neighbour that keeps one core busy"),
            told(&ours),
            told(&baseline),
        )
        .with_ratio(percentile(&ours, 0.5), percentile(&baseline, 0.5))
        .aims(format!("p99 at most {AT_MOST_MS} ms"), p99 <= AT_MOST_MS),
    );
    program.end().await?;
    Ok(lines)
}

fn told(waits: &[f64]) -> String {
    format!("{:.1} and {:.1} ms", percentile(waits, 0.5), percentile(waits, 0.99))
}

/// Keeps one core busy until dropped.
struct Neighbour(Arc<AtomicBool>);

impl Neighbour {
    fn moves_in() -> Self {
        let stays = Arc::new(AtomicBool::new(true));
        let busy = stays.clone();
        std::thread::spawn(move || {
            while busy.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        Self(stays)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Returns the milliseconds from starting a request until it has arrived.
async fn goes_straight(
    straight: &Straight,
    accounts: &[AccountHandle],
    rate: u32,
    time: Duration,
) -> Result<Vec<f64>> {
    let mut posting = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
    for n in 0..(time.as_secs_f64() * f64::from(rate)) as usize {
        tick.tick().await;
        let (straight, account) = (straight.clone(), accounts[n % accounts.len()].subdomain().to_owned());
        posting.spawn(async move {
            let (id, began) = (format!("bare-{rate}-{n}"), Timestamp::now());
            straight.posts(&account, &id).await?;
            anyhow::Ok((id, began))
        });
    }
    let mut began = HashMap::new();
    while let Some(posted) = posting.join_next().await {
        began.extend([posted.context("a client failed")??]);
    }
    let tickets = accounts.iter().flat_map(AccountHandle::tickets);
    Ok(tickets.filter_map(|ticket| Some(since(*began.get(&ticket.external_id?)?, ticket.asked))).collect())
}
