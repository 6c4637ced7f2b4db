//! Testing a connection with a test handover: its steps, and what each step detects.

use crate::{
    metrics::Scraper,
    support::{HELPDESK, KEY, OWNER, TestApp, viewer},
};
use app::{
    backend::Backend,
    model::{
        CallError, ConnectionState, HandoverQuery, Problem, Role, TEST_CUSTOMER, TEST_TAG, Verification,
        VerificationStep as Step,
    },
};
use gorgias_emulator::{Fault, FaultKind, Role as GorgiasRole, Ticket};
use std::{future::Future, time::Duration};

const ALL: [Step; 6] = [Step::Create, Step::Read, Step::Transcript, Step::Customer, Step::Tag, Step::Close];

impl TestApp {
    async fn verifies(&self) -> Verification {
        self.app.services.verify_connection(&self.owner, HELPDESK).await.unwrap()
    }

    /// Verifies while something else happens.
    async fn verifies_while(&self, meanwhile: impl Future<Output = ()>) -> Verification {
        tokio::join!(self.verifies(), meanwhile).0
    }

    /// Verifies, but the ticket appears only after the report. The look-up that counts is still to come.
    async fn verifies_with_a_late_commit(&self) -> Verification {
        self.shop.fault(Fault::late_commit(48.0).on_create().once());
        let done = self
            .verifies_while(async {
                self.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
                // Not to second 50, when the report is due: so no look-up runs while the clock moves on.
                self.seconds_pass(47).await;
            })
            .await;
        self.moves(2);
        self.shop.wait_for_tickets(1).await.unwrap();
        done
    }

    /// Verifies; the ticket is changed like this before it is read back.
    async fn verifies_after(&self, change: impl FnOnce(&mut Ticket)) -> Verification {
        self.shop.fault(Fault::new(FaultKind::Delay { seconds: 1.0 }).on("GET", "/api/tickets/*").once());
        self.verifies_while(async {
            self.shop.wait_for_requests(1, "GET", "/api/tickets/*").await.unwrap();
            self.shop.change_ticket(self.shop.tickets()[0].id, change);
            self.moves(1);
        })
        .await
    }

    /// Verifies while time passes second by second.
    async fn verifies_as_time_passes(&self) -> Verification {
        let time = async {
            self.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
            self.time_passes().await;
        };
        tokio::select! {
            done = self.verifies() => done,
            () = time => unreachable!("time passes forever"),
        }
    }

    /// Moves the clock second by second, forever.
    async fn time_passes(&self) {
        loop {
            self.seconds_pass(1).await;
        }
    }

    async fn seconds_pass(&self, seconds: u32) {
        for _ in 0..seconds {
            self.moves(1);
            self.others_run(4).await;
        }
    }

    /// Lets other tasks run: socket I/O takes several turns.
    async fn others_run(&self, turns: usize) {
        for _ in 0..turns {
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        }
    }

    fn posts_of_tickets(&self) -> usize {
        self.shop.requests_of("POST", "/api/tickets").len()
    }
}

/// Returns the failed steps.
fn wrong(it: &Verification) -> Vec<Step> {
    it.steps.iter().filter(|step| !step.ok).map(|step| step.step).collect()
}

fn taken(it: &Verification) -> Vec<Step> {
    it.steps.iter().map(|step| step.step).collect()
}

