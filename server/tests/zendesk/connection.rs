//! Tests of testing, saving and losing a connection, with both access methods.

use crate::support::{CLIENT, SECRET, TestApp, form};
use app::model::{ConnectionForm, ConnectionState, DeliveryState, Problem, SaveOutcome, TestOutcome};
use zendesk_emulator::{Fault, FaultKind, Role};

fn failed(outcome: TestOutcome) -> (Problem, String) {
    match outcome {
        TestOutcome::Failed(failure) => (failure.problem, failure.code.unwrap_or_default()),
        TestOutcome::Passed { .. } => panic!("it passed"),
    }
}

fn warned(outcome: TestOutcome) -> Vec<String> {
    match outcome {
        TestOutcome::Passed { warnings } => warnings.into_iter().map(|warning| warning.kind).collect(),
        TestOutcome::Failed(failure) => panic!("{failure:?}"),
    }
}

#[tokio::test]
async fn oauth_client_connects_and_its_row_shows_it() {
    let it = TestApp::connected().await;
    let row = it.row().await;
    assert_eq!(row.state, ConnectionState::Connected);
    assert_eq!((row.subdomain.as_deref(), row.username.as_deref()), (Some("acme"), Some(CLIENT)));
    assert_eq!(row.method.as_deref(), Some("oauth_client"));
    assert!(row.receives_handovers);
    assert!(row.account_url.unwrap().ends_with("/acme/agent"));
    assert_eq!(warned(it.tests(form()).await), [""; 0]);
    assert!(!format!("{:?}", it.shop.requests()).contains(SECRET));
}

#[tokio::test]
async fn oauth_client_is_the_default_and_unknown_methods_are_rejected() {
    let it = TestApp::start().await;
    assert_eq!(warned(it.tests(ConnectionForm { method: None, ..form() }).await), [""; 0]);
    use app::backend::Backend;
    let unknown = ConnectionForm { method: Some("password".into()), ..form() };
    let refused = it.app.services.test_connection(&it.owner, app::model::Helpdesk::ZENDESK, unknown).await;
    assert!(format!("{refused:?}").contains("method"), "{refused:?}");
}

#[tokio::test]
async fn failed_test_names_the_cause() {
    let it = TestApp::start().await;
    let with = |change: fn(&mut ConnectionForm)| {
        let mut form = form();
        change(&mut form);
        it.tests(form)
    };
    let nowhere = with(|form| form.subdomain = "nobody".into()).await;
    assert_eq!(failed(nowhere), (Problem::UnknownSubdomain, "zendesk.no_account".into()));
    for wrong in [
        with(|form| form.username = "other".into()).await,
        with(|form| form.api_key = Some("other-secret".into())).await,
    ] {
        assert_eq!(failed(wrong), (Problem::BadCredentials, "zendesk.bad_client".into()));
    }
    it.shop.client_with_scopes(CLIENT, SECRET, &["read"]);
    let TestOutcome::Failed(failure) = it.tests(form()).await else { panic!("it passed") };
    assert_eq!(failure.problem, Problem::Role);
    assert!(failure.message.contains("tickets:write"), "{}", failure.message);
    it.shop.client(CLIENT, SECRET);
    it.shop.change_user("owner@acme.test", |user| user.suspended = true);
    assert_eq!(failed(it.tests(form()).await), (Problem::Role, "zendesk.suspended".into()));
    it.shop.change_user("owner@acme.test", |user| user.suspended = false);
    it.shop.other_tool_asks(10_000);
    assert_eq!(failed(it.tests(form()).await), (Problem::RateLimited, "zendesk.wait".into()));
    it.moves(60);
    it.shop.fault(Fault::status(503).once());
    assert_eq!(failed(it.tests(form()).await), (Problem::Unreachable, "zendesk.trouble".into()));
    it.shop.fault(Fault::new(FaultKind::DropBeforeBody).on("GET", "/api/v2/users/me").once());
    assert_eq!(failed(it.tests(form()).await), (Problem::Unreachable, "zendesk.not_reached".into()));
    let elsewhere = FaultKind::Redirect { status: 302, location: "https://example.com/".into() };
    it.shop.fault(Fault::new(elsewhere).once());
    assert_eq!(failed(it.tests(form()).await), (Problem::NotAHelpdesk, "zendesk.not_zendesk".into()));
    it.shop.fault(Fault::new(FaultKind::GarbageBody).on("GET", "/api/v2/users/me").once());
    assert_eq!(failed(it.tests(form()).await).0, Problem::NotAHelpdesk);
}

