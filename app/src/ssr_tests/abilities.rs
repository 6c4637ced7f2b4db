//! Train → Abilities.

use super::{Fake, does, does_nothing, page, shown, visible};
use crate::model::*;

const PAGE: &str = "/train/abilities";

#[tokio::test]
async fn the_page_describes_each_ability() {
    let mut abilities = Abilities { handover_uses: 1, email_uses: 40, ..Abilities::default() };
    abilities.handover.topics = vec!["</textarea><script>alert(1)</script>".into()];
    abilities.email_capture.active = false;
    abilities.faqs =
        vec![Faq { question: "</textarea><b>Q".into(), answer: "<script>alert(2)</script>".into() }];
    let backend = || Fake { abilities: abilities.clone(), ..Fake::default() };
    let (status, html) = page(backend(), Some(Role::Owner), PAGE, None).await;
    assert_eq!(status, 200);
    for text in [
        ">Handover to human</h2>",
        ">Email capture</h2>",
        ">Active",
        ">Inactive",
        "Handed over 1 conversation",
        "Collected 40 email addresses",
        "role=\"switch\"",
        "aria-checked=\"true\"",
        "aria-checked=\"false\"",
        "Try a sentence",
        "&lt;/textarea&gt;&lt;b&gt;Q</textarea>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    for at in ["/train/abilities", "/train/abilities?configure=handover", "/train/abilities?configure=email"]
    {
        let (_, html) = page(backend(), Some(Role::Owner), at, None).await;
        assert!(!html.contains("<script>alert") && !html.contains("<b>Q"), "{at}");
        assert!(!visible(&html).contains(" style="));
        assert_eq!(html.contains("<dialog open"), at.contains('?'));
    }
    let (_, html) = page(backend(), Some(Role::Owner), "/train/abilities?configure=handover", None).await;
    assert!(html.contains("Configure Handover to human"));
    assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>"));
    let (_, html) = page(backend(), Some(Role::Admin), "/train/abilities?configure=email", None).await;
    assert!(html.contains(">Sensitivity</p>") && html.contains("aria-labelledby=\"sensitivity-label\""));
    for level in Sensitivity::ALL {
        assert!(
            html.contains(level.label()) && html.contains(&level.meaning().replace('\'', "&#x27;"))
                || html.contains(level.meaning())
        );
    }
    let (_, html) = page(backend(), Some(Role::Member), "/train/abilities?configure=email", None).await;
    assert!(!html.contains("<dialog") && html.contains("Only owners and admins can change it."));
}

#[tokio::test]
async fn each_form_calls_the_backend() {
    for (posted, notice, asks) in [
        (
            &[("intent", "switch_handover"), ("active", "no")][..],
            "handover-inactive",
            "handover false true true true false []",
        ),
        (&[("intent", "switch_email"), ("active", "no")], "email-inactive", "email false Medium []"),
        (
            &[
                ("topic", "yes"),
                ("no_answer", "yes"),
                ("topics", "billing\r\n\r\n legal "),
                ("intent", "save_handover"),
            ],
            "handover-saved",
            "handover true false false true true [\"billing\", \"legal\"]",
        ),
        (
            &[("sensitivity", "High"), ("own", "shop.com"), ("intent", "save_email_capture")],
            "email-capture-saved",
            "email true High [\"shop.com\"]",
        ),
        (
            &[
                ("question", "Q1"),
                ("answer", "A1"),
                ("question", "Q2"),
                ("answer", "A2"),
                ("question", ""),
                ("answer", ""),
                ("intent", "save_faqs"),
            ],
            "faqs-saved",
            "faqs [Faq { question: \"Q1\", answer: \"A1\" }, Faq { question: \"Q2\", answer: \"A2\" }]",
        ),
    ] {
        does(PAGE, posted, notice, asks).await;
    }
}

#[tokio::test]
async fn an_unknown_form_does_nothing() {
    does_nothing(PAGE, &[("intent", "switch_handover")]).await;
    does_nothing(PAGE, &[("intent", "hand_over")]).await;
}

#[tokio::test]
async fn a_sentence_can_be_tried_without_wasm() {
    let posted = [("text", "</textarea>a human"), ("intent", "try_sentence")];
    let backend = Fake::default();
    let outcome = shown(&backend, PAGE, &posted).await;
    assert_eq!(outcome.status(), 200);
    assert_eq!(backend.asked(), ["try </textarea>a human"]);
    let (_, html) = page(backend, Some(Role::Owner), PAGE, Some(outcome)).await;
    for text in [
        "Handed over: the shopper asks for a person.",
        "97% sure",
        "“&lt;b&gt;human&lt;/b&gt;” asks for a person",
        "&lt;/textarea&gt;a human</textarea>",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_rejected_value_is_shown_at_its_field() {
    let long = "x".repeat(61);
    let posted = [("topics", long.as_str()), ("asked_for_human", "yes"), ("intent", "save_handover")];
    let outcome = shown(&Fake::default(), PAGE, &posted).await;
    let (_, html) = page(Fake::default(), Some(Role::Owner), PAGE, Some(outcome)).await;
    assert!(html.contains("<dialog open") && html.contains("A topic can have at most 60 characters."));
    assert!(html.contains(&format!("{long}</textarea>")));
    let posted = [("question", "Q"), ("answer", ""), ("intent", "save_faqs")];
    let outcome = shown(&Fake::default(), PAGE, &posted).await;
    let (_, html) = page(Fake::default(), Some(Role::Owner), PAGE, Some(outcome)).await;
    assert!(html.contains("Enter the answer to this question.") && html.contains(">Q</textarea>"));
}
