//! Broken credentials hold deliveries; nothing is lost; they are sent in order after a probe.

use crate::support::{HELPDESK, KEY, OWNER, TestApp, viewer};
use app::{
    backend::Backend,
    model::{ConnectionForm, ConnectionState, DeliveryState, Problem, SaveOutcome, TestOutcome, Viewer},
};
use gorgias_emulator::{Fault, FaultKind, Role};

#[tokio::test]
async fn revoked_key_holds_notifies_the_team_once_and_drains_in_order() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.shop.revoke_key(OWNER);
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(it.hands_over(&format!("c{n}")).await);
        it.passes(1).await;
    }
    let row = it.row().await;
    assert_eq!((row.state, row.problem), (ConnectionState::NeedsAttention, Some(Problem::BadCredentials)));
    assert_eq!(row.held, 5);
    // What happened and what to do, for people and for programs.
    let args = serde_json::to_value(&row.args).unwrap();
    let [met, fix] = [&args["first"]["message"], &args["second"]["message"]].map(|it| it.as_str().unwrap());
    assert_eq!(row.reason.unwrap(), format!("{met} {fix}"));
    assert_eq!(args["first"]["code"], "helpdesk.unauthorized");
    assert_eq!(args["second"]["code"], "gorgias.new_key");
    for id in &ids {
        assert_eq!(it.state_of(id).await, DeliveryState::Held);
    }
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 1, "attempts stop immediately");
    let alarms = it.mails().iter().filter(|mail| mail.contains("Subject: Gorgias needs attention")).count();
    assert_eq!(alarms, 1, "the team is notified once");

    it.shop.user(OWNER, "key-2", Role::Admin);
    assert!(matches!(it.connects("key-2").await, SaveOutcome::Saved { .. }));
    it.passes_in_steps(5, 2).await;
    let mut made: Vec<(u64, String)> =
        it.shop.tickets().into_iter().map(|ticket| (ticket.id, ticket.external_id.unwrap())).collect();
    made.sort();
    assert_eq!(made.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), ids, "in the order of acceptance");
    let row = it.row().await;
    assert_eq!(row.state, ConnectionState::Connected);
    let actions: Vec<_> = row.changes.into_iter().map(|change| change.action).collect();
    assert_eq!(actions, ["recovered", "changed", "broke", "connected"]);
    assert_eq!(good_news(&it), ["Subject: Gorgias works again: 5 handovers are on their way"]);
}

/// The subjects of emails about connections that work again.
fn good_news(it: &TestApp) -> Vec<String> {
    let subjects = it.mails().into_iter().filter_map(|mail| {
        mail.lines()
            .find(|line| line.starts_with("Subject: ") && line.contains("works again"))
            .map(str::to_owned)
    });
    subjects.collect()
}

#[tokio::test]
async fn key_that_works_again_is_noticed() {
    let it = TestApp::connected().await;
    it.shop.revoke_key(OWNER);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Held);
    it.shop.restore_key(OWNER);
    it.passes(20).await;
    it.passes(5).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    let actions: Vec<_> = it.row().await.changes.into_iter().map(|change| change.action).collect();
    assert_eq!(actions, ["recovered", "broke", "connected"]);
}

#[tokio::test]
async fn every_connection_problem_holds_deliveries_with_its_reason() {
    for (problem, break_it) in [
        (Problem::UnknownSubdomain, (|it: &TestApp| it.shop.remove()) as fn(&TestApp)),
        (Problem::Quota, |it| {
            it.shop.fault(Fault::new(FaultKind::QuotaUsedUp));
        }),
        (Problem::Role, |it| it.shop.set_role(OWNER, Role::ObserverAgent)),
        (Problem::NotAHelpdesk, |it| {
            let kind =
                FaultKind::Redirect { status: 302, location: "https://elsewhere.example/login".into() };
            it.shop.fault(Fault::new(kind));
        }),
    ] {
        let it = TestApp::connected().await;
        break_it(&it);
        let id = it.hands_over("c1").await;
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Held, "{problem:?}");
        assert_eq!(it.row().await.problem, Some(problem));
    }
}

#[tokio::test]
async fn rejected_message_does_not_break_the_connection() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::status(403).on_create().once());
    let (first, second) = (it.hands_over("c1").await, it.hands_over("c2").await);
    it.settles().await;
    assert_eq!(it.state_of(&first).await, DeliveryState::Failed);
    assert_eq!(it.state_of(&second).await, DeliveryState::Delivered);
    assert_eq!(it.row().await.state, ConnectionState::Connected);
}

