//! Reads agents' answers from the accounts that have tickets of ours, and stores them.
//!
//! Deliveries come first: nothing is read while one is due, and each request needs room in the account's budget. A
//! failure only delays the answers. If the key no longer works, the next delivery or retest finds out.

use super::{super::bell::Bell, lanes::Lanes, parts::Parts};
use crate::{
    connection,
    helpdesk::{
        Access, Failure, Helpdesks,
        answers::{AnswerReader, Changed, Changes, Concern, Thread, Written},
        budget::Budgets,
        lane_meter::LaneMeter,
    },
    store::{Store, Stored, answers::NewAnswer, outbox::Due},
    vault::Vault,
};
use domain::{
    account::Account,
    answer::Watch,
    clock::{Millis, World, millis},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many accounts are started at a time.
const AT_ONCE: u32 = 64;
/// How many pages of 100 messages one look reads. The next look continues with the page after them.
const MOST_PAGES: usize = 10;
/// How far back each look reads again, in milliseconds: a message may be listed late.
const OVERLAP: Millis = 120_000;
/// A change that is younger than this, in milliseconds, may not be the last one with its stamp.
const SETTLES_IN: Millis = 3_000;
/// The wait while no connection to the account works, in milliseconds.
const UNUSABLE: Millis = 60_000;
/// The least wait after a failure, in milliseconds.
const LATER: Millis = 15_000;
/// How often a ticket that cannot be read is tried before it is skipped: for at least an hour.
const MOST_TRIES: u32 = 240;

/// Looks for answers.
pub(super) struct AnswerLooks {
    store: Arc<dyn Store>,
    helpdesks: Helpdesks,
    vault: Arc<Vault>,
    budgets: Arc<Budgets>,
    world: World,
    lanes: Lanes,
    bell: Arc<Bell>,
    /// What this process has read of each account. If it is lost, the next look only reads some tickets again.
    progress: Mutex<HashMap<Account, Progress>>,
}

/// What was read of an account.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// The changes within the overlap whose tickets were read.
    read: HashMap<(i64, i64), Millis>,
    /// The page that the next look continues with, and the time of the newest change before it.
    rest: Option<(String, Millis)>,
    /// How often each ticket could not be read.
    failed: HashMap<i64, u32>,
}

/// Why a look must end.
struct Postponed {
    /// The earliest time of the next look.
    until: Millis,
    /// Whether the next look must start at the newest change again.
    restart: bool,
}

/// The account that is read.
struct Asked<'a> {
    reader: &'a dyn AnswerReader,
    access: &'a Access,
    account: &'a Account,
}

impl AnswerLooks {
    pub(super) fn new(parts: &Parts, lanes: &Lanes) -> Self {
        Self {
            store: parts.store.clone(),
            helpdesks: parts.helpdesks.clone(),
            vault: parts.vault.clone(),
            budgets: parts.budgets.clone(),
            world: parts.world.clone(),
            lanes: lanes.clone(),
            bell: parts.bell.clone(),
            progress: Mutex::default(),
        }
    }

    /// Returns the accounts to look at now.
    pub(super) async fn due(&self, now: Millis) -> Stored<Vec<Watch>> {
        self.store.due_watches(now, AT_ONCE).await
    }

    /// Reads what is new in one account, and decides when to look again. Does so after a failure too, because the account
    /// would otherwise stay due.
    pub(super) async fn look(&self, watch: Watch) -> Stored<()> {
        let looked = self.look_now(&watch).await;
        let (read_to, not_before) = match &looked {
            Ok(looked) => *looked,
            Err(_) => (watch.read_to, Some(self.now() + LATER)),
        };
        self.store.looked(&watch.account, read_to, self.now(), not_before).await?;
        looked.map(drop)
    }

    /// Reads what is new, through any working connection to the account. Returns the same as [`read`](Self::read).
    async fn look_now(&self, watch: &Watch) -> Stored<(Millis, Option<Millis>)> {
        let account = &watch.account;
        let reader = self.helpdesks.get(account.helpdesk).answers();
        let connection = self.store.connection_on(account).await?;
        let access = connection.and_then(|connection| connection::access(&connection, &self.vault).ok());
        match (reader, access) {
            (Some(reader), Some(access)) => {
                let mut progress = self.progress().remove(account).unwrap_or_default();
                let asked = Asked { reader, access: &access, account };
                let looked = self.read(&asked, watch, &mut progress).await;
                if progress.rest.is_some() || !progress.read.is_empty() || !progress.failed.is_empty() {
                    self.progress().insert(account.clone(), progress);
                }
                looked
            }
            _ => Ok((watch.read_to, Some(self.now() + UNUSABLE))),
        }
    }

    fn now(&self) -> Millis {
        self.world.clock.now_ms()
    }

