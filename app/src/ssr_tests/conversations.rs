//! The list of conversations.

use super::samples::{anonymous, conversation, delivery, handover};
use super::{Fake, does_nothing, page, visible};
use crate::model::*;

#[tokio::test]
async fn the_list_shows_shopper_message_and_state() {
    let ticket = DeliveryView {
        ticket_url: Some("https://s.gorgias.com/app/ticket/123".into()),
        ..delivery(DeliveryState::Delivered)
    };
    let handed = ConversationItem {
        handover: Some(handover(vec![ticket])),
        ..conversation(ConversationState::HandedOver)
    };
    let backend = Fake { conversations: vec![handed, anonymous("c2")], ..Fake::default() };
    let (status, html) =
        page(backend, Some(Role::Owner), "/conversations?state=handed_over&search=a%26b", None).await;
    assert_eq!(status, 200);
    for bad in ["<script>alert", "<img src=x"] {
        assert!(!html.contains(bad), "{bad}");
    }
    let html = visible(&html);
    assert!(!html.contains('\u{202e}') && !html.contains(" style="));
    for text in [
        "&lt;script&gt;alert('name')&lt;/script&gt;",
        "Anonymous visitor",
        "Handed over",
        "Ticket created",
        "Ticket #123",
        "href=\"/conversations/c1\"",
        "Show more",
        "name=\"cursor\" value=\"ne&quot;xt\"",
        "href=\"/conversations?state=open&amp;search=a%26b\"",
        "value=\"a&amp;b\"",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert_eq!(html.matches("aria-current=\"page\"").count(), 2, "the page and the filter");
    assert!(!html.contains("is inactive"));
}

#[tokio::test]
async fn an_empty_list_explains_what_to_do_and_warns_about_an_inactive_ability() {
    let mut backend = Fake::default();
    backend.abilities.handover.active = false;
    let (_, html) = page(backend, Some(Role::Member), "/conversations", None).await;
    assert!(html.contains("No conversations yet") && html.contains("When a shopper writes"));
    assert!(html.contains("&lt;convi-chat merchant='m1'&gt;"));
    assert!(html.contains("Handover to human is inactive, so nothing is handed over automatically."));
    assert!(html.contains("href=\"/train/abilities\""));
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/conversations?search=%3Cb%3E", None).await;
    assert!(html.contains("No results for “&lt;b&gt;”."));
}

#[tokio::test]
async fn the_list_accepts_no_posted_form() {
    does_nothing("/conversations", &[("intent", "hand_over")]).await;
    does_nothing("/conversations/", &[("intent", "hand_over")]).await;
}
