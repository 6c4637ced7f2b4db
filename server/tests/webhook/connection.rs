//! Connecting, testing, and replacing the secret.

use crate::{receiver::Reply, support::TestApp};
use app::{
    backend::Backend,
    model::{CallError, ConnectionState, Helpdesk, Problem, Role, SaveOutcome, TestOutcome, Viewer},
};

const HOOK: Helpdesk = Helpdesk::WEBHOOK;

fn is_conflict<T>(result: Result<T, CallError>) -> bool {
    matches!(result, Err(CallError::Conflict(_)))
}

#[tokio::test]
async fn first_save_returns_the_secret_and_no_other_does() {
    let it = TestApp::start().await;
    assert!(matches!(it.tests(&it.receiver.url()).await, Ok(TestOutcome::Passed { .. })));
    let secret = it.connects().await;
    assert!(secret.starts_with("whsec_"));
    let got = it.receiver.got();
    assert_eq!((got.len(), got[1].kind()), (2, "convi.test"));
    assert!(got[1].is_signed_with(&secret) && !got[0].is_signed_with(&secret));
    let row = it.row().await;
    assert_eq!(
        (row.state, row.url, row.receives_handovers),
        (ConnectionState::Connected, Some(it.receiver.url()), true)
    );
    assert_eq!((row.subdomain, row.username, row.account_url), (None, None, None));
    let again = it.saves(&it.receiver.url()).await.unwrap();
    assert!(matches!(again, SaveOutcome::Saved { secret: None, .. }), "{again:?}");
    assert!(it.receiver.got()[2].is_signed_with(&secret), "saving again keeps the secret");
    let moved = it.saves(&format!("{}&moved=1", it.receiver.url())).await.unwrap();
    assert!(matches!(moved, SaveOutcome::Saved { secret: None, .. }), "{moved:?}");
    assert!(it.receiver.got()[3].is_signed_with(&secret), "and so does another URL");
}

#[tokio::test]
async fn secret_and_url_are_sealed_and_never_printed() {
    let it = TestApp::start().await;
    let saved = it.saves(&it.receiver.url()).await.unwrap();
    let printed = format!("{saved:?}");
    let SaveOutcome::Saved { secret: Some(secret), .. } = saved else { panic!() };
    assert!(!printed.contains(&secret.0) && !format!("{secret:?}").contains("whsec_"));
    let database = it.database();
    let contains = |text: &str| database.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(contains("webhook"), "the files were read");
    assert!(!contains(&secret.0) && !contains("token=abc") && !contains("/hook"));
}

#[tokio::test]
async fn first_save_keeps_a_receiver_that_refuses() {
    let it = TestApp::start().await;
    it.receiver.next([Reply::Status(401)]);
    let SaveOutcome::Saved { integration, secret, .. } = it.saves(&it.receiver.url()).await.unwrap() else {
        panic!("the merchant would never get the secret");
    };
    assert!(secret.is_some());
    assert_eq!(
        (integration.state, integration.problem),
        (ConnectionState::NeedsAttention, Some(Problem::BadCredentials))
    );
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!((it.receiver.events().len(), it.row().await.held), (0, 1));
    // The receiver now has the secret: the connection is tested again by itself.
    it.passes(20).await;
    assert_eq!(it.receiver.kinds(), ["handover.created"]);
    assert_eq!(it.state_of(&id).await, app::model::DeliveryState::Delivered);
    assert_eq!(it.row().await.state, ConnectionState::Connected);
}

#[tokio::test]
async fn failed_test_says_what_is_wrong() {
    let (it, _) = TestApp::connected().await;
    for (reply, problem, words) in [
        (Reply::Status(401), Problem::BadCredentials, "signature"),
        (Reply::Status(403), Problem::Role, "403"),
        (Reply::Status(404), Problem::NotAHelpdesk, "404"),
        (
            Reply::With(302, "location", "http://127.0.0.1:1/".into(), String::new()),
            Problem::NotAHelpdesk,
            "redirects",
        ),
        (Reply::Status(405), Problem::NotAHelpdesk, "status 405"),
        (
            Reply::With(400, "x-a", "b".into(), "no\n <b>way</b>".into()),
            Problem::NotAHelpdesk,
            "400: no <b>way</b>",
        ),
        (Reply::With(429, "retry-after", "30".into(), String::new()), Problem::RateLimited, "429"),
        (Reply::Status(500), Problem::Unreachable, "500"),
        (Reply::Endless(503), Problem::Unreachable, "503"),
        (Reply::Endless(500), Problem::Unreachable, "500: xxx"),
    ] {
        it.receiver.next([reply.clone()]);
        let failure = it.fails().await;
        assert_eq!(failure.problem, problem, "{reply:?}");
        assert!(failure.message.contains(words) && failure.message.len() < 1_000, "{}", failure.message);
        assert!(!failure.message.contains("token=abc"), "{}", failure.message);
        it.clock.advance(std::time::Duration::from_secs(61));
    }
    it.receiver.next([Reply::Hang]);
    let patience = async {
        it.receiver.has_got(12).await;
        it.clock.advance(std::time::Duration::from_secs(15));
    };
    let (failure, ()) = tokio::join!(it.fails(), patience);
    assert_eq!(failure.problem, Problem::Unreachable);
}

