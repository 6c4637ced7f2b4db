//! The team's mail: sent with or without a helpdesk, readable, safe.

use crate::support::{TestApp, body};
use app::{
    backend::Backend,
    model::{DeliveryState, Destination},
};
use serde_json::json;

#[tokio::test]
async fn without_a_helpdesk_the_team_is_mailed() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some(" team@acme.test ".into())).await.unwrap();
    let answer = it.posts("msg-1", &body("m1", "c1")).await;
    assert_eq!(answer["deliveries"], json!([{"destination": "email", "state": "queued"}]));
    it.settles().await;
    let id = answer["handover_id"].as_str().unwrap();
    assert_eq!(it.delivery(id, Destination::Email).await.state, DeliveryState::Delivered);
    let mails = it.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(mail.contains("To: team@acme.test"));
    assert!(mail.contains("Subject: Handover: Billing question"));
    assert!(mail.contains("Reply-To: jane@example.com"));
    assert!(mail.contains("Message-ID: <"), "{mail}");
    assert!(mail.contains("text/plain") && mail.contains("text/html"));
    assert!(mail.contains("I need to talk to a human about a billing issue."));
    let file = std::fs::read_dir(it.outbox()).unwrap().next().unwrap().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "a transcript is its owner's alone");
}

#[tokio::test]
async fn with_both_there_are_both() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.view(&id).await.deliveries.len(), 2);
    assert_eq!((it.tickets(&id), it.mails().len()), (1, 1));
}

#[tokio::test]
async fn line_breaks_in_a_subject_make_no_header() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mut hostile = body("m1", "c1");
    hostile["conversation"]["summary"] = json!("Hi\r\nBcc: everybody@example.com");
    hostile["conversation"]["shopper"]["name"] = json!("Jane\r\nBcc: x@example.com");
    it.posts("msg-1", &hostile).await;
    it.settles().await;
    let mail = it.mails().remove(0);
    let head = mail.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
}

/// The ticket cannot be retried, since nothing is connected; the mail can.
#[tokio::test]
async fn a_retry_of_everything_retries_what_it_can() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c1").await;
    it.app.services.save_notifications(&it.owner, None).await.unwrap();
    it.app.services.disconnect(&it.owner, crate::support::HELPDESK).await.unwrap();
    it.settles().await;
    assert_eq!(it.delivery(&id, Destination::Email).await.state, DeliveryState::Failed);
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.app.services.retry(&it.owner, &id, None).await.unwrap();
    it.settles().await;
    assert_eq!(it.delivery(&id, Destination::Email).await.state, DeliveryState::Delivered);
    let nothing = it.app.services.retry(&it.owner, &id, None).await.unwrap_err();
    assert!(nothing.to_string().contains("Connect Gorgias first"), "{nothing}");
}
