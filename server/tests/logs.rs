//! A whole scenario logs no key, no address and no chat text.
//!
//! This test runs in its own process, because its subscriber receives every thread's events: our own crates at TRACE,
//! others at their production level.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

#[path = "delivery/database.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery, which use all of it")]
mod database;
#[path = "delivery/support.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery, which use all of it")]
mod support;

#[path = "webhook/receiver.rs"]
#[allow(dead_code, reason = "shared with the tests of webhooks, which use all of it")]
mod receiver;

#[path = "webhook/support.rs"]
#[allow(dead_code, reason = "shared with the tests of webhooks, which use all of it")]
mod webhook;

use app::{
    backend::Backend,
    model::{ConnectionForm, DeliveryState, Destination, Helpdesk, Resolution, SaveOutcome},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use convi_server::handover::accept::AcceptError;
use gorgias_emulator::{Fault, FaultKind, Role as GorgiasRole};
use receiver::Reply;
use serde_json::json;
use std::{
    io,
    sync::{Mutex, PoisonError},
};
use support::{HELPDESK, OWNER, TestApp, body};
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

const SECRET_KEY: &str = "gk-4711-very-secret";
const CHAT: &str = "My parcel to Elm Street never came";
const SHOPPER: &str = "Jane.Doe+shop@shopper.test";
const TEAM: &str = "team@acme.test";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Heard;

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn handed_over(conversation: &str) -> serde_json::Value {
    let mut body = body("m1", conversation);
    body["conversation"]["shopper"] =
        json!({"email": SHOPPER, "name": "Jane Doe", "phone": "+41 44 000 00 00"});
    body["conversation"]["summary"] = json!(CHAT);
    body["conversation"]["messages"][0]["text"] = json!(CHAT);
    body
}

/// Installs the subscriber that receives everything; shared by both tests of this process.
fn listen() {
    let filter = EnvFilter::new("warn,convi_server=trace,convi_integrations=trace,app=trace");
    // The second test finds the first one's subscriber.
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Heard).try_init();
}

fn log() -> String {
    String::from_utf8(LOG.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
}

/// From acceptance to ticket and email, including a lost response, everything carries one id.
#[tokio::test]
async fn handover_id_traces_acceptance_to_ticket() {
    listen();
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some(TEAM.into())).await.unwrap();
    it.shop.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    // As `http/trace.rs` creates it.
    let request = tracing::info_span!(target: "convi_server::http::trace", "request", id = "r-1",
        handover = tracing::field::Empty);
    let answer = it.posts("msg-followed", &handed_over("followed")).instrument(request.clone()).await;
    request.in_scope(|| tracing::info!(target: "convi_server::http::trace", "http.answered"));
    let id = answer["handover_id"].as_str().unwrap();
    it.settles().await;
    it.passes(17).await;
    assert_eq!(it.state_of(id).await, DeliveryState::Delivered);

    let log = log();
    let of_it: Vec<&str> = log.lines().filter(|line| line.contains(&format!("handover=\"{id}\""))).collect();
    let mut left = of_it.iter();
    for step in [
        "handover accepted",
        "http.answered",
        "work=\"create\"}: convi_server::handover::dispatch::worker: work began",
        "to=\"unsure\"",
        "work=\"look_up\"}: convi_server::handover::dispatch::worker: work began",
        "work=\"look_up\"}: convi_server::helpdesk::gorgias::http: helpdesk answered",
        "from=\"unsure\" to=\"delivered\"",
    ] {
        assert!(left.any(|line| line.contains(step)), "{step} is not next in\n{}", of_it.join("\n"));
    }
    let mailed =
        of_it.iter().filter(|line| line.contains("work=\"mail\"") && line.contains("to=\"delivered\""));
    assert_eq!(mailed.count(), 1, "{}", of_it.join("\n"));
    for private in [CHAT, "Jane", "@"] {
        assert!(!log.contains(private), "{private}");
    }
}

