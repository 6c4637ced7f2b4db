//! Injects faults of all kinds, at random, from the seed.

use crate::{
    chance::Chance,
    desk::{ANSWER, Desk, Merchant, On, Ticket},
    fleet::Fleet,
    person,
    postgres::{self, Lag, Outage, Postgres},
    program::UNSURE_AFTER,
    shop::Caller,
    wire::Wire,
};
use emulator::{FaultKind, LateAnswer};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinSet};

/// D: timeout of a request that may create a ticket, in seconds.
pub const REQUEST_ENDS_AFTER: f64 = 15.0;
/// The length of a lease, in seconds.
const LEASE: f64 = 60.0;
const W: f64 = UNSURE_AFTER as f64;
/// When the standby takes over, as a part of the run.
const FAILS_OVER_AT: f64 = 0.45;
const TICK: Duration = Duration::from_millis(50);

pub struct Storm<'a> {
    pub chance: Chance,
    pub fleet: &'a mut Fleet,
    pub merchants: &'a [Merchant],
    /// What happened, with counts.
    pub tally: BTreeMap<&'static str, usize>,
    /// The same with timestamps, for diagnosing a failure.
    pub diary: Vec<String>,
    /// When the last delayed ticket is created.
    pub last_commit: Instant,
    /// Agents' answers, as handover and text.
    pub answers: Vec<(String, String)>,
    /// Which commits the standby lacks that took over.
    pub lag: Option<Lag>,
    began: Instant,
    revoked: HashMap<usize, Instant>,
    caller: Caller,
    /// Receivers that answer 410, by merchant, until their tasks end.
    closed: JoinSet<(usize, bool)>,
    closing: HashSet<usize>,
    /// Tells these tasks to end.
    over: watch::Sender<bool>,
}

/// A fault at a time that is chosen in advance.
enum Planned {
    Kill,
    /// A process is stopped for this many seconds, longer than something that it must survive.
    LongPause(f64),
    /// A receiver answers 410.
    Close,
    Outage(Outage),
    /// Sessions of the database are ended: one, or all.
    EndSessions(bool),
    /// The clock of a process's machine jumps by this many seconds.
    MachineJumps(i64),
    /// The standby takes over from the database.
    FailOver,
    /// A process is asked to exit, and started again.
    Restart(usize),
}

impl<'a> Storm<'a> {
    pub fn new(chance: Chance, fleet: &'a mut Fleet, merchants: &'a [Merchant], caller: Caller) -> Self {
        let began = Instant::now();
        Self {
            chance,
            fleet,
            merchants,
            tally: BTreeMap::new(),
            diary: Vec::new(),
            last_commit: began,
            answers: Vec::new(),
            lag: None,
            began,
            revoked: HashMap::new(),
            caller,
            closed: JoinSet::new(),
            closing: HashSet::new(),
            over: watch::Sender::new(false),
        }
    }

