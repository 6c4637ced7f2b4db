//! Tests that parse bodies, as senders post them, into handovers.

use super::{BodyError, parse_handover};
use app::model::EmailAddress;
use domain::handover::Handover;
use jiff::Timestamp;
use serde_json::{Value, json};

fn example() -> Value {
    json!({"merchant_id":"m1","occurred_at":"2026-11-22T10:00:00Z",
        "trigger":{"kind":"automatic","reason":"asked_for_human"},
        "conversation":{"id":"c-42","url":"https://app.example/conversations/c-42","locale":"en",
            "summary":"Billing question",
            "shopper":{"email":"jane@example.com","name":"Jane Doe","phone":null},
            "context":{"page_url":"https://shop.example/p/1","order_number":"#1042",
                "cart":[{"title":"Mug","quantity":2,"price":"12.00 EUR"}],"custom":{"plan":"gold"}},
            "messages":[{"id":"1","author":"shopper","text":"I need to talk to a human about a billing issue.",
                "sent_at":"2026-11-22T09:59:00Z",
                "attachments":[{"url":"https://files.example/a.png","name":"a.png","content_type":"image/png"}]}]}})
}

fn parse(value: &Value) -> Result<Handover, BodyError> {
    parse_handover(value.to_string().as_bytes(), Timestamp::UNIX_EPOCH)
}

#[test]
fn contract_example_is_read() {
    let handover = parse(&example()).unwrap();
    assert_eq!(handover.merchant, "m1");
    assert_eq!(handover.subject(), "Billing question");
    assert_eq!(handover.conversation.context.cart[0].quantity.as_deref(), Some("2"));
    assert_eq!(handover.conversation.context.custom, [("plan".to_owned(), "gold".to_owned())]);
    let stored = serde_json::to_string(&handover).unwrap();
    assert_eq!(
        serde_json::from_str::<Handover>(&stored).unwrap(),
        handover,
        "the stored handover reads back unchanged"
    );
}

#[test]
fn required_fields_alone_are_enough() {
    let least = json!({"merchant_id":"m","trigger":{"kind":"manual"},
        "conversation":{"id":"c","messages":[{"author":"shopper"}]}});
    let handover = parse(&least).unwrap();
    assert_eq!(handover.occurred_at, Timestamp::UNIX_EPOCH, "defaults to the time of receipt");
    assert_eq!(handover.subject(), "Conversation handed over");
}

#[test]
fn invalid_address_is_kept_as_text() {
    let mut body = example();
    *body.pointer_mut("/conversation/shopper/email").unwrap() = json!("jane at\nexample.com");
    let shopper = parse(&body).unwrap().conversation.shopper;
    assert_eq!((shopper.email, shopper.email_as_text.as_deref()), (None, Some("jane at example.com")));
}

#[test]
fn address_is_read_despite_surrounding_text() {
    for sent in [
        "jane@example.com\u{a0}",
        "\u{feff}jane@example.com\n",
        " Jane Doe <jane@example.com> ",
        "mailto:jane@example.com",
    ] {
        let mut body = example();
        *body.pointer_mut("/conversation/shopper/email").unwrap() = json!(sent);
        let shopper = parse(&body).unwrap().conversation.shopper;
        assert_eq!(shopper.email.as_ref().map(EmailAddress::as_str), Some("jane@example.com"), "{sent:?}");
        assert_eq!(shopper.email_as_text, None);
    }
    let mut body = example();
    *body.pointer_mut("/conversation/shopper/email").unwrap() = json!("jane@müller.de");
    let shopper = parse(&body).unwrap().conversation.shopper;
    assert_eq!(shopper.email.as_ref().map(EmailAddress::as_str), Some("jane@xn--mller-kva.de"));
}

#[test]
fn names_and_subjects_are_one_line() {
    let mut body = example();
    *body.pointer_mut("/conversation/summary").unwrap() = json!("Hello\r\nBcc: x@example.com");
    *body.pointer_mut("/conversation/shopper/name").unwrap() = json!("Jane\n\u{0}Doe");
    let handover = parse(&body).unwrap();
    assert_eq!(handover.subject(), "Hello Bcc: x@example.com");
    assert_eq!(handover.conversation.shopper.name.as_deref(), Some("Jane Doe"));
    *body.pointer_mut("/conversation/summary").unwrap() = json!(null);
    *body.pointer_mut("/conversation/messages/0/text").unwrap() =
        json!(format!("\n\n{}\nrest", "x".repeat(200)));
    assert_eq!(parse(&body).unwrap().subject().chars().count(), 120);
    for text in ["\u{200b}\nHello", "\u{feff}Hello", "\u{3164}\n \u{200d}Hello\u{a0}"] {
        *body.pointer_mut("/conversation/messages/0/text").unwrap() = json!(text);
        assert_eq!(parse(&body).unwrap().subject(), "Hello", "{text:?}");
    }
}