fn message(it: &Verification, step: Step) -> &str {
    it.steps.iter().find(|it| it.step == step).unwrap().message.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn test_handover_is_created_read_compared_and_closed() {
    let it = TestApp::connected().await;
    let done = it.verifies().await;
    assert!(done.ok, "{done:?}");
    assert_eq!((taken(&done), done.problem), (ALL.to_vec(), None));
    let ticket = it.shop.tickets().remove(0);
    assert_eq!(done.ticket_id.unwrap().unsigned_abs(), ticket.id);
    assert!(done.ticket_url.unwrap().ends_with(&format!("/acme/app/ticket/{}", ticket.id)));
    assert_eq!((ticket.status.as_str(), ticket.tags), ("closed", vec![TEST_TAG.to_owned()]));
    assert_eq!(ticket.customer.unwrap().email.as_deref(), Some(TEST_CUSTOMER));
    let note = ticket.messages.iter().find(|message| message.is_note()).unwrap();
    assert!(note.body_text.as_ref().unwrap().contains("only a connection test"));
    assert_eq!((it.posts_of_tickets(), it.shop.bucket_refusals()), (1, 0));
    assert!(it.shop.sent_to_shoppers().is_empty());
}

#[tokio::test]
async fn test_handover_appears_in_no_list_count_metric_or_email() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let metrics = Scraper::of(&it).await;
    let without_budget = |text: String| {
        text.lines().filter(|line| !line.contains("budget")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (row, before) = (it.row().await, without_budget(metrics.text().await));
    assert!(it.verifies().await.ok);
    it.shop.fault(FaultKind::QuotaUsedUp);
    assert!(!it.verifies().await.ok);
    it.settles().await;
    assert_eq!(it.row().await, row, "neither counted nor alarmed");
    assert_eq!(without_budget(metrics.text().await), before);
    assert_eq!(it.mails(), [] as [String; 0]);
    let listed = it.app.services.handovers(&it.owner, HandoverQuery::default()).await.unwrap();
    assert!(listed.handovers.is_empty());
    let conversations =
        app::chat_backend::ChatBackend::conversations(&*it.app.chat, &it.owner, Default::default()).await;
    assert!(conversations.unwrap().conversations.is_empty());
}

/// Problems that a connection test does not detect, and problems that arise between two tests.
#[tokio::test]
async fn connection_problems_use_the_same_text_as_the_row() {
    type Break = fn(&TestApp);
    let cases: [(Problem, Break); 4] = [
        (Problem::Quota, |it| {
            it.shop.fault(FaultKind::QuotaUsedUp);
        }),
        (Problem::Role, |it| it.shop.set_role(OWNER, GorgiasRole::ObserverAgent)),
        (Problem::BadCredentials, |it| it.shop.revoke_key(OWNER)),
        (Problem::UnknownSubdomain, |it| it.shop.remove()),
    ];
    for (problem, breaks) in cases {
        let it = TestApp::connected().await;
        breaks(&it);
        let done = it.verifies().await;
        assert_eq!((taken(&done), done.problem), (vec![Step::Create], Some(problem)));
        assert_eq!((done.ok, done.ticket_id), (false, None));
        assert_eq!(it.row().await.state, ConnectionState::Connected, "only real handovers raise the alarm");
        it.hands_over("c1").await;
        it.settles().await;
        let row = it.row().await;
        assert_eq!(row.problem, Some(problem));
        assert_eq!(message(&done, Step::Create), row.reason.unwrap());
        assert_eq!(it.posts_of_tickets(), if problem == Problem::UnknownSubdomain { 0 } else { 2 });
    }
}

#[tokio::test]
async fn used_up_quota_is_detected() {
    let it = TestApp::start().await;
    it.shop.fault(FaultKind::QuotaUsedUp);
    it.connects(KEY).await;
    assert_eq!(it.row().await.state, ConnectionState::Connected);
    let done = it.verifies().await;
    assert_eq!(done.problem, Some(Problem::Quota));
    assert!(message(&done, Step::Create).contains("Upgrade your plan"), "{done:?}");
}

#[tokio::test]
async fn changes_by_a_rule_or_an_agent_are_reported_and_the_ticket_is_closed() {
    type Change = fn(&mut Ticket);
    let cases: [(Step, Change); 4] = [
        (Step::Transcript, |ticket| {
            ticket.messages[0].body_text = Some("Hello, can I talk to a person?".into())
        }),
        (Step::Transcript, |ticket| {
            ticket.messages.remove(0);
        }),
        (Step::Customer, |ticket| {
            ticket.customer.as_mut().unwrap().email = Some("jane@example.com".into());
        }),
        (Step::Tag, |ticket| ticket.tags.clear()),
    ];
    for (step, change) in cases {
        let it = TestApp::connected().await;
        let done = it.verifies_after(change).await;
        assert_eq!((taken(&done), wrong(&done), done.ok), (ALL.to_vec(), vec![step], false), "{done:?}");
        assert!(!message(&done, step).contains("jane@"), "the other address must not be shown");
        assert_eq!(it.shop.tickets()[0].status, "closed");
        let read = done.steps.iter().find(|it| it.step == Step::Read).unwrap();
        assert_eq!(read.milliseconds, 1_000, "each step is timed");
    }
}

#[tokio::test]
async fn merged_test_ticket_is_reported_and_its_survivor_is_left_alone() {
    let it = TestApp::connected().await;
    let other = it.hands_over("c1").await;
    it.settles().await;
    let other = it.ticket_of(&other).await.ticket_id.unwrap().unsigned_abs();
    it.shop.fault(Fault::new(FaultKind::Delay { seconds: 1.0 }).on("GET", "/api/tickets/*").once());
    let done = it
        .verifies_while(async {
            it.shop.wait_for_requests(1, "GET", "/api/tickets/*").await.unwrap();
            assert!(it.shop.merge(it.shop.tickets()[1].id, other));
            it.moves(1);
        })
        .await;
    assert_eq!((taken(&done), wrong(&done)), (vec![Step::Create, Step::Read], vec![Step::Read]));
    assert!(message(&done, Step::Read).starts_with(&format!("The ticket was merged into ticket {other}.")));
    assert_eq!(it.shop.ticket(other).unwrap().status, "open");
}

#[tokio::test]
async fn failure_to_read_or_close_is_reported() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::status(500).on("GET", "/api/tickets/*").once());
    let done = it.verifies().await;
    assert_eq!((taken(&done), wrong(&done)), (vec![Step::Create, Step::Read, Step::Close], vec![Step::Read]));
    assert_eq!(it.shop.tickets()[0].status, "closed");

    it.shop.fault(Fault::status(403).on("PUT", "/api/tickets/*").once());
    let done = it.verifies().await;
    assert_eq!((wrong(&done), done.problem), (vec![Step::Close], Some(Problem::Role)));
    assert!(message(&done, Step::Close).ends_with("Please close the ticket yourself."), "{done:?}");
    assert!(done.ticket_url.is_some());
    assert_eq!(it.shop.tickets()[1].status, "open");
}

