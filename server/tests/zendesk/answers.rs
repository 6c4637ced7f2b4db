//! What agents write to the shopper in Zendesk is kept for the conversation.

use crate::support::TestApp;
use zendesk_emulator::Fault;

/// The texts of the conversation's answers, each with the first name and the ticket.
async fn answers(it: &TestApp, conversation: &str) -> Vec<(String, String, i64)> {
    let page = it.app.services.answers(&it.owner, conversation, None).await.unwrap();
    let answers = page.answers.into_iter();
    answers.map(|it| (it.author.unwrap_or_default(), it.text, it.ticket_id)).collect()
}

/// A delivered handover, with the number of its ticket. An agent's public comment is mailed by Zendesk itself.
async fn delivered(conversation: &str, it: &mut TestApp) -> u64 {
    it.own_trigger = true;
    let id = it.hands_over(conversation).await;
    it.settles().await;
    it.ticket(&id).id
}

fn anna(text: &str, ticket: u64) -> (String, String, i64) {
    ("Anna".to_owned(), text.to_owned(), ticket as i64)
}

#[tokio::test]
async fn public_comments_of_the_team_are_kept_once_and_private_ones_never() {
    let mut it = TestApp::connected().await;
    let ticket = delivered("c1", &mut it).await;
    it.passes(60).await;
    it.shop.writes(ticket, "Anna Smith", "Do not promise a refund", false);
    it.passes(60).await;
    assert_eq!(answers(&it, "c1").await, []);
    it.shop.writes(ticket, "Anna Smith", "Hello Jane", true);
    it.shop.writes(ticket, "Anna Smith", "Which invoice?", true);
    it.passes_in_steps(10, 10).await;
    it.restart().await;
    it.passes_in_steps(10, 30).await;
    assert_eq!(answers(&it, "c1").await, [anna("Hello Jane", ticket), anna("Which invoice?", ticket)]);
    it.says("c1", 1, "Invoice 7").await;
    it.passes_in_steps(10, 30).await;
    assert_eq!(answers(&it, "c1").await.len(), 2, "our own comment is not an answer");
}

#[tokio::test]
async fn answers_follow_a_merge_also_after_a_restart() {
    let mut it = TestApp::connected().await;
    let first = delivered("c1", &mut it).await;
    let second = delivered("c2", &mut it).await;
    assert!(it.shop.merge(second, first));
    it.passes(60).await;
    it.restart().await;
    it.shop.writes(first, "Anna Smith", "To both", true);
    it.passes_in_steps(4, 30).await;
    for conversation in ["c1", "c2"] {
        assert_eq!(answers(&it, conversation).await, [anna("To both", first)], "{conversation}");
    }
}

#[tokio::test]
async fn outages_and_limits_only_delay_answers() {
    let mut it = TestApp::connected().await;
    let ticket = delivered("c1", &mut it).await;
    it.shop.writes(ticket, "Anna Smith", "Hello", true);
    for status in [500, 429] {
        it.shop.fault(Fault::status(status).on("GET", "/api/v2/tickets").times(2));
    }
    it.shop.fault(Fault::status(503).on("GET", "/api/v2/tickets/*").times(2));
    it.passes_in_steps(30, 30).await;
    assert_eq!(answers(&it, "c1").await, [anna("Hello", ticket)]);
    assert_eq!(it.shop.bucket_refusals(), 0);
}
