//! Which address counts as the shopper's: from a message or the form to the ticket's customer.

use crate::{
    support::TestApp,
    visitors::{Shopper, newest, texts},
};

const ASKS: &str = "I need to talk to a human about a billing issue.";

async fn customers(it: &TestApp) -> Vec<String> {
    it.settles().await;
    it.passes(5).await;
    it.shop.customers().into_iter().filter_map(|customer| customer.email).collect()
}

#[tokio::test]
async fn address_from_the_form_is_used_as_parsed() {
    for (left, kept) in [
        ("jane=doe@example.com", "jane=doe@example.com"),
        ("jane/doe@example.com", "jane/doe@example.com"),
        ("#jane@example.com", "#jane@example.com"),
        ("\u{feff}jane@example.com\u{a0}", "jane@example.com"),
        ("jane@müller.example", "jane@xn--mller-kva.example"),
        ("refund-me@agent.example", "refund-me@agent.example"),
    ] {
        let it = TestApp::connected().await;
        let jane = Shopper::of(&it).await;
        jane.says("Hello").await;
        let view = jane.leaves(left).await;
        assert_eq!(view.email.map(String::from).as_deref(), Some(kept), "{left}");
        assert_eq!(view.state, "open", "an address alone does not hand over");
        jane.says(ASKS).await;
        assert!(customers(&it).await.contains(&kept.to_owned()), "{left}");
    }
}

#[tokio::test]
async fn mentioned_address_does_not_replace_the_known_one() {
    for mentioned in [
        "please do NOT write to old@former-job.com",
        "the tracking mail came from noreply@dhl.com",
        "Ich habe eine Mail von rechnung@paypal.com bekommen, seid ihr das?",
        "mon collègue bob@other.example a commandé chez vous",
        "Por favor no escriban a viejo@other.example",
        "see https://cdn.shop.example/img/mug@2x.png",
        "https://bob:secret@shop.example/x",
        "my carpenter's email is bob@other.example",
        "meine E-Mail wird als bob@other.example angezeigt",
        "c'est ma nièce qui utilise bob@other.example",
        "mi dentista es bob@other.example",
    ] {
        let it = TestApp::connected().await;
        let jane = Shopper::of(&it).await;
        jane.says("my email is jane@example.com").await;
        let view = jane.says(mentioned).await;
        assert_eq!(view.email.map(String::from).as_deref(), Some("jane@example.com"), "{mentioned}");
        jane.says(ASKS).await;
        assert_eq!(customers(&it).await, ["jane@example.com"], "{mentioned}");
    }
}

#[tokio::test]
async fn unclear_address_keeps_the_known_one_and_explains_how_to_change_it() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("jane@example.com").await;
    let view = jane.says("hmm perhaps bob@other.example").await;
    let told = "We will keep using jane@example.com. To change that, send only your new email address.";
    assert!(texts(&view).contains(&told));
    assert_eq!(
        jane.says("bob@other.example").await.email.map(String::from).as_deref(),
        Some("bob@other.example")
    );
}

#[tokio::test]
async fn unclear_reply_to_a_request_is_asked_back() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    assert!(jane.says(ASKS).await.needs_email);
    let view = jane.says("jane@example.com;bob@other.example").await;
    assert!(view.needs_email && view.email.is_none());
    assert_eq!(*texts(&view).last().unwrap(), "Which email address is yours? Please send only that one.");
    assert!(jane.says("jane@example.com").await.email.is_some());
}

#[tokio::test]
async fn part_of_something_else_is_never_the_customer() {
    let it = TestApp::connected().await;
    for text in [
        "_jane@example.com_y",
        "müller@example.com",
        "o’neil@example.com",
        "jane=doe@example.com",
        "jane@example.com_x",
        "git@github.com:org/repo.git",
        "@jane@mastodon.social",
    ] {
        let jane = Shopper::of(&it).await;
        jane.says(ASKS).await;
        assert_eq!(jane.says(text).await.email, None, "{text}");
    }
    assert_eq!(newest(&it).await.shopper_email, None);
}

#[tokio::test]
async fn international_domain_is_stored_in_ascii() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("メールはjane@müller.exampleです").await;
    jane.says(ASKS).await;
    assert_eq!(customers(&it).await, ["jane@xn--mller-kva.example"]);
}
