//! An answer that a shopper has not seen after two minutes is emailed to them, once.

use crate::{
    support::{TestApp, viewer},
    visitors::{Shopper, newest},
};
use app::{
    backend::Backend,
    chat_backend::ChatBackend,
    model::{ChatAuthor, Role},
};
use convi_server::{handover::dispatch::Lanes, mail::FileMailer, mail::Sender};
use gorgias_emulator::AgentMessageKind;
use std::sync::Arc;

const ASKS: &str = "I need to talk to a human about a billing issue.";
const MIA: &str = "mia@shopper.test";

/// Returns the emails to this address, oldest first, without line breaks in headers.
fn mails_to(it: &TestApp, address: &str) -> Vec<String> {
    let to = format!("To: {address}\r\n");
    let mut mails: Vec<_> = it.mails().into_iter().filter(|mail| mail.contains(&to)).collect();
    mails.iter_mut().for_each(|mail| *mail = mail.replace("\r\n ", " "));
    mails.sort_by_key(|mail| header(mail, "Date").to_owned());
    mails
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_default()
}

/// A shopper with an address who was handed over.
async fn mia(it: &TestApp) -> Shopper<'_> {
    let mia = Shopper::of(it).await;
    mia.says(ASKS).await;
    mia.leaves(MIA).await;
    it.settles().await;
    mia
}

async fn replies(it: &TestApp, key: &str, text: &str) {
    let id = newest(it).await.id;
    it.app.chat.reply(&it.owner, &id, key, text, true).await.unwrap();
}

/// Polls as the chat does while it is open.
async fn looks(it: &TestApp, shopper: &Shopper<'_>) {
    let visitor = shopper.visitor().await;
    let last = it.app.chat.visitor_view(&visitor, 0, false).await.unwrap().messages.last().unwrap().number;
    it.app.chat.visitor_view(&visitor, last, true).await.unwrap();
}

#[tokio::test]
async fn unseen_reply_is_emailed_after_two_minutes_in_the_language_of_the_chat() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mia = mia(&it).await;
    looks(&it, &mia).await;
    replies(&it, "r1", "Hello Mia, which invoice?").await;
    it.passes(60).await;
    replies(&it, "r2", "Just the number,\nplease. <b>").await;
    it.passes(59).await;
    assert_eq!(mails_to(&it, MIA).len(), 0, "not yet");
    let it = it.restarted().await;
    it.passes(1).await;
    let mails = mails_to(&it, MIA);
    assert_eq!(mails.len(), 1, "both in one email");
    let mail = &mails[0];
    assert_eq!(header(mail, "From"), "Olive <handovers@convi.example>");
    assert_eq!(header(mail, "Reply-To"), "team@acme.test");
    assert_eq!(
        header(mail, "Subject"),
        "Sie haben eine Antwort in Ihrem Chat",
        "the shopper's browser is Austrian"
    );
    assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    for text in [
        "Olive hat Ihnen geantwortet",
        "Hello Mia, which invoice?",
        "Just the number,",
        "&lt;b&gt;",
        ASKS,
        "https://shop.example/mug#convi-chat",
    ] {
        assert!(mail.contains(text), "{text}: {mail}");
    }
    it.passes_in_steps(20, 60).await;
    let it = it.restarted().await;
    it.passes_in_steps(20, 60).await;
    assert_eq!(mails_to(&it, MIA).len(), 1, "once");
}

#[tokio::test]
async fn what_the_shopper_saw_is_not_emailed() {
    let it = TestApp::connected().await;
    let mia = mia(&it).await;
    replies(&it, "r1", "Hello").await;
    it.passes(100).await;
    looks(&it, &mia).await;
    it.passes_in_steps(10, 60).await;
    assert_eq!(mails_to(&it, MIA).len(), 0);
    // The chat is closed: it polls, but shows nothing.
    replies(&it, "r2", "Are you there?").await;
    it.app.chat.visitor_view(&mia.visitor().await, 99, false).await.unwrap();
    it.passes_in_steps(3, 60).await;
    let mails = mails_to(&it, MIA);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("Are you there?"));
}

