//! The team and the priority that a merchant chose: they are on the ticket, and never prevent it.

use crate::support::{HELPDESK, KEY, OWNER, TestApp, viewer};
use app::{
    backend::Backend,
    model::{CallError, ConnectionForm, DeliveryState, Role, SaveOutcome},
};
use gorgias_emulator::{Fault, Role as GorgiasRole};

fn form(team: Option<&str>, priority: Option<&str>) -> ConnectionForm {
    let [team, priority] = [team, priority].map(|it| it.map(str::to_owned));
    ConnectionForm {
        subdomain: "acme".into(),
        username: OWNER.into(),
        team,
        priority,
        ..ConnectionForm::default()
    }
}

async fn saves(it: &TestApp, form: ConnectionForm) -> Result<SaveOutcome, CallError> {
    it.app.services.save_connection(&it.owner, HELPDESK, form).await
}

async fn chooses(it: &TestApp, team: Option<&str>, priority: Option<&str>) {
    let saved = saves(it, form(team, priority)).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { .. }), "{saved:?}");
}

/// Returns the team and the priority of a handover's one ticket.
fn route(it: &TestApp, id: &str) -> (Option<u64>, String) {
    assert_eq!(it.tickets(id), 1);
    let ticket = it.shop.ticket_with_external_id(id).unwrap();
    (ticket.assignee_team, ticket.priority)
}

#[tokio::test]
async fn chosen_team_and_priority_are_on_the_ticket_until_they_are_cleared() {
    let it = TestApp::connected().await;
    let first = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(route(&it, &first), (None, "normal".to_owned()), "Gorgias's own");

    let billing = it.shop.add_team("Billing");
    chooses(&it, Some(&billing.to_string()), Some("urgent")).await;
    let row = it.row().await;
    assert_eq!((row.team, row.priority.as_deref()), (Some(billing), Some("urgent")));
    assert_eq!(row.teams.name_of(&billing.to_string()), Some("Billing"));
    let second = it.hands_over("c2").await;
    it.settles().await;
    assert_eq!(route(&it, &second), (Some(billing), "critical".to_owned()));

    chooses(&it, None, None).await;
    let kept = it.row().await;
    assert_eq!(
        (kept.team, kept.priority),
        (row.team, row.priority),
        "a save without the fields keeps the choice"
    );
    chooses(&it, Some(""), Some("")).await;
    let third = it.hands_over("c3").await;
    it.settles().await;
    assert_eq!(route(&it, &third), (None, "normal".to_owned()));
}

/// The emulator rejects the ticket as Gorgias does, and accepts it without the team.
#[tokio::test]
async fn deleted_team_costs_one_attempt_and_no_ticket() {
    let it = TestApp::connected().await;
    let billing = it.shop.add_team("Billing");
    chooses(&it, Some(&billing.to_string()), Some("high")).await;
    it.shop.remove_team(billing);
    let first = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&first).await, DeliveryState::Delivered, "at once");
    assert_eq!(route(&it, &first), (None, "normal".to_owned()));
    assert_eq!(it.ticket_of(&first).await.attempts, 2);

    let row = it.row().await;
    let warned: Vec<_> = row.warnings.iter().map(|it| (&*it.kind, it.code.as_deref())).collect();
    assert_eq!(warned, [("routing_refused", Some("gorgias.route_refused"))]);
    assert_eq!(row.team, Some(billing), "the choice is kept, so that the merchant can see it");
    let second = it.hands_over("c2").await;
    it.settles().await;
    assert_eq!(it.ticket_of(&second).await.attempts, 1, "it is not tried again");
    let it = it.restarted().await;
    assert_eq!(it.row().await.warnings.len(), 1, "the warning stays");

    let refused = saves(&it, form(Some(&billing.to_string()), Some("high"))).await.unwrap_err();
    let CallError::Fields { errors } = refused else { panic!("{refused:?}") };
    assert_eq!(errors[0].field, "team");
    chooses(&it, Some(""), Some("high")).await;
    assert!(it.row().await.warnings.is_empty());
    let third = it.hands_over("c3").await;
    it.settles().await;
    assert_eq!(route(&it, &third), (None, "high".to_owned()));
    assert!(it.shop.sent_to_shoppers().is_empty());
}

