//! Messages after the handover: added to the same ticket, in order, once.

use crate::support::{OWNER, TestApp, body};
use app::{
    backend::Backend,
    model::{DeliveryState, HandoverQuery},
};
use gorgias_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

fn with_messages(conversation: &str, texts: &[(&str, &str, &str)]) -> Value {
    let mut body = body("m1", conversation);
    let messages = body["conversation"]["messages"].as_array_mut().unwrap();
    messages.extend(texts.iter().map(|(id, author, text)| json!({"id": id, "author": author, "text": text})));
    body
}

fn texts(it: &TestApp, id: &str) -> Vec<String> {
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(id).unwrap()).unwrap();
    let messages = ticket["messages"].as_array().unwrap();
    messages.iter().skip(2).map(|message| message["body_text"].as_str().unwrap().trim().to_owned()).collect()
}

#[tokio::test]
async fn later_messages_are_appended_in_order_once() {
    let it = TestApp::connected().await;
    let id = it.hands_over("c1").await;
    let two = with_messages("c1", &[("2", "shopper", "Hello?"), ("3", "shopper", "Anybody?")]);
    it.posts("msg-2", &two).await;
    it.posts(
        "msg-3",
        &with_messages(
            "c1",
            &[("2", "shopper", "Hello?"), ("3", "shopper", "Anybody?"), ("4", "shopper", "Bye")],
        ),
    )
    .await;
    it.posts("msg-4", &two).await;
    it.settles().await;
    assert_eq!(texts(&it, &id), ["Shopper\nHello?\n\nShopper\nAnybody?\n\nShopper\nBye"], "gathered");
    it.posts("msg-5", &with_messages("c1", &[("5", "shopper", "Still there?")])).await;
    it.settles().await;
    assert_eq!(texts(&it, &id)[1..], ["Shopper\nStill there?"]);
    assert_eq!(
        it.view(&id).await.deliveries.len(),
        1,
        "the merchant does not see them as separate deliveries"
    );
    assert!(it.shop.sent_to_shoppers().is_empty());
    it.passes(3_700).await;
    assert_eq!(it.shop.tickets().len(), 1);
}

#[tokio::test]
async fn later_messages_wait_for_the_ticket_and_for_each_other() {
    let it = TestApp::connected().await;
    it.shop.fault(Fault::status(500).on_create().once());
    let id = it.hands_over("c1").await;
    it.settles().await;
    it.posts("msg-2", &with_messages("c1", &[("2", "shopper", "first")])).await;
    it.posts("msg-3", &with_messages("c1", &[("2", "shopper", "first"), ("3", "agent", "second")])).await;
    it.settles().await;
    assert_eq!(it.state_of(&id).await, DeliveryState::Unsure);
    assert!(it.shop.requests_of("POST", "/api/tickets/*").is_empty());
    it.passes_in_steps(15, 10).await;
    assert_eq!(texts(&it, &id), ["Shopper\nfirst", "Agent\nsecond"]);
}

#[tokio::test]
async fn lost_response_duplicates_no_message() {
    for fault in [FaultKind::DropAfterCommit, FaultKind::DropBeforeCommit, FaultKind::GarbageBody] {
        let it = TestApp::connected().await;
        let id = it.hands_over("c1").await;
        it.settles().await;
        it.shop.fault(Fault::new(fault.clone()).on("POST", "/api/tickets/*").once());
        it.posts("msg-2", &with_messages("c1", &[("2", "shopper", "Hello?")])).await;
        for _ in 0..20 {
            it.passes(10).await;
        }
        assert_eq!(texts(&it, &id), ["Shopper\nHello?"], "{fault:?}");
    }
}