#[tokio::test]
async fn later_emails_are_in_the_thread_of_the_first() {
    let it = TestApp::connected().await;
    let mia = mia(&it).await;
    for n in 1..=3 {
        replies(&it, &format!("r{n}"), &format!("Answer {n}")).await;
        it.passes_in_steps(10, 60).await;
    }
    let mails = mails_to(&it, MIA);
    let ids: Vec<_> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!((header(&mails[0], "In-Reply-To"), header(&mails[0], "References")), ("", ""));
    assert_eq!((header(&mails[1], "In-Reply-To"), header(&mails[1], "References")), (ids[0], ids[0]));
    let both = format!("{} {}", ids[0], ids[1]);
    assert_eq!((header(&mails[2], "In-Reply-To"), header(&mails[2], "References")), (ids[1], &*both));
    assert!(header(&mails[2], "Subject").starts_with("Re: "));
    let last = mails[2].split("Vorher in diesem Chat").next().unwrap();
    assert!(last.contains("Answer 3") && !last.contains("Answer 2"), "{last}");
    drop(mia);
}

#[tokio::test]
async fn answer_from_the_helpdesk_is_emailed_unless_the_helpdesk_did() {
    let it = TestApp::connected().await;
    let _mia = mia(&it).await;
    let ticket = it.shop.tickets().last().unwrap().id;
    it.shop.answers(ticket, "Anna Smith", "Gorgias emails this");
    it.passes_in_steps(10, 30).await;
    assert_eq!(mails_to(&it, MIA).len(), 0);
    it.shop.writes(ticket, "Anna Smith", "Nobody emails this", AgentMessageKind::Chat);
    it.passes_in_steps(10, 30).await;
    let mails = mails_to(&it, MIA);
    assert_eq!(mails.len(), 1);
    assert_eq!(header(&mails[0], "From"), "Anna <handovers@convi.example>");
    assert!(mails[0].contains("Nobody emails this"));
    assert!(mails[0].contains("Gorgias emails this"), "the shopper has not seen it in the chat");
}

#[tokio::test]
async fn shopper_without_an_address_and_machines_get_no_email() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says(ASKS).await;
    replies(&it, "r1", "Hello").await;
    it.passes_in_steps(5, 60).await;
    jane.leaves("noreply@shopper.test").await;
    replies(&it, "r2", "Hello again").await;
    it.passes_in_steps(5, 60).await;
    assert!(it.mails().is_empty());
}

/// Strangers who type someone's address into many chats cannot fill that mailbox.
#[tokio::test]
async fn address_gets_five_emails_an_hour_and_the_rest_later() {
    let it = TestApp::connected().await;
    for n in 0..6 {
        let stranger = Shopper::of(&it).await;
        stranger.says(ASKS).await;
        stranger.leaves(&format!("mia+{n}@shopper.test")).await;
        // The account's budget has room for each ticket.
        it.passes_in_steps(2, 20).await;
        replies(&it, "r1", "Hello").await;
    }
    let all = || (0..6).flat_map(|n| mails_to(&it, &format!("mia+{n}@shopper.test"))).count();
    it.passes_in_steps(50, 60).await;
    assert_eq!(all(), 5);
    it.passes_in_steps(30, 60).await;
    assert_eq!(all(), 6);
}

#[tokio::test]
async fn two_dispatchers_send_one_email() {
    let it = TestApp::connected().await;
    let _mia = mia(&it).await;
    replies(&it, "r1", "Hello").await;
    it.moves(120);
    let outbox = it.folder.path().join("second");
    let mailer = FileMailer::new(&outbox, Sender::of_host("convi.example"), it.world.clone());
    let other = it.dispatcher(it.world.clone(), Arc::new(mailer), Lanes::default());
    let (one, two) = tokio::join!(it.app.dispatcher.run_due(), other.run_due());
    one.and(two).unwrap();
    let second = std::fs::read_dir(&outbox).map(Iterator::count).unwrap_or_default();
    assert_eq!(mails_to(&it, MIA).len() + second, 1);
}

#[tokio::test]
async fn other_merchants_cannot_cause_an_email() {
    let it = TestApp::connected().await;
    let _mia = mia(&it).await;
    let id = newest(&it).await.id;
    let other = viewer("m2", Role::Owner);
    assert!(it.app.chat.reply(&other, &id, "r1", "Hello", true).await.is_err());
    it.passes_in_steps(5, 60).await;
    assert!(mails_to(&it, MIA).is_empty());
    let view = it.app.chat.conversation(&it.owner, &id, 0).await.unwrap();
    assert!(view.messages.iter().all(|it| it.author != ChatAuthor::Agent));
}