#[tokio::test]
async fn rejected_field_is_reported_and_nothing_is_resent() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::reject("customer").on_create());
    let done = it.verifies().await;
    assert_eq!(taken(&done), [Step::Create]);
    assert!(message(&done, Step::Create).contains("would retry without these fields"), "{done:?}");
    assert_eq!(it.posts_of_tickets(), 1);
}

#[tokio::test]
async fn missing_response_is_looked_up_and_never_posted_twice() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::HangAfterCommit).on_create().once());
    let done = it
        .verifies_while(async {
            it.shop.wait_for_tickets(1).await.unwrap();
            it.moves(17);
        })
        .await;
    assert!(done.ok, "{done:?}");
    assert_eq!(taken(&done), ALL);
    assert!(message(&done, Step::Create).ends_with("We found the ticket by searching for it."), "{done:?}");
    assert_eq!((it.posts_of_tickets(), it.shop.tickets().len()), (1, 1));
    assert_eq!(it.shop.tickets()[0].status, "closed");
}

#[tokio::test]
async fn late_test_ticket_is_closed() {
    let it = TestApp::connected().await;
    let done = it.verifies_with_a_late_commit().await;
    assert_eq!((taken(&done), done.ok, done.ticket_id), (vec![Step::Create], false, None));
    assert!(message(&done, Step::Create).contains("If it does, we will close it."), "{done:?}");
    it.moves(200);
    let closed = it
        .shop
        .wait_until(|account| account.tickets.iter().find(|ticket| ticket.status == "closed").cloned());
    closed.await.unwrap();
    assert_eq!((it.posts_of_tickets(), it.shop.tickets().len()), (1, 1));
}

