//! What an agent writes in the helpdesk appears in the chat.

use crate::{
    support::{OWNER, TestApp},
    visitors::{Shopper, newest},
};
use app::{backend::Backend, chat_backend::ChatBackend, model::ChatAuthor};
use convi_server::conversation::visitor::VisitorView;
use gorgias_emulator::{AgentMessageKind, Fault, Role};
use std::time::Duration;

const ASKS: &str = "I need to talk to a human about a billing issue.";

/// Returns the agents' messages that a shopper sees.
fn answers(view: &VisitorView) -> Vec<(String, String)> {
    let agents = view.messages.iter().filter(|it| it.author == ChatAuthor::Agent);
    agents.map(|it| (it.name.clone().unwrap_or_default(), it.text.clone())).collect()
}

fn anna(text: &str) -> (String, String) {
    ("Anna".to_owned(), text.to_owned())
}

/// A shopper who was handed over, with the number of the ticket.
async fn handed_over(it: &TestApp) -> (Shopper<'_>, u64) {
    let jane = Shopper::of(it).await;
    jane.says(ASKS).await;
    it.settles().await;
    let ticket = it.shop.tickets().last().unwrap().id;
    (jane, ticket)
}

/// Returns how often the account's messages were listed.
fn looks(it: &TestApp) -> usize {
    it.shop.requests_of("GET", "/api/messages").len()
}

#[tokio::test]
async fn answer_appears_once_with_the_first_name_while_the_chat_is_open() {
    let it = TestApp::connected().await;
    let (jane, ticket) = handed_over(&it).await;
    jane.sees().await;
    it.shop.answers(ticket, "Anna Smith", "Hello Jane, which invoice?");
    it.passes(5).await;
    let view = jane.sees().await;
    assert_eq!(answers(&view), [anna("Hello Jane, which invoice?")]);
    assert_eq!(view.state, "handed_over");
    jane.says("Invoice 7").await;
    it.shop.answers(ticket, "Anna Smith", "Thank you.\nIt is paid.");
    it.passes_in_steps(10, 5).await;
    let all = [anna("Hello Jane, which invoice?"), anna("Thank you.\nIt is paid.")];
    assert_eq!(answers(&jane.sees().await), all);
    let item = newest(&it).await;
    assert_eq!(item.preview, "Thank you. It is paid.");
    let team = it.app.chat.conversation(&it.owner, &item.id, 0).await.unwrap();
    let of_agents = team.messages.iter().filter(|it| it.author == ChatAuthor::Agent);
    assert!({ of_agents }.all(|it| it.helpdesk.as_deref() == Some("Gorgias")));
}

#[tokio::test]
async fn answer_is_neither_sent_back_to_the_ticket_nor_emailed_to_the_team() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let (jane, ticket) = handed_over(&it).await;
    it.passes(600).await;
    let mails = it.mails().len();
    it.shop.answers(ticket, "Anna Smith", "A unique answer");
    it.passes(60).await;
    assert_eq!(answers(&jane.sees().await).len(), 1);
    jane.says("Thanks for that").await;
    it.passes_in_steps(20, 30).await;
    let text = serde_json::to_value(it.shop.ticket(ticket).unwrap().messages).unwrap().to_string();
    assert_eq!(text.matches("Thanks for that").count(), 2, "once as text and once as HTML");
    assert_eq!(text.matches("A unique answer").count(), 2, "as the agent wrote it: body and stripped");
    assert!(it.mails().iter().skip(mails).all(|mail| !mail.contains("A unique answer")));
    assert!(it.shop.sent_to_shoppers().is_empty());
}

#[tokio::test]
async fn notes_rules_and_our_own_messages_never_appear() {
    let it = TestApp::connected().await;
    let (jane, ticket) = handed_over(&it).await;
    it.shop.writes(ticket, "Anna Smith", "Do not tell her", AgentMessageKind::Note);
    it.shop.writes(ticket, "Gorgias Bot", "We got your message", AgentMessageKind::Rule);
    let id = newest(&it).await.id;
    it.app.chat.reply(&it.owner, &id, "r1", "From Convi", true).await.unwrap();
    it.passes_in_steps(4, 30).await;
    assert_eq!(answers(&jane.sees().await), [("Olive".to_owned(), "From Convi".to_owned())]);
}

#[tokio::test]
async fn answer_follows_a_merge_to_every_conversation_in_it() {
    let it = TestApp::connected().await;
    let (jane, first) = handed_over(&it).await;
    let (again, second) = handed_over(&it).await;
    it.shop.answers(second, "Anna Smith", "Before");
    it.passes(30).await;
    assert!(it.shop.merge(second, first));
    it.shop.answers(first, "Anna Smith", "After");
    it.passes_in_steps(4, 30).await;
    assert_eq!(answers(&jane.sees().await), [anna("Before"), anna("After")], "the agent reads them as one");
    assert_eq!(answers(&again.sees().await), [anna("Before"), anna("After")]);
    // Into a ticket that never was ours.
    it.passes(200).await;
    let other = it.shop.with(|account, now| {
        let ticket = account.tickets[0].clone();
        let id = ticket.id + 10_000;
        account.tickets.push(gorgias_emulator::Ticket { id, messages: Vec::new(), created: now, ..ticket });
        id
    });
    it.shop.answers(other, "Anna Smith", "To someone else");
    it.passes(200).await;
    assert!(it.shop.merge(first, other));
    it.shop.answers(other, "Anna Smith", "To both");
    it.passes(60).await;
    assert_eq!(answers(&jane.sees().await)[2..], [anna("To both")]);
}

