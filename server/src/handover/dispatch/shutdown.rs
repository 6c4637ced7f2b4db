//! What happens to work in flight when the server stops.
//!
//! A request that may create a ticket is waited for: it ends within 15 s, and an answer that is lost would have to be
//! looked up. A check for duplicates is waited for too, because it changes tickets. Every other lease is handed back, so
//! that the next process continues at once instead of when the lease ends.

use super::{
    notices::Notices, parts::Parts, settle::Settler, shopper_mails::ShopperMails, work::Work, worker::Worker,
};
use crate::store::{Stored, notices::TeamNotice, shopper_mail::ShopperMail};
use domain::{
    clock::Clock,
    delivery::{Delivery, Event},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long an email may still take. One that is cut off is sent again under the same Message-ID.
const MAIL_ENDS_AFTER: Duration = Duration::from_secs(10);

/// Performs work until the server stops.
pub(super) struct Shutdown {
    worker: Worker,
    settler: Arc<Settler>,
    notices: Arc<Notices>,
    shopper_mails: Arc<ShopperMails>,
    clock: Arc<dyn Clock>,
}

/// The lease to hand back.
enum Lease {
    Delivery(Box<Delivery>),
    Notice(Box<TeamNotice>),
    ShopperMail(Box<ShopperMail>),
    /// A connection's retest is due again when its claim ends. A look for answers stays due.
    None,
}

impl Shutdown {
    pub(super) fn new(
        parts: &Parts,
        worker: Worker,
        settler: &Arc<Settler>,
        notices: &Arc<Notices>,
        shopper_mails: &Arc<ShopperMails>,
    ) -> Self {
        Self {
            worker,
            settler: settler.clone(),
            notices: notices.clone(),
            shopper_mails: shopper_mails.clone(),
            clock: parts.world.clock.clone(),
        }
    }

    /// Performs the work, or hands it back if the server stops first. Without `stop`, it always runs to the end.
    pub(super) async fn perform_or_hand_back(
        &self,
        work: Work,
        stop: Option<&CancellationToken>,
    ) -> Stored<()> {
        let Some(stop) = stop else { return self.worker.perform(work).await };
        let (lease, cut_after) = match &work {
            Work::Create(creation) => (Lease::Delivery(Box::new(creation.delivery.clone())), None),
            // A check changes duplicate tickets, so it must not be cut off and repeated.
            Work::Check(delivery) => (Lease::Delivery(Box::new(delivery.clone())), None),
            Work::Mail(delivery) => (Lease::Delivery(Box::new(delivery.clone())), Some(MAIL_ENDS_AFTER)),
            Work::LookUp(delivery) => (Lease::Delivery(Box::new(delivery.clone())), Some(Duration::ZERO)),
            Work::Notice(notice) => (Lease::Notice(notice.clone()), Some(MAIL_ENDS_AFTER)),
            Work::ShopperMail(mail) => (Lease::ShopperMail(mail.clone()), Some(MAIL_ENDS_AFTER)),
            Work::Recheck(_) | Work::Answers(_) => (Lease::None, Some(Duration::ZERO)),
        };
        if stop.is_cancelled() {
            return self.hand_back(lease, false).await;
        }
        tokio::select! {
            biased;
            done = self.worker.perform(work) => done,
            () = self.out_of_time(stop, cut_after) => self.hand_back(lease, true).await,
        }
    }

    async fn out_of_time(&self, stop: &CancellationToken, cut_after: Option<Duration>) {
        stop.cancelled().await;
        match cut_after {
            Some(wait) => self.clock.sleep(wait).await,
            None => std::future::pending().await,
        }
    }

    async fn hand_back(&self, lease: Lease, begun: bool) -> Stored<()> {
        match lease {
            Lease::Delivery(delivery) => {
                self.settler.settle(&delivery, Event::HandedBack { begun }).await.map(drop)
            }
            Lease::Notice(notice) => self.notices.hand_back(&notice).await,
            Lease::ShopperMail(mail) => self.shopper_mails.hand_back(&mail).await,
            Lease::None => Ok(()),
        }
    }
}