/// A look-up without an answer says nothing, also if it comes when a "no" would count.
#[tokio::test]
async fn late_test_ticket_is_closed_although_a_look_up_fails() {
    let it = TestApp::connected().await;
    let done = it.verifies_with_a_late_commit().await;
    assert!(!done.ok);
    let look_ups = it.shop.requests_of("GET", "/api/tickets").len();
    it.shop.fault(Fault::status(500).on("GET", "/api/tickets").once());
    it.moves(200);
    it.shop.wait_for_answers(look_ups + 1, "GET", "/api/tickets").await.unwrap();
    let closed = it
        .shop
        .wait_until(|account| account.tickets.iter().find(|ticket| ticket.status == "closed").cloned());
    for _ in 0..50 {
        it.others_run(200).await;
        if it.shop.requests_of("GET", "/api/tickets").len() > look_ups + 1 {
            break;
        }
        it.moves(60);
    }
    closed.await.unwrap();
    assert_eq!((it.posts_of_tickets(), it.shop.tickets().len()), (1, 1));
}

#[tokio::test]
async fn missing_test_ticket_is_not_resent() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let done = it.verifies_as_time_passes().await;
    assert_eq!(wrong(&done), [Step::Create]);
    let look_ups = it.shop.requests_of("GET", "/api/tickets").len();
    it.moves(200);
    it.shop.wait_for_answers(look_ups + 1, "GET", "/api/tickets").await.unwrap();
    it.moves(100_000);
    it.settles().await;
    assert_eq!((it.posts_of_tickets(), it.shop.tickets().len()), (1, 0));
}

#[tokio::test]
async fn test_ticket_is_closed_after_the_merchant_left() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 3.0 }).on_create().once());
    tokio::select! {
        _ = it.verifies() => panic!("the answer is slow"),
        tickets = it.shop.wait_for_tickets(1) => assert_eq!(tickets.unwrap()[0].status, "open"),
    }
    it.moves(3);
    let closed = it
        .shop
        .wait_until(|account| account.tickets.iter().find(|ticket| ticket.status == "closed").cloned());
    closed.await.unwrap();
}

#[tokio::test]
async fn test_handover_respects_the_accounts_rate_limit() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::status(429).on_create().once());
    let limited = it.verifies().await;
    assert_eq!((limited.problem, it.posts_of_tickets()), (Some(Problem::RateLimited), 1));
    // The whole account pauses now, for as long as Gorgias asked or we assume.
    let waits = it.verifies_while(async { it.moves(1) }).await;
    assert_eq!((waits.problem, it.posts_of_tickets()), (Some(Problem::RateLimited), 1));
    assert!(message(&waits, Step::Create).contains("Try again in "), "{waits:?}");
    it.moves(60);
    assert!(it.verifies().await.ok);
}

#[tokio::test]
async fn merchant_can_send_five_test_handovers_per_hour() {
    let it = TestApp::connected().await;
    for _ in 0..5 {
        assert!(it.verifies().await.ok);
        it.moves(30);
    }
    let refused = it.app.services.verify_connection(&it.owner, HELPDESK).await.unwrap_err();
    assert_eq!(refused, CallError::TooManyCalls { retry_after: 3_600 - 150 });
    assert_eq!(refused.to_string(), "Too many attempts. Try again in 58 minutes.");
    assert_eq!(it.posts_of_tickets(), 5);
    it.clock.advance(Duration::from_secs(3_600 - 150));
    assert!(it.verifies().await.ok);
}

#[tokio::test]
async fn only_users_who_can_change_the_connection_send_a_test_handover() {
    let it = TestApp::connected().await;
    let verify =
        async |merchant, role| it.app.services.verify_connection(&viewer(merchant, role), HELPDESK).await;
    assert_eq!(verify("m1", Role::Member).await, Err(CallError::NotAllowed));
    for role in [Role::Owner, Role::Admin] {
        let stranger = verify("m2", role).await;
        assert!(matches!(stranger, Err(CallError::Conflict(_))), "{stranger:?}");
    }
    assert_eq!(it.posts_of_tickets(), 0);
    assert!(verify("m1", Role::Admin).await.unwrap().ok);
}
