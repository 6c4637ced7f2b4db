//! The history of handovers: every attempt, how they ended, and retries of failed ones.

use crate::support::{HELPDESK, KEY, OWNER, TestApp, viewer};
use app::{
    backend::Backend,
    model::{AttemptKind, CallError, DeliveryState, Destination, Ending, HandoverQuery, Role},
};
use gorgias_emulator::Fault;

async fn fails(it: &TestApp, conversation: &str) -> String {
    it.shop.fault(Fault::status(413).on_create().once());
    let id = it.hands_over(conversation).await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Failed);
    id
}

#[tokio::test]
async fn every_attempt_is_listed_without_secrets() {
    let it = TestApp::connected().await;
    let services = &it.app.services;
    it.shop.fault(Fault::status(500).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    for seconds in [20, 30, 60, 30, 3_600] {
        it.passes(seconds).await;
    }
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    let member = viewer("m1", Role::Member);
    let attempts = services.attempts(&member, &id).await.unwrap().attempts;
    let kinds: Vec<_> = attempts.iter().map(|attempt| attempt.kind).collect();
    assert_eq!(kinds.first(), Some(&AttemptKind::Check), "{attempts:#?}");
    assert_eq!(kinds.last(), Some(&AttemptKind::Create));
    // Each look-up found nothing. The error of the request before it is not its own.
    let looked = attempts.iter().filter(|it| it.kind == AttemptKind::LookUp).map(|it| it.outcome.as_deref());
    let looked: Vec<_> = looked.collect();
    assert!(!looked.is_empty() && looked.iter().all(|it| *it == Some("waiting")), "{looked:?}");
    let first = attempts.last().unwrap();
    assert_eq!(first.destination, Destination::Helpdesk(HELPDESK));
    assert_eq!((first.number, first.part), (1, 0));
    assert_eq!(first.outcome.as_deref(), Some("Gorgias answered 500."));
    assert_eq!(first.code.as_deref(), Some("gorgias.answered"));
    assert_eq!(serde_json::to_value(&first.args).unwrap(), serde_json::json!({"status": "500"}));
    assert!(attempts.iter().all(|attempt| attempt.took_ms.is_some()));
    let said = serde_json::to_string(&attempts).unwrap();
    for private in [KEY, OWNER, "jane@example.com", "Jane Doe", "human", "http", "Basic"] {
        assert!(!said.contains(private), "{private}: {said}");
    }
    let theirs = services.attempts(&viewer("m2", Role::Owner), &id).await;
    assert_eq!(theirs, Err(CallError::NotFound));
}

#[tokio::test]
async fn all_failed_handovers_are_retried_together() {
    let it = TestApp::connected().await;
    let services = &it.app.services;
    let ids = [fails(&it, "c1").await, fails(&it, "c2").await];
    let member = viewer("m1", Role::Member);
    assert_eq!(services.retry_failed(&member).await, Err(CallError::NotAllowed));
    assert_eq!(services.retry_failed(&viewer("m2", Role::Owner)).await, Ok(0), "another merchant has none");
    assert_eq!(services.history(&member, None).await.unwrap().failed, 2);
    assert_eq!(services.retry_failed(&it.owner).await, Ok(2));
    assert_eq!(services.retry_failed(&it.owner).await, Ok(0));
    it.settles().await;
    for id in &ids {
        assert_eq!((it.state_of(id).await, it.tickets(id)), (DeliveryState::Delivered, 1));
    }
}

#[tokio::test]
async fn failed_handovers_wait_for_a_connection() {
    let it = TestApp::connected().await;
    let services = &it.app.services;
    let id = fails(&it, "c1").await;
    services.disconnect(&it.owner, HELPDESK).await.unwrap();
    let refused = services.retry_failed(&it.owner).await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Conflict(why) if why.english().starts_with("Connect Gorgias first")),
        "{refused}"
    );
    assert_eq!(it.state_of(&id).await, DeliveryState::Failed);
    it.connects(KEY).await;
    assert_eq!(services.retry_failed(&it.owner).await, Ok(1));
    it.settles().await;
    assert_eq!(it.tickets(&id), 1);
}

