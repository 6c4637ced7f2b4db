//! No ticket after a while: the team is mailed once more, in the same thread, and the ticket's note says so later.

use crate::support::{HELPDESK, KEY, OWNER, TestApp};
use app::{
    backend::Backend,
    model::{CallError, DeliveryState, Destination},
};
use gorgias_emulator::{Fault, FaultKind};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc,
};

const MINUTE: u64 = 60;

async fn told_at(it: &TestApp, address: Option<&str>) {
    it.app.services.save_notifications(&it.owner, address.map(str::to_owned)).await.unwrap();
}

/// The mails about handovers without a ticket.
fn second_mails(it: &TestApp) -> Vec<String> {
    it.mails().into_iter().filter(|mail| mail.contains("Subject: No ticket yet")).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{name} is not in\n{mail}"))
}

#[tokio::test]
async fn after_fifteen_minutes_the_team_is_mailed_again_in_the_same_thread() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    let outage = it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.mails().len(), 1);
    it.passes(15 * MINUTE - 1).await;
    assert_eq!(second_mails(&it), [] as [&str; 0], "not yet");
    it.passes(1).await;
    let mails = second_mails(&it);
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    let first = it.mails().into_iter().find(|mail| mail.contains("Subject: Handover:")).unwrap();
    assert_eq!(header(mail, "Subject"), "No ticket yet: Billing question");
    assert_eq!(header(mail, "In-Reply-To"), header(&first, "Message-ID"));
    assert_eq!(header(mail, "References"), header(&first, "Message-ID"));
    assert_eq!(header(mail, "Message-ID"), format!("<{id}.no-ticket-yet@convi.example>"));
    assert_eq!(header(mail, "Reply-To"), "jane@example.com");
    assert!(mail.contains("Please answer the shopper from here"), "{mail}");
    assert!(mail.contains("I need to talk to a human about a billing issue."), "{mail}");
    let view = it.ticket_of(&id).await;
    assert_eq!(view.team_mailed_at.as_deref(), Some("2026-11-22T10:15:00Z"));
    // Once, however long it takes, and whoever restarts.
    let it = it.restarted().await;
    it.passes(3 * 3_600).await;
    assert_eq!(second_mails(&it).len(), 1);
    // The ticket is made all the same, and says so.
    it.shop.clear_fault(outage);
    it.passes(3_600).await;
    let view = it.ticket_of(&id).await;
    assert_eq!((view.state, view.team_mailed_at), (DeliveryState::Delivered, None));
    let ticket = it.shop.tickets_with_external_id(&id).remove(0);
    let note = ticket.messages.iter().find(|message| !message.public).unwrap();
    let says = note.body_text.as_deref().unwrap_or_default();
    assert!(says.contains("The team was mailed at 10:15 UTC (2026-11-22)"), "{says}");
    assert_eq!(second_mails(&it).len(), 1);
}

#[tokio::test]
async fn a_ticket_in_time_needs_no_second_mail_and_has_no_remark() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.passes(2 * 3_600).await;
    assert_eq!(it.mails().len(), 1);
    let ticket = it.shop.tickets_with_external_id(&id).remove(0);
    let says = ticket.messages.iter().filter_map(|message| message.body_text.as_deref());
    assert!(!says.into_iter().any(|text| text.contains("was mailed")));
}

#[tokio::test]
async fn a_held_one_a_failed_one_and_an_unsure_one_are_told_too() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    it.shop.fault(Fault::reject("tags").on_create().once());
    let failed = it.hands_over("failed").await;
    it.settles().await;
    assert_eq!(it.state_of(&failed).await, DeliveryState::Failed);
    it.shop.fault(Fault::new(FaultKind::DropBeforeCommit).on_create().once());
    let unsure = it.hands_over("unsure").await;
    it.settles().await;
    assert_eq!(it.state_of(&unsure).await, DeliveryState::Unsure);
    it.shop.revoke_key(OWNER);
    let held = it.hands_over("held").await;
    it.passes(15 * MINUTE).await;
    assert_eq!(it.state_of(&held).await, DeliveryState::Held);
    assert_eq!(second_mails(&it).len(), 3);
}

#[tokio::test]
async fn what_a_disconnect_cancelled_is_told_by_its_own_mail_only() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    it.shop.fault(Fault::status(429));
    it.hands_over("c1").await;
    it.settles().await;
    it.app.services.disconnect(&it.owner, HELPDESK).await.unwrap();
    it.passes(3_600).await;
    assert_eq!(second_mails(&it), [] as [&str; 0]);
}

