//! The page of one conversation.

use super::samples::{HOSTILE, anonymous, conversation, delivery, handover, message};
use super::{Fake, does, does_nothing, page, shown, visible};
use crate::forms::{ConversationOutcome, FormOutcome};
use crate::model::*;

const PAGE: &str = "/conversations/c1";

#[tokio::test]
async fn hostile_chat_text_is_escaped() {
    let backend = Fake {
        conversations: vec![conversation(ConversationState::Open)],
        messages: vec![
            message(1, ChatAuthor::Shopper, HOSTILE),
            message(2, ChatAuthor::Assistant, "Two days."),
            ChatMessage { name: Some("<b>Olive</b>".into()), ..message(3, ChatAuthor::Agent, "Hello") },
            message(4, ChatAuthor::System, "Handed over."),
        ],
        ..Fake::default()
    };
    let (status, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    assert_eq!(status, 200);
    for bad in ["<script>alert", "<img src=x", "</textarea></script>", "<b>", "<i>"] {
        assert!(!html.contains(bad), "{bad}");
    }
    let html = visible(&html);
    assert!(!html.contains("href=\"javascript:") && !html.contains('\u{202e}') && !html.contains(" style="));
    for text in [
        "&lt;img src=x onerror=alert('text')&gt; \nsecond line".replace(" \n", "\n").as_str(),
        "AI assistant",
        "&lt;b&gt;Olive&lt;/b&gt;",
        ">Hand over</span>",
        ">Resolve</span>",
        "Reply to the shopper",
        "Typed by the visitor, not verified",
        "href=\"https://shop.example/p/1?&lt;b&gt;\"",
        "javascript:alert('order')",
        "<time datetime=\"2026-11-22T10:00:00Z\">2026-11-22 10:00 UTC</time>",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert!(!html.contains("Give back to AI"));
}

#[tokio::test]
async fn a_handed_over_conversation_shows_its_reason_and_ticket() {
    let handed = |deliveries| ConversationItem {
        handover: Some(handover(deliveries)),
        ..conversation(ConversationState::HandedOver)
    };
    let backend =
        Fake { conversations: vec![handed(vec![delivery(DeliveryState::Held)])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    for text in
        ["Handed over", "Asked for a person", "Held until Gorgias works again", ">Give back to AI</span>"]
    {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains(">Hand over</span>"));
    let backend = Fake { conversations: vec![handed(vec![])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    assert!(
        html.contains("Nobody was told")
            && html.contains("No helpdesk is connected and no team email is set.")
    );
}

#[tokio::test]
async fn a_member_can_only_read() {
    let backend = Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Member), PAGE, None).await;
    assert!(html.contains("Only owners and admins can reply, hand over or resolve."));
    let html = visible(&html);
    for button in
        ["value=\"reply\" class=\"button button-primary\" disabled", "aria-describedby=\"only-looking\""]
    {
        assert!(html.contains(button), "{button}\n{html}");
    }
}

#[tokio::test]
async fn an_unknown_conversation_is_404() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), "/conversations/c9", None).await;
    assert_eq!(status, 404);
    assert!(html.contains("Not found. It may have been deleted."));
}

#[tokio::test]
async fn each_form_calls_the_backend() {
    does(PAGE, &[("intent", "hand_over")], "handed-over", "hand over c1").await;
    does(PAGE, &[("intent", "give_back")], "given-back", "give back c1").await;
    does(PAGE, &[("intent", "resolve_conversation")], "resolved", "resolve c1").await;
    let reply = [("key", "7"), ("text", " Hi "), ("intent", "reply")];
    does(PAGE, &reply, "reply-sent", "reply c1 form-7-09275f07b5bb95ba Hi true").await;
    let asks = [reply[0], reply[1], ("asks_by_email", "yes"), reply[2]];
    does(PAGE, &asks, "reply-sent", "reply c1 form-7-09275f07b5bb95ba Hi false").await;
    let ticked = [reply[0], reply[1], ("asks_by_email", "yes"), ("by_email", "yes"), reply[2]];
    does(PAGE, &ticked, "reply-sent", "reply c1 form-7-09275f07b5bb95ba Hi true").await;
}

#[tokio::test]
async fn an_unknown_form_does_nothing() {
    does_nothing("/conversations/c1/x", &[("intent", "hand_over")]).await;
    does_nothing("/conversations/c%311", &[("intent", "hand_over")]).await;
    does_nothing(PAGE, &[("intent", "save_faqs")]).await;
    does_nothing(PAGE, &[]).await;
}

#[tokio::test]
async fn a_failed_reply_is_shown_again() {
    let backend = || Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
    for (text, status, told) in
        [("boom", 500, "Something went wrong on our side."), (" ", 400, "Write a reply first.")]
    {
        let posted = [("text", text), ("intent", "reply")];
        let outcome = shown(&backend(), PAGE, &posted).await;
        assert_eq!(outcome.status(), status);
        let (_, html) = page(backend(), Some(Role::Owner), PAGE, Some(outcome)).await;
        assert!(html.contains(told) && html.contains(&format!(">{text}</textarea>")), "{told}");
    }
    // Typed text stays text.
    let left = ConversationOutcome::Reply { text: HOSTILE.into(), error: CallError::Internal };
    let left = Some(FormOutcome::Conversation(left));
    let (_, html) = page(backend(), Some(Role::Owner), PAGE, left).await;
    assert!(html.contains(">&lt;/textarea&gt;&lt;/script&gt;&lt;img src=x"));
    assert!(!html.contains("<img src=x"));
}
