//! The team's email: sent with or without a helpdesk, readable, safe.

use crate::support::{TestApp, body};
use app::{
    backend::Backend,
    model::{DeliveryState, Destination},
};
use convi_server::mail::{Mail, MailError, Mailer};
use gorgias_emulator::Fault;
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

#[tokio::test]
async fn team_is_emailed_without_a_helpdesk() {
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
    assert_eq!(mode & 0o777, 0o600, "a transcript is readable only by its owner");
}

#[tokio::test]
async fn ticket_and_email_are_sent_if_both_are_configured() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(it.view(&id).await.deliveries.len(), 2);
    assert_eq!((it.tickets(&id), it.mails().len()), (1, 1));
}

#[tokio::test]
async fn line_breaks_in_a_subject_cannot_inject_headers() {
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

/// The ticket cannot be retried because nothing is connected, but the email can.
#[tokio::test]
async fn bulk_retry_retries_what_it_can() {
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

/// Starts a mail server that gives the set reply to one command and accepts everything else. Returns its address and a
/// count of accepted emails.
fn smtp_server(refuses: Arc<Mutex<Option<(&'static str, &'static str)>>>) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://user:geheim@{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicU32::new(0));
    let count = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut writer = stream.unwrap();
            let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
            let says = |command: &str, usual: &str| match *refuses.lock().unwrap() {
                Some((refused, answer)) if refused == command => format!("{answer}\r\n"),
                _ => format!("{usual}\r\n"),
            };
            let mut answer = says("CONNECT", "220 mail.test");
            while writer.write_all(answer.as_bytes()).is_ok()
                && let Some(Ok(line)) = lines.next()
            {
                answer = match line.split([' ', ':']).next().unwrap_or_default() {
                    "EHLO" => says("EHLO", "250-mail.test\r\n250 AUTH PLAIN"),
                    "AUTH" => says("AUTH", "235 welcome"),
                    "DATA" => {
                        writer.write_all(b"354 go on\r\n").unwrap();
                        lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").for_each(drop);
                        let answer = says("DATA", "250 taken");
                        count.fetch_add(u32::from(answer.starts_with("250")), Ordering::SeqCst);
                        answer
                    }
                    command => says(command, "250 ok"),
                };
            }
        }
    });
    (url, taken)
}

/// An email rejected for any reason other than the recipient's address waits, shows the reason, and is sent once
/// possible.
#[tokio::test]
async fn email_rejected_for_other_reasons_than_its_address_waits() {
    let refuses = Arc::new(Mutex::new(None));
    let (url, taken) = smtp_server(refuses.clone());
    let it = TestApp::start_with(&[("CONVI_SMTP_URL", &url)]).await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    for (n, (command, answer, said)) in [
        ("CONNECT", "554 no service for you", "(554, EHLO)"),
        ("EHLO", "500 what?", "(500, EHLO)"),
        ("AUTH", "535 5.7.8 wrong", "(535, AUTH)"),
        ("MAIL", "530 5.7.0 authenticate", "(530, MAIL FROM)"),
        ("MAIL", "550 5.7.1 not you", "(550, MAIL FROM)"),
        ("RCPT", "554 5.7.1 <team@acme.test>: Relay access denied", "(554, RCPT TO)"),
        ("RCPT", "552 5.2.2 over quota", "mailbox is full"),
        ("DATA", "552 5.3.4 too big", "too large"),
        ("DATA", "550 5.7.1 spam", "rejected this email (550)"),
    ]
    .into_iter()
    .enumerate()
    {
        *refuses.lock().unwrap() = Some((command, answer));
        let id = it.hands_over(&format!("c{n}")).await;
        it.settles().await;
        let view = it.delivery(&id, Destination::Email).await;
        let error = view.last_error.clone().unwrap_or_default();
        assert_eq!(view.state, DeliveryState::Waiting, "{answer}: {error}");
        assert!(error.contains(said) && !error.contains("Check"), "{answer}: {error}");
        assert!(!error.contains("team@acme.test") && !error.contains("geheim"), "{error}");
        *refuses.lock().unwrap() = None;
        it.passes(60).await;
        assert_eq!(it.delivery(&id, Destination::Email).await.state, DeliveryState::Delivered, "{answer}");
        assert_eq!(taken.load(Ordering::SeqCst) as usize, n + 1);
    }
}