#[tokio::test]
async fn answers_survive_restarts_lost_answers_and_long_outages() {
    let it = TestApp::connected().await;
    let (jane, ticket) = handed_over(&it).await;
    let token = jane.token.clone();
    it.shop.answers(ticket, "Anna Smith", "1");
    it.passes(30).await;
    it.shop.answers(ticket, "Anna Smith", "2");
    let it = it.restarted().await;
    let jane = Shopper::with(&it, token);
    it.passes(40).await;
    assert_eq!(answers(&jane.sees().await), [anna("1"), anna("2")]);
    for status in [500, 429] {
        it.shop.fault(Fault::status(status).on("GET", "/api/messages").times(3));
    }
    it.shop.fault(Fault::status(503).on("GET", "/api/tickets/*").times(2));
    it.shop.answers(ticket, "Anna Smith", "3");
    it.passes_in_steps(40, 30).await;
    assert_eq!(answers(&jane.sees().await), [anna("1"), anna("2"), anna("3")]);
}

#[tokio::test]
async fn ticket_that_cannot_be_read_does_not_delay_the_others() {
    let it = TestApp::connected().await;
    let (jane, first) = handed_over(&it).await;
    let (again, second) = handed_over(&it).await;
    it.shop.fault(Fault::status(500).on("GET", &format!("/api/tickets/{first}")).times(3));
    it.shop.answers(first, "Anna Smith", "To the first");
    it.shop.answers(second, "Anna Smith", "To the second");
    it.passes(30).await;
    assert_eq!(answers(&again.sees().await), [anna("To the second")]);
    assert_eq!(answers(&jane.sees().await), []);
    it.passes_in_steps(6, 30).await;
    assert_eq!(answers(&jane.sees().await), [anna("To the first")]);
    assert_eq!(answers(&again.sees().await).len(), 1);
}

/// A page has 100 messages.
#[tokio::test]
async fn answers_behind_many_messages_of_others_are_found() {
    let it = TestApp::connected().await;
    let (jane, ticket) = handed_over(&it).await;
    it.shop.answers(ticket, "Anna Smith", "Early");
    it.shop.with(|account, now| {
        let mut other = account.tickets[0].clone();
        other.id += 10_000;
        let message = other.messages[0].clone();
        other.messages = (0..1_500)
            .map(|n| gorgias_emulator::Message {
                id: 100_000 + n,
                ticket_id: other.id,
                external_id: None,
                created: now,
                ..message.clone()
            })
            .collect();
        account.tickets.push(other);
    });
    it.passes_in_steps(10, 30).await;
    assert_eq!(answers(&jane.sees().await), [anna("Early")]);
}

#[tokio::test]
async fn accounts_are_asked_often_only_while_a_chat_is_open() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    it.passes_in_steps(10, 60).await;
    assert_eq!(looks(&it), 0, "there is no ticket");
    jane.says(ASKS).await;
    it.settles().await;
    for _ in 0..12 {
        jane.sees().await;
        it.passes(5).await;
    }
    assert!((9..=12).contains(&looks(&it)), "every 5 s: {}", looks(&it));
    it.passes(60).await;
    let before = looks(&it);
    it.passes_in_steps(120, 5).await;
    assert!((18..=21).contains(&(looks(&it) - before)), "every 30 s: {}", looks(&it) - before);
    it.passes(24 * 3_600).await;
    it.passes_in_steps(3, 600).await;
    let before = looks(&it);
    it.passes_in_steps(120, 30).await;
    assert_eq!(looks(&it) - before, 6, "every 10 minutes");
    it.passes(7 * 24 * 3_600).await;
    let before = looks(&it);
    it.passes_in_steps(20, 600).await;
    assert_eq!(looks(&it), before, "nothing happened for a week");
}

#[tokio::test]
async fn deliveries_go_first_and_the_budget_is_kept() {
    let it = TestApp::connected().await;
    let (jane, ticket) = handed_over(&it).await;
    for n in 0..60 {
        it.hands_over(&format!("c{n}")).await;
        if n % 3 == 0 {
            it.shop.answers(ticket, "Anna Smith", &format!("{n}"));
        }
    }
    let mut looked_before_the_last = false;
    for _ in 0..400 {
        jane.sees().await;
        let before = (looks(&it), it.shop.tickets().len());
        it.moves_by(Duration::from_millis(250));
        it.settles().await;
        looked_before_the_last |= looks(&it) > before.0 && it.shop.tickets().len() < 61;
    }
    assert!(!looked_before_the_last, "no look while a ticket was due");
    assert_eq!(it.shop.tickets().len(), 61);
    assert_eq!(answers(&jane.sees().await).len(), 20);
    assert_eq!(it.shop.with(|account, _| account.bucket_refusals), 0, "no request was one too many");
}

#[tokio::test]
async fn rejected_key_delays_answers_and_causes_nothing_else() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let (jane, ticket) = handed_over(&it).await;
    it.settles().await;
    let mails = it.mails().len();
    it.shop.revoke_key(OWNER);
    it.shop.answers(ticket, "Anna Smith", "Hello");
    it.passes_in_steps(5, 60).await;
    assert_eq!(it.mails().len(), mails, "deliveries and retests notice it, and say so once");
    it.shop.restore_key(OWNER);
    it.shop.set_role(OWNER, Role::Admin);
    it.passes_in_steps(12, 60).await;
    assert_eq!(answers(&jane.sees().await), [anna("Hello")]);
}
