//! Train → Abilities: settings take effect.

use crate::{
    support::{OWNER, TestApp},
    visitors::{Shopper, newest, texts},
};
use app::{
    backend::Backend,
    chat_backend::ChatBackend,
    model::{
        CallError, ChatAuthor, ConversationQuery, ConversationState, EmailCapture, Faq, HandoverAbility,
        Sensitivity,
    },
};

const ASKS: &str = "I want to speak to a real person";
const TEAM_HAS_IT: &str = "Our team has your conversation.";
const ASKS_FOR_ADDRESS: &str = "Please leave your email address here so that they can answer you.";
const ONLY_HERE: &str =
    "Our team has your conversation. Without your email address, they can only answer here in this chat.";

#[tokio::test]
async fn inactive_ability_hands_nothing_over() {
    let it = TestApp::connected().await;
    let ability = HandoverAbility { active: false, ..Default::default() };
    it.app.chat.save_handover_ability(&it.owner, ability).await.unwrap();
    assert_eq!(Shopper::of(&it).await.says(ASKS).await.state, "open");
    let lines = it.app.chat.readiness(&it.owner).await.unwrap();
    assert!(lines.iter().any(|line| line.kind == "handover_ability" && !line.ready));
}

#[tokio::test]
async fn both_abilities_start_active_and_count_their_uses() {
    let it = TestApp::connected().await;
    let abilities = it.app.chat.abilities(&it.owner).await.unwrap();
    assert!(abilities.handover.active && abilities.email_capture.active);
    let jane = Shopper::of(&it).await;
    jane.says("I am jane@example.com").await;
    jane.says(ASKS).await;
    let abilities = it.app.chat.abilities(&it.owner).await.unwrap();
    assert_eq!((abilities.handover_uses, abilities.email_uses), (1, 1));
}

#[tokio::test]
async fn topics_and_questions_are_set_by_the_merchant() {
    let it = TestApp::connected().await;
    let ability =
        HandoverAbility { topics: vec!["  legal ".into(), "".into(), "legal".into()], ..Default::default() };
    let saved = it.app.chat.save_handover_ability(&it.owner, ability).await.unwrap();
    assert_eq!(saved.handover.topics, ["legal"]);
    let faqs = vec![Faq { question: "What is your return policy?".into(), answer: "30 days.".into() }];
    it.app.chat.save_faqs(&it.owner, faqs).await.unwrap();
    let jane = Shopper::of(&it).await;
    assert!(texts(&jane.says("what's the return policy").await).contains(&"30 days."));
    assert_eq!(jane.says("This is a legal matter.").await.state, "handed_over");
    let trial = it.app.chat.try_sentence(&it.owner, saved.handover, ASKS.into()).await.unwrap();
    assert_eq!(trial.reason.as_deref(), Some("asked_for_human"));
    assert!(!trial.why.is_empty());
}

#[tokio::test]
async fn sensitivity_decides_when_an_address_is_requested() {
    for (sensitivity, says, asks) in [
        (Sensitivity::High, "Hello", true),
        (Sensitivity::Medium, "Hello", false),
        (Sensitivity::Medium, "Where is my order?", true),
        (Sensitivity::Low, "Where is my order?", false),
        (Sensitivity::Low, ASKS, true),
    ] {
        let it = TestApp::connected().await;
        let ability = EmailCapture { sensitivity, ..Default::default() };
        it.app.chat.save_email_capture(&it.owner, ability).await.unwrap();
        let jane = Shopper::of(&it).await;
        let view = jane.says(says).await;
        assert_eq!(view.needs_email, asks, "{sensitivity:?} {says}");
        if asks {
            let thanked = jane.says("jane@example.com").await;
            assert!(!thanked.needs_email && thanked.email.is_some());
        }
    }
}

#[tokio::test]
async fn refusal_is_respected_and_an_invalid_address_is_reported_once() {
    let it = TestApp::connected().await;
    let ability = EmailCapture { sensitivity: Sensitivity::High, ..Default::default() };
    it.app.chat.save_email_capture(&it.owner, ability).await.unwrap();
    let jane = Shopper::of(&it).await;
    assert!(jane.says("Hello").await.needs_email);
    assert!(!jane.says("no thanks").await.needs_email);
    assert!(!jane.says("Where is my order?").await.needs_email, "no request after a refusal");
    let bob = Shopper::of(&it).await;
    bob.says("Hello").await;
    let told = bob.says("bob at example").await.messages.len();
    assert!(told > 3);
}

