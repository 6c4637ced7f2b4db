//! Tests of what a handover becomes, and that the shopper is not emailed.

use crate::support::{CREATE, TestApp, body};
use app::{backend::Backend, model::DeliveryState};
use serde_json::json;
use zendesk_emulator::{Fault, FaultKind, Role};

#[tokio::test]
async fn ticket_is_one_private_comment_with_context_and_conversation() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    it.settles().await;
    let delivery = it.delivery(&id).await;
    assert_eq!(delivery.state, DeliveryState::Delivered);
    let ticket = it.ticket(&id);
    assert_eq!(delivery.ticket_id, i64::try_from(ticket.id).ok());
    assert!(delivery.ticket_url.unwrap().ends_with(&format!("/acme/agent/tickets/{}", ticket.id)));
    assert_eq!(ticket.subject.as_deref(), Some("Billing question"));
    assert_eq!(ticket.status, "new");
    assert_eq!(
        (ticket.priority, ticket.assignee, ticket.group),
        (None, None, None),
        "the merchant's rules decide"
    );
    let [comment] = ticket.comments.as_slice() else { panic!("{:?}", ticket.comments) };
    assert!(!comment.public);
    let at = |text: &str| comment.plain.find(text).unwrap_or_else(|| panic!("{text}: {}", comment.plain));
    assert!(at("#1042") < at("Conversation\n") && at("Conversation\n") < at("I need to talk to a human"));
    let jane = it.shop.users().into_iter().find(|user| user.id == ticket.requester).unwrap();
    assert_eq!((jane.email.as_deref(), jane.role), (Some("jane@example.com"), Role::EndUser));
    assert_eq!(it.shop.requests_of(CREATE.0, CREATE.1).len(), 1);
}

#[tokio::test]
async fn known_shopper_is_left_unchanged() {
    let it = TestApp::connected().await;
    it.shop.user("jane@example.com", Role::EndUser);
    it.shop.change_user("jane@example.com", |user| user.name = "Jane of old".into());
    let id = it.hands_over("c1").await;
    it.settles().await;
    let requester = it.ticket(&id).requester;
    let jane = it.shop.users().into_iter().find(|user| user.id == requester).unwrap();
    assert_eq!(jane.name, "Jane of old");
}

#[tokio::test]
async fn anonymous_shopper_becomes_an_end_user() {
    let it = TestApp::connected().await;
    let mut anonymous = body("c1");
    anonymous["conversation"]["shopper"] = json!({});
    let id = it.posts("msg-1", &anonymous).await;
    it.settles().await;
    let requester = it.ticket(&id).requester;
    let visitor = it.shop.users().into_iter().find(|user| user.id == requester).unwrap();
    assert_eq!(
        (visitor.name.as_str(), visitor.role, visitor.email),
        ("Anonymous visitor", Role::EndUser, None)
    );
}

#[tokio::test]
async fn placeholders_in_what_people_write_stay_text() {
    let it = TestApp::connected().await;
    let mut hostile = body("c1");
    let text = "{{ticket.requester.email}} {% if x %}<b>&amp; {{{y}}}";
    hostile["conversation"]["messages"][0]["text"] = json!(text);
    hostile["conversation"]["summary"] = json!("{{ticket.id}}");
    hostile["conversation"]["shopper"]["name"] = json!("{{ticket.account}}");
    let id = it.posts("msg-1", &hostile).await;
    it.settles().await;
    let ticket = it.ticket(&id);
    let said = &ticket.comments[0].plain;
    assert!(said.contains("{ {ticket.requester.email}} { % if x %}<b>&amp; { { {y}}}"), "{said}");
    assert!(said.contains("{ {ticket.account}}"), "{said}");
    assert_eq!(ticket.subject.as_deref(), Some("{ {ticket.id}}"));
    assert!(!ticket.comments[0].html.contains("<b>"));
}

#[tokio::test]
async fn suspended_shopper_is_only_named_in_the_context() {
    let it = TestApp::connected().await;
    it.shop.user("jane@example.com", Role::EndUser);
    it.shop.change_user("jane@example.com", |user| user.suspended = true);
    it.shop.behave(|behaviour| behaviour.reasons_in_portuguese = true);
    let id = it.hands_over("c1").await;
    it.passes_in_steps(3, 1).await;
    let ticket = it.ticket(&id);
    assert!(ticket.comments[0].plain.contains("jane@example.com"));
    let requester = it.shop.users().into_iter().find(|user| user.id == ticket.requester).unwrap();
    assert_eq!(requester.name, "Anonymous visitor");
    assert_eq!(it.delivery(&id).await.attempts, 2);
}

#[tokio::test]
async fn rejected_ticket_fails_with_zendesks_message_and_can_be_retried() {
    for keeps in [false, true] {
        let it = TestApp::connected().await;
        it.shop.behave(|behaviour| {
            behaviour.required_field = Some(77);
            behaviour.keep_refusals = keeps;
        });
        let id = it.hands_over("c1").await;
        it.settles().await;
        let failed = it.delivery(&id).await;
        assert_eq!(failed.state, DeliveryState::Failed);
        assert!(failed.last_error.unwrap().contains("needs a value"));
        it.shop.behave(|behaviour| behaviour.required_field = None);
        if keeps {
            // The idempotency key repeats the rejection for two hours.
            it.passes(2 * 3_600).await;
        }
        it.app.services.retry(&it.owner, &id, None).await.unwrap();
        it.settles().await;
        assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
        it.ticket(&id);
    }
}

#[tokio::test]
async fn missing_permission_holds_everything() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::new(FaultKind::QuotaUsedUp).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Held);
    assert!(it.row().await.reason.unwrap().contains("account owner"), "Zendesk's words are shown");
    it.passes_in_steps(4, 20).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
}
