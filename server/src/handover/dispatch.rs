//! The dispatcher: takes what is due from the outbox, sends it, and settles what came of it.
//!
//! One loop starts work and never waits for it: each delivery is a task of its own, so that one account's outage,
//! slow answers or rate limit delay no other account. All decisions are in `delivery.rs`; this file carries them
//! out: lease, one request outside any transaction, settle.

use super::{
    ends::Ends,
    mail::TeamMail,
    second_way,
    verdict::{Verdict, understood},
};
use crate::{
    connection::{self, Recheck},
    helpdesk::{Access, Failure, Helpdesks, Meter, RateHeader, budget::Budgets},
    mail::{MailError, Mailer},
    metrics::{MailKind, Metrics},
    store::{
        Connection, Store, StoreError, Stored,
        connections::{Sighting, Trouble},
        handovers::{Filter, ToSend},
        outbox::{Begun, Due, DueLane, Ended},
    },
    vault::Vault,
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk};
use domain::{
    account::{Account, Lane},
    addition::{self, Addition},
    clock::{Millis, World},
    delivery::{Delivery, Event, LEASE, Moment, Nothing, REQUEST_ENDS_AFTER, Rules},
    handover::Handover,
    sentences,
    ticket::{self, Append, Ticket},
};
use futures::{StreamExt, stream};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// Creations of one account on their way at once, and as many look-ups beside them. One: what is sent in order also
/// arrives in order, and an account's rate, two a second, needs no more.
const IN_FLIGHT: usize = 1;
/// Mails on their way at once: they belong to many merchants and have no order between them.
const MAILS_IN_FLIGHT: usize = 8;
/// Tasks at once over all accounts. High, since a task mostly waits, and an account that hangs must not take the
/// place of one that answers.
const MOST_TASKS: usize = 1_024;
/// Accounts that are looked at together, so that what a look costs does not grow with how many have something due.
const PAGE: usize = 256;
/// Leases on their way to the disk at once.
const LEASED_AT_ONCE: usize = 64;
/// What is not a delivery's turn (leases that ran out, rechecks, notices to the team, what is late) is looked for at most
/// this often: it waits for seconds and minutes, and a busy outbox is looked at a thousand times a second.
const BY_THE_CLOCK_EVERY: Duration = Duration::from_millis(100);
/// The longest that the loop sleeps without looking: the guard against a wake-up that was missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What the dispatcher works with.
pub struct Dispatcher {
    /// The outbox.
    pub store: Arc<dyn Store>,
    /// The helpdesks' clients.
    pub helpdesks: Helpdesks,
    /// Opens keys.
    pub vault: Arc<Vault>,
    /// The accounts' budgets, shared with tests of connections.
    pub budgets: Arc<Budgets>,
    /// Sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// Writes them.
    pub team_mail: TeamMail,
    /// Time and chance.
    pub world: World,
    /// W.
    pub rules: Rules,
    /// Rung when something new is due.
    pub wake: Arc<Notify>,
    /// What is on its way.
    pub lanes: Lanes,
    /// When the requests end that may have made a ticket.
    pub ends: Arc<Ends>,
    /// Counts what happens.
    pub metrics: Arc<Metrics>,
    /// Cancelled when the server stops; set by [`run`](Self::run).
    pub stopping: OnceLock<CancellationToken>,
}

/// How much is on its way, by lane.
#[derive(Clone, Debug)]
pub struct Lanes {
    most: usize,
    page: usize,
    on_their_way: Arc<Mutex<OnTheirWay>>,
}

#[derive(Debug, Default)]
struct OnTheirWay {
    all: usize,
    /// The last account that had its turn when there was no more room.
    turn: Option<Lane>,
    by_lane: HashMap<Track, usize>,
    /// The merchant whose mail went last.
    mailed: String,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::with_room_for(MOST_TASKS, PAGE)
    }
}