#[tokio::test]
async fn unreachable_helpdesk_is_saved_only_the_first_time() {
    let it = TestApp::start().await;
    let fault = it.shop.fault(Fault::status(503));
    let SaveOutcome::Saved { integration, .. } = it.connects(KEY).await else { panic!("not saved") };
    assert_eq!(integration.state, ConnectionState::NeedsAttention);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Held);
    assert!(matches!(it.connects("another").await, SaveOutcome::Rejected { .. }), "the saved key stays");
    it.shop.clear_fault(fault);
    it.passes(20).await;
    it.passes(5).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered, "retested until it works");
}

#[tokio::test]
async fn rejected_credentials_are_not_saved() {
    let it = TestApp::start().await;
    let SaveOutcome::Rejected(failure) = it.connects("wrong").await else { panic!("saved") };
    assert_eq!(failure.problem, Problem::BadCredentials);
    assert_eq!(it.row().await.state, ConnectionState::NotConnected);
}

#[tokio::test]
async fn saved_key_is_used_only_with_its_subdomain_and_username() {
    let it = TestApp::connected().await;
    let other = it.gorgias.account("other");
    let form = |subdomain: &str, username: &str| ConnectionForm {
        subdomain: subdomain.into(),
        method: None,
        username: username.into(),
        api_key: None,
        ..ConnectionForm::default()
    };
    for form in [form("other", OWNER), form("acme", "other@acme.test")] {
        let error = it.app.services.save_connection(&it.owner, HELPDESK, form).await.unwrap_err();
        let app::model::CallError::Fields { errors } = error else { panic!("{error}") };
        assert_eq!(errors[0].field, "api_key");
    }
    assert!(other.requests().is_empty(), "the key was never sent to another account");
    let saved = it.app.services.save_connection(&it.owner, HELPDESK, form("acme", OWNER)).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { .. }));
}

#[tokio::test]
async fn wrong_keys_of_others_do_not_use_up_a_merchants_tests() {
    let it = TestApp::connected().await;
    let tests = async |who: &Viewer, key: Option<&str>| {
        // Slow enough for the account's own rate limit, which is not tested here.
        it.moves(1);
        let form = ConnectionForm {
            subdomain: "acme".into(),
            method: None,
            username: OWNER.into(),
            api_key: key.map(str::to_owned),
            ..ConnectionForm::default()
        };
        it.app.services.test_connection(who, HELPDESK, form).await
    };
    let mut strangers = 0;
    for n in 0..50 {
        let stranger = viewer(&format!("stranger{}", n / 15), app::model::Role::Owner);
        strangers += usize::from(tests(&stranger, Some("wrong")).await.is_ok());
    }
    assert_eq!(strangers, 40);
    for _ in 0..5 {
        assert!(matches!(tests(&it.owner, None).await, Ok(TestOutcome::Passed { .. })));
    }
}

#[tokio::test]
async fn invisible_characters_are_not_saved() {
    let it = TestApp::start().await;
    let form = |subdomain: &str, username: &str, key: &str| ConnectionForm {
        subdomain: subdomain.into(),
        method: None,
        username: username.into(),
        api_key: Some(key.into()),
        ..ConnectionForm::default()
    };
    for subdomain in
        ["acme\u{a0}", "\u{feff}https://acme.gorgias.com:443/", "acme.gorgias.com.", "ac\u{200b}me"]
    {
        let form = form(subdomain, &format!("{OWNER}\u{a0}"), &format!("\u{200b}{KEY}\r\n"));
        let saved = it.app.services.save_connection(&it.owner, HELPDESK, form).await.unwrap();
        assert!(matches!(saved, SaveOutcome::Saved { .. }), "{subdomain:?}");
        let row = it.row().await;
        assert_eq!((row.subdomain.as_deref(), row.username.as_deref()), (Some("acme"), Some(OWNER)));
    }
    let kept = ConnectionForm { api_key: Some("\u{200b}\u{a0}".into()), ..form("acme\u{200b}", OWNER, "") };
    let saved = it.app.services.save_connection(&it.owner, HELPDESK, kept).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { .. }), "an invisible value keeps the saved key");
    let inside = form("acme", OWNER, &KEY.replacen('-', "-\u{200b}", 1));
    let error = it.app.services.save_connection(&it.owner, HELPDESK, inside).await.unwrap_err();
    let app::model::CallError::Fields { errors } = error else { panic!("{error}") };
    assert!(errors[0].message.contains("invisible"), "{errors:?}");
    for (typed, kept) in [
        ("\u{feff}team@acme.test\n", Some("team@acme.test")),
        ("team@müller.de", Some("team@xn--mller-kva.de")),
        ("\u{200b}", None),
    ] {
        let saved = it.app.services.save_notifications(&it.owner, Some(typed.into())).await.unwrap();
        assert_eq!(saved.email.map(String::from).as_deref(), kept, "{typed:?}");
    }
}

