//! Emails teams whose helpdesk will soon stop accepting the kind of credentials that they have saved: each team once, from
//! 60 days before the end.

use crate::{
    handover::bell::Bell,
    store::{Store, Stored},
};
use app::model::Helpdesk;
use domain::clock::{World, millis};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it looks for access methods that end soon.
const EVERY: Duration = Duration::from_secs(3_600);

/// Tells teams in time.
#[derive(Clone)]
pub struct Endings {
    /// Where connections and emails are stored.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub world: World,
    /// Wakes the dispatcher, which sends the emails.
    pub bell: Arc<Bell>,
}

impl Endings {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.tell_in_turn().await {
                tracing::error!(error = %error, "cannot tell teams about credentials that end");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.world.clock.sleep(EVERY) => {}
            }
        }
    }

    /// Writes the emails that are due, unless another process has done so recently.
    async fn tell_in_turn(&self) -> Stored<()> {
        let now = self.world.clock.now_ms();
        let next_at = now.saturating_add(millis(EVERY));
        if self.store.take_job("endings", now, next_at).await? { self.tell().await } else { Ok(()) }
    }

    /// Writes the emails that are due.
    pub async fn tell(&self) -> Stored<()> {
        let now = self.world.clock.now_ms();
        let today = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
        for helpdesk in Helpdesk::all() {
            let methods = helpdesk.methods().iter();
            for method in methods.filter(|it| it.words.ends.as_ref().is_some_and(|end| end.is_near(today))) {
                self.store.tell_end(helpdesk, method, now).await?;
                self.bell.ring();
            }
        }
        Ok(())
    }
}