#[tokio::test]
async fn days_show_outcomes_and_time_to_ticket() {
    let it = TestApp::connected().await;
    it.hands_over("c1").await;
    it.moves(3);
    it.settles().await;
    fails(&it, "c2").await;
    let history = it.app.services.history(&it.owner, None).await.unwrap();
    assert_eq!(history.days.len(), 30);
    let today = history.days.last().unwrap();
    assert_eq!(today.day.to_string(), "2026-11-22");
    assert_eq!((today.of(Ending::Ticket), today.of(Ending::Trouble), today.total()), (1, 1, 2));
    assert_eq!((today.median_ms, today.slow_ms), (Some(3_000), Some(3_000)));
    let page = it.app.services.handovers(&it.owner, HandoverQuery::default()).await.unwrap();
    let delivered: Vec<_> =
        page.handovers.iter().map(|it| it.deliveries[0].delivered_at.as_deref()).collect();
    assert_eq!(delivered, [None, Some("2026-11-22T10:00:03Z")]);
}

/// The page as requested in Los Angeles at 18:59: the list and the days cover the whole local day.
#[tokio::test]
async fn days_follow_the_readers_time_zone() {
    let it = TestApp::start().await;
    // 2026-11-22 10:00 UTC is 2:00 there; then 18:59, which is already the next day in UTC.
    let early = it.hands_over("early").await;
    it.moves((16 * 60 + 59) * 60);
    let late = it.hands_over("late").await;
    let list = async |from: Option<&str>, to: Option<&str>| {
        let query = HandoverQuery {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            ..HandoverQuery::default()
        };
        let page = it.app.services.handovers(&it.owner, query).await.unwrap();
        page.handovers.into_iter().map(|it| it.handover_id).collect::<Vec<_>>()
    };
    let today = Some("2026-11-22[America/Los_Angeles]");
    assert_eq!(list(today, None).await, [late.clone(), early.clone()]);
    assert_eq!(list(today, today).await, [late.clone(), early.clone()]);
    assert_eq!(list(Some("2026-11-23[America/Los_Angeles]"), None).await, [] as [String; 0]);
    assert_eq!(list(Some("2026-11-23"), None).await, std::slice::from_ref(&late));
    assert_eq!(list(None, Some("2026-11-22[Asia/Kolkata]")).await, std::slice::from_ref(&early));
    assert_eq!(list(Some("2026-11-22T10:00:00Z"), Some("2026-11-22T19:00:00-08:00")).await, [late, early]);
    let days = async |zone: Option<&str>| {
        let history = it.app.services.history(&it.owner, zone.map(str::to_owned)).await.unwrap();
        assert_eq!(history.days.len(), 30);
        let last = &history.days[28..];
        last.iter().map(|day| (day.day.to_string(), day.total())).collect::<Vec<_>>()
    };
    let said = |days: [(&str, u64); 2]| days.map(|(day, total)| (day.to_owned(), total)).to_vec();
    assert_eq!(days(Some("America/Los_Angeles")).await, said([("2026-11-21", 0), ("2026-11-22", 2)]));
    assert_eq!(days(None).await, said([("2026-11-22", 1), ("2026-11-23", 1)]));
    assert_eq!(days(Some("Pacific/Auckland")).await, said([("2026-11-22", 1), ("2026-11-23", 1)]));
    let wrong = it.app.services.history(&it.owner, Some("Mars/Base".into())).await;
    assert!(matches!(wrong, Err(CallError::Fields { .. })), "{wrong:?}");
    let wrong = HandoverQuery { to: Some("2026-11-22[Mars/Base]".into()), ..HandoverQuery::default() };
    let wrong = it.app.services.handovers(&it.owner, wrong).await;
    assert!(matches!(wrong, Err(CallError::Fields { .. })), "{wrong:?}");
}