#[tokio::test]
async fn only_a_rejected_address_is_final() {
    let refuses = Arc::new(Mutex::new(Some(("RCPT", "550 5.1.1 <team@acme.test>: no such user"))));
    let (url, _) = smtp_server(refuses.clone());
    let it = TestApp::start_with(&[("CONVI_SMTP_URL", &url)]).await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let id = it.hands_over("c1").await;
    it.settles().await;
    let view = it.delivery(&id, Destination::Email).await;
    assert_eq!(view.state, DeliveryState::Failed);
    let error = view.last_error.unwrap();
    assert!(error.contains("this address (550)") && error.contains("Settings → Notifications"), "{error}");
    assert!(!error.contains("acme"), "{error}");
}

/// A notice is sent once the relay accepts emails again, however long that takes.
#[tokio::test]
async fn notice_is_sent_once_the_relay_accepts_it() {
    let refuses = Arc::new(Mutex::new(None));
    let (url, taken) = smtp_server(refuses.clone());
    let it = TestApp::start_with(&[("CONVI_SMTP_URL", &url)]).await;
    it.connects(crate::support::KEY).await;
    it.shop.fault(Fault::status(429));
    it.hands_over("c1").await;
    it.settles().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    *refuses.lock().unwrap() = Some(("AUTH", "535 5.7.8 wrong"));
    it.app.services.disconnect(&it.owner, crate::support::HELPDESK).await.unwrap();
    for _ in 0..8 {
        it.passes(24 * 3_600).await;
    }
    let before = taken.load(Ordering::SeqCst);
    *refuses.lock().unwrap() = None;
    it.passes(24 * 3_600).await;
    assert_eq!((before, taken.load(Ordering::SeqCst)), (0, 1));
}

/// A merchant with many emails only delays itself; another merchant's email goes next.
#[tokio::test]
async fn many_emails_of_one_merchant_do_not_delay_others() {
    let it = TestApp::start().await;
    let other = crate::support::viewer("m2", app::model::Role::Owner);
    for (who, team) in [(&it.owner, "team@acme.test"), (&other, "team@other.test")] {
        it.app.services.save_notifications(who, Some(team.into())).await.unwrap();
    }
    for n in 0..60 {
        it.hands_over_by_mail(&format!("c{n}")).await;
    }
    it.posts("msg-other", &crate::support::body("m2", "c1")).await;
    let mailer = Arc::new(Slow(tokio::sync::Semaphore::new(0)));
    let world = it.app.services.world.clone();
    let lanes = convi_server::handover::dispatch::Lanes::default();
    let dispatcher = it.dispatcher(world, mailer, lanes);
    let done = tokio::time::timeout(Duration::from_secs(60), dispatcher.run_due()).await;
    done.expect("the other merchant's email was never sent").unwrap();
}

/// A relay that accepts emails only after it has received another merchant's.
struct Slow(tokio::sync::Semaphore);

#[async_trait::async_trait]
impl Mailer for Slow {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        if mail.to.as_str() == "team@other.test" {
            self.0.close();
        }
        // Closed: everyone may proceed.
        let _ = self.0.acquire().await;
        Ok(())
    }

    async fn reachable(&self) -> Result<(), MailError> {
        Ok(())
    }
}

/// A greeting that never ends must not take up the server's time.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn endless_greeting_of_a_relay_does_not_block_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut writer = stream.unwrap();
            let mut line = String::new();
            let _ = writer.write_all(b"220 mail.test\r\n");
            let _ = BufReader::new(writer.try_clone().unwrap()).read_line(&mut line);
            let _ = writer.write_all("250-X\r\n".repeat(1_500).as_bytes());
        }
    });
    let it = TestApp::start_with(&[("CONVI_SMTP_URL", &url)]).await;
    let mailer = it.app.mailer.clone();
    let sending = tokio::spawn(async move { mailer.reachable().await });
    // The single worker thread stays free while lettre reads.
    let mut rounds = 0;
    while !sending.is_finished() {
        it.app.store.ping().await.unwrap();
        rounds += 1;
    }
    assert!(sending.await.unwrap().is_err());
    assert!(rounds > 100, "{rounds} rounds");
}
