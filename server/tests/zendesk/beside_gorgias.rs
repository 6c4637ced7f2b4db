//! One merchant with both helpdesks, whose accounts have the same name.

use super::support::{TestApp, form};
use app::{
    backend::Backend,
    model::{CallError, ConnectionForm, DeliveryState, Helpdesk, Integration, SaveOutcome},
};
use gorgias_emulator::Role;

const KEY: &str = "key-of-acme";

/// Connects Gorgias's account `acme`.
async fn connects_gorgias(it: &TestApp) -> gorgias_emulator::AccountHandle {
    let account = it.gorgias.account("acme").user("owner@acme.test", KEY, Role::Admin);
    let form = ConnectionForm {
        subdomain: "acme".into(),
        method: None,
        username: "owner@acme.test".into(),
        api_key: Some(KEY.into()),
        ..ConnectionForm::default()
    };
    let saved = it.app.services.save_connection(&it.owner, Helpdesk::GORGIAS, form).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { .. }), "{saved:?}");
    account
}

async fn receiver(it: &TestApp) -> Vec<Helpdesk> {
    let rows = it.app.services.integrations(&it.owner).await.unwrap();
    rows.into_iter().filter(|row| row.receives_handovers).map(|row| row.helpdesk).collect()
}

#[tokio::test]
async fn new_handovers_go_where_the_merchant_says_and_what_waits_stays() {
    let it = TestApp::start().await;
    let gorgias = connects_gorgias(&it).await;
    let refused = it.app.services.receive_handovers(&it.owner, Helpdesk::ZENDESK, false).await;
    assert!(matches!(refused, Err(CallError::Conflict(_))), "{refused:?}");
    it.saves(form()).await;
    let waits = it.hands_over("c1").await;

    let rows = it.app.services.receive_handovers(&it.owner, Helpdesk::ZENDESK, false).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.receives_handovers).count(), 1);
    assert_eq!(receiver(&it).await, [Helpdesk::ZENDESK]);
    let moved = it.hands_over("c2").await;
    it.settles().await;
    assert_eq!(it.state_of(&moved).await, DeliveryState::Delivered);
    assert_eq!(it.shop.tickets().len(), 1, "only the second handover");
    assert_eq!(gorgias.tickets_with_external_id(&waits).len(), 1, "accepted for Gorgias");
    // Later messages of a conversation follow its ticket.
    it.says("c1", 1, "Hello?").await;
    it.passes(60).await;
    let ticket = format!("{:?}", gorgias.tickets_with_external_id(&waits));
    assert!(ticket.contains("Hello?"), "{ticket}");
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn after_a_disconnect_handovers_go_to_the_other_helpdesk() {
    let it = TestApp::connected().await;
    let gorgias = connects_gorgias(&it).await;
    assert_eq!(receiver(&it).await, [Helpdesk::ZENDESK]);
    it.app.services.disconnect(&it.owner, Helpdesk::ZENDESK).await.unwrap();
    assert_eq!(receiver(&it).await, [Helpdesk::GORGIAS]);
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!((gorgias.tickets_with_external_id(&id).len(), it.shop.tickets().len()), (1, 0));
}

#[tokio::test]
async fn tags_say_why_a_conversation_was_handed_over() {
    let it = TestApp::connected().await;
    let to_zendesk = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.ticket(&to_zendesk).tags, ["convi-handover", "convi-asked-for-human"]);
    let gorgias = connects_gorgias(&it).await;
    it.app.services.receive_handovers(&it.owner, Helpdesk::GORGIAS, false).await.unwrap();
    let mut manual = super::support::body("c2");
    manual["trigger"] = serde_json::json!({"kind": "manual", "by": {"name": "Ann"}});
    let to_gorgias = it.posts("msg-c2", &manual).await;
    it.settles().await;
    let ticket = gorgias.tickets_with_external_id(&to_gorgias).remove(0);
    assert_eq!(ticket.tags, ["convi-handover", "convi-manual"]);
}

#[tokio::test]
async fn waiting_handovers_move_if_nothing_was_sent() {
    let it = TestApp::start().await;
    let gorgias = connects_gorgias(&it).await;
    it.saves(form()).await;
    // The first one may have a ticket. Then the key is revoked, and two more are held.
    gorgias.fault(gorgias_emulator::Fault::late_commit(30.0).on_create().once());
    let unsure = it.hands_over("c1").await;
    it.settles().await;
    gorgias.revoke_key("owner@acme.test");
    let refused = it.hands_over("c2").await;
    it.settles().await;
    let held = it.hands_over("c3").await;
    it.says("c3", 1, "Hello?").await;
    let row =
        |rows: Vec<Integration>| rows.into_iter().find(|row| row.helpdesk == Helpdesk::GORGIAS).unwrap();
    let before = row(it.app.services.integrations(&it.owner).await.unwrap());
    assert_eq!((before.held, before.waiting), (2, 2));

    let rows = it.app.services.receive_handovers(&it.owner, Helpdesk::ZENDESK, true).await.unwrap();
    assert_eq!(row(rows).waiting, 0);
    it.passes_in_steps(3, 10).await;
    for (id, comments) in [(&refused, 1), (&held, 2)] {
        let ticket = it.ticket(id);
        assert_eq!(gorgias.tickets_with_external_id(id).len(), 0);
        let said =
            ticket.comments.iter().filter(|it| it.plain.contains("Hello?") || it.plain.contains("billing"));
        assert_eq!(said.count(), comments, "{ticket:?}");
    }
    gorgias.restore_key("owner@acme.test");
    it.passes_in_steps(20, 15).await;
    assert_eq!(gorgias.tickets_with_external_id(&unsure).len(), 1, "found where it was sent");
    assert_eq!(it.shop.tickets().len(), 2);
}