/// A shopper who ignored the request about an order is asked once more when a person will answer.
#[tokio::test]
async fn every_handover_says_where_the_answer_will_come() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    assert!(jane.says("Where is my order?").await.needs_email);
    assert!(!jane.says("It is the blue mug.").await.needs_email, "the request was ignored");
    let handed = jane.says(ASKS).await;
    assert!(handed.needs_email, "a handover is a new reason to ask");
    assert_eq!(texts(&handed)[texts(&handed).len() - 2..], [TEAM_HAS_IT, ASKS_FOR_ADDRESS]);
    assert!(!jane.says("It is about invoice 7.").await.needs_email);
    let declined = jane.says("I won't give you my email address").await;
    assert_eq!((declined.needs_email, *texts(&declined).last().unwrap()), (false, ONLY_HERE));
    // Handed over manually, for a shopper who was never asked.
    let bob = Shopper::of(&it).await;
    it.moves(1);
    bob.says("Hello").await;
    let id = newest(&it).await.id;
    it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    let handed = bob.sees().await;
    assert_eq!(texts(&handed)[texts(&handed).len() - 2..], [TEAM_HAS_IT, ASKS_FOR_ADDRESS]);
    assert!(handed.needs_email);
    it.app.chat.give_back(&it.owner, &id).await.unwrap();
    it.app.chat.refuse_address(&bob.visitor().await).await.unwrap();
    let handed = bob.says(ASKS).await;
    assert_eq!((handed.needs_email, *texts(&handed).last().unwrap()), (false, ONLY_HERE));
    // With Email capture off, no one is asked.
    let ability = EmailCapture { active: false, ..Default::default() };
    it.app.chat.save_email_capture(&it.owner, ability).await.unwrap();
    let handed = Shopper::of(&it).await.says(ASKS).await;
    assert_eq!((handed.needs_email, *texts(&handed).last().unwrap()), (false, ONLY_HERE));
}

#[tokio::test]
async fn not_now_after_a_handover_says_where_the_answer_will_come() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    assert!(jane.says(ASKS).await.needs_email);
    for _ in 0..2 {
        it.app.chat.refuse_address(&jane.visitor().await).await.unwrap();
        let view = jane.sees().await;
        assert_eq!(texts(&view), [ASKS, TEAM_HAS_IT, ASKS_FOR_ADDRESS, ONLY_HERE], "once");
        assert!(!view.needs_email);
    }
}

#[tokio::test]
async fn not_now_persists_after_a_reload_and_a_handover() {
    let it = TestApp::connected().await;
    let ability = EmailCapture { sensitivity: Sensitivity::High, ..Default::default() };
    it.app.chat.save_email_capture(&it.owner, ability).await.unwrap();
    let jane = Shopper::of(&it).await;
    assert!(jane.says("Hello").await.needs_email);
    for _ in 0..2 {
        it.app.chat.refuse_address(&jane.visitor().await).await.unwrap();
        assert!(!jane.sees().await.needs_email);
    }
    assert!(!jane.says("Where is my order?").await.needs_email);
    let handed = jane.says(ASKS).await;
    assert!(handed.state == "handed_over" && !handed.needs_email, "a refusal is respected");
    let known = jane.says("Well then: jane@example.com").await.email.unwrap();
    it.app.chat.refuse_address(&jane.visitor().await).await.unwrap();
    assert_eq!(jane.sees().await.email, Some(known), "a known address is kept");
}

#[tokio::test]
async fn checklist_is_empty_if_everything_is_set_up() {
    let it = TestApp::connected().await;
    let open = async || {
        let lines = it.app.chat.readiness(&it.owner).await.unwrap();
        lines.into_iter().filter(|line| !line.ready).map(|line| line.kind).collect::<Vec<_>>()
    };
    assert_eq!(open().await, ["team_email"]);
    it.app.services.save_notifications(&it.owner, Some("team@acme.test".into())).await.unwrap();
    assert!(open().await.is_empty());
    it.shop.revoke_key(OWNER);
    it.hands_over("c1").await;
    it.settles().await;
    assert_eq!(open().await, ["helpdesk"]);
}

