//! What happens if a receiver does not accept an event.

use crate::{receiver::Reply, support::TestApp};
use app::{
    backend::Backend,
    model::{ConnectionState, DeliveryState, Problem, SaveOutcome},
};

#[tokio::test]
async fn event_is_repeated_on_the_schedule_and_then_fails() {
    let (it, _) = TestApp::connected().await;
    it.receiver.otherwise(Reply::Status(500));
    let id = it.hands_over("c1").await;
    it.settles().await;
    // Up to 20 % more than each wait.
    for (attempt, wait) in (2..).zip([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
        it.passes(wait * 7 / 10).await;
        assert_eq!(it.receiver.events().len(), attempt - 1, "too early");
        it.passes(wait / 2 + 1).await;
        assert_eq!(it.receiver.events().len(), attempt);
    }
    let delivery = it.delivery(&id).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Failed, 10));
    assert!(delivery.last_error.unwrap().contains("status 500"));
    assert_eq!(it.row().await.state, ConnectionState::Connected, "an outage does not break the connection");
    let events = it.receiver.events();
    assert!(events.iter().all(|event| (event.id(), &event.body) == (events[0].id(), &events[0].body)));
    it.receiver.otherwise(Reply::Status(200));
    it.app.services.retry(&it.owner, &id, None).await.unwrap();
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}

#[tokio::test]
async fn other_rejections_are_repeated_too() {
    for status in [400, 405, 408, 409, 413, 422, 429, 500, 502, 504] {
        let (it, _) = TestApp::connected().await;
        it.receiver.next([Reply::Status(status)]);
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Waiting, "{status}");
        it.passes(7).await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "{status}");
    }
}

#[tokio::test]
async fn retry_after_is_followed_in_seconds_and_as_a_date() {
    for (value, seconds) in [("120", 120), ("Sun, 22 Nov 2026 10:02:00 GMT", 120), ("99999999", 86_400)] {
        let (it, _) = TestApp::connected().await;
        it.receiver.next([Reply::With(503, "retry-after", value.into(), String::new())]);
        it.hands_over("c1").await;
        it.settles().await;
        it.passes(seconds - 1).await;
        assert_eq!(it.receiver.events().len(), 1, "{value}");
        it.passes(1).await;
        assert_eq!(it.receiver.events().len(), 2, "{value}");
    }
}

#[tokio::test]
async fn rejected_connection_holds_everything_and_drains_in_order() {
    for (status, problem) in [
        (401, Problem::BadCredentials),
        (403, Problem::Role),
        (404, Problem::NotAHelpdesk),
        (308, Problem::NotAHelpdesk),
    ] {
        let (it, _) = TestApp::connected().await;
        it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
        it.receiver.otherwise(Reply::Status(status));
        let first = it.hands_over("c1").await;
        it.settles().await;
        let second = it.hands_over("c2").await;
        it.settles().await;
        let row = it.row().await;
        assert_eq!(
            (row.state, row.problem, row.held),
            (ConnectionState::NeedsAttention, Some(problem), 2),
            "{status}"
        );
        assert_eq!(it.state_of(&second).await, DeliveryState::Held);
        let told = it.mails().into_iter().filter(|mail| mail.contains("needs attention")).count();
        assert_eq!(told, 1, "{status}");
        it.receiver.otherwise(Reply::Status(200));
        it.passes(20).await;
        assert_eq!(it.row().await.state, ConnectionState::Connected, "{status}");
        let delivered: Vec<_> = it.receiver.events().into_iter().skip(1).collect();
        let ids: Vec<_> = delivered.iter().map(|it| it.json["data"]["handover_id"].clone()).collect();
        assert_eq!(ids, [first, second], "{status}");
    }
}

#[tokio::test]
async fn gone_switches_it_off_until_it_is_saved_again() {
    let (mut it, _) = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.receiver.next([Reply::Status(410)]);
    let id = it.hands_over("c1").await;
    it.settles().await;
    let sent = it.receiver.got().len();
    let row = it.row().await;
    assert_eq!((row.state, row.held), (ConnectionState::NeedsAttention, 1));
    assert!(row.reason.unwrap().contains("410 Gone"));
    assert_eq!(it.mails().into_iter().filter(|mail| mail.contains("needs attention")).count(), 1);
    it.hands_over("c2").await;
    for _ in 0..30 {
        it.passes(6 * 3_600).await;
    }
    it.restart().await;
    it.passes(3_600).await;
    let failure = it.fails().await;
    assert!(failure.message.contains("410 Gone"));
    assert_eq!(it.receiver.got().len(), sent, "not even a test event");
    assert_eq!(it.state_of(&id).await, DeliveryState::Held);
    let saved = it.saves(&it.receiver.url()).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { secret: None, .. }), "{saved:?}");
    it.settles().await;
    assert_eq!(it.row().await.state, ConnectionState::Connected);
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}

#[tokio::test]
async fn silent_receiver_is_cut_off_after_15_seconds() {
    let (it, _) = TestApp::connected().await;
    it.receiver.next([Reply::Hang]);
    let id = it.hands_over("c1").await;
    let patience = async {
        it.receiver.has_got(2).await;
        it.clock.advance(std::time::Duration::from_secs(15));
    };
    let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), patience);
    done.unwrap();
    let delivery = it.delivery(&id).await;
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert!(delivery.last_error.unwrap().contains("within 15 seconds"));
    it.passes(7).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}

#[tokio::test]
async fn endless_answers_are_cut() {
    let (it, _) = TestApp::connected().await;
    it.receiver.next([Reply::Endless(500), Reply::Endless(200)]);
    let id = it.hands_over("c1").await;
    it.settles().await;
    let delivery = it.delivery(&id).await;
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert!(delivery.last_error.unwrap().len() < 600);
    it.passes(7).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}

#[tokio::test]
async fn one_rejected_event_does_not_hold_up_others() {
    let (it, _) = TestApp::connected().await;
    it.receiver.otherwise(Reply::Status(404));
    let first = it.hands_over("c1").await;
    it.settles().await;
    let second = it.hands_over("c2").await;
    it.receiver.otherwise(Reply::Status(200));
    // The test passes; then the probe is answered with an error of its own.
    it.receiver.next([Reply::Status(200), Reply::Status(500)]);
    it.passes(20).await;
    assert_eq!(it.state_of(&first).await, DeliveryState::Waiting);
    assert_eq!(it.state_of(&second).await, DeliveryState::Delivered);
}
