//! Faults, as a client sees them.

use std::time::Duration;

use gorgias_emulator::{Fault, FaultKind, LateAnswer};
use reqwest::Method;
use serde_json::json;

use super::client::{Answer, Shop, message, ticket};

/// Returns whether posting a ticket ends without a response.
async fn is_lost(shop: &Shop) -> bool {
    shop.request(Method::POST, "/api/tickets").json(&ticket()).send().await.is_err()
}

#[tokio::test]
async fn a_status_fault_creates_nothing() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::status(503).on_create().once());
    let answer = shop.post("/api/tickets", &ticket()).await;
    assert_eq!(answer.status, 503);
    assert!(answer.json()["error"]["msg"].is_string());
    assert!(shop.acme.tickets().is_empty());
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 201);
}

#[tokio::test]
async fn a_status_fault_can_answer_with_the_html_of_a_proxy() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::html(502));
    let answer = shop.get("/api/account").await;
    assert_eq!(answer.status, 502);
    assert!(answer.header("content-type").starts_with("text/html"));
    shop.acme.clear_faults();
    assert_eq!(shop.get("/api/account").await.status, 200);
}

#[tokio::test]
async fn a_redirect_fault_answers_with_its_location() {
    let shop = Shop::open().await;
    let location = "https://elsewhere.test/".to_owned();
    shop.acme.fault(FaultKind::Redirect { status: 302, location: location.clone() });
    let answer = shop.get("/api/account").await;
    assert_eq!((answer.status, answer.header("location")), (302, location.as_str()));
}

#[tokio::test]
async fn a_connection_dropped_before_the_body_or_the_commit_creates_nothing() {
    for kind in [FaultKind::DropBeforeBody, FaultKind::DropBeforeCommit] {
        let shop = Shop::open().await;
        shop.acme.fault(Fault::new(kind).on_create().once());
        assert!(is_lost(&shop).await);
        assert!(shop.acme.tickets().is_empty());
        assert_eq!(shop.acme.requests()[0].status, None);
    }
}

#[tokio::test]
async fn requests_for_tickets_that_overlap_are_noted_until_they_are_answered() {
    let shop = Shop::open().await;
    let posts = || shop.request(Method::POST, "/api/tickets").json(&ticket()).send();
    let overlaps = || shop.acme.with(|account, _| account.overlaps.len());
    posts().await.unwrap();
    posts().await.unwrap();
    assert_eq!(overlaps(), 0, "one after the other");
    shop.acme.fault(Fault::new(FaultKind::Hang).on_create().once());
    let hangs = tokio::spawn(posts());
    shop.acme.wait_for_requests(3, "POST", "/api/tickets").await.unwrap();
    shop.get("/api/account").await;
    assert_eq!(overlaps(), 0, "a request that creates no ticket");
    posts().await.unwrap();
    assert_eq!(overlaps(), 1);
    shop.acme.clear_faults();
    assert!(hangs.await.unwrap().is_err());
    posts().await.unwrap();
    assert_eq!(overlaps(), 1, "a lost connection is over, too");
}

#[tokio::test]
async fn a_connection_dropped_after_the_commit_has_created_the_ticket() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    assert!(is_lost(&shop).await);
    assert_eq!(shop.acme.tickets().len(), 1);
    let log = shop.acme.requests_of("POST", "/api/tickets");
    assert_eq!((log.len(), log[0].performed, log[0].status), (1, true, None));
    assert_eq!(log[0].faults, ["drop_after_commit"]);
    assert_eq!(shop.get("/api/account").await.status, 200, "the next connection is fine");
}

#[tokio::test]
async fn a_late_commit_appears_at_its_time() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::late_commit(60.0).on_create().once());
    assert!(is_lost(&shop).await);
    shop.gorgias.clock().advance(Duration::from_secs(59));
    assert!(shop.acme.tickets().is_empty());
    shop.gorgias.clock().advance(Duration::from_secs(2));
    let ticket = &shop.acme.tickets()[0];
    assert_eq!(ticket.created.to_string(), "2026-11-22T10:01:00Z", "as of its time, not of the look");
}

#[tokio::test]
async fn a_late_commit_can_answer_a_gateway_timeout() {
    let shop = Shop::open().await;
    shop.acme.fault(
        Fault::new(FaultKind::LateCommit { seconds: 5.0, answer: LateAnswer::Status(504) }).on_create(),
    );
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 504);
    let waiting = tokio::spawn({
        let acme = shop.acme.clone();
        async move { acme.wait_for_tickets(1).await.unwrap().len() }
    });
    shop.gorgias.clock().advance(Duration::from_secs(5));
    assert_eq!(waiting.await.unwrap(), 1);
}

#[tokio::test]
async fn i_a_new_ticket_may_be_listed_late_but_is_found_by_id() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::late_visibility(30.0).on_create().once());
    let id = shop.ticket("h-1").await;
    assert_eq!(shop.get("/api/tickets?external_id=h-1").await.json()["data"], json!([]));
    assert_eq!(shop.get(&format!("/api/tickets/{id}")).await.status, 200);
    shop.gorgias.clock().advance(Duration::from_secs(30));
    assert_eq!(shop.get("/api/tickets?external_id=h-1").await.json()["data"][0]["id"], id);
}

#[tokio::test]
async fn two_faults_can_affect_one_request() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::late_visibility(30.0).on_create().once());
    shop.acme.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    assert!(is_lost(&shop).await);
    assert_eq!(shop.acme.tickets().len(), 1);
    assert_eq!(shop.get("/api/tickets").await.json()["data"], json!([]));
}