    fn progress(&self) -> MutexGuard<'_, HashMap<Account, Progress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads everything that is new. Returns the time up to which everything is now stored, and the earliest time of the
    /// next look, if there is one.
    async fn read(
        &self,
        asked: &Asked<'_>,
        watch: &Watch,
        progress: &mut Progress,
    ) -> Stored<(Millis, Option<Millis>)> {
        let (mut page, mut newest) = match progress.rest.take() {
            Some((page, newest)) => (Some(page), Some(newest)),
            None => (None, None),
        };
        for _ in 0..MOST_PAGES {
            let rest = page.clone().zip(newest);
            let changes = match self.page(asked, page.as_deref()).await? {
                Ok(changes) => changes,
                Err(Postponed { until, restart }) => {
                    progress.rest = rest.filter(|_| !restart);
                    return Ok((watch.read_to, Some(until)));
                }
            };
            let Some((first, oldest)) = changes.span else {
                return Ok((newest.unwrap_or(watch.read_to), None));
            };
            let top = *newest.get_or_insert(first);
            let since = since(watch, top, self.now());
            progress.read.retain(|_, at| *at >= since);
            if let Err(Postponed { until, restart }) =
                self.tickets(asked, &changes.tickets, since, progress).await?
            {
                progress.rest = rest.filter(|_| !restart);
                return Ok((watch.read_to, Some(until)));
            }
            match changes.next {
                Some(next) if oldest >= since => page = Some(next),
                _ => return Ok((top, None)),
            }
        }
        progress.rest = page.zip(newest);
        Ok((watch.read_to, None))
    }

    /// Reads the tickets with something new, and stores their answers. Fails if the look must end. A ticket that cannot be
    /// read does not keep the others from being read.
    async fn tickets(
        &self,
        asked: &Asked<'_>,
        changed: &[Changed],
        since: Millis,
        progress: &mut Progress,
    ) -> Stored<Result<(), Postponed>> {
        let mut failed = false;
        let is_new = |it: &&Changed| it.at >= since && !progress.read.contains_key(&(it.ticket, it.stamp));
        let new: Vec<_> = changed.iter().filter(is_new).collect();
        let foreign = new.iter().filter(|it| it.concern == Concern::Merged).map(|it| it.ticket);
        let places = self.store.places(asked.account, &foreign.collect::<Vec<_>>()).await?;
        let mut tickets: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for it in new {
            let merged = places.iter().filter(|(ticket, _)| *ticket == it.ticket);
            let merged: Vec<_> = merged.map(|(_, handover)| handover.clone()).collect();
            match &it.concern {
                Concern::InTheTicket => _ = tickets.entry(it.ticket).or_default(),
                Concern::Handover(own) => tickets.entry(it.ticket).or_default().push(own.clone()),
                Concern::Merged if merged.is_empty() => {}
                Concern::Merged => tickets.entry(it.ticket).or_default().extend(merged),
            }
        }
        for (ticket, known) in tickets {
            let mut thread = match self.thread(asked, ticket, &mut progress.failed).await? {
                Ok(Some(thread)) => thread,
                Ok(None) => {
                    failed = true;
                    continue;
                }
                Err(until) => return Ok(Err(Postponed { until, restart: false })),
            };
            for handover in known {
                if thread.ticket != ticket {
                    self.store.keep_place(asked.account, thread.ticket, &handover).await?;
                }
                if !thread.handovers.contains(&handover) {
                    thread.handovers.push(handover);
                }
            }
            let answers = new_answers(&thread, since, progress);
            if !answers.is_empty() {
                let new = self.store.keep_answers(asked.account, &answers, self.now()).await?;
                if !new.is_empty() {
                    self.bell.ring();
                }
                for answer in new {
                    tracing::info!(handover = answer.handover, ticket = answer.ticket, "an agent answered");
                }
            }
            let settled = self.now() - SETTLES_IN;
            // A stamp of whole seconds may stay the same for another change in the same second.
            let its = changed.iter().filter(|it| it.ticket == ticket);
            let its = its.filter(|it| it.concern == Concern::InTheTicket || it.at <= settled);
            progress.read.extend(its.map(|it| ((it.ticket, it.stamp), it.at)));
        }
        // The next look starts with the newest changes, so that none of them has to wait for this page.
        Ok(if failed { Err(Postponed { until: self.now() + LATER, restart: true }) } else { Ok(()) })
    }

