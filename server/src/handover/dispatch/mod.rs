//! The dispatcher: takes due work from the outbox, sends it, and settles the result.
//!
//! One loop starts work and never waits for it. Each delivery is a task of its own, so that one account's outage, slow
//! answers or rate limit delays no other account. `domain/src/delivery.rs` makes all decisions; the collaborators that
//! carry them out have a file each and are put together here:
//!
//! - `schedule` finds what is due and starts it; `turns` gives every account its turn, within the limits of `lanes`.
//! - `ownership` shares the accounts with other processes.
//! - `lease` takes an account's next piece of work, and `prepare` builds its request.
//! - `tasks` runs a piece of work, `shutdown` hands it back when the server stops, and `worker` passes it to `send`,
//!   `mails`, `look_up`, `doubles`, `answers`, `notices` (with `second_way`), `shopper_mails` or
//!   `recheck`.
//! - `settle` stores every change, under its fence.

mod answers;
mod asking;
mod doubles;
mod lanes;
mod lease;
mod look_up;
mod mails;
mod notices;
mod ownership;
mod parts;
mod prepare;
mod recheck;
mod schedule;
mod second_way;
mod send;
mod settle;
mod shopper_mails;
mod shutdown;
mod tasks;
mod turns;
mod work;
mod worker;

pub use lanes::Lanes;
pub use parts::Parts;

use super::bell::Bell;
use crate::store::Stored;
use answers::AnswerLooks;
use domain::clock::Clock;
use notices::Notices;
use recheck::Rechecks;
use schedule::Schedule;
use settle::Settler;
use shopper_mails::ShopperMails;
use shutdown::Shutdown;
use std::{sync::Arc, time::Duration};
use tasks::Tasks;
use tokio_util::sync::CancellationToken;
use worker::Worker;

/// Sends what is due.
pub struct Dispatcher {
    clock: Arc<dyn Clock>,
    bell: Arc<Bell>,
    schedule: Schedule,
    shutdown: Arc<Shutdown>,
}

impl Dispatcher {
    /// Builds a dispatcher from these parts, within the limits of `lanes`.
    pub fn new(parts: &Parts, lanes: Lanes) -> Self {
        let settler = Arc::new(Settler::new(parts));
        let notices = Arc::new(Notices::new(parts));
        let shopper_mails = Arc::new(ShopperMails::new(parts));
        let rechecks = Arc::new(Rechecks::new(parts));
        let answers = Arc::new(AnswerLooks::new(parts, &lanes));
        let worker = Worker::new(parts, &settler, &notices, &shopper_mails, &rechecks, &answers);
        Self {
            clock: parts.world.clock.clone(),
            bell: parts.bell.clone(),
            schedule: Schedule::new(parts, lanes, &settler, &notices, &shopper_mails, &rechecks, &answers),
            shutdown: Arc::new(Shutdown::new(parts, worker, &settler, &notices, &shopper_mails)),
        }
    }

    /// Runs until `stop` is cancelled, then finishes or hands back what is in flight (`shutdown.rs`).
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut tasks = Tasks::new(&self.shutdown, Some(stop.clone()));
        if let Err(error) = self.take_over().await {
            tracing::error!(error = %error, "look-ups left by the last process cannot be taken over and wait for their leases");
        }
        let mut by_the_clock_at = None;
        while !stop.is_cancelled() {
            let sleep = match self.schedule.round(&mut tasks, &mut by_the_clock_at, self.bell.heard()).await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::error!(error = %error, "the dispatcher cannot read its outbox");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.bell.rung() => {}
                _ = tasks.one_ended(), if !tasks.is_empty() => {}
                () = self.clock.sleep(sleep) => {}
            }
        }
        while tasks.one_ended().await {}
        if let Err(error) = self.schedule.end().await {
            tracing::warn!(%error, "accounts stay owned until their leases end");
        }
    }

    /// Restarts the look-ups that a killed process left behind.
    pub async fn take_over(&self) -> Stored<()> {
        self.schedule.take_over().await
    }

    /// Does everything that is due, and whatever becomes due by doing it, then returns. For tests, which move the clock
    /// instead of waiting.
    pub async fn run_due(&self) -> Stored<()> {
        let mut tasks = Tasks::new(&self.shutdown, None);
        loop {
            self.schedule.start_due(&mut tasks).await?;
            if !tasks.one_ended().await {
                return Ok(());
            }
        }
    }
}
