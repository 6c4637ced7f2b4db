//! Finds what is due and starts it. Returns how long nothing else can become due.

use super::{
    super::bell::Rung,
    answers::AnswerLooks,
    lanes::{Doing, Lanes, Track},
    notices::Notices,
    parts::Parts,
    recheck::Rechecks,
    settle::Settler,
    shopper_mails::ShopperMails,
    tasks::Tasks,
    turns::{LaneTurn, LaneTurns},
    work::Work,
};
use crate::store::{Store, Stored};
use domain::{
    clock::{Clock, Entropy, Millis},
    delivery::Event,
};
use std::{sync::Arc, time::Duration};

/// Notices in flight at once.
const NOTICES_IN_FLIGHT: usize = 8;
/// Emails to shoppers in flight at once.
const SHOPPER_MAILS_IN_FLIGHT: usize = 8;
/// How often expired leases, rechecks, notices and late handovers are looked for. They are due after seconds or
/// minutes, while a busy outbox runs a thousand rounds a second.
const BY_THE_CLOCK_EVERY: Duration = Duration::from_millis(100);
/// The longest sleep of the loop, in case a wake-up is missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Finds due work: deliveries by lane, everything else by the clock.
pub(super) struct Schedule {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    lanes: Lanes,
    turns: LaneTurns,
    notices: Arc<Notices>,
    shopper_mails: Arc<ShopperMails>,
    rechecks: Arc<Rechecks>,
    answers: Arc<AnswerLooks>,
    settler: Arc<Settler>,
}

impl Schedule {
    pub(super) fn new(
        parts: &Parts,
        lanes: Lanes,
        settler: &Arc<Settler>,
        notices: &Arc<Notices>,
        shopper_mails: &Arc<ShopperMails>,
        rechecks: &Arc<Rechecks>,
        answers: &Arc<AnswerLooks>,
    ) -> Self {
        Self {
            store: parts.store.clone(),
            clock: parts.world.clock.clone(),
            entropy: parts.world.entropy.clone(),
            turns: LaneTurns::new(parts, &lanes, settler),
            lanes,
            notices: notices.clone(),
            shopper_mails: shopper_mails.clone(),
            rechecks: rechecks.clone(),
            answers: answers.clone(),
            settler: settler.clone(),
        }
    }

    /// Restarts the look-ups that a killed process left behind.
    pub(super) async fn take_over(&self) -> Stored<()> {
        self.store.look_again(self.clock.now_ms()).await
    }

    /// Lets other processes take over the accounts.
    pub(super) async fn end(&self) -> Stored<()> {
        self.turns.end().await
    }

    /// Starts everything due once `by_the_clock_at` has passed; before that, only deliveries of lanes for which the
    /// bell was rung or a task has ended.
    ///
    /// Returns how long the loop may sleep.
    pub(super) async fn round(
        &self,
        tasks: &mut Tasks,
        by_the_clock_at: &mut Option<Duration>,
        rung: Rung,
    ) -> Stored<Duration> {
        if self.settler.is_cut_off() {
            *by_the_clock_at = None;
            return Ok(BY_THE_CLOCK_EVERY);
        }
        let boot = self.clock.since_boot();
        let pause = by_the_clock_at.map_or(Duration::ZERO, |at| at.saturating_sub(boot));
        if pause.is_zero() {
            *by_the_clock_at = Some(boot + BY_THE_CLOCK_EVERY);
            return self.start_due(tasks).await;
        }
        let rung_for = rung.lanes.into_iter().map(|lane| LaneTurn { lane, doing: Doing::Sending });
        let turns = tasks.ended().into_iter().chain(rung_for).collect();
        let wait = self.turns.take(tasks, rung.anywhere, turns, self.clock.now_ms()).await?;
        Ok(wait.unwrap_or(LONGEST_SLEEP).min(pause))
    }

    /// Starts everything that is due and fits the limits. Returns how long the loop may sleep.
    pub(super) async fn start_due(&self, tasks: &mut Tasks) -> Stored<Duration> {
        let now = self.clock.now_ms();
        // Spread, so that several processes do not all look at the same moment.
        let spread = 0.8 + 0.4 * self.entropy.fraction();
        let mut sleep = self.store.look_every().map_or(LONGEST_SLEEP, |every| every.mul_f64(spread));
        // One unreadable row must not hold up the others, so the first error is returned after all had their turn.
        let mut done = self.turns.renew().await;
        done = done.and(self.expire_leases(now).await);
        done = done.and(self.start_rechecks(tasks, now).await);
        done = done.and(self.notices.tell_late(now).await);
        done = done.and(self.start_notices(tasks, now).await);
        done = done.and(self.start_shopper_mails(tasks, now).await);
        // The walk covers all lanes, so those of ended tasks need no extra look.
        tasks.ended();
        match self.turns.take(tasks, true, Vec::new(), now).await {
            Ok(wait) => sleep = sleep.min(wait.unwrap_or(sleep)),
            Err(error) => done = done.and(Err(error)),
        }
        done = done.and(self.start_answers(tasks, now).await);
        done?;
        if let Some(at) = self.store.next_due_at(now).await? {
            let wait = u64::try_from(at.saturating_sub(now)).unwrap_or(0).max(1);
            sleep = sleep.min(Duration::from_millis(wait));
        }
        Ok(sleep)
    }

    async fn expire_leases(&self, now: Millis) -> Stored<()> {
        for delivery in self.store.expired_leases(now).await? {
            self.settler.apply(&delivery, Event::LeaseRanOut).await?;
        }
        Ok(())
    }

    async fn start_rechecks(&self, tasks: &mut Tasks, now: Millis) -> Stored<()> {
        if !self.lanes.have_room() {
            return Ok(());
        }
        for connection in self.rechecks.claim(now).await? {
            let track = Track::Recheck(connection.merchant.clone(), connection.helpdesk);
            if let Some(slot) = self.lanes.enter(track, 1) {
                tasks.start(slot, Work::Recheck(Box::new(connection)));
            }
        }
        Ok(())
    }

    /// Starts the looks for answers that are due. Deliveries have already had their turn.
    async fn start_answers(&self, tasks: &mut Tasks, now: Millis) -> Stored<()> {
        if !self.lanes.have_room() {
            return Ok(());
        }
        for watch in self.answers.due(now).await? {
            let lane = watch.account.clone().into();
            if !self.lanes.are_idle(&lane) || !self.turns.owns(&watch.account).await? {
                continue;
            }
            if let Some(slot) = self.lanes.enter(Track::Answers(watch.account.clone()), 1) {
                tasks.start(slot, Work::Answers(Box::new(watch)));
            }
        }
        Ok(())
    }

    async fn start_shopper_mails(&self, tasks: &mut Tasks, now: Millis) -> Stored<()> {
        while let Some(slot) = self.lanes.enter(Track::ShopperMails, SHOPPER_MAILS_IN_FLIGHT) {
            match self.shopper_mails.lease(now).await? {
                Some(mail) => tasks.start(slot, Work::ShopperMail(Box::new(mail))),
                None => break,
            }
        }
        Ok(())
    }

    async fn start_notices(&self, tasks: &mut Tasks, now: Millis) -> Stored<()> {
        while let Some(slot) = self.lanes.enter(Track::Notices, NOTICES_IN_FLIGHT) {
            match self.notices.lease(now).await? {
                Some(notice) => tasks.start(slot, Work::Notice(Box::new(notice))),
                None => break,
            }
        }
        Ok(())
    }
}