#[tokio::test]
async fn later_messages_follow_a_merge_and_reach_a_closed_ticket() {
    let it = TestApp::connected().await;
    let first = it.hands_over("c0").await;
    let second = it.hands_over("c1").await;
    it.settles().await;
    let number = |id: &str| it.shop.ticket_with_external_id(id).unwrap().id;
    let (survivor, merged) = (number(&first), number(&second));
    assert!(it.shop.merge(merged, survivor));
    it.posts("msg-2", &with_messages("c1", &[("2", "shopper", "Hello?")])).await;
    it.settles().await;
    let messages = it.shop.messages_with_external_id(&format!("{second}:later-1"));
    assert_eq!(messages.len(), 1);
    assert!(serde_json::to_value(it.shop.ticket(survivor).unwrap()).unwrap().to_string().contains("Hello?"));
}

#[tokio::test]
async fn later_address_becomes_the_tickets_customer() {
    let it = TestApp::connected().await;
    let mut anonymous = body("m1", "c1");
    anonymous["conversation"]["shopper"] = json!({});
    let id = it.posts("msg-1", &anonymous).await["handover_id"].as_str().unwrap().to_owned();
    it.settles().await;
    it.posts("msg-2", &body("m1", "c1")).await;
    it.settles().await;
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&id).unwrap()).unwrap();
    assert!(texts(&it, &id)[0].contains("jane@example.com (typed by the visitor, not verified)"));
    let customers = it.shop.customers();
    let jane =
        customers.iter().find(|customer| customer.email.as_deref() == Some("jane@example.com")).unwrap();
    assert!(ticket.to_string().contains(&jane.id.to_string()), "{ticket}");
}

#[tokio::test]
async fn later_messages_are_emailed_without_a_helpdesk() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    it.hands_over("c1").await;
    it.settles().await;
    let mail = it.mails().remove(0);
    let header = |mail: &str, name: &str| {
        mail.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned).unwrap_or_default()
    };
    let first = header(&mail, "Message-ID: ");
    // Within three minutes, so they are one email, without the team's own words.
    let said =
        [("2", "shopper", "One more thing"), ("3", "agent", "We are on it"), ("4", "shopper", "Thanks")];
    for count in 1..=said.len() {
        it.posts(&format!("msg-{count}-later"), &with_messages("c1", &said[..count])).await;
        it.passes(50).await;
    }
    assert_eq!(it.mails().len(), 1);
    it.passes(180).await;
    let mails = it.mails();
    assert_eq!(mails.len(), 2);
    let later = mails.iter().find(|mail| mail.contains("Subject: Re: Handover: Billing question")).unwrap();
    assert!(later.contains("One more thing") && later.contains("Thanks"), "{later}");
    assert!(!later.contains("We are on it"), "{later}");
    assert!(!first.is_empty());
    assert_eq!([header(later, "In-Reply-To: "), header(later, "References: ")], [first.clone(), first]);
}

/// The address is in the ticket, and the team wrote its own words, so neither is worth an email.
#[tokio::test]
async fn team_with_a_ticket_gets_no_email_about_an_address_or_its_own_words() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mut anonymous = body("m1", "c1");
    anonymous["conversation"]["shopper"] = json!({});
    let id = it.posts("msg-1", &anonymous).await["handover_id"].as_str().unwrap().to_owned();
    it.settles().await;
    let typed =
        with_messages("c1", &[("2", "shopper", "jane@example.com"), ("3", "agent", "Thank you, Jane")]);
    it.posts("msg-2", &typed).await;
    it.passes(600).await;
    assert_eq!(it.mails().len(), 1);
    assert_eq!(texts(&it, &id).len(), 3, "the ticket has all of it");
    let parts = it.view(&id).await.deliveries;
    assert!(parts.iter().all(|it| it.state == DeliveryState::Delivered), "{parts:?}");
}

#[tokio::test]
async fn unsent_handover_is_sent_with_its_later_messages() {
    let it = TestApp::start().await;
    let id = it.hands_over("c1").await;
    it.posts("msg-2", &with_messages("c1", &[("2", "shopper", "Hello?")])).await;
    it.connects("key-1").await;
    assert_eq!(it.app.services.send_unsent(&it.owner).await, Ok(1));
    it.settles().await;
    assert_eq!(texts(&it, &id), ["Shopper\nHello?"]);
}