impl Lanes {
    /// With room for so many tasks over all lanes, that looks at so many accounts at once.
    pub fn with_room_for(most: usize, page: usize) -> Self {
        Self { most, page, on_their_way: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, OnTheirWay> {
        self.on_their_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn have_room(&self) -> bool {
        self.lock().all < self.most
    }

    fn turn(&self) -> Option<Lane> {
        self.lock().turn.clone()
    }

    fn mailed(&self) -> String {
        self.lock().mailed.clone()
    }

    fn set_mailed(&self, merchant: &str) {
        merchant.clone_into(&mut self.lock().mailed);
    }

    fn set_turn(&self, turn: Option<Lane>) {
        self.lock().turn = turn;
    }

    /// A place, if there are not that many in this lane already, and room over all.
    fn enter(&self, lane: Track, most: usize) -> Option<Place> {
        let mut it = self.lock();
        let in_lane = it.by_lane.get(&lane).copied().unwrap_or(0);
        if it.all >= self.most || in_lane >= most {
            return None;
        }
        it.all += 1;
        it.by_lane.insert(lane.clone(), in_lane + 1);
        Some(Place { lanes: self.clone(), lane })
    }

    fn leave(&self, lane: &Track) {
        let mut it = self.lock();
        it.all = it.all.saturating_sub(1);
        if let Some(in_lane) = it.by_lane.get_mut(lane) {
            *in_lane -= 1;
            if *in_lane == 0 {
                it.by_lane.remove(lane);
            }
        }
    }
}

/// A place among what is on its way. It is given back by being dropped, so that neither an error nor a panic keeps it.
struct Place {
    lanes: Lanes,
    lane: Track,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lanes.leave(&self.lane);
    }
}

/// What an account has a lane for. Looking may take many requests, and must not hold up what is new.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Sending,
    Looking,
}

/// What may be on its way beside each other, counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Track {
    Sending(Lane),
    Looking(Lane),
    /// Mails that are no handover.
    Notices,
    /// A merchant's connection that is tested again.
    Recheck(String, Helpdesk),
}

impl Doing {
    fn track(self, lane: &Lane) -> Track {
        match self {
            Self::Sending => Track::Sending(lane.clone()),
            Self::Looking => Track::Looking(lane.clone()),
        }
    }
}

/// One piece of work, leased.
pub(super) enum Work {
    Create(Box<Creation>),
    Mail(Delivery),
    LookUp(Delivery),
    Check(Delivery),
    Notice(Box<crate::store::notices::Notice>),
    Recheck(Box<Connection>),
}

impl Work {
    /// What every line of the log says that is written meanwhile: a handover's id leads from the request that
    /// brought it to its ticket.
    fn span(&self) -> Span {
        let of = |delivery: &Delivery, work: &'static str| {
            tracing::info_span!(
                "delivery",
                handover = delivery.handover,
                delivery = delivery.id,
                destination = delivery.destination.slug(),
                attempt = delivery.attempts,
                work
            )
        };
        match self {
            Self::Create(creation) if creation.delivery.part == 0 => of(&creation.delivery, "create"),
            Self::Create(creation) => of(&creation.delivery, "append"),
            Self::Mail(delivery) => of(delivery, "mail"),
            Self::LookUp(delivery) => of(delivery, "look_up"),
            Self::Check(delivery) => of(delivery, "check"),
            Self::Notice(notice) => tracing::info_span!("notice", notice = notice.id),
            Self::Recheck(connection) => tracing::info_span!(
                "recheck",
                merchant = connection.merchant,
                helpdesk = connection.helpdesk.slug()
            ),
        }
    }
}

/// A leased delivery with all that its request needs.
pub(super) struct Creation {
    pub(super) delivery: Delivery,
    connection: Connection,
    access: Access,
    request: Request,
    ends_at: Duration,
}

/// The one request that makes something.
enum Request {
    /// The ticket.
    Ticket(Box<Ticket>),
    /// A message of this ticket.
    Append(i64, Append),
}