    /// Injects faults for this many seconds, with this many kills.
    pub async fn rage(&mut self, seconds: u64, kills: usize) {
        let mut plan = self.plan(seconds as f64, kills);
        loop {
            let now = self.began.elapsed().as_secs_f64();
            // A pause may have delayed some of these, so the storm continues until all are done.
            if now >= seconds as f64 && plan.is_empty() {
                return;
            }
            self.fleet.look_after().await;
            self.restore_keys(false);
            while let Some(closed) = self.closed.try_join_next() {
                self.reopened(closed.unwrap());
            }
            if self.fleet.is_stopped() {
                tokio::time::sleep(TICK).await;
                continue;
            }
            if let Some((_, planned)) = plan.pop_if(|(at, _)| *at <= now) {
                self.happens(planned).await;
                continue;
            }
            if self.fleet.postgres.is_some() {
                self.breaks_postgres().await;
            } else {
                self.breaks_sqlite().await;
            }
            // One fault per account every few seconds.
            for merchant in 0..self.merchants.len() {
                if self.chance.one_in(100) {
                    self.fault(merchant);
                }
                if self.chance.one_in(200) {
                    self.merge(merchant);
                }
                if self.chance.one_in(150) {
                    self.answer(merchant);
                }
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Chooses the faults and their times, the last one first.
    fn plan(&self, seconds: f64, kills: usize) -> Vec<(f64, Planned)> {
        // Stop killing before the end: a server that never lives for D and W never trusts an empty look-up, so it never
        // gets to resend too early.
        let chance = self.chance.clone();
        let mut plan: Vec<_> =
            (0..kills).map(|_| (chance.between(1.0, seconds * 0.6), Planned::Kill)).collect();
        // One pause longer than D and W together, and in a long run one longer than the lease. Other processes continue
        // meanwhile, if there are any.
        let is_alone = self.fleet.postgres.is_none();
        plan.push((seconds * 0.5, Planned::LongPause(REQUEST_ENDS_AFTER + W + 3.0)));
        if seconds >= if is_alone { 300.0 } else { 90.0 } {
            let length = LEASE + 5.0;
            let parts = [0.25, 0.75].into_iter().filter(|part| seconds * part + length < seconds);
            plan.extend(parts.map(|part| (seconds * part, Planned::LongPause(length))));
        }
        let closings = 2 + seconds as usize / 8;
        // A standby may not know that a connection was switched off, nor its new secret.
        let lags = self.fleet.postgres.as_ref().is_some_and(Postgres::loses_commits);
        let is_kept = |at: f64| !lags || at > seconds * FAILS_OVER_AT + 5.0;
        let closings = (0..closings).map(|_| chance.between(0.0, seconds * 0.7)).filter(|at| is_kept(*at));
        plan.extend(closings.map(|at| (at, Planned::Close)));
        let replicas = self.fleet.replicas.len();
        if !is_alone {
            let outages = [
                Outage::Stopped(0.5),
                Outage::Killed(0.5),
                Outage::SessionKilled,
                Outage::DiskFull(0.5),
                Outage::Locked(3.0),
                Outage::Read(30.0),
            ]
            .map(Planned::Outage);
            let others = [Planned::EndSessions(false), Planned::EndSessions(true)];
            let jumps = [3_600, -3_600, 90].map(Planned::MachineJumps);
            let jumps = jumps.into_iter().filter(|_| self.fleet.skew.can_jump());
            let all = outages.into_iter().chain(others).chain(jumps);
            plan.extend(all.map(|it| (chance.between(1.0, seconds * 0.8), it)));
            // In a run without a standby, nothing happens then.
            plan.push((seconds * FAILS_OVER_AT, Planned::FailOver));
            // Longer than an account is owned, and than a lease.
            let cut_off = |length| Planned::Outage(Outage::Silent(chance.below(replicas), length));
            plan.push((seconds * 0.3, cut_off(35.0)));
            if seconds >= 90.0 {
                plan.push((seconds * 0.1, cut_off(70.0)));
            }
            // One after the other, as in an update.
            let step = (seconds * 0.1).min(10.0);
            plan.extend((0..replicas).map(|n| (seconds * 0.6 + n as f64 * step, Planned::Restart(n))));
        }
        plan.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        plan
    }

    async fn happens(&mut self, planned: Planned) {
        match planned {
            Planned::Kill => self.kill().await,
            Planned::LongPause(seconds) => {
                let longer = if seconds > LEASE {
                    "a pause longer than a lease"
                } else {
                    "a pause longer than a request"
                };
                self.pause(longer, seconds);
            }
            Planned::Close => self.close(),
            Planned::Outage(outage) => self.begin(outage),
            Planned::EndSessions(all) => self.end_sessions(all).await,
            Planned::MachineJumps(by) => {
                let replica = self.chance.below(self.fleet.replicas.len());
                self.machine_jumps(replica, by);
            }
            Planned::FailOver => self.fail_over().await,
            Planned::Restart(replica) => {
                self.note("SIGTERM", format!("to {replica}"));
                self.fleet.replicas[replica].program.ask_to_exit();
            }
        }
    }

    async fn breaks_sqlite(&mut self) {
        match self.chance.below(1_000) {
            0..4 => {
                let seconds = self.chance.between(0.1, 2.0);
                self.pause("a pause", seconds);
            }
            4..8 => self.full_disk().await,
            8..12 if self.fleet.skew.can_jump() => self.clock_jumps(),
            12..30 => self.revoke(),
            _ => {}
        }
    }

    async fn breaks_postgres(&mut self) {
        let replica = self.chance.below(self.fleet.replicas.len());
        let Some(postgres) = &self.fleet.postgres else { return };
        let wire = &postgres.wires[replica];
        match self.chance.below(1_000) {
            0..6 => {
                let seconds = self.chance.between(0.1, 4.0);
                self.pause("a pause", seconds);
            }
            6..9 => {
                let outage = postgres::any_outage(&self.chance, self.fleet.replicas.len());
                self.begin(outage);
            }
            9..11 if self.fleet.skew.can_jump() => self.clock_jumps(),
            11..15 if self.fleet.skew.can_jump() => {
                let by = self.chance.below(7_200) as i64 - 3_600;
                self.machine_jumps(replica, by);
            }
            15..33 => self.revoke(),
            33..45 => {
                let all = self.chance.one_in(5);
                self.end_sessions(all).await;
            }
            45..60 => {
                let commits = 1 + self.chance.below(3);
                wire.cuts(commits);
                self.note("commits that are cut off from their answers", format!("{commits} of {replica}"));
            }
            60..64 => {
                wire.breaks();
                self.note("all connections of a replica break", replica);
            }
            _ => {}
        }
    }

    async fn end_sessions(&mut self, all: bool) {
        if let Some(postgres) = &self.fleet.postgres {
            postgres.end_sessions(all).await;
            self.note(if all { "all sessions are ended" } else { "a session is ended" }, "");
        }
    }

    fn machine_jumps(&mut self, replica: usize, by: i64) {
        self.fleet.replicas[replica].skew.jump(by);
        self.note("a machine's clock jumps", format!("by {by} s, of {replica}"));
    }

    async fn fail_over(&mut self) {
        let Some(postgres) = self.fleet.postgres.as_mut().filter(|it| it.has_standby()) else { return };
        self.lag = postgres.fails_over().await;
        let lag = self.lag.map(|lag| lag.to.duration_since(lag.from));
        self.note("the standby takes over from the database", format!("after {lag:?} without it"));
    }

    fn begin(&mut self, outage: Outage) {
        if let Some(postgres) = &mut self.fleet.postgres {
            postgres.begin(outage);
            let what = match outage {
                Outage::Stopped(_) => "the database crashes",
                Outage::Killed(_) => "kill -9 of the database",
                Outage::SessionKilled => "kill -9 of a session of the database",
                Outage::DiskFull(_) => "a full disk of the database",
                Outage::Locked(_) => "a lock",
                Outage::Read(_) => "a long reader",
                Outage::Silent(_, seconds) if seconds > LEASE => {
                    "a replica is cut off from the database, for longer than a lease"
                }
                Outage::Silent(..) => "a replica is cut off from the database",
            };
            self.note(what, format!("{outage:?}"));
        }
    }

    fn note(&mut self, what: &'static str, detail: impl std::fmt::Display) {
        *self.tally.entry(what).or_default() += 1;
        self.diary.push(format!("{:>8.2} s  {what} {detail}", self.began.elapsed().as_secs_f64()));
    }

    async fn kill(&mut self) {
        // One that is cut off from its database could not start, and a paused one shall find out how late it is.
        let silent = |n: usize| self.fleet.postgres.as_ref().is_some_and(|it| it.wires[n].is_silent());
        let is_alone = self.fleet.postgres.is_none();
        let runs = |n: &usize| is_alone || !silent(*n) && !self.fleet.replicas[*n].is_stopped();
        let mut replicas: Vec<_> = (0..self.fleet.replicas.len()).filter(runs).collect();
        if replicas.is_empty() {
            replicas.push(0);
        }
        let replica = *self.chance.pick(&replicas);
        self.note("kill -9", replica);
        let down = self.chance.between(0.0, 0.4);
        self.fleet.replicas[replica].kill(down).await;
    }

    fn pause(&mut self, what: &'static str, seconds: f64) {
        let replica = self.chance.below(self.fleet.replicas.len());
        self.note(what, format!("of {seconds:.1} s, of {replica}"));
        self.fleet.replicas[replica].pause(seconds);
    }

    async fn full_disk(&mut self) {
        let seconds = self.chance.between(0.3, 2.0);
        self.note("a full disk", format!("for {seconds:.1} s"));
        let program = &self.fleet.replicas[0].program;
        program.disk_is_full(true);
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        program.disk_is_full(false);
    }

    fn clock_jumps(&mut self) {
        let by = match self.chance.below(4) {
            0 => -(self.chance.below(20) as i64),
            1 => 3_700,
            _ => 10 + self.chance.below(200) as i64,
        };
        self.note("the clock jumps", format!("by {by} s"));
        self.fleet.skew.jump(by);
    }

    fn revoke(&mut self) {
        let merchant = self.chance.below(self.merchants.len());
        let seconds = self.chance.between(0.5, 6.0);
        let it = &self.merchants[merchant];
        it.account.revoke(&it.username);
        self.revoked.insert(merchant, Instant::now() + Duration::from_secs_f64(seconds));
        self.note("a revoked key", format!("of m{merchant} for {seconds:.1} s"));
    }

    fn restore_keys(&mut self, all: bool) {
        let merchants = self.merchants;
        self.revoked.retain(|merchant, until| {
            let over = all || *until <= Instant::now();
            if over {
                let it = &merchants[*merchant];
                it.account.restore(&it.username, &it.key);
            }
            !over
        });
    }

    /// A merchant's receiver answers 410 from now on, and later the merchant saves it again.
    fn close(&mut self) {
        let seconds = self.chance.between(4.0, 8.0);
        let webhooks = self.merchants.iter().enumerate().filter_map(|(n, it)| match &it.account {
            Desk::Webhook(receiver) if !self.closing.contains(&n) => Some((n, it, receiver)),
            _ => None,
        });
        let open: Vec<_> = webhooks.collect();
        if open.is_empty() {
            return;
        }
        let &(merchant, it, receiver) = self.chance.pick(&open);
        let (it, receiver) = (it.clone(), receiver.clone());
        self.closing.insert(merchant);
        self.note("a closed receiver", format!("of m{merchant}"));
        let (caller, skew, over) = (self.caller.clone(), self.fleet.skew.clone(), self.over.subscribe());
        self.closed.spawn(async move {
            (merchant, person::closes_and_reopens(caller, &it, &receiver, &skew, seconds, over).await)
        });
    }

    fn reopened(&mut self, (merchant, switched_off): (usize, bool)) {
        self.closing.remove(&merchant);
        if switched_off {
            self.note("a connection that a 410 switched off", format!("of m{merchant}"));
        }
    }

    fn fault(&mut self, merchant: usize) {
        let chance = self.chance.clone();
        let times = 1 + chance.below(3) as u32;
        let seconds = (chance.between(0.2, 3.0) * 10.0).round() / 10.0;
        let mut lands = 0.0;
        let once = |kind| (kind, On::Create, 1);
        let some = |kind| (kind, On::Create, times);
        let (what, (kind, on, times)) = match chance.below(34) {
            0..3 => ("dropped before the commit", some(FaultKind::DropBeforeCommit)),
            3..6 => ("dropped after the commit", some(FaultKind::DropAfterCommit)),
            6 => ("dropped before the body", some(FaultKind::DropBeforeBody)),
            7..9 => ("500", some(status(*chance.pick(&[500, 502, 503])))),
            9..11 => ("an HTML page", some(html(*chance.pick(&[500, 502, 503, 504])))),
            11 => ("408, 409 or 425", some(status(*chance.pick(&[408, 409, 425])))),
            12..15 => ("a storm of 429", (status(429), On::Everything, 4 + chance.below(10) as u32)),
            15 => ("a 2xx that cannot be read", {
                let kinds = [FaultKind::GarbageBody, FaultKind::EmptyBody, FaultKind::CutBody];
                some(chance.pick(&kinds).clone())
            }),
            16 => ("no answer", once(FaultKind::Hang)),
            17 => ("no answer after the commit", once(FaultKind::HangAfterCommit)),
            18 => {
                let seconds = REQUEST_ENDS_AFTER + 1.0;
                ("an answer past the deadline", once(FaultKind::SlowAnswer { seconds }))
            }
            19 => ("slow answers", (FaultKind::Delay { seconds }, On::Everything, times)),
            20..25 => {
                // Within W after the request's timeout, wherever in D the request was.
                lands = chance.between(0.2, W - 0.5);
                ("a commit that lands late, within W", once(late_commit(lands, &chance)))
            }
            25..27 => {
                lands = REQUEST_ENDS_AFTER + W + chance.between(5.0, 40.0);
                ("a commit that lands after W", once(late_commit(lands, &chance)))
            }
            27..30 => {
                // Created without a response, and not listed for a while.
                let seconds = chance.between(0.2, W - 0.5);
                let account = &self.merchants[merchant].account;
                account.fault(&FaultKind::LateVisibility { seconds }, On::Create, 1);
                ("dropped, and listed late, within W", once(FaultKind::DropAfterCommit))
            }
            30..32 => ("look-ups that get no list", {
                let broken = [status(500), html(502), FaultKind::CutBody];
                (chance.pick(&broken).clone(), On::LookUp, times)
            }),
            32 => {
                let seconds = seconds * 3.0;
                ("look-ups that lag", (FaultKind::Delay { seconds }, On::LookUp, times))
            }
            _ => ("look-ups that are dropped", (FaultKind::DropAfterCommit, On::LookUp, times)),
        };
        let account = &self.merchants[merchant].account;
        account.fault(&kind, on, times);
        let lands = Instant::now() + Duration::from_secs_f64(lands + REQUEST_ENDS_AFTER);
        self.last_commit = self.last_commit.max(lands);
        let account = account.name();
        self.note(what, format!("at {account}"));
    }

    /// An agent merges a shopper's two newest tickets.
    fn merge(&mut self, merchant: usize) {
        let account = &self.merchants[merchant].account;
        let mut tickets = account.tickets();
        // A closed ticket of Zendesk cannot be merged.
        tickets.retain(|it| !it.is_merged() && it.status != "closed");
        let Some(newest) = tickets.last() else { return };
        let same = |other: &&Ticket| {
            other.id != newest.id
                && other.customer == newest.customer
                && other.external_id != newest.external_id
                && !other.has_tag("convi-duplicate")
        };
        let lone = tickets.iter().filter(|it| it.external_id == newest.external_id).count() == 1;
        let Some(older) = tickets.iter().rev().find(same).filter(|_| lone) else { return };
        if account.merge(newest.id, older.id) {
            let what = format!("{} into {}", newest.id, older.id);
            self.note("a merge", what);
        }
    }

    /// An agent answers one of the newest tickets.
    fn answer(&mut self, merchant: usize) {
        let account = &self.merchants[merchant].account;
        let mut tickets = account.tickets();
        tickets.retain(|it| !it.is_merged() && it.status != "closed" && it.external_id.is_some());
        let newest = tickets.len().saturating_sub(20);
        if tickets.is_empty() {
            return;
        }
        let ticket = self.chance.pick(&tickets[newest..]).clone();
        let text = format!("{ANSWER}{}", self.answers.len());
        if account.answer(ticket.id, &text) {
            self.answers.extend(ticket.external_id.map(|handover| (handover, text)));
            self.note("an answer of an agent", format!("on {}", ticket.id));
        }
    }

    /// Removes all faults.
    pub async fn calm(&mut self) {
        self.restore_keys(true);
        self.fleet.recover().await;
        if let Some(postgres) = &self.fleet.postgres {
            let cut = postgres.wires.iter().map(Wire::cut).sum();
            self.tally.insert("commits whose answer was cut off", cut);
        }
        for merchant in self.merchants {
            merchant.account.clear_faults();
        }
        self.over.send_replace(true);
        while let Some(closed) = self.closed.join_next().await {
            self.reopened(closed.unwrap());
        }
    }
}

/// Injects the last fault: a ticket that is created after W, with no other faults. Returns which merchants are
/// affected.
pub fn late_commits(merchants: &[Merchant]) -> Vec<usize> {
    let seconds = REQUEST_ENDS_AFTER + W + 25.0;
    let some: Vec<usize> = (0..merchants.len()).step_by(4).collect();
    for merchant in &some {
        let kind = FaultKind::LateCommit { seconds, answer: LateAnswer::Drop };
        merchants[*merchant].account.fault(&kind, On::Create, 1);
    }
    some
}

fn late_commit(seconds: f64, chance: &Chance) -> FaultKind {
    let answer = match chance.below(3) {
        0 => LateAnswer::Drop,
        1 => LateAnswer::Status(502),
        _ => LateAnswer::Hang,
    };
    FaultKind::LateCommit { seconds, answer }
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, html: false, message: None }
}

fn html(status: u16) -> FaultKind {
    FaultKind::Status { status, html: true, message: None }
}