/// The address is used in lists, in searches, and as the reply address of the team's email.
#[tokio::test]
async fn later_address_is_used_everywhere() {
    let it = TestApp::start().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mut anonymous = body("m1", "c1");
    anonymous["conversation"]["shopper"] = json!({});
    let id = it.posts("msg-1", &anonymous).await["handover_id"].as_str().unwrap().to_owned();
    assert_eq!(it.view(&id).await.shopper_email, None);
    it.posts("msg-2", &body("m1", "c1")).await;
    it.posts("msg-3", &with_messages("c1", &[("2", "shopper", "Hello?")])).await;
    it.passes(180).await;
    let mails = it.mails();
    assert_eq!(mails.len(), 2, "the later messages are one email");
    let later = mails.iter().find(|mail| mail.contains("Hello")).unwrap();
    assert!(later.contains("Reply-To: jane@example.com"), "{later}");
    assert_eq!(it.view(&id).await.shopper_email.as_deref(), Some("jane@example.com"));
    let query = HandoverQuery { search: Some("jane@".to_owned()), ..HandoverQuery::default() };
    let found = it.app.services.handovers(&it.owner, query).await.unwrap();
    assert_eq!(found.handovers.len(), 1);
}

/// Without a ticket, only the email can tell the team where to write.
#[tokio::test]
async fn team_without_a_ticket_is_emailed_the_address_that_was_left() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let mut anonymous = body("m1", "c1");
    anonymous["conversation"]["shopper"] = json!({});
    it.shop.revoke_key(OWNER);
    it.posts("msg-1", &anonymous).await;
    it.settles().await;
    it.posts("msg-2", &body("m1", "c1")).await;
    it.passes(180).await;
    let mails = it.mails();
    let left = mails.iter().find(|mail| mail.contains("The shopper left an address: jane@example.com"));
    assert!(left.is_some_and(|mail| mail.contains("Reply-To: jane@example.com")), "{mails:?}");
}

/// Six shoppers write as fast as they are allowed to. Their messages reach their tickets, and no one else has to wait.
#[tokio::test]
async fn flood_of_messages_delays_no_handover_and_floods_no_mailbox() {
    let it = TestApp::connected().await;
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    let strangers: Vec<_> = (0..6).map(|n| format!("stranger-{n}")).collect();
    let mut said: Vec<(String, &str, String)> = Vec::new();
    for stranger in &strangers {
        it.hands_over(stranger).await;
    }
    for round in 0..20 {
        said.push((format!("m{round}"), "shopper", format!("word {round}.")));
        let texts: Vec<_> = said.iter().map(|(id, author, text)| (&**id, *author, &**text)).collect();
        for stranger in &strangers {
            it.posts(&format!("{stranger}-{round}"), &with_messages(stranger, &texts)).await;
        }
        it.passes(3).await;
    }
    let honest = it.hands_over("honest").await;
    it.passes(1).await;
    assert_eq!(it.state_of(&honest).await, DeliveryState::Delivered);
    let mails = it.mails().len();
    assert!(mails <= 7 + 2 * 6, "{mails} mails");
    it.passes_in_steps(30, 10).await;
    let query = HandoverQuery { limit: Some(100), ..HandoverQuery::default() };
    for handover in it.app.services.handovers(&it.owner, query).await.unwrap().handovers {
        if handover.handover_id != honest {
            let all = texts(&it, &handover.handover_id);
            assert!(all.len() <= 10, "{} messages", all.len());
            for round in 0..20 {
                let word = format!("word {round}.");
                assert_eq!(all.iter().filter(|text| text.contains(&word)).count(), 1, "{word} {all:?}");
            }
        }
    }
}