#[tokio::test]
async fn log_contains_no_private_data() {
    listen();
    let it = TestApp::start().await;
    it.shop.user(OWNER, SECRET_KEY, GorgiasRole::Admin);
    it.app.services.save_notifications(&it.owner, Some(TEAM.into())).await.unwrap();

    // Wrong credentials, an unreachable helpdesk, and then the right credentials.
    let rejected = it.connects("gk-4711-another-secret").await;
    assert!(matches!(rejected, SaveOutcome::Rejected { .. }));
    let fault = it.shop.fault(Fault::html(503));
    it.connects(SECRET_KEY).await;
    it.shop.clear_fault(fault);
    let form = || ConnectionForm {
        subdomain: "acme".into(),
        method: None,
        username: OWNER.into(),
        api_key: None,
        ..ConnectionForm::default()
    };
    it.app.services.test_connection(&it.owner, HELPDESK, form()).await.unwrap();
    let nowhere = ConnectionForm {
        subdomain: "https://user:pass@evil.test/x".into(),
        method: None,
        username: "no address".into(),
        api_key: Some(SECRET_KEY.into()),
        ..ConnectionForm::default()
    };
    it.app.services.save_connection(&it.owner, HELPDESK, nowhere).await.unwrap_err();
    it.connects(SECRET_KEY).await;

    // Created, rejected with a message that echoes the request, lost in transit, rate-limited, forbidden, and gone.
    let mut ids = Vec::new();
    for (n, fault) in [
        None,
        Some(Fault::reject("customer").once()),
        Some(Fault::reject("tags").once()),
        Some(Fault::new(FaultKind::DropAfterCommit).on_create().once()),
        Some(Fault::new(FaultKind::GarbageBody).on_create().once()),
        Some(Fault::status(429).on_create().once()),
        Some(Fault::status(403).on_create().once()),
        Some(Fault::late_commit(300.0).on_create().once()),
    ]
    .into_iter()
    .enumerate()
    {
        if let Some(fault) = fault {
            it.shop.fault(fault);
        }
        let answer = it.posts(&format!("msg-{n}"), &handed_over(&format!("c{n}"))).await;
        ids.push(answer["handover_id"].as_str().unwrap().to_owned());
        for seconds in [0, 17, 10, 30, 60] {
            it.passes(seconds).await;
        }
    }
    // The same request again, and the same conversation under a different id: the log names the handover in the
    // response.
    it.posts("msg-0", &handed_over("c0")).await;
    it.posts("msg-0-again", &handed_over("c0")).await;
    let log = self::log();
    let accepted = log.lines().filter(|line| line.contains("handover accepted") && line.contains(&ids[0]));
    assert_eq!(accepted.count(), 3, "{log}");
    it.passes(3_700).await;
    assert_eq!(it.state_of(&ids[0]).await, DeliveryState::Delivered);
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let answer = it.posts("msg-unsure", &handed_over("unsure")).await;
    let unsure = answer["handover_id"].as_str().unwrap().to_owned();
    it.settles().await;
    let said =
        Resolution { destination: Destination::Helpdesk(HELPDESK), made: true, ticket_id: Some(4_711) };
    it.app.services.resolve(&it.owner, &unsure, said).await.unwrap();
    it.shop.revoke_key(OWNER);
    it.posts("msg-held", &handed_over("held")).await;
    it.passes(60).await;
    assert!(it.row().await.held > 0);

    // The sealed key is damaged, a handover is unreadable, emails cannot be written, the database rejects writes.
    let sealed = it.app.store.connection("m1", HELPDESK).await.unwrap().unwrap().sealed_key;
    it.database.sql("UPDATE connection SET sealed_key = x'00112233'").await;
    it.passes(600).await;
    it.app.services.test_connection(&it.owner, HELPDESK, form()).await.unwrap_err();
    it.database.sql("UPDATE handover SET body = substr(body, 1, 300) WHERE conversation = 'held'").await;
    std::fs::remove_dir_all(it.outbox()).unwrap();
    std::fs::write(it.outbox(), "").unwrap();
    it.posts("msg-mail", &handed_over("mail")).await;
    it.passes(600).await;
    it.posts("msg-last", &handed_over("last")).await;
    it.database
        .sql("CREATE TRIGGER no BEFORE UPDATE ON delivery BEGIN SELECT RAISE(ABORT, 'refused'); END")
        .await;
    let failed = it.app.dispatcher.run_due().await;
    assert!(failed.is_err(), "{failed:?}");
    it.app.services.retry(&it.owner, &ids[2], None).await.unwrap_err();
    it.database.sql("DROP TRIGGER no; CREATE TRIGGER no BEFORE INSERT ON handover BEGIN SELECT RAISE(ABORT, 'refused'); END")
        .await;
    let refused = it.app.acceptor.accept("msg-db", handed_over("db").to_string().into()).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, AcceptError::Store(_)), "{refused}");
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.passes(30).await;

    let mut log = self::log();
    for said in [
        "connection saved",
        "handover accepted",
        "delivery changed",
        "a connection stopped working",
        "cannot open a saved key",
        "a second ticket of one handover",
        "an email to the team was not sent",
        "a call failed",
    ] {
        assert!(log.contains(said), "the scenario never logged: {said}\n{log}");
    }
    // What the errors would print if someone logged them.
    log.push_str(&format!("{refused} {refused:?} {failed:?}"));
    let basic = BASE64_STANDARD.encode(format!("{OWNER}:{SECRET_KEY}"));
    for (what, private) in [
        ("the key", SECRET_KEY),
        ("a rejected key", "gk-4711-another-secret"),
        ("the key as credentials", basic.as_str()),
        ("the header", "Authorization"),
        ("the header", "Basic "),
        ("the sealed key", &format!("{sealed:?}")),
        ("the sealed key", &BASE64_STANDARD.encode(&sealed)),
        ("chat text", CHAT),
        ("chat text", "Elm Street"),
        ("the shopper's name", "Jane"),
        ("the shopper's phone", "+41 44"),
        ("an address", "@"),
        ("an address", "%40"),
        ("where a request went", "external_id="),
    ] {
        let at = log.to_lowercase().find(&private.to_lowercase());
        assert_eq!(
            at,
            None,
            "{what}: …{}…",
            at.map(|at| &log[at.saturating_sub(300)..at]).unwrap_or_default()
        );
    }
}

