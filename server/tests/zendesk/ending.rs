//! The end of API tokens: the team is emailed once, 60 days before it.

use super::support::{TestApp, form};
use app::{
    backend::Backend,
    model::{ConnectionForm, SaveOutcome},
};
use tokio_util::sync::CancellationToken;
use zendesk_emulator::Role;

const TOKEN: &str = "token-of-acme";
const DAY: u64 = 86_400;
/// From the tests' start, 2026-11-22T10:00:00Z, to 2027-02-28T10:00:00Z: 61 days before the end.
const DAYS_BEFORE: u64 = 98;

fn token() -> ConnectionForm {
    ConnectionForm {
        method: Some("api_token".into()),
        username: "owner@acme.test".into(),
        api_key: Some(TOKEN.into()),
        ..form()
    }
}

async fn connected(form: ConnectionForm) -> TestApp {
    let it = TestApp::start().await;
    it.shop.user("owner@acme.test", Role::Admin).api_token("owner@acme.test", TOKEN);
    let saved = it.saves(form).await;
    assert!(matches!(saved, SaveOutcome::Saved { .. }), "{saved:?}");
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it
}

/// Runs the hourly job and sends what it wrote.
async fn mails(it: &TestApp) -> Vec<String> {
    it.app.endings.tell().await.unwrap();
    it.settles().await;
    it.mails()
}

#[tokio::test]
async fn team_is_emailed_once_from_sixty_days_before_tokens_end() {
    let it = connected(token()).await;
    it.passes(DAYS_BEFORE * DAY).await;
    assert_eq!(mails(&it).await, Vec::<String>::new());
    it.passes(DAY).await;
    let [mail] = mails(&it).await.try_into().unwrap();
    assert!(mail.contains("Subject: Your Zendesk connection needs new credentials"), "{mail}");
    assert!(mail.contains("All Zendesk API tokens stop working on April 30, 2027."), "{mail}");
    assert!(mail.contains("/settings/integrations"), "{mail}");
    it.passes(40 * DAY).await;
    it.app.retention.sweep(&CancellationToken::new()).await.unwrap();
    assert_eq!(mails(&it).await.len(), 1, "only once");
}

#[tokio::test]
async fn nobody_is_emailed_about_an_oauth_client() {
    let it = connected(form()).await;
    it.passes((DAYS_BEFORE + 30) * DAY).await;
    assert_eq!(mails(&it).await, Vec::<String>::new());
}