#[tokio::test]
async fn checklist_counts_handovers_with_an_address() {
    let it = TestApp::connected().await;
    let told = async || {
        let lines = it.app.chat.readiness(&it.owner).await.unwrap();
        lines.into_iter().find(|line| line.kind == "email_capture").unwrap().message
    };
    assert_eq!(told().await, "Email capture is active (sensitivity: Medium).");
    let jane = Shopper::of(&it).await;
    jane.says(ASKS).await;
    assert!(told().await.ends_with(" The last handover had no email address."));
    let bob = Shopper::of(&it).await;
    bob.says(&format!("I am bob@example.com. {ASKS}")).await;
    assert!(told().await.ends_with(" 1 of the last 2 handovers had an email address."));
    let it = TestApp::connected().await;
    Shopper::of(&it).await.says(&format!("I am bob@example.com. {ASKS}")).await;
    let lines = it.app.chat.readiness(&it.owner).await.unwrap();
    assert!(lines.iter().any(|line| line.message.ends_with(" The last handover had an email address.")));
}

/// A shopper who cannot be handed over is told so, never twice in the same words, and the team can find the conversation.
#[tokio::test]
async fn shopper_who_cannot_reach_a_person_gets_no_repeated_sentence() {
    let it = TestApp::connected().await;
    let off = HandoverAbility {
        active: false,
        contact: Some("  Call us:\n+1 555 0100 ".into()),
        ..Default::default()
    };
    let saved = it.app.chat.save_handover_ability(&it.owner, off).await.unwrap();
    assert_eq!(saved.handover.contact.as_deref(), Some("Call us: +1 555 0100"));
    let jane = Shopper::of(&it).await;
    let unknown = texts(&jane.says("Is the mug dishwasher safe?").await).join("\n");
    assert!(unknown.contains("Sorry, I don't have an answer to that. Call us: +1 555 0100"), "{unknown}");
    assert!(!unknown.contains("ask for a person"), "not offered, because asking does not help: {unknown}");
    let mut heard = Vec::new();
    for says in [ASKS, "HUMAN NOW!!!", "agent please"] {
        let view = jane.says(says).await;
        assert_eq!(view.state, "open", "the badge is the team's business");
        assert!(view.needs_email, "{says}");
        let assistant = view.messages.iter().rfind(|it| it.author == ChatAuthor::Assistant);
        heard.push(assistant.unwrap().text.clone());
    }
    assert!(heard.iter().all(|line| line.ends_with("Call us: +1 555 0100")), "{heard:?}");
    assert!(heard[0] != heard[1] && heard[1] != heard[2], "{heard:?}");
    let left = jane.says("jane@example.com").await;
    assert!(texts(&left).contains(&"Thank you. Our team can answer by email to jane@example.com."));
    // Only the team can remove the mark.
    jane.says("How long does shipping take?").await;
    let marked = ConversationQuery { state: Some(ConversationState::AskedForPerson), ..Default::default() };
    let page = it.app.chat.conversations(&it.owner, marked.clone()).await.unwrap();
    let [item] = page.conversations.as_slice() else { panic!("{page:?}") };
    assert!(item.handover.is_none());
    it.app.chat.resolve_conversation(&it.owner, &item.id).await.unwrap();
    assert!(it.app.chat.conversations(&it.owner, marked).await.unwrap().conversations.is_empty());
}

#[tokio::test]
async fn assistant_without_an_answer_does_not_repeat_itself() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    for (says, hears) in [
        ("Is the mug dishwasher safe?", "Sorry, I don't have an answer to that."),
        ("And can it go into the microwave?", "I don't have an answer to that either."),
        ("Is it made of clay?", "Sorry, I don't have an answer to that."),
    ] {
        let view = jane.says(says).await;
        let hears = format!("{hears} If you like, you can ask for a person.");
        assert_eq!(texts(&view).last(), Some(&hears.as_str()), "{says}");
    }
}

#[tokio::test]
async fn contact_line_is_short() {
    let it = TestApp::connected().await;
    let long = HandoverAbility { contact: Some("x".repeat(201)), ..Default::default() };
    let refused = it.app.chat.save_handover_ability(&it.owner, long).await.unwrap_err();
    assert!(matches!(&refused, CallError::Fields { errors } if errors[0].field == "contact"), "{refused:?}");
}