#[tokio::test]
async fn the_merchant_sets_the_minutes_or_none() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    let shown = it.app.services.notifications(&it.owner).await.unwrap();
    assert_eq!(shown.no_ticket_after_minutes, Some(15));
    for wrong in [0, 1_441] {
        let refused = it.app.services.save_no_ticket_after(&it.owner, Some(wrong)).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Fields { errors } if errors[0].field == "no_ticket_after_minutes")
        );
    }
    it.app.services.save_no_ticket_after(&it.owner, None).await.unwrap();
    it.shop.fault(Fault::status(429));
    it.hands_over("c1").await;
    it.passes(2 * 3_600).await;
    assert_eq!(second_mails(&it), [] as [&str; 0], "never");
    // It holds for what is on its way, too.
    it.app.services.save_no_ticket_after(&it.owner, Some(1_440)).await.unwrap();
    it.passes(2 * 3_600).await;
    assert_eq!(second_mails(&it), [] as [&str; 0], "not yet");
    it.app.services.save_no_ticket_after(&it.owner, Some(1)).await.unwrap();
    it.settles().await;
    assert_eq!(second_mails(&it).len(), 1);
}

#[tokio::test]
async fn without_an_address_the_screen_says_so_until_there_is_one() {
    let it = TestApp::connected().await;
    let outage = it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert!(!it.ticket_of(&id).await.nobody_to_mail, "it is not late yet");
    it.passes(15 * MINUTE).await;
    assert!(it.ticket_of(&id).await.nobody_to_mail);
    assert_eq!(it.mails(), [] as [&str; 0]);
    told_at(&it, Some("team@acme.test")).await;
    it.settles().await;
    let mails = second_mails(&it);
    assert_eq!(mails.len(), 1, "told at once");
    assert!(!mails[0].contains("In-Reply-To"), "there was no first mail");
    let view = it.ticket_of(&id).await;
    assert!(!view.nobody_to_mail && view.team_mailed_at.is_some());
    // Taken away and set again: still once.
    told_at(&it, None).await;
    told_at(&it, Some("other@acme.test")).await;
    it.passes(3_600).await;
    assert_eq!(second_mails(&it).len(), 1);
    it.shop.clear_fault(outage);
    it.passes(3_600).await;
    assert!(!it.ticket_of(&id).await.nobody_to_mail);
}

#[tokio::test]
async fn a_ticket_that_came_while_the_mail_waited_takes_it_back() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    let outage = it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    // Mails cannot be written.
    std::fs::remove_dir_all(it.outbox()).unwrap();
    std::fs::write(it.outbox(), "").unwrap();
    it.passes(15 * MINUTE).await;
    it.shop.clear_fault(outage);
    it.passes(1_800).await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Delivered);
    std::fs::remove_file(it.outbox()).unwrap();
    it.passes(3_600).await;
    assert_eq!(it.mails(), [] as [&str; 0]);
}

/// A mail server that takes everything and tells what it took; the first second mail it takes is never confirmed, as
/// when the server is killed meanwhile.
fn smtp_server() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut unconfirmed = true;
        for stream in listener.incoming() {
            let mut writer = stream.unwrap();
            let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
            writer.write_all(b"220 mail.test\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "EHLO" => "250 mail.test",
                    "DATA" => {
                        writer.write_all(b"354 go on\r\n").unwrap();
                        let mail: Vec<_> =
                            lines.by_ref().map_while(Result::ok).take_while(|l| l != ".").collect();
                        let mail = mail.join("\r\n");
                        let drop = unconfirmed && mail.contains("Subject: No ticket yet");
                        if tell.send(mail).is_err() {
                            return;
                        }
                        if drop {
                            unconfirmed = false;
                            break;
                        }
                        "250 taken"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                writer.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
            }
        }
    });
    (url, told)
}

#[tokio::test]
async fn over_smtp_it_comes_at_least_once_under_one_message_id() {
    let (url, taken) = smtp_server();
    let it = TestApp::start_with(&[("CONVI_SMTP_URL", &url)]).await;
    it.connects(KEY).await;
    told_at(&it, Some("team@acme.test")).await;
    it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    let first = taken.try_recv().unwrap();
    assert_eq!(it.delivery(&id, Destination::Email).await.state, DeliveryState::Delivered);
    it.passes(15 * MINUTE).await;
    let lost = taken.try_recv().unwrap();
    assert!(it.ticket_of(&id).await.team_mailed_at.is_none(), "nobody confirmed it");
    it.passes(3_600).await;
    let again = taken.try_recv().unwrap();
    for mail in [&lost, &again] {
        assert_eq!(header(mail, "In-Reply-To"), header(&first, "Message-ID"));
        assert_eq!(header(mail, "Message-ID"), format!("<{id}.no-ticket-yet@convi.example>"));
    }
    assert!(it.ticket_of(&id).await.team_mailed_at.is_some());
    it.passes(3_600).await;
    assert!(taken.try_recv().is_err(), "no more");
}
