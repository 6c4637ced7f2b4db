//! "Verify it works": a test handover that takes the same path as a real one, is read back and closed.
//!
//! It uses the same ticket, client, budget and rule as a handover, but no outbox row: so it appears in no list, count,
//! metric or email, and never marks a connection as broken. Nothing is sent twice: its delivery is a single attempt that
//! [`Delivery::after`] may call unsure and have looked up like any other, but a "no" that counts ends the test instead
//! of allowing a resend. After a kill, an open ticket with the test tag stays in the helpdesk.

use super::verdict::{Verdict, understood, verdict};
use crate::{
    connection,
    helpdesk::{
        Access, Failure, HelpdeskClient, Helpdesks, Shown, Trace, budget::Budgets, lane_meter::LaneMeter,
    },
    limits::{Asker, CallLimits, Limit, Tally},
    store::Store,
    vault::Vault,
    wire::store_failed,
};
use app::model::{
    CallError, DeliveryState, Destination, EmailAddress, Helpdesk as Kind, Problem, StepReport,
    TEST_CUSTOMER, TEST_TAG, TriggerKind, Verification, VerificationStep as Step, Viewer,
};
use domain::{
    Said, TicketRoute,
    account::Account,
    clock::{World, millis},
    delivery::{Delivery, Event, LookUp, Moment, Nothing, REQUEST_ENDS_AFTER, Rules},
    handover::{Author, Context, Handover, HandoverConversation, Message, Shopper, Trigger},
    helpdesk::{AccessMethod, Takes},
    said, sentences,
    ticket::{self, Ticket},
};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;
use tracing::Instrument;

/// Test handovers of a merchant per [`WINDOW`].
pub const MOST: usize = 5;
/// The period of [`MOST`]: an hour.
pub const WINDOW: Duration = Duration::from_secs(3_600);
/// The longest time that the ticket waits for the account's budget.
const TURN: Duration = Duration::from_secs(10);
/// The longest time that a later step takes, including its wait for the budget.
const PATIENCE: Duration = Duration::from_secs(20);
/// While the merchant waits, no look-up starts later than this: proxies cut a call off after a minute.
const ANSWERS_WITHIN: Duration = Duration::from_secs(50);

sentences! {
    NO_TICKET_TO_TEST = "verify.no_ticket": "There is no ticket to test. Test connection sends a test event.";
    CONNECT_FIRST = "verify.connect_first": "Connect {helpdesk} first, then send a test handover.";
    WAIT = "verify.wait": "{helpdesk} is limiting requests from this account. Try again in {seconds} seconds.";
    ONCE_MORE = "verify.once_more": "For a real handover, we would retry without these fields.";
    NOT_SEEN_YET = "verify.not_seen_yet": "The ticket has not appeared yet. If it does, we will close it.";
    FOUND = "verify.found": "We found the ticket by searching for it.";
    NOT_FOUND = "verify.not_found": "We could not find the ticket.";
    OTHER_TEXT = "verify.other_text": "The ticket's text differs from what we sent.";
    OTHER_CUSTOMER = "verify.other_customer": "{helpdesk} assigned the ticket to another customer instead of {customer}.";
    NO_TAG = "verify.no_tag": "The tag {tag} is missing, so rules that use it will not run.";
    CLOSE_BY_HAND = "verify.close_by_hand": "Please close the ticket yourself.";
    TOO_LATE = "verify.too_late": "{helpdesk} did not answer in time.";
}

/// Sends test handovers.
pub struct Verifier {
    /// Where connections are stored.
    pub store: Arc<dyn Store>,
    /// The helpdesks' clients.
    pub helpdesks: Helpdesks,
    /// Opens sealed API keys.
    pub vault: Arc<Vault>,
    /// The accounts' request budgets, shared with the dispatcher.
    pub budgets: Arc<Budgets>,
    /// Limits calls that leave the server, per minute.
    pub calls: Arc<CallLimits>,
    /// Limits test handovers, per hour.
    pub windows: Arc<dyn Tally>,
    /// The clock and the source of randomness.
    pub world: World,
    /// The delivery rules, with W.
    pub rules: Rules,
    /// The steps that running test handovers have taken in this process.
    pub steps: StepsSoFar,
}