#[tokio::test]
async fn clearing_the_faults_releases_hanging_requests() {
    for (kind, made) in [(FaultKind::Hang, 0), (FaultKind::HangAfterCommit, 1)] {
        let shop = Shop::open().await;
        shop.acme.fault(Fault::new(kind).on_create().once());
        let (lost, ()) = tokio::join!(is_lost(&shop), async {
            shop.acme.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
            if made == 1 {
                shop.acme.wait_for_tickets(1).await.unwrap();
            }
            shop.acme.clear_faults();
        });
        assert!(lost);
        assert_eq!(shop.acme.tickets().len(), made);
    }
}

#[tokio::test]
async fn a_delay_creates_the_ticket_late_and_a_slow_answer_creates_it_at_once() {
    for (kind, before) in
        [(FaultKind::Delay { seconds: 9.0 }, 0), (FaultKind::SlowAnswer { seconds: 9.0 }, 1)]
    {
        let shop = Shop::open().await;
        shop.acme.fault(Fault::new(kind).on_create().once());
        let body = ticket();
        let (answer, ()) = tokio::join!(shop.post("/api/tickets", &body), async {
            shop.acme.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
            if before == 1 {
                shop.acme.wait_for_tickets(1).await.unwrap();
            }
            assert_eq!(shop.acme.tickets().len(), before);
            // The request may not be waiting yet, and its wait is counted from when it begins. So advance the clock step
            // by step until the request is answered.
            let answered = |acme: &gorgias_emulator::Account| acme.requests[0].status;
            while shop.acme.snapshot().requests[0].status.is_none() {
                shop.gorgias.clock().advance(Duration::from_secs(9));
                tokio::task::yield_now().await;
            }
            shop.acme.wait_until(answered).await.unwrap();
        });
        assert_eq!(answer.status, 201);
    }
}

#[tokio::test]
async fn a_body_arrives_slowly() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::new(FaultKind::SlowBody { seconds: 5.0 }).once());
    let response = shop.send(Method::GET, "/api/account").await.unwrap();
    assert_eq!(response.status(), 200);
    shop.gorgias.clock().advance(Duration::from_secs(5));
    assert_eq!(Answer::of(response).await.json()["domain"], "acme");
}

#[tokio::test]
async fn a_body_is_cut_garbled_or_empty_although_the_ticket_was_created() {
    let shop = Shop::open().await;
    shop.acme.fault(Fault::new(FaultKind::CutBody).on_create().once());
    let cut = shop.request(Method::POST, "/api/tickets").json(&ticket()).send().await.unwrap();
    assert_eq!(cut.status(), 201);
    assert!(cut.text().await.is_err());
    shop.acme.fault(Fault::new(FaultKind::GarbageBody).on_create().once());
    let garbled = shop.post("/api/tickets", &ticket()).await;
    assert_eq!(garbled.status, 201);
    assert!(serde_json::from_str::<serde_json::Value>(&garbled.text).is_err());
    shop.acme.fault(Fault::new(FaultKind::EmptyBody).on_create().once());
    let empty = shop.post("/api/tickets", &ticket()).await;
    assert_eq!((empty.status, empty.text.as_str()), (201, ""));
    assert_eq!(shop.acme.tickets().len(), 3);
}

#[tokio::test]
async fn r_a_used_up_quota_is_403_on_creation_only() {
    let shop = Shop::open().await;
    shop.acme.fault(FaultKind::QuotaUsedUp);
    let refused = shop.post("/api/tickets", &ticket()).await;
    let msg = "You do not have enough permissions to perform this action. Messaging quota exceeded.";
    assert_eq!((refused.status, refused.json()), (403, json!({"error": {"msg": msg}})));
    assert_eq!(shop.get("/api/account").await.status, 200);
    assert_eq!(shop.get("/api/users/0").await.status, 200);
}

#[tokio::test]
async fn a_rejected_field_is_named_and_a_ticket_without_it_is_created() {
    let mut full = ticket();
    full["language"] = json!("en");
    full["messages"][0]["attachments"] =
        json!([{"url": "https://cdn.test/a", "name": "a", "content_type": "image/png"}]);
    for field in ["customer", "subject", "language", "attachments"] {
        let shop = Shop::open().await;
        shop.acme.fault(Fault::reject(field).on_create());
        let refused = shop.post("/api/tickets", &full).await.invalid();
        assert!(refused.to_string().contains(field), "{refused}");
        let mut plain = ticket();
        plain["customer"] = json!({"name": "Anonymous visitor"});
        plain["messages"][0]["sender"] = json!({"name": "Anonymous visitor"});
        plain.as_object_mut().unwrap().remove("subject");
        assert_eq!(shop.post("/api/tickets", &plain).await.status, 201, "{field}");
    }
}

#[tokio::test]
async fn a_fault_affects_only_its_account_and_can_be_cleared_alone() {
    let shop = Shop::open().await;
    shop.gorgias.account("other").fault(Fault::status(500));
    let id = shop.acme.fault(Fault::status(503).on("POST", "/api/tickets*"));
    assert_eq!(shop.get("/api/account").await.status, 200);
    let made = shop.post("/api/tickets/7/messages", &message()).await;
    assert_eq!(made.status, 503);
    shop.acme.clear_fault(id);
    assert_eq!(shop.post("/api/tickets", &ticket()).await.status, 201);
}

#[tokio::test]
async fn stopping_the_emulator_ends_hanging_requests() {
    let shop = Shop::open().await;
    shop.acme.fault(FaultKind::Hang);
    let hanging = tokio::spawn(shop.request(Method::GET, "/api/account").send());
    shop.acme.wait_for_requests(1, "GET", "/api/account").await.unwrap();
    drop(shop.gorgias);
    assert!(hanging.await.unwrap().is_err());
}