    /// Requests a page. Fails if the look must end.
    async fn page(&self, asked: &Asked<'_>, page: Option<&str>) -> Stored<Result<Changes, Postponed>> {
        if let Err(until) = self.turn(asked.account).await? {
            return Ok(Err(Postponed { until, restart: false }));
        }
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, asked.account);
        let changes = asked.reader.changes(asked.access, page, &meter).await;
        Ok(changes.map_err(|failure| Postponed {
            // The page's cursor may have expired, and would then be rejected forever.
            restart: matches!(failure, Failure::Rejected { .. } | Failure::NotFound(_)),
            until: self.after(&failure),
        }))
    }

    /// Requests a ticket. A deleted one has no answers. Returns `None` if it must be read again; fails with the time of the
    /// next look if the look must end.
    async fn thread(
        &self,
        asked: &Asked<'_>,
        ticket: i64,
        failed: &mut HashMap<i64, u32>,
    ) -> Stored<Result<Option<Thread>, Millis>> {
        if let Err(at) = self.turn(asked.account).await? {
            return Ok(Err(at));
        }
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, asked.account);
        let failure = match asked.reader.thread(asked.access, ticket, &meter).await {
            Ok(thread) => {
                failed.remove(&ticket);
                return Ok(Ok(Some(thread)));
            }
            Err(failure) => failure,
        };
        match &failure {
            Failure::NotFound(_) => {}
            // Some credentials may list messages, but not read every ticket.
            Failure::Ambiguous { .. } | Failure::Forbidden { .. } => {
                let tries = failed.entry(ticket).or_default();
                *tries += 1;
                if *tries < MOST_TRIES {
                    return Ok(Ok(None));
                }
                tracing::warn!(ticket, %failure, "answers are skipped");
            }
            _ => return Ok(Err(self.after(&failure))),
        }
        failed.remove(&ticket);
        Ok(Ok(Some(Thread { ticket, ..Thread::default() })))
    }

    /// Takes a request from the account's budget, unless a delivery, a look-up or a check is due or in flight. Fails with
    /// the time of the next look.
    async fn turn(&self, account: &Account) -> Stored<Result<(), Millis>> {
        let now = self.now();
        if !self.lanes.are_idle(&account.clone().into()) {
            return Ok(Err(now));
        }
        for due in [Due::Send, Due::LookUp, Due::Check] {
            if self.store.first_due(account, due, now).await?.is_some() {
                return Ok(Err(now));
            }
        }
        let taken = self.budgets.take(account, self.world.clock.since_boot());
        Ok(taken.map_err(|wait| now + millis(wait)))
    }

    /// Returns when to look again after a failure.
    fn after(&self, failure: &Failure) -> Millis {
        let wait = match failure {
            Failure::RateLimited { after, .. } => millis(*after).max(LATER),
            Failure::Unauthorized(_)
            | Failure::Forbidden { .. }
            | Failure::NoSuchAccount(_)
            | Failure::Redirected(_) => UNUSABLE,
            _ => LATER,
        };
        tracing::debug!(%failure, "answers could not be read");
        self.now() + wait
    }
}

/// Returns the time since when changes are read, by the helpdesk's clock. `newest` is the time of the newest one.
///
/// A first look starts at a time of our own clock. If nothing is as new as that, our clock was ahead, so the look goes back
/// from the newest change by as much as that time is ago.
fn since(watch: &Watch, newest: Millis, now: Millis) -> Millis {
    let since = match newest < watch.read_to {
        true => newest.saturating_sub(now.saturating_sub(watch.read_to).max(0)),
        false => watch.read_to,
    };
    since.saturating_sub(OVERLAP)
}

/// Returns the answers to store, each once for every handover whose transcript is in the ticket. Leaves out what was read
/// before, because the ticket may not have been ours then.
fn new_answers(thread: &Thread, since: Millis, progress: &Progress) -> Vec<NewAnswer> {
    let is_new = |it: &&Written| it.at >= since && !progress.read.contains_key(&(thread.ticket, it.message));
    let new = thread.answers.iter().filter(is_new);
    let for_each = new.flat_map(|written| {
        thread.handovers.iter().map(|handover| NewAnswer {
            handover: handover.clone(),
            message: written.message,
            ticket: thread.ticket,
            author: written.author.clone(),
            text: written.text.clone(),
            at: written.at,
            emailed: written.emailed,
        })
    });
    for_each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_look_goes_back_to_the_ticket_even_if_our_clock_was_ahead() {
        let (arrived, minute) = (1_800_000_000_000, 60_000);
        let asleep = Watch::asleep("gorgias:acme".parse().unwrap());
        // More tickets arrive before the first look.
        let now = arrived + 5 * minute;
        let watch = asleep.arrived(arrived, arrived).arrived(now, now);
        assert!(since(&watch, now, now) <= arrived, "clocks agree");
        for ahead in [60 * minute, 24 * 60 * minute] {
            let ticket = arrived - ahead;
            for newest in [ticket, ticket + 5 * minute] {
                assert!(since(&watch, newest, now) <= ticket, "{ahead} ms ahead, newest {newest}");
            }
        }
        let read = Watch { read_to: now, ..watch };
        assert_eq!(since(&read, now + minute, now + minute), now - OVERLAP);
    }
}