#[tokio::test]
async fn answers_do_not_reveal_the_secret() {
    let (it, secret) = TestApp::connected().await;
    let bare = secret.trim_start_matches("whsec_").to_owned();
    it.receiver.next([Reply::With(400, "x-a", "b".into(), format!("expected {secret} or {bare}"))]);
    let failure = it.fails().await;
    assert!(failure.message.contains("expected [removed]"), "{}", failure.message);
    assert!(!failure.message.contains(&bare[..12]), "{}", failure.message);
}

#[tokio::test]
async fn secret_is_replaced_with_an_overlap_of_a_day() {
    let (it, first) = TestApp::connected().await;
    let rotated = it.app.services.rotate_secret(&it.owner, HOOK).await.unwrap();
    let second = rotated.secret.0.clone();
    assert_ne!(first, second);
    assert_eq!(rotated.integration.old_secret_until.as_deref(), Some("2026-11-23T10:00:00Z"));
    it.hands_over("c1").await;
    it.settles().await;
    let event = it.receiver.events().remove(0);
    assert!(event.is_signed_with(&first) && event.is_signed_with(&second));
    assert_eq!(event.header("webhook-signature").split(' ').count(), 2);
    assert!(is_conflict(it.app.services.rotate_secret(&it.owner, HOOK).await), "within the overlap");
    it.passes(24 * 3_600).await;
    assert_eq!(it.row().await.old_secret_until, None);
    it.hands_over("c2").await;
    it.settles().await;
    let event = it.receiver.events().remove(1);
    assert!(!event.is_signed_with(&first) && event.is_signed_with(&second));
    assert!(it.app.services.rotate_secret(&it.owner, HOOK).await.is_ok());
}

#[tokio::test]
async fn overlap_ends_at_once_on_request() {
    let (it, first) = TestApp::connected().await;
    let second = it.app.services.rotate_secret(&it.owner, HOOK).await.unwrap().secret.0;
    let row = it.app.services.end_rotation(&it.owner, HOOK).await.unwrap();
    assert_eq!(row.old_secret_until, None);
    assert!(it.app.services.end_rotation(&it.owner, HOOK).await.is_ok(), "a double click counts once");
    it.hands_over("c1").await;
    it.settles().await;
    let event = it.receiver.events().remove(0);
    assert!(!event.is_signed_with(&first) && event.is_signed_with(&second));
    assert!(it.app.services.rotate_secret(&it.owner, HOOK).await.is_ok());
    let changes: Vec<_> = it.row().await.changes.into_iter().map(|it| it.action).collect();
    assert_eq!(changes, ["rotated", "rotation_ended", "rotated", "connected"]);
}

#[tokio::test]
async fn only_webhooks_that_are_connected_have_a_secret_to_replace() {
    let it = TestApp::start().await;
    assert!(is_conflict(it.app.services.rotate_secret(&it.owner, HOOK).await));
    let gorgias = it.app.services.rotate_secret(&it.owner, Helpdesk::GORGIAS).await;
    assert!(matches!(gorgias, Err(CallError::NotFound)));
    let member = Viewer { role: Role::Member, ..it.owner.clone() };
    assert!(matches!(it.app.services.rotate_secret(&member, HOOK).await, Err(CallError::NotAllowed)));
    assert!(matches!(it.app.services.end_rotation(&member, HOOK).await, Err(CallError::NotAllowed)));
    assert!(
        is_conflict(it.app.services.verify_connection(&it.owner, HOOK).await),
        "there is no ticket to test"
    );
}

/// The URL may contain a token, so members see only its host.
#[tokio::test]
async fn members_see_only_the_host_of_the_url() {
    let (it, _) = TestApp::connected().await;
    let member = Viewer { role: Role::Member, ..it.owner.clone() };
    let url = async |viewer: &Viewer| {
        let rows = it.app.services.integrations(viewer).await.unwrap();
        rows.into_iter().find(|row| row.helpdesk == HOOK).and_then(|row| row.url).unwrap()
    };
    let (whole, host) = (url(&it.owner).await, url(&member).await);
    assert_eq!(Some(host.as_str()), whole.rsplit_once('/').map(|(host, _)| format!("{host}/…")).as_deref());
    assert_ne!(whole, host);
}

#[tokio::test]
async fn disconnecting_cancels_and_a_new_connection_has_a_new_secret() {
    let (it, first) = TestApp::connected().await;
    it.receiver.next([Reply::Status(500)]);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.app.services.disconnect(&it.owner, HOOK).await.unwrap(), 1);
    assert_eq!(it.state_of(&id).await, app::model::DeliveryState::Cancelled);
    it.passes(3_600).await;
    assert_eq!(it.receiver.events().len(), 1);
    assert_ne!(it.connects().await, first);
}