/// A webhook's secrets, the query of its URL, what was sent and what was answered stay out of the log.
#[tokio::test]
async fn log_contains_nothing_from_a_webhooks_events() {
    const HOOK: Helpdesk = Helpdesk::WEBHOOK;
    const ANSWER: &str = "what the receiver thinks of it";
    const SAID: &str = "My wardrobe went to Oak Lane";
    listen();
    let (it, first) = webhook::TestApp::connected().await;
    let mut large = webhook::body("large");
    large["conversation"]["shopper"] = json!({"name": "Wanda Webhook", "email": "wanda@shopper.test"});
    let turns = (0..50).map(|n| json!({"id": n.to_string(), "author": "shopper", "text": SAID.repeat(600)}));
    large["conversation"]["messages"] = turns.collect();
    it.posts("msg-hook-large", &large).await;
    it.settles().await;
    let link = it.receiver.events()[0].json["data"]["full_url"].as_str().unwrap().to_owned();

    // Every kind of answer, with a body that repeats what was sent.
    let echo = |status, name, value: &str| {
        Reply::With(status, name, value.to_owned(), format!("{ANSWER}: {first} {SAID}"))
    };
    for (n, reply) in [
        echo(400, "x-a", "b"),
        echo(429, "retry-after", "5"),
        echo(500, "x-a", "b"),
        Reply::Endless(500),
        echo(302, "location", "http://127.0.0.1:1/elsewhere?token=def"),
        echo(401, "x-a", "b"),
        echo(410, "x-a", "b"),
    ]
    .into_iter()
    .enumerate()
    {
        it.receiver.next([reply.clone(), reply.clone(), reply]);
        let mut event = webhook::body(&format!("hook-{n}"));
        event["conversation"]["messages"][0]["text"] = json!(SAID);
        it.posts(&format!("msg-hook-{n}"), &event).await;
        for seconds in [0, 7, 20, 60] {
            it.passes(seconds).await;
        }
        it.tests(&it.receiver.url()).await.unwrap();
    }
    it.tests("https://name:password@10.0.0.1/?token=ghi").await.unwrap_err();
    it.tests("https://nobody.invalid/?token=jkl").await.unwrap();
    it.saves(&it.receiver.url()).await.unwrap();
    let second = it.app.services.rotate_secret(&it.owner, HOOK).await.unwrap().secret.0;
    it.app.services.end_rotation(&it.owner, HOOK).await.unwrap();
    it.passes(3_600).await;
    it.app.services.disconnect(&it.owner, HOOK).await.unwrap();

    let log = log();
    for said in ["helpdesk=\"webhook\"", "secret changed", "a connection stopped working"] {
        assert!(log.contains(said), "the scenario never logged: {said}\n{log}");
    }
    let signature = link.split("signature=").nth(1).unwrap();
    let bare = |secret: &str| secret.trim_start_matches("whsec_").to_owned();
    for (what, private) in [
        ("a secret", "whsec_"),
        ("a secret", bare(&first).as_str()),
        ("a secret", bare(&second).as_str()),
        ("the URL's query", "token="),
        ("a password in a URL", "password"),
        ("a signature", "v1,"),
        ("the link", signature),
        ("chat text", SAID),
        ("the shopper's name", "Wanda"),
        ("the shopper's address", "wanda@"),
        ("the answer", ANSWER),
    ] {
        let at = log.find(private);
        assert_eq!(
            at,
            None,
            "{what}: …{}…",
            at.map(|at| &log[at.saturating_sub(300)..at]).unwrap_or_default()
        );
    }
}