#[tokio::test]
async fn optional_permissions_only_cause_warnings() {
    let it = TestApp::start().await;
    it.shop.client_with_scopes(CLIENT, SECRET, &["read", "tickets:write"]);
    assert_eq!(warned(it.tests(form()).await), ["welcome_mail"]);
    it.shop.client(CLIENT, SECRET);
    it.shop.change_user("owner@acme.test", |user| user.role = Role::LightAgent);
    assert_eq!(warned(it.tests(form()).await), ["light_agent"]);
}

fn token_form(email: &str, token: &str) -> ConnectionForm {
    ConnectionForm {
        method: Some("api_token".into()),
        username: email.into(),
        api_key: Some(token.into()),
        ..form()
    }
}

#[tokio::test]
async fn api_token_works_and_its_end_is_a_warning() {
    let it = TestApp::start().await;
    it.shop.api_token("owner@acme.test", "token-of-owner");
    let good = token_form("owner@acme.test", "token-of-owner");
    assert_eq!(warned(it.tests(good.clone()).await), ["credentials_end"]);
    let wrong = it.tests(token_form("owner@acme.test", "other-token")).await;
    assert_eq!(failed(wrong), (Problem::BadCredentials, "zendesk.bad_token".into()));
    it.shop.user("jane@acme.test", Role::EndUser);
    let end_user = it.tests(token_form("jane@acme.test", "token-of-owner")).await;
    assert_eq!(failed(end_user), (Problem::Role, "zendesk.end_user".into()));
    assert!(matches!(it.saves(good).await, SaveOutcome::Saved { .. }));
    assert_eq!(it.row().await.method.as_deref(), Some("api_token"));
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert!(it.shop.requests_of("POST", "/oauth/tokens").is_empty());
}

#[tokio::test]
async fn checklist_warns_sixty_days_before_api_tokens_end() {
    use app::chat_backend::ChatBackend;
    let it = TestApp::start().await;
    it.shop.api_token("owner@acme.test", "token-of-owner");
    it.saves(token_form("owner@acme.test", "token-of-owner")).await;
    let line = async || {
        let lines = it.app.chat.readiness(&it.owner).await.unwrap();
        lines.into_iter().find(|line| line.kind == "credentials_end")
    };
    assert_eq!(line().await, None);
    // From November 22 to March 1.
    it.moves(99 * 86_400);
    let told = line().await.unwrap();
    assert!(!told.ready && told.message.contains("April 30, 2027"), "{told:?}");
    assert_eq!(told.link.as_deref(), Some("/settings/integrations?connect=zendesk"));
    it.saves(form()).await;
    assert_eq!(line().await, None, "an OAuth client does not end");
}

#[tokio::test]
async fn anonymous_200_fails_the_test() {
    let it = TestApp::start().await;
    let anonymous = r#"{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}"#;
    let fault = FaultKind::Body { status: 200, body: anonymous.into() };
    it.shop.fault(Fault::new(fault).on("GET", "/api/v2/users/me").once());
    assert_eq!(failed(it.tests(form()).await), (Problem::BadCredentials, "zendesk.nobody".into()));
}

#[tokio::test]
async fn changing_the_method_requires_the_secret_again() {
    let it = TestApp::connected().await;
    use app::backend::Backend;
    let kept = ConnectionForm { api_key: None, ..form() };
    assert!(matches!(it.saves(kept.clone()).await, SaveOutcome::Saved { .. }));
    let other =
        ConnectionForm { method: Some("api_token".into()), username: "owner@acme.test".into(), ..kept };
    let refused = it.app.services.save_connection(&it.owner, app::model::Helpdesk::ZENDESK, other).await;
    assert!(format!("{refused:?}").contains("api_key"), "{refused:?}");
}