impl Dispatcher {
    /// Works until told to stop; then finishes what is on its way, or hands it back (`shutdown.rs`).
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let stop = self.stopping.get_or_init(|| stop).clone();
        if let Err(error) = self.take_over().await {
            tracing::error!(error = %error, "the look-ups of the last process wait for their leases");
        }
        let mut by_the_clock_at = None;
        while !stop.is_cancelled() {
            let boot = self.world.clock.since_boot();
            let pause = by_the_clock_at.map_or(Duration::ZERO, |at: Duration| at.saturating_sub(boot));
            let started = if pause.is_zero() {
                by_the_clock_at = Some(boot + BY_THE_CLOCK_EVERY);
                self.start_due(&mut tasks).await
            } else {
                self.take_turns(&mut tasks, self.world.clock.now_ms()).await.map(|sleep| sleep.min(pause))
            };
            let sleep = match started {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::error!(error = %error, "the dispatcher cannot read its outbox");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                () = self.world.clock.sleep(sleep) => {}
            }
            // Whatever else ended meanwhile needs no round of its own.
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Begins the look-ups anew that a process left behind when it was killed.
    pub async fn take_over(&self) -> Stored<()> {
        self.store.look_again(self.world.clock.now_ms()).await
    }

    /// Does everything that is due now, and what becomes due by doing it, and returns when it is done. For tests,
    /// which move the clock instead of waiting.
    pub async fn run_due(self: &Arc<Self>) -> Stored<()> {
        let mut tasks = JoinSet::new();
        loop {
            self.start_due(&mut tasks).await?;
            if tasks.join_next().await.is_none() {
                return Ok(());
            }
        }
    }

    /// Starts what is due and may go. Answers how long nothing else can be due.
    async fn start_due(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> Stored<Duration> {
        let now = self.world.clock.now_ms();
        let mut sleep = LONGEST_SLEEP;
        // What cannot be read of one must not hold up the others: the first error is told when all had their turn.
        let mut done = self.expire_leases(now).await;
        done = done.and(self.start_rechecks(tasks, now).await);
        done = done.and(self.store.tell_late(now).await);
        done = done.and(self.start_notices(tasks, now).await);
        match self.take_turns(tasks, now).await {
            Ok(wait) => sleep = sleep.min(wait),
            Err(error) => done = done.and(Err(error)),
        }
        done?;
        if let Some(at) = self.store.next_due_at(now).await? {
            let wait = u64::try_from(at.saturating_sub(now)).unwrap_or(0).max(1);
            sleep = sleep.min(Duration::from_millis(wait));
        }
        Ok(sleep)
    }

    /// Gives every account that has something due its turn, while there is room. Answers how long the first of those must
    /// wait whose budget is used up.
    async fn take_turns(self: &Arc<Self>, tasks: &mut JoinSet<()>, now: Millis) -> Stored<Duration> {
        let (mut sleep, mut done) = (LONGEST_SLEEP, Ok(()));
        // Goes on where the last round ended for want of room; behind the last account come those before that place.
        let began = self.lanes.turn();
        let (mut after, mut from_the_first) = (began.clone(), began.is_none());
        while self.lanes.have_room() {
            let most = self.lanes.page;
            let page = self.store.due_lanes(now, after.as_ref(), most).await?;
            after = page.last().filter(|_| page.len() == most).map(|last| last.lane.clone());
            // Many at once: leases that are committed together cost one sync of the disk.
            let mut leases = stream::iter(self.turns(page))
                .map(|(lane, doing)| async move { self.lease_what_may_go(&lane, doing).await })
                .buffer_unordered(LEASED_AT_ONCE);
            while let Some(leased) = leases.next().await {
                for (place, work) in leased.work {
                    self.spawn(tasks, place, work);
                }
                sleep = sleep.min(leased.wait);
                done = done.and(leased.done);
            }
            let all_had_theirs = from_the_first && (after.is_none() || (began.is_some() && after >= began));
            if all_had_theirs {
                after = None;
                break;
            }
            from_the_first |= after.is_none();
        }
        self.lanes.set_turn(after);
        done.map(|()| sleep)
    }

    /// Leases what may go of one lane.
    async fn lease_what_may_go(&self, lane: &Lane, doing: Doing) -> Leased {
        let most = if *lane == Lane::Email { MAILS_IN_FLIGHT } else { IN_FLIGHT };
        let mut leased = Leased { work: Vec::new(), wait: LONGEST_SLEEP, done: Ok(()) };
        while let Some(place) = self.lanes.enter(doing.track(lane), most) {
            match self.lease_next(lane, doing).await {
                Ok(Next::Work(work)) => leased.work.push((place, *work)),
                Ok(Next::Settled) => {}
                Ok(Next::Nothing) => break,
                Ok(Next::Wait(wait)) => {
                    leased.wait = wait;
                    break;
                }
                Err(error) => {
                    leased.done = Err(error);
                    break;
                }
            }
        }
        leased
    }

    /// Whose turn it is, and for what. By chance somebody else is first in each round: neither the last of the
    /// alphabet nor look-ups behind a backlog, nor a backlog behind look-ups, starve.
    fn turns(&self, mut lanes: Vec<DueLane>) -> Vec<(Lane, Doing)> {
        let chance = self.world.entropy.fraction();
        let count = lanes.len();
        lanes.rotate_left(((chance * count as f64) as usize).min(count));
        let sending_first = self.world.entropy.fraction() < 0.5;
        let mut turns = Vec::new();
        for DueLane { lane, sends, looks } in lanes {
            let sending = sends.then(|| (lane.clone(), Doing::Sending));
            let looking = looks.then_some((lane, Doing::Looking));
            let (first, second) = if sending_first { (sending, looking) } else { (looking, sending) };
            turns.extend(first.into_iter().chain(second));
        }
        turns
    }

    async fn start_notices(self: &Arc<Self>, tasks: &mut JoinSet<()>, now: Millis) -> Stored<()> {
        while let Some(place) = self.lanes.enter(Track::Notices, MAILS_IN_FLIGHT) {
            match self.store.lease_notice(now, now + LEASE).await? {
                Some(notice) => self.spawn(tasks, place, Work::Notice(Box::new(notice))),
                None => break,
            }
        }
        Ok(())
    }

    fn spawn(self: &Arc<Self>, tasks: &mut JoinSet<()>, place: Place, work: Work) {
        let this = self.clone();
        let span = work.span();
        let task = async move {
            let _place = place;
            if let Err(error) = this.perform_or_hand_back(work).await {
                // What was leased is found by its lease.
                tracing::error!(error = %error, "a delivery could not be settled");
            }
        };
        tasks.spawn(task.instrument(span));
    }

    pub(super) async fn perform(&self, work: Work) -> Stored<()> {
        tracing::debug!("work began");
        match work {
            Work::Create(creation) => self.create(*creation).await,
            Work::Mail(delivery) => self.mail(delivery).await,
            Work::LookUp(delivery) => self.look_up(delivery).await,
            Work::Check(delivery) => self.check_for_doubles(delivery).await,
            Work::Notice(notice) => self.send_notice(*notice).await,
            Work::Recheck(connection) => self.recheck(*connection).await,
        }
    }

    async fn expire_leases(&self, now: Millis) -> Stored<()> {
        for delivery in self.store.expired_leases(now).await? {
            self.apply(&delivery, Event::LeaseRanOut).await?;
        }
        Ok(())
    }

    /// Leases the first thing that is due in the lane, if its budget allows.
    async fn lease_next(&self, lane: &Lane, doing: Doing) -> Stored<Next> {
        let now = self.world.clock.now_ms();
        let Some(account) = lane.account() else {
            if matches!(doing, Doing::Looking) {
                return Ok(Next::Nothing);
            }
            let Some(delivery) = self.store.first_mail(&self.lanes.mailed(), now).await? else {
                return Ok(Next::Nothing);
            };
            self.lanes.set_mailed(&delivery.merchant);
            return Ok(match self.lease(&delivery, Event::Leased, "mail").await? {
                Some(leased) => Next::Work(Box::new(Work::Mail(leased))),
                None => Next::Settled,
            });
        };
        let kinds: &[Due] = match doing {
            Doing::Sending => &[Due::Send],
            Doing::Looking => &[Due::LookUp, Due::Check],
        };
        let boot = self.world.clock.since_boot();
        // Asked first: an account that must wait costs the database nothing.
        if let Some(wait) = self.budgets.wait(account, boot) {
            return Ok(Next::Wait(wait));
        }
        for &due in kinds {
            let Some(delivery) = self.store.first_due(account, due, now).await? else { continue };
            let boot = self.world.clock.since_boot();
            if let Err(wait) = self.budgets.take(account, boot) {
                return Ok(Next::Wait(wait));
            }
            let next = match due {
                Due::LookUp => self
                    .lease(&delivery, Event::LookUpLeased, "look_up")
                    .await
                    .map(|leased| leased.map(Work::LookUp)),
                Due::Check => self
                    .lease(&delivery, Event::LookUpLeased, "check")
                    .await
                    .map(|leased| leased.map(Work::Check)),
                Due::Send => self.lease_creation(&delivery, boot).await,
            };
            return match next {
                Ok(Some(work)) => Ok(Next::Work(Box::new(work))),
                nothing => {
                    self.budgets.give_back(account, boot);
                    nothing.map(|_| Next::Settled)
                }
            };
        }
        Ok(Next::Nothing)
    }

    /// Prepares a ticket and leases its delivery. None: it was settled without a request, or somebody was faster.
    async fn lease_creation(&self, delivery: &Delivery, boot: Duration) -> Stored<Option<Work>> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::unreadable("delivery", "destination", &delivery.id));
        };
        let ToSend { connection, handover, told_at } = self.store.to_send(delivery, helpdesk).await?;
        let connection = match connection {
            None => {
                self.apply(delivery, Event::Disconnected).await?;
                return Ok(None);
            }
            // Of a broken connection only the probe goes, which shows whether it works again.
            Some(connection)
                if connection.trouble.is_some() && connection.probe.as_deref() != Some(&delivery.id) =>
            {
                self.apply(delivery, Event::ConnectionBroke).await?;
                return Ok(None);
            }
            Some(connection) => connection,
        };
        let lane = connection.account().into();
        if delivery.lane != lane {
            self.store.save(&delivery.moved_to(lane), None, None, self.world.clock.now_ms()).await?;
            return Ok(None);
        }
        let Some(handover) = handover else {
            // Nobody can mend it here, and behind it everybody else of the account would wait.
            if let Some(leased) = self.lease(delivery, Event::Leased, "create").await? {
                self.settle(&leased, unreadable()).await?;
            }
            return Ok(None);
        };
        let access = match connection::access(&connection, &self.vault) {
            Ok(access) => access,
            Err(trouble) => {
                self.broke(&connection, &trouble).await?;
                return Ok(None);
            }
        };
        let request = match delivery.part {
            0 => Request::Ticket(Box::new(ticket::ticket(
                &delivery.handover,
                &handover,
                &delivery.without,
                told_at.map(second_way::remark).as_deref(),
            ))),
            part => {
                let (ticket, addition) = self.addition(delivery, helpdesk).await?;
                Request::Append(ticket, addition::append(&delivery.handover, part, &handover, &addition))
            }
        };
        let kind = if delivery.part == 0 { "create" } else { "append" };
        let Some(leased) = self.lease(delivery, Event::Leased, kind).await? else { return Ok(None) };
        let ends_at = boot + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs());
        self.ends.begun(&leased, ends_at);
        Ok(Some(Work::Create(Box::new(Creation { delivery: leased, connection, access, request, ends_at }))))
    }

    /// What a later part carries, and the ticket that it belongs to.
    async fn addition(&self, delivery: &Delivery, helpdesk: Helpdesk) -> Stored<(i64, Addition)> {
        let to = Destination::Helpdesk(helpdesk);
        let first = self.store.delivery(&delivery.merchant, &delivery.handover, to).await?;
        let addition = self.store.addition(&delivery.handover, delivery.part).await?;
        match (first.and_then(|first| first.ticket), addition) {
            (Some(ticket), Some(addition)) => Ok((ticket, addition)),
            _ => Err(StoreError::unreadable("handover_addition", "body", &delivery.id)),
        }
    }

    /// Stores the lease with its attempt: committed before the first byte leaves.
    async fn lease(&self, delivery: &Delivery, event: Event, kind: &'static str) -> Stored<Option<Delivery>> {
        let moment = self.moment();
        let Ok(leased) = delivery.after(event, moment, self.rules) else { return Ok(None) };
        let begun = Begun { kind, at: moment.now };
        Ok(self.store.save(&leased, Some(&begun), None, moment.now).await?.then_some(leased))
    }

    /// Makes the ticket and settles what came of it.
    async fn create(&self, creation: Creation) -> Stored<()> {
        let Creation { delivery, connection, access, request, ends_at } = creation;
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let account = connection.account();
        let meter = self.meter(&account);
        let result = match &request {
            Request::Ticket(ticket) => helpdesk.create(&access, ticket, ends_at, &meter).await,
            Request::Append(ticket, append) => {
                helpdesk.append(&access, *ticket, append, ends_at, &meter).await
            }
        };
        // A refusal of this one ticket shows as well as a ticket that the credentials work.
        let works = matches!(
            result,
            Ok(_) | Err(Failure::Rejected { .. } | Failure::TooLarge(_) | Failure::NotFound(_))
        );
        let verdict = match result {
            Ok(id) => Verdict::Event(Event::Made(Some(id))),
            Err(failure) => understood(failure, helpdesk, &access, &meter, &*self.world.clock).await,
        };
        let event = match verdict {
            Verdict::Event(event) => event,
            Verdict::Broken(trouble) => {
                // The connection first: a held delivery of a working connection would wait for nobody.
                let why = trouble.reason.clone();
                if self.broke(&connection, &trouble).await? {
                    Event::MadeNothing(Nothing::Connection { why })
                } else {
                    Event::MadeNothing(Nothing::TryAgain { after: None, why })
                }
            }
        };
        let settled = self.settle(&delivery, event).await?;
        // What a ticket means for a probe was settled with it.
        let delivered = settled.is_some_and(|settled| settled.state == DeliveryState::Delivered);
        if works && !delivered {
            self.probe_answered(&connection, &delivery).await?;
        }
        Ok(())
    }

    /// Marks the connection as broken. `false`: its credentials were changed meanwhile.
    pub(super) async fn broke(&self, connection: &Connection, trouble: &Trouble) -> Stored<bool> {
        let now = self.world.clock.now_ms();
        // One whose probe failed is tested again later and later, as if its test had failed.
        let tests = if connection.trouble.is_some() { connection.rechecks.saturating_add(1) } else { 0 };
        let recheck_at = now + connection::recheck_wait(tests, self.world.entropy.fraction());
        let notice = self.world.new_id();
        if self.store.connection_broke(&sighting(connection, now), trouble, recheck_at, &notice).await? {
            tracing::warn!(
                merchant = connection.merchant,
                helpdesk = connection.helpdesk.slug(),
                problem = ?trouble.problem,
                "a connection stopped working; its handovers are held"
            );
            self.wake.notify_one();
            return Ok(true);
        }
        let current = self.store.connection(&connection.merchant, connection.helpdesk).await?;
        Ok(current.is_some_and(|current| current.version == connection.version && current.trouble.is_some()))
    }

    /// The probe of a connection got an answer that its credentials made possible: everything held goes.
    pub(super) async fn probe_answered(&self, connection: &Connection, delivery: &Delivery) -> Stored<()> {
        // The one that was read before the request may not have known that this is the probe.
        let Some(current) = self.store.connection(&connection.merchant, connection.helpdesk).await? else {
            return Ok(());
        };
        if current.probe.as_deref() == Some(&delivery.id) {
            let now = self.world.clock.now_ms();
            self.store.probe_succeeded(&sighting(&current, now), &delivery.id).await?;
            self.wake.notify_one();
        }
        Ok(())
    }

    async fn mail(&self, delivery: Delivery) -> Stored<()> {
        let handover = match self.store.handover_body(&delivery.handover).await {
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let to = self.store.team_email(&delivery.merchant).await?;
        let mut together = Vec::new();
        let event = match (handover, to) {
            (Some(handover), Some(to)) => {
                let mail = if delivery.part == 0 {
                    self.team_mail.handover(&delivery.id, &to, &handover)
                } else {
                    together = self.lease_with(&delivery).await?;
                    let mut additions = Vec::new();
                    for part in std::iter::once(&delivery).chain(&together) {
                        let addition = self.store.addition(&part.handover, part.part).await?;
                        let missing = || StoreError::unreadable("handover_addition", "body", &part.id);
                        additions.push(addition.ok_or_else(missing)?);
                    }
                    let left = self.left_address(&handover, &delivery).await?;
                    self.team_mail.additions(&delivery.id, &to, &handover, &additions, left)
                };
                let sent = match mail {
                    Ok(mail) => self.mailer.send(mail).await,
                    Err(error) => Err(error),
                };
                self.metrics.mail(MailKind::Handover, &sent);
                match sent {
                    Ok(()) => Event::Made(None),
                    Err(MailError::Later(why) | MailError::RefusesUs(why)) => {
                        Event::MadeNothing(Nothing::TryAgain { after: None, why })
                    }
                    Err(MailError::Never(why)) => Event::MadeNothing(Nothing::Final { why }),
                }
            }
            (None, _) => unreadable(),
            (_, None) => Event::MadeNothing(Nothing::Final { why: NO_ADDRESS.into() }),
        };
        for delivery in std::iter::once(delivery).chain(together) {
            self.settle(&delivery, event.clone()).await?;
        }
        Ok(())
    }

    /// Leases the parts that go into the same mail: what came meanwhile and was never tried.
    async fn lease_with(&self, delivery: &Delivery) -> Stored<Vec<Delivery>> {
        let mut together = Vec::new();
        for part in self.store.untried_after(delivery).await? {
            match self.lease(&part, Event::Leased, "mail").await? {
                Some(leased) => together.push(leased),
                // It has grown just now: it goes with the next mail, and what comes after it, too.
                None => break,
            }
        }
        Ok(together)
    }

    /// The address that a shopper without one left since: an answer by mail goes there.
    async fn left_address(&self, handover: &Handover, delivery: &Delivery) -> Stored<Option<EmailAddress>> {
        if handover.conversation.shopper.email.is_some() {
            return Ok(None);
        }
        let filter = Filter { id: Some(delivery.handover.clone()), limit: 1, ..Filter::default() };
        let listed = self.store.handovers(&delivery.merchant, &filter).await?.pop();
        let email = listed.and_then(|record| record.summary.shopper_email);
        Ok(email.and_then(|email| EmailAddress::parse(&email).ok()))
    }

    async fn send_notice(&self, notice: crate::store::notices::Notice) -> Stored<()> {
        let mail = match self.store.team_email(&notice.merchant).await? {
            Some(to) => self.notice_mail(&notice, &to).await?,
            None => None,
        };
        let Some(mail) = mail else { return self.store.settle_notice(&notice, None).await };
        let sent = match mail {
            Ok(mail) => self.mailer.send(mail).await,
            Err(error) => Err(error),
        };
        self.metrics.mail(second_way::kind(&notice), &sent);
        if let Err(error) = &sent {
            tracing::warn!(merchant = notice.merchant, error = %error, "a mail to the team was not sent");
        }
        let now = self.world.clock.now_ms();
        match sent {
            Ok(()) => self.store.notice_sent(&notice, now).await,
            Err(MailError::Never(_)) => self.store.settle_notice(&notice, None).await,
            Err(MailError::Later(_) | MailError::RefusesUs(_)) => {
                let wait = connection::recheck_wait(notice.attempts, self.world.entropy.fraction());
                self.store.settle_notice(&notice, Some(now + wait)).await
            }
        }
    }

    async fn start_rechecks(self: &Arc<Self>, tasks: &mut JoinSet<()>, now: Millis) -> Stored<()> {
        for connection in self.store.due_rechecks(now).await? {
            let track = Track::Recheck(connection.merchant.clone(), connection.helpdesk);
            // One at a time for a connection; it stays due until it has been postponed.
            if let Some(place) = self.lanes.enter(track, 1) {
                self.spawn(tasks, place, Work::Recheck(Box::new(connection)));
            }
        }
        Ok(())
    }

    /// Tests a connection in trouble again.
    async fn recheck(&self, connection: Connection) -> Stored<()> {
        let account = connection.account();
        let meter = LaneMeter::unpaid(&self.budgets, &self.world, &account);
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let outcome = connection::recheck(helpdesk, &connection, &self.vault, &meter).await;
        let now = self.world.clock.now_ms();
        let seen = sighting(&connection, now);
        match outcome {
            Recheck::Works => {
                self.store.connection_recovered(&seen).await?;
            }
            Recheck::Trouble(trouble) => {
                let wait = connection::recheck_wait(
                    connection.rechecks.saturating_add(1),
                    self.world.entropy.fraction(),
                );
                self.store.postpone_recheck(&seen, &trouble, now + wait).await?;
            }
        }
        self.wake.notify_one();
        Ok(())
    }

    /// Applies an event that ends an attempt, and stores both. None: refused, because somebody else was faster; then the
    /// look-ups find out what there is.
    pub(super) async fn settle(&self, delivery: &Delivery, event: Event) -> Stored<Option<Delivery>> {
        self.change(delivery, event, true).await
    }

    /// Applies an event without an attempt of this process, and stores the result. None: refused, as in
    /// [`settle`](Self::settle).
    async fn apply(&self, delivery: &Delivery, event: Event) -> Stored<Option<Delivery>> {
        self.change(delivery, event, false).await
    }

    async fn change(&self, delivery: &Delivery, event: Event, ends: bool) -> Stored<Option<Delivery>> {
        let moment = self.moment();
        let made = if let Event::Made(made) = event { made } else { None };
        let Ok(next) = delivery.after(event, moment, self.rules) else { return Ok(None) };
        let ended = ends.then(|| Ended {
            fence: delivery.fence,
            at: moment.now,
            outcome: match &next.last_error {
                Some(error) => error.stored().into_owned(),
                None => next.state.as_str().to_owned(),
            },
        });
        let saved = self.store.save(&next, None, ended.as_ref(), moment.now).await?;
        if saved {
            if !matches!(next.state, DeliveryState::Sending | DeliveryState::Unsure) {
                self.ends.settled(&next);
            }
            self.metrics.changed(delivery, &next, ends, moment.now);
            tracing::info!(
                handover = delivery.handover,
                delivery = delivery.id,
                destination = delivery.destination.slug(),
                from = delivery.state.as_str(),
                to = next.state.as_str(),
                attempts = next.attempts,
                "delivery changed"
            );
        } else {
            tracing::warn!(delivery = delivery.id, "a settle came too late and was refused");
            if let Some(ticket) = made {
                self.look_now(delivery, ticket).await?;
            }
        }
        Ok(saved.then_some(next))
    }

    /// A refused settle knew of a ticket: the reconciler is asked at once. If somebody is faster again, the look-ups
    /// come when they are due anyway.
    async fn look_now(&self, refused: &Delivery, ticket: i64) -> Stored<()> {
        let to = refused.destination;
        let current = self.store.delivery(&refused.merchant, &refused.handover, to).await?;
        let Some(current) = current.filter(|current| current.id == refused.id) else { return Ok(()) };
        if let Ok(next) = current.after(Event::MadeLate(ticket), self.moment(), self.rules) {
            self.store.save(&next, None, None, self.world.clock.now_ms()).await?;
            self.wake.notify_one();
        }
        Ok(())
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.world.clock.now_ms(), chance: self.world.entropy.fraction() }
    }

    pub(super) fn meter<'a>(&'a self, account: &'a Account) -> LaneMeter<'a> {
        LaneMeter::prepaid(&self.budgets, &self.world, account)
    }
}

