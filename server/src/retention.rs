//! Transcripts are removed some days after their delivery, if `CONVI_RETENTION_DAYS` says so. What is not delivered is
//! never removed. Visitors are removed once their token has ended, and with their conversation.

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

/// How often it is looked for something to remove.
const EVERY: Duration = Duration::from_secs(3_600);

/// Removes what is old.
#[derive(Clone)]
pub struct Retention {
    /// Where transcripts are kept.
    pub store: Arc<dyn Store>,
    /// Where mails may lie.
    pub mailer: Arc<dyn Mailer>,
    /// Time.
    pub world: World,
    /// How long after the delivery transcripts are kept; none: for ever.
    pub keep: Option<Duration>,
    /// Whether removed words may be in the search's index. So it is at first: a process before this one may have been
    /// killed while it removed them.
    pub unforgotten: Arc<AtomicBool>,
}

impl Retention {
    /// Works until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.sweep(&stop).await {
                Ok(Removed { handovers: 0, conversations: 0, .. }) => {}
                Ok(Removed { handovers, conversations, .. }) => {
                    tracing::info!(handovers, conversations, "transcripts removed");
                }
                Err(error) => tracing::error!(error = %error, "transcripts could not be removed"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.world.clock.sleep(EVERY) => {}
            }
        }
    }

    /// Removes all that is old now. Answers how much.
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
                    tracing::warn!(error = %error, "a mail could not be removed");
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

    /// Also what a sweep before this one removed, should it have been cut short.
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
