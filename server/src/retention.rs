//! Removes transcripts some days after their delivery, if `CONVI_RETENTION_DAYS` is set. Undelivered handovers keep
//! theirs. Visitors are removed when their token has expired, and with their conversation.

use crate::{
    conversation::visitor::TOKEN_LASTS,
    mail::Mailer,
    store::{Store, Stored, removal::Removed},
};
use domain::clock::{Millis, World};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often it looks for something to remove.
const EVERY: Duration = Duration::from_secs(3_600);

/// Removes old data.
#[derive(Clone)]
pub struct Retention {
    /// Where transcripts are stored.
    pub store: Arc<dyn Store>,
    /// Where emails may exist as files.
    pub mailer: Arc<dyn Mailer>,
    /// The clock.
    pub world: World,
    /// How long transcripts are kept after their delivery; `None` for forever.
    pub keep: Option<Duration>,
    /// Whether the search index may still contain removed words. True at first, because a previous process may have
    /// been killed while removing them.
    pub unforgotten: Arc<AtomicBool>,
}

impl Retention {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.sweep_in_turn(&stop).await {
                Ok(Removed { handovers: 0, conversations: 0, .. }) => {}
                Ok(Removed { handovers, conversations, .. }) => {
                    tracing::info!(handovers, conversations, "transcripts removed");
                }
                Err(error) => tracing::error!(error = %error, "cannot remove transcripts"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.world.clock.sleep(EVERY) => {}
            }
        }
    }

    /// Sweeps, unless another process has done so recently.
    pub async fn sweep_in_turn(&self, stop: &CancellationToken) -> Stored<Removed> {
        let now = self.world.clock.now_ms();
        let next_at = now.saturating_add(domain::clock::millis(EVERY));
        if !self.store.take_job("retention", now, next_at).await? {
            return Ok(Removed::default());
        }
        self.sweep(stop).await
    }

    /// Removes everything that is old now. Returns how much.
    pub async fn sweep(&self, stop: &CancellationToken) -> Stored<Removed> {
        let now = self.world.clock.now_ms();
        let before = self.keep.map(|keep| now.saturating_sub(domain::clock::millis(keep)));
        let all = match before {
            Some(before) => self.remove_transcripts(before, now, stop).await?,
            None => Removed::default(),
        };
        while !stop.is_cancelled() && self.store.remove_visitors(now - TOKEN_LASTS, before).await? > 0 {}
        Ok(all)
    }

    async fn remove_transcripts(
        &self,
        before: Millis,
        now: Millis,
        stop: &CancellationToken,
    ) -> Stored<Removed> {
        let mut all = Removed::default();
        while !stop.is_cancelled() {
            let removed = self.store.remove_transcripts(before, now).await?;
            if removed == Removed::default() {
                break;
            }
            for id in &removed.mails {
                if let Err(error) = self.mailer.forget(id).await {
                    tracing::warn!(error = %error, "cannot remove a mail");
                }
            }
            if removed.conversations > 0 {
                self.unforgotten.store(true, Ordering::SeqCst);
            }
            all.handovers += removed.handovers;
            all.conversations += removed.conversations;
            all.mails.extend(removed.mails);
        }
        self.forget_words(stop).await?;
        Ok(all)
    }

    /// Also removes the words of a previous sweep that was cut short.
    async fn forget_words(&self, stop: &CancellationToken) -> Stored<()> {
        let mut begins = true;
        while self.unforgotten.load(Ordering::SeqCst) && !stop.is_cancelled() {
            let more = self.store.forget_words(begins).await?;
            self.unforgotten.store(more, Ordering::SeqCst);
            begins = false;
        }
        Ok(())
    }
}