/// What of one account goes now.
struct Leased {
    work: Vec<(Place, Work)>,
    /// How long its budget is used up.
    wait: Duration,
    done: Stored<()>,
}

/// What the account's turn brought.
enum Next {
    /// A piece of work, leased.
    Work(Box<Work>),
    /// Something changed without a request: look again.
    Settled,
    /// Nothing is due.
    Nothing,
    /// The budget is used up for so long.
    Wait(Duration),
}

sentences! {
    NO_ADDRESS = "dispatch.no_address": "The team's e-mail address was removed before the mail was sent.";
    UNREADABLE = "dispatch.unreadable": "The handover as it was stored cannot be read. Please tell Convi's support.";
}

/// What becomes of a delivery whose handover is not there as this program would have written it.
fn unreadable() -> Event {
    Event::MadeNothing(Nothing::Final { why: UNREADABLE.into() })
}

pub(super) fn sighting(connection: &Connection, now: Millis) -> Sighting<'_> {
    Sighting {
        merchant: &connection.merchant,
        helpdesk: connection.helpdesk,
        version: connection.version,
        now,
    }
}

/// An account's budget, as one piece of work sees it.
pub struct LaneMeter<'a> {
    budgets: &'a Budgets,
    world: &'a World,
    account: &'a Account,
    /// The first request was taken from the bucket before the work was leased.
    prepaid: AtomicBool,
}