/// The steps that running test handovers have taken, by merchant and helpdesk. Only shown while a merchant waits, so
/// they are kept in memory.
#[derive(Default)]
pub struct StepsSoFar(Mutex<HashMap<(String, &'static str), Vec<StepReport>>>);

impl StepsSoFar {
    /// Returns the steps of a merchant's running test handover. Empty if none runs here.
    pub fn of(&self, merchant: &str, helpdesk: Kind) -> Vec<StepReport> {
        self.all().get(&(merchant.to_owned(), helpdesk.slug())).cloned().unwrap_or_default()
    }

    fn put(&self, merchant: &str, helpdesk: Kind, steps: &[StepReport]) {
        self.all().insert((merchant.to_owned(), helpdesk.slug()), steps.to_vec());
    }

    fn end(&self, merchant: &str, helpdesk: Kind) {
        self.all().remove(&(merchant.to_owned(), helpdesk.slug()));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(String, &'static str), Vec<StepReport>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verifier {
    /// Sends a test handover and reports the result. It continues if the caller leaves, so that a created ticket is
    /// closed.
    pub async fn verify(self: Arc<Self>, by: &Viewer, helpdesk: Kind) -> Result<Verification, CallError> {
        if helpdesk.takes() == Takes::Events {
            return Err(CallError::conflict(NO_TICKET_TO_TEST));
        }
        let connection = self.store.connection(&by.merchant, helpdesk).await.map_err(store_failed)?;
        let connection = connection
            .ok_or_else(|| CallError::conflict(said!(CONNECT_FIRST, helpdesk = helpdesk.name())))?;
        self.calls.check(&by.merchant, &connection.account(), Asker::Its).await?;
        let an_hour = Limit::new(by.merchant.clone(), MOST, WINDOW);
        self.windows.check(&[an_hour]).await?;
        let access = match connection::access(&connection, &self.vault) {
            Ok(access) => access,
            Err(trouble) => return Ok(not_begun(trouble.problem, trouble.reason)),
        };
        let (tell, told) = oneshot::channel();
        let id = self.world.new_id();
        let span = tracing::info_span!("verify", merchant = by.merchant, handover = id);
        let run = Run {
            account: connection.account(),
            handover: handover(by, &id, &self.world),
            verifier: self.clone(),
            began: self.world.clock.since_boot(),
            id,
            helpdesk,
            access,
            route: connection.routing.route(),
            report: Verification {
                ok: true,
                steps: vec![],
                problem: None,
                ticket_id: None,
                ticket_url: None,
            },
            tell: Some(tell),
        };
        tokio::spawn(run.take_all_steps().instrument(span));
        // No report means that the task panicked, and the log says where.
        told.await.map_err(|_| CallError::Internal)
    }
}

/// The report when the key cannot be used at all.
fn not_begun(problem: Problem, why: Said) -> Verification {
    let create = StepReport::new(Step::Create, false, 0, Some(why));
    Verification { ok: false, steps: vec![create], problem: Some(problem), ticket_id: None, ticket_url: None }
}

/// A conversation with what tends to get lost on the way: markup, umlauts, line breaks, an emoji.
fn handover(by: &Viewer, id: &str, world: &World) -> Handover {
    let now = world.clock.now();
    let message = |author, text: &str| Message {
        id: None,
        author,
        text: text.to_owned(),
        sent_at: Some(now),
        attachments: vec![],
    };
    Handover {
        merchant: by.merchant.clone(),
        occurred_at: now,
        trigger: Trigger {
            kind: TriggerKind::Manual,
            reason: None,
            by: Some(by.name.clone()).filter(|name| !name.is_empty()),
        },
        conversation: HandoverConversation {
            id: format!("convi-test-{id}"),
            url: None,
            locale: Some("en".to_owned()),
            summary: Some("Test handover from Convi".to_owned()),
            shopper: Shopper {
                email: EmailAddress::parse(TEST_CUSTOMER).ok(),
                name: Some("Convi test".to_owned()),
                ..Shopper::default()
            },
            context: Context::default(),
            messages: vec![
                message(
                    Author::Shopper,
                    "Hello, can I talk to a person?\nMy order is <#1042> & it says \"Grüße\" 👋",
                ),
                message(Author::Assistant, "Of course. I am handing you over to the team."),
            ],
        },
    }
}

/// One test handover on its way.
struct Run {
    verifier: Arc<Verifier>,
    helpdesk: Kind,
    access: Access,
    route: TicketRoute,
    account: Account,
    handover: Handover,
    id: String,
    began: Duration,
    report: Verification,
    /// The waiting caller; `None` once it has its report.
    tell: Option<oneshot::Sender<Verification>>,
}

impl Run {
    async fn take_all_steps(mut self) {
        let ticket = self.create().await;
        if let Some(ticket) = ticket {
            let subdomain = &self.access.subdomain;
            self.report.ticket_id = Some(ticket);
            self.report.ticket_url =
                Some(self.verifier.helpdesks.get(self.helpdesk).ticket_url(subdomain, ticket));
            // A ticket that was merged into another one is not ours to close.
            if self.read(ticket).await {
                self.close(ticket).await;
            }
        }
        tracing::info!(
            helpdesk = self.helpdesk.slug(),
            ok = self.report.ok,
            problem = ?self.report.problem,
            ticket,
            "a test handover ended"
        );
        self.answer();
    }

    fn client(&self) -> &dyn HelpdeskClient {
        self.verifier.helpdesks.get(self.helpdesk)
    }

    fn largest_message(&self) -> usize {
        self.helpdesk.details().limits.message_bytes
    }

    fn now(&self) -> Duration {
        self.verifier.world.clock.since_boot()
    }

    fn moment(&self) -> Moment {
        Moment::now(&self.verifier.world)
    }

    fn meter(&self) -> LaneMeter<'_> {
        LaneMeter::unpaid(&self.verifier.budgets, &self.verifier.world, &self.account)
    }

    fn went_well(&mut self, step: Step, started: Duration, said: Option<Said>) {
        let milliseconds = elapsed(started, self.now());
        self.report.steps.push(StepReport::new(step, true, milliseconds, said));
        self.show_steps();
    }

    fn failed(&mut self, step: Step, started: Duration, problem: Option<Problem>, why: Said) {
        let milliseconds = elapsed(started, self.now());
        self.report.steps.push(StepReport::new(step, false, milliseconds, Some(why)));
        self.show_steps();
        self.report.problem = self.report.problem.or(problem);
        self.report.ok = false;
    }

    /// Shows the steps so far to the waiting caller.
    fn show_steps(&self) {
        if self.tell.is_some() {
            self.verifier.steps.put(&self.handover.merchant, self.helpdesk, &self.report.steps);
        }
    }

    /// Sends the report to the caller, once.
    fn answer(&mut self) {
        if let Some(tell) = self.tell.take() {
            self.verifier.steps.end(&self.handover.merchant, self.helpdesk);
            // The caller may have left.
            let _ = tell.send(self.report.clone());
        }
    }

    /// Sends the one create request, and looks the ticket up if the outcome is unclear.
    async fn create(&mut self) -> Option<i64> {
        let started = self.now();
        let (budgets, clock) = (self.verifier.budgets.clone(), self.verifier.world.clock.clone());
        // The budget first, as for a handover: the lease and the deadline start after it.
        while let Err(wait) = budgets.take(&self.account, clock.since_boot()) {
            if clock.since_boot() + wait > started + TURN {
                let problem = Some(Problem::RateLimited);
                let seconds = wait.as_secs_f64().ceil().to_string();
                let why = said!(WAIT, helpdesk = self.helpdesk.name(), seconds = seconds);
                self.failed(Step::Create, started, problem, why);
                return None;
            }
            clock.sleep(wait).await;
        }
        let ends_at = clock.since_boot() + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs());
        let ticket = Ticket {
            tags: vec![TEST_TAG],
            route: self.route,
            ..ticket::ticket(&self.id, &self.handover, &[], Some(ONLY_A_TEST), self.largest_message())
        };
        let Ok(leased) = self.delivery().after(Event::Leased, self.moment(), self.verifier.rules) else {
            return None;
        };
        let result = {
            let meter = LaneMeter::prepaid(&budgets, &self.verifier.world, &self.account);
            self.client().create(&self.access, &ticket, ends_at, &meter).await
        };
        let failure = match result {
            Ok(ticket) => {
                self.went_well(Step::Create, started, None);
                return Some(ticket);
            }
            Err(failure) => failure,
        };
        let why = failure.said();
        let passing = match failure {
            Failure::RateLimited { .. } => Some(Problem::RateLimited),
            Failure::NotSent { .. } => Some(Problem::Unreachable),
            _ => None,
        };
        let (meter, clock) = (self.meter(), &*self.verifier.world.clock);
        let verdict = understood(failure, self.client(), &self.access, &meter, clock).await;
        drop(meter);
        match verdict {
            Verdict::Event(Event::MayHaveMade(why)) => {
                let unsure =
                    leased.after(Event::MayHaveMade(why.clone()), self.moment(), self.verifier.rules).ok()?;
                return self.look_up(unsure, started, why).await;
            }
            Verdict::Broken(trouble) => {
                self.failed(Step::Create, started, Some(trouble.problem), trouble.reason);
            }
            Verdict::Event(Event::MadeNothing(Nothing::Without { .. } | Nothing::AtOnce { .. })) => {
                self.failed(Step::Create, started, None, why.and(ONCE_MORE));
            }
            Verdict::Event(_) => self.failed(Step::Create, started, passing, why),
        }
        None
    }

    fn delivery(&self) -> Delivery {
        Delivery::new(
            self.id.clone(),
            self.id.clone(),
            self.handover.merchant.clone(),
            Destination::Helpdesk(self.helpdesk),
            self.account.clone().into(),
            false,
            self.moment().now,
        )
    }

    /// Looks an unsure delivery up when the rule says so, until the rule would send it again or ask a person. Nothing is
    /// sent again.
    async fn look_up(&mut self, mut unsure: Delivery, started: Duration, why: Said) -> Option<i64> {
        let (clock, rules) = (self.verifier.world.clock.clone(), self.verifier.rules);
        let trace = Trace {
            external_id: self.id.clone(),
            email: self.handover.conversation.shopper.email.clone(),
            thorough: false,
        };
        while let Some(at) = unsure.next_at.filter(|_| unsure.state == DeliveryState::Unsure) {
            let wait = Duration::from_millis(at.saturating_sub(clock.now_ms()).max(0).unsigned_abs());
            if self.tell.is_some() && self.now() + wait > self.began + ANSWERS_WITHIN {
                self.failed(Step::Create, started, None, why.clone().and(NOT_SEEN_YET));
                self.answer();
            }
            clock.sleep(wait).await;
            let began = clock.now_ms();
            // On a clock that cannot be set, from the end of the one request.
            let ended = started + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs());
            let over_for = millis(self.now().saturating_sub(ended));
            let meter = self.meter();
            let asked = self.in_time(self.client().find(&self.access, &trace, &meter)).await;
            drop(meter);
            let found = match asked {
                Ok(found) if found.is_empty() => LookUp::No { began, over_for },
                Ok(found) => LookUp::Found(found),
                Err(failure) => LookUp::Inconclusive { why: failure.said() },
            };
            unsure = unsure.after(Event::LookedUp(found), self.moment(), rules).ok()?;
            if unsure.state == DeliveryState::Delivered {
                self.went_well(Step::Create, started, Some(why.and(FOUND)));
                return unsure.ticket;
            }
        }
        if self.tell.is_some() {
            self.failed(Step::Create, started, None, why.and(NOT_FOUND));
        }
        None
    }

    /// Reads the ticket back and compares it. Returns `false` if it was merged into another ticket.
    async fn read(&mut self, ticket: i64) -> bool {
        let started = self.now();
        let meter = self.meter();
        let shown = self.in_time(self.client().read(&self.access, ticket, &self.id, &meter)).await;
        drop(meter);
        match shown {
            Ok(shown) => {
                self.went_well(Step::Read, started, None);
                self.compare(&shown);
            }
            Err(failure) => {
                let merged = matches!(failure, Failure::Merged { .. });
                let (problem, mut why) = in_words(self.access.method, failure);
                if merged {
                    why = why.and(self.helpdesk.details().when_merged);
                }
                self.failed(Step::Read, started, problem, why);
                return !merged;
            }
        }
        true
    }

    fn compare(&mut self, shown: &Shown) {
        let started = self.now();
        let sent = ticket::transcript(&self.handover, self.largest_message());
        let whole = sent.len() == shown.transcript.len()
            && sent
                .iter()
                .zip(&shown.transcript)
                .all(|(text, there)| there.split_whitespace().eq(text.plain.split_whitespace()));
        let customer = shown.customer.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(TEST_CUSTOMER));
        let tagged = shown.tags.iter().any(|tag| tag == TEST_TAG);
        for (step, well, why) in [
            (Step::Transcript, whole, OTHER_TEXT.into()),
            (
                Step::Customer,
                customer,
                said!(OTHER_CUSTOMER, customer = TEST_CUSTOMER, helpdesk = self.helpdesk.name()),
            ),
            (Step::Tag, tagged, said!(NO_TAG, tag = TEST_TAG)),
        ] {
            if well {
                self.went_well(step, started, None);
            } else {
                self.failed(step, started, None, why);
            }
        }
    }

    async fn close(&mut self, ticket: i64) {
        let started = self.now();
        let meter = self.meter();
        let closed = self.in_time(self.client().close(&self.access, ticket, &meter)).await;
        drop(meter);
        match closed {
            Ok(()) => self.went_well(Step::Close, started, None),
            Err(failure) => {
                let (problem, why) = in_words(self.access.method, failure);
                self.failed(Step::Close, started, problem, why.and(CLOSE_BY_HAND));
            }
        }
    }

    /// Limits a step. A request ends by itself, but its wait for the account's budget may not.
    async fn in_time<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            answer = asked => answer,
            () = self.verifier.world.clock.sleep(PATIENCE) => Err(Failure::Ambiguous {
                why: said!(TOO_LATE, helpdesk = self.helpdesk.name()),
            }),
        }
    }
}

/// The line in the ticket's note.
const ONLY_A_TEST: &str = "This is only a connection test. Nobody is waiting for an answer.";

/// Returns what a failure after the create means, in the words that the integration's row would use.
fn in_words(method: &AccessMethod, failure: Failure) -> (Option<Problem>, Said) {
    let why = failure.said();
    // A merged ticket says nothing about the connection.
    if matches!(failure, Failure::Merged { .. }) {
        return (None, why);
    }
    match verdict(method, failure) {
        Verdict::Broken(trouble) => (Some(trouble.problem), trouble.reason),
        Verdict::Event(_) => (None, why),
    }
}

fn elapsed(started: Duration, now: Duration) -> u64 {
    u64::try_from(now.saturating_sub(started).as_millis()).unwrap_or(u64::MAX)
}