/// A rejection says nothing about the connection, so nothing is held, and the team gets no email.
#[tokio::test]
async fn rejected_priority_is_left_out_of_the_whole_backlog() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    chooses(&it, None, Some("low")).await;
    it.shop.fault(Fault::reject("priority"));
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(it.hands_over(&format!("c{n}")).await);
    }
    it.settles().await;
    for id in &ids {
        assert_eq!((it.state_of(id).await, it.tickets(id)), (DeliveryState::Delivered, 1));
    }
    assert_eq!(it.shop.requests_of("POST", "/api/tickets").len(), 6, "only the first one was refused");
    assert_eq!(it.mails().len(), 5, "the handovers' own");
}

#[tokio::test]
async fn credentials_that_show_no_teams_still_connect() {
    let it = TestApp::start().await;
    it.shop.fault(Fault::status(403).on("GET", "/api/teams"));
    it.connects(KEY).await;
    let row = it.row().await;
    assert_eq!((row.teams.iter().count(), row.warnings.len()), (0, 0));
    let refused = saves(&it, form(Some("7"), None)).await.unwrap_err();
    assert!(matches!(refused, CallError::Fields { errors } if errors[0].field == "team"));
    chooses(&it, None, Some("high")).await;
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(route(&it, &id), (None, "high".to_owned()));
}

#[tokio::test]
async fn teams_are_read_only_after_a_test_has_passed() {
    let it = TestApp::start().await;
    it.connects("wrong").await;
    assert!(it.shop.requests_of("GET", "/api/teams").is_empty());
    it.connects(KEY).await;
    assert_eq!(it.shop.requests_of("GET", "/api/teams").len(), 1);
}

/// A team's id is only valid in its own account.
#[tokio::test]
async fn another_account_and_a_disconnect_forget_the_team() {
    let it = TestApp::connected().await;
    let billing = it.shop.add_team("Billing");
    chooses(&it, Some(&billing.to_string()), Some("high")).await;
    it.gorgias.account("other").user(OWNER, "key-2", GorgiasRole::Admin);
    let elsewhere =
        ConnectionForm { subdomain: "other".into(), api_key: Some("key-2".into()), ..form(None, None) };
    saves(&it, elsewhere).await.unwrap();
    let row = it.row().await;
    assert_eq!((row.team, row.priority.as_deref()), (None, Some("high")));
    assert_eq!(row.teams.iter().map(|(_, name)| name).collect::<Vec<_>>(), ["Support"]);
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.connects(KEY).await;
    assert_eq!(it.row().await.priority, None);
}

#[tokio::test]
async fn member_sees_the_chosen_team_only_and_cannot_change_it() {
    let it = TestApp::connected().await;
    let billing = it.shop.add_team("Billing");
    chooses(&it, Some(&billing.to_string()), None).await;
    assert_eq!(it.row().await.teams.iter().count(), 2);
    let member = viewer("m1", Role::Member);
    let row = it.app.services.integrations(&member).await.unwrap().remove(0);
    assert_eq!(row.team, Some(billing));
    assert_eq!(row.teams.iter().map(|(_, name)| name).collect::<Vec<_>>(), ["Billing"]);
    let refused = it.app.services.save_connection(&member, HELPDESK, form(Some(""), None)).await;
    assert_eq!(refused.unwrap_err(), CallError::NotAllowed);
    assert_eq!(it.row().await.team, Some(billing));
}

/// The test handover takes the same path as a real one.
#[tokio::test]
async fn test_handover_shows_that_the_team_is_rejected() {
    let it = TestApp::connected().await;
    let billing = it.shop.add_team("Billing");
    chooses(&it, Some(&billing.to_string()), None).await;
    it.shop.remove_team(billing);
    let report = it.app.services.verify_connection(&it.owner, HELPDESK).await.unwrap();
    assert!(!report.ok && it.shop.tickets().is_empty(), "{report:?}");
    assert!(it.row().await.warnings.is_empty(), "a test changes nothing");
}