impl<'a> LaneMeter<'a> {
    pub(super) fn prepaid(budgets: &'a Budgets, world: &'a World, account: &'a Account) -> Self {
        Self { budgets, world, account, prepaid: AtomicBool::new(true) }
    }

    /// For work that has taken nothing yet.
    pub fn unpaid(budgets: &'a Budgets, world: &'a World, account: &'a Account) -> Self {
        Self { budgets, world, account, prepaid: AtomicBool::new(false) }
    }
}

impl Drop for LaneMeter<'_> {
    fn drop(&mut self) {
        // Taken for a request that was never made.
        if self.prepaid.swap(false, Ordering::SeqCst) {
            self.budgets.give_back(self.account, self.world.clock.since_boot());
        }
    }
}

#[async_trait::async_trait]
impl Meter for LaneMeter<'_> {
    async fn admit(&self) {
        if self.prepaid.swap(false, Ordering::SeqCst) {
            return;
        }
        while let Err(wait) = self.budgets.take(self.account, self.world.clock.since_boot()) {
            self.world.clock.sleep(wait).await;
        }
    }

    fn answered(&self, header: Option<RateHeader>) {
        self.budgets.answered(self.account, header, self.world.clock.since_boot());
    }

    fn refused(&self, after: Duration) {
        self.budgets.refused(self.account, after, self.world.clock.since_boot());
    }
}
