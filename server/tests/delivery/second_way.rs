//! Without a ticket after a while, the team is emailed once more in the same thread, and the ticket's note later
//! mentions it.

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

/// Returns the emails about handovers without a ticket.
fn second_mails(it: &TestApp) -> Vec<String> {
    it.mails().into_iter().filter(|mail| mail.contains("Subject: No ticket yet")).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{name} is not in\n{mail}"))
}

#[tokio::test]
async fn team_is_emailed_again_in_the_same_thread_after_15_minutes() {
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
    assert!(mail.contains("Please answer the shopper by replying to this email."), "{mail}");
    assert!(mail.contains("I need to talk to a human about a billing issue."), "{mail}");
    let view = it.ticket_of(&id).await;
    assert_eq!(view.team_mailed_at.as_deref(), Some("2026-11-22T10:15:00Z"));
    // Only once, however long it takes and however often the server restarts.
    let it = it.restarted().await;
    it.passes(3 * 3_600).await;
    assert_eq!(second_mails(&it).len(), 1);
    // The ticket is still created, and its note mentions the email.
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
async fn ticket_in_time_needs_no_second_email() {
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
async fn held_failed_and_unsure_handovers_are_emailed_too() {
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
async fn cancelled_handovers_are_only_in_the_disconnect_email() {
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
async fn merchant_sets_or_disables_the_delay() {
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
    // The setting also applies to handovers in flight.
    it.app.services.save_no_ticket_after(&it.owner, Some(1_440)).await.unwrap();
    it.passes(2 * 3_600).await;
    assert_eq!(second_mails(&it), [] as [&str; 0], "not yet");
    it.app.services.save_no_ticket_after(&it.owner, Some(1)).await.unwrap();
    it.settles().await;
    assert_eq!(second_mails(&it).len(), 1);
}

#[tokio::test]
async fn screen_reports_a_missing_team_address() {
    let it = TestApp::connected().await;
    let outage = it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert!(!it.ticket_of(&id).await.nobody_to_mail, "not late yet");
    it.passes(15 * MINUTE).await;
    assert!(it.ticket_of(&id).await.nobody_to_mail);
    assert_eq!(it.mails(), [] as [&str; 0]);
    told_at(&it, Some("team@acme.test")).await;
    it.settles().await;
    let mails = second_mails(&it);
    assert_eq!(mails.len(), 1, "sent immediately");
    assert!(!mails[0].contains("In-Reply-To"), "there was no first email");
    let view = it.ticket_of(&id).await;
    assert!(!view.nobody_to_mail && view.team_mailed_at.is_some());
    // Removing and setting the address again does not send it again.
    told_at(&it, None).await;
    told_at(&it, Some("other@acme.test")).await;
    it.passes(3_600).await;
    assert_eq!(second_mails(&it).len(), 1);
    it.shop.clear_fault(outage);
    it.passes(3_600).await;
    assert!(!it.ticket_of(&id).await.nobody_to_mail);
}

#[tokio::test]
async fn ticket_created_in_the_meantime_cancels_the_email() {
    let it = TestApp::connected().await;
    told_at(&it, Some("team@acme.test")).await;
    let outage = it.shop.fault(Fault::status(429));
    let id = it.hands_over("c1").await;
    it.settles().await;
    // Emails cannot be written.
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

/// Starts a mail server that accepts everything and reports what it accepted. It never confirms the first "no ticket
/// yet" email, as if it had been killed at that moment.
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
async fn smtp_sends_at_least_once_with_one_message_id() {
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
    assert!(it.ticket_of(&id).await.team_mailed_at.is_none(), "the server did not confirm it");
    it.passes(3_600).await;
    let again = taken.try_recv().unwrap();
    for mail in [&lost, &again] {
        assert_eq!(header(mail, "In-Reply-To"), header(&first, "Message-ID"));
        assert_eq!(header(mail, "Message-ID"), format!("<{id}.no-ticket-yet@convi.example>"));
    }
    assert!(it.ticket_of(&id).await.team_mailed_at.is_some());
    it.passes(3_600).await;
    assert!(taken.try_recv().is_err(), "no further emails");
}
