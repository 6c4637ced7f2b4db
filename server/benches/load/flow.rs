//! Handovers at a steady rate, each timed from its 202 to the first request for its ticket.

use crate::sender::{self, Sender};
use anyhow::{Context, Result, ensure};
use gorgias_emulator::{AccountHandle, Emulator};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How long the last tickets may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Merchants with an account each, so that rate limits do not affect the result.
pub struct Flow {
    sender: Sender,
    shops: Vec<AccountHandle>,
    next: usize,
}

impl Flow {
    pub async fn connects(sender: Sender, gorgias: &Emulator, prefix: &str, count: usize) -> Result<Self> {
        let mut shops = Vec::new();
        for n in 0..count {
            shops.push(sender.connects(gorgias, &format!("{prefix}{n}")).await?);
        }
        Ok(Self { sender, shops, next: 0 })
    }

    /// Posts at this rate for this long. Returns for each handover the milliseconds from its 202 to its first request.
    pub async fn runs(&mut self, rate: u32, time: Duration) -> Result<Vec<f64>> {
        let mut posting = JoinSet::new();
        let mut tick = tokio::time::interval(Duration::from_secs(1) / rate);
        let count = (time.as_secs_f64() * f64::from(rate)) as usize;
        for _ in 0..count {
            tick.tick().await;
            let (n, sender) = (self.next, self.sender.clone());
            self.next += 1;
            let merchant = self.shops[n % self.shops.len()].subdomain().to_owned();
            posting.spawn(async move {
                let conversation = format!("c-{merchant}-{n}");
                let body = sender::body(&merchant, &conversation);
                let id = sender.posts(&format!("msg-{conversation}"), body).await?;
                anyhow::Ok((id, Timestamp::now()))
            });
        }
        let mut accepted = Vec::new();
        while let Some(posted) = posting.join_next().await {
            accepted.push(posted.context("a client failed")??);
        }
        let ended = Instant::now();
        loop {
            let asked = self.asked();
            let waits: Vec<f64> =
                accepted.iter().filter_map(|(id, at)| Some(since(*at, *asked.get(id)?))).collect();
            if waits.len() == accepted.len() {
                return Ok(waits);
            }
            let missing = accepted.len() - waits.len();
            ensure!(
                ended.elapsed() < PATIENCE,
                "{missing} of {count} handovers have no ticket after {PATIENCE:?}"
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Returns when the request arrived that created each handover's ticket.
    fn asked(&self) -> HashMap<String, Timestamp> {
        let tickets = self.shops.iter().flat_map(AccountHandle::tickets);
        tickets.filter_map(|ticket| Some((ticket.external_id?, ticket.asked))).collect()
    }
}

/// Returns milliseconds, at least 0: a request may be sent before the client has read its 202.
pub fn since(before: Timestamp, after: Timestamp) -> f64 {
    (after.duration_since(before).as_secs_f64() * 1_000.0).max(0.0)
}