#[tokio::test]
async fn token_is_reused_and_renewed_when_expired_or_rejected() {
    let it = TestApp::connected().await;
    let asked = || it.shop.requests_of("POST", "/oauth/tokens").len();
    let before = asked();
    for conversation in ["c1", "c2", "c3"] {
        it.hands_over(conversation).await;
        it.settles().await;
    }
    assert_eq!((it.shop.tickets().len(), asked()), (3, before), "the token of the connection test is reused");
    it.moves(1_800);
    it.hands_over("c4").await;
    it.settles().await;
    assert_eq!((it.shop.tickets().len(), asked()), (4, before + 1));
    it.shop.revoke_tokens();
    it.hands_over("c5").await;
    it.settles().await;
    assert_eq!((it.shop.tickets().len(), asked()), (5, before + 2), "a rejected token is fetched once more");
}

#[tokio::test]
async fn deleted_client_holds_handovers_until_another_is_saved() {
    let it = TestApp::connected().await;
    it.shop.remove_client(CLIENT);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Held);
    let row = it.row().await;
    assert_eq!((row.state, row.problem), (ConnectionState::NeedsAttention, Some(Problem::BadCredentials)));
    assert!(row.reason.unwrap().contains("OAuth clients"), "the fix is the one for the method in use");
    it.shop.client("convi-2", "secret-2");
    let new = ConnectionForm { username: "convi-2".into(), api_key: Some("secret-2".into()), ..form() };
    assert!(matches!(it.saves(new).await, SaveOutcome::Saved { .. }));
    it.passes_in_steps(3, 1).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    assert_eq!(it.row().await.state, ConnectionState::Connected);
}

#[tokio::test]
async fn disconnecting_cancels_waiting_handovers() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.shop.fault(Fault::status(429).on_create());
    it.settles().await;
    use app::backend::Backend;
    it.app.services.disconnect(&it.owner, app::model::Helpdesk::ZENDESK).await.unwrap();
    assert_eq!(it.state_of(&id).await, DeliveryState::Cancelled);
    assert_eq!(it.row().await.state, ConnectionState::NotConnected);
}

#[tokio::test]
async fn test_handover_is_created_read_back_and_closed() {
    let it = TestApp::connected().await;
    use app::backend::Backend;
    let report = it.app.services.verify_connection(&it.owner, app::model::Helpdesk::ZENDESK).await.unwrap();
    assert!(report.ok, "{report:?}");
    let tickets = it.shop.tickets();
    assert_eq!((tickets.len(), tickets[0].status.as_str()), (1, "closed"));
}

/// A test alone does not end the warning: a handover without an email must come first.
#[tokio::test]
async fn emailed_shopper_is_a_warning_on_the_row_until_a_test_after_a_quiet_handover() {
    let mut it = TestApp::connected().await;
    it.own_trigger = true;
    let on_the_row = async |it: &TestApp| it.row().await.warnings;
    assert_eq!(on_the_row(&it).await, []);
    it.shop.behave(|behaviour| behaviour.own_trigger = true);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    let [warning] = on_the_row(&it).await.try_into().unwrap();
    assert_eq!(warning.kind, "shopper_mailed");
    assert!(warning.message.contains("“We got your question”"), "{}", warning.message);
    assert_eq!(warned(it.tests(form()).await), ["shopper_mailed"]);
    assert_eq!(on_the_row(&it).await.len(), 1, "a test alone ends nothing");

    it.shop.behave(|behaviour| behaviour.own_trigger = false);
    it.hands_over("c2").await;
    it.settles().await;
    assert_eq!(on_the_row(&it).await.len(), 1, "no test has found yet that it is over");
    assert_eq!(warned(it.tests(form()).await), [""; 0]);
    assert_eq!(on_the_row(&it).await, []);

    it.shop.behave(|behaviour| behaviour.own_trigger = true);
    it.hands_over("c3").await;
    it.settles().await;
    assert_eq!(on_the_row(&it).await.len(), 1);
}

#[tokio::test]
async fn handover_shows_the_tag_of_its_ticket() {
    use app::backend::Backend;
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.settles().await;
    let view = it.app.services.handover(&it.owner, &id).await.unwrap().unwrap();
    assert_eq!(view.tag.as_deref(), Some("convi-asked-for-human"));
    assert!(it.shop.tickets()[0].tags.iter().any(|tag| Some(tag) == view.tag.as_ref()));
    it.app.services.disconnect(&it.owner, app::model::Helpdesk::ZENDESK).await.unwrap();
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c2").await;
    let view = it.app.services.handover(&it.owner, &id).await.unwrap().unwrap();
    assert_eq!((view.deliveries.len(), view.tag), (1, None), "an email is no ticket");
}