#[tokio::test]
async fn disconnect_cancels_waiting_handovers_and_lists_them_to_the_team() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.shop.revoke_key(OWNER);
    let (first, second) = (it.hands_over("c1").await, it.hands_over("c2").await);
    it.settles().await;
    assert_eq!(it.app.services.disconnect(&it.owner, HELPDESK).await, Ok(2));
    it.settles().await;
    assert_eq!(it.state_of(&first).await, DeliveryState::Cancelled);
    let list = it.mails().into_iter().find(|mail| mail.contains("was disconnected")).unwrap();
    assert_eq!(list.matches("https://app.example/conversations/c").count() % 2, 0);
    assert!(list.contains("c1") && list.contains("c2"));
    // Connecting again offers to send them.
    it.shop.restore_key(OWNER);
    it.connects(KEY).await;
    assert_eq!(it.row().await.unsent, 2);
    assert_eq!(it.app.services.send_unsent(&it.owner).await, Ok(2));
    it.passes(2).await;
    assert_eq!((it.tickets(&first), it.tickets(&second)), (1, 1));
}

/// Tests of the connection do not detect a used-up quota; only a ticket does.
#[tokio::test]
async fn quota_problem_is_reported_to_the_team_once() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let quota = it.shop.fault(Fault::new(FaultKind::QuotaUsedUp));
    let ids = [it.hands_over("c1").await, it.hands_over("c2").await];
    let alarms = |it: &TestApp| {
        it.mails().iter().filter(|mail| mail.contains("Subject: Gorgias needs attention")).count()
    };
    for _ in 0..180 {
        it.passes(20).await;
        let row = it.row().await;
        assert_eq!((row.state, row.problem), (ConnectionState::NeedsAttention, Some(Problem::Quota)));
        assert_eq!(alarms(&it), 1, "one email");
    }
    let tries = it.shop.requests_of("POST", "/api/tickets").len();
    assert!((5..20).contains(&tries), "{tries} in an hour: with growing delays of up to ten minutes");
    it.shop.clear_fault(quota);
    it.passes_in_steps(40, 20).await;
    for id in &ids {
        assert_eq!((it.state_of(id).await, it.tickets(id)), (DeliveryState::Delivered, 1));
    }
    let row = it.row().await;
    assert_eq!(row.state, ConnectionState::Connected);
    let actions: Vec<_> = row.changes.into_iter().map(|change| change.action).collect();
    assert_eq!(actions, ["recovered", "broke", "connected"]);
    assert_eq!(good_news(&it), ["Subject: Gorgias works again: 2 handovers are on their way"]);
}

/// The new key is tested before it replaces the old one, and requests in flight continue with the old one.
#[tokio::test]
async fn replacing_a_working_key_leaves_no_gap() {
    let it = TestApp::connected().await;
    let colleague = "colleague@acme.test";
    it.shop.user(colleague, "key-2", Role::Admin);
    it.shop.fault(Fault::new(FaultKind::SlowAnswer { seconds: 5.0 }).on_create().once());
    let before = it.hands_over("c1").await;
    let replaced = async {
        it.shop.wait_for_requests(1, "POST", "/api/tickets").await.unwrap();
        let form = ConnectionForm {
            subdomain: "acme".into(),
            method: None,
            username: colleague.into(),
            api_key: Some("key-2".into()),
            ..ConnectionForm::default()
        };
        let saved = it.app.services.save_connection(&it.owner, HELPDESK, form).await.unwrap();
        assert!(matches!(saved, SaveOutcome::Saved { .. }));
        it.shop.revoke_key(OWNER);
        it.moves(5);
    };
    let (done, ()) = tokio::join!(it.app.dispatcher.run_due(), replaced);
    done.unwrap();
    let after = it.hands_over("c2").await;
    it.settles().await;
    for id in [&before, &after] {
        assert_eq!((it.state_of(id).await, it.tickets(id)), (DeliveryState::Delivered, 1));
    }
    assert_eq!(it.row().await.state, ConnectionState::Connected);
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 2, "nothing was rejected");
}
