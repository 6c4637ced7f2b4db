//! Posting messages: once, in order, within limits, and only as oneself.

use crate::{
    support::TestApp,
    visitors::{Shopper, client, newest, texts},
};
use app::{
    chat_backend::ChatBackend,
    model::{CallError, ConversationQuery},
};
use convi_server::conversation::visitor::Posted;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

/// Returns how many visitors have a row.
async fn kept(it: &TestApp) -> usize {
    it.database.texts("SELECT merchant FROM visitor").await.len()
}

/// In seconds.
const DAY: u64 = 24 * 3_600;

#[tokio::test]
async fn repeated_message_is_stored_once() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    let first = jane.tries("k1", "Hello").await.unwrap();
    let again = jane.tries("k1", "Hello").await.unwrap();
    assert_eq!(texts(&first), texts(&again));
    assert_eq!(texts(&first).iter().filter(|text| **text == "Hello").count(), 1);
}

#[tokio::test]
async fn concurrent_messages_are_each_stored_once() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let posts = ["a", "b", "a", "c", "b"].map(|id| jane.tries(id, id));
    for answer in futures::future::join_all(posts).await {
        answer.unwrap();
    }
    let view = jane.sees().await;
    for id in ["a", "b", "c"] {
        assert_eq!(texts(&view).iter().filter(|text| **text == id).count(), 1, "{id}");
    }
    let numbers: Vec<i64> = view.messages.iter().map(|message| message.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
}

/// The most a visitor may post in a minute, from several tabs or from a client that does not wait for responses.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_concurrent_messages_all_get_a_response() {
    let it = TestApp::start().await;
    let mut posts = tokio::task::JoinSet::new();
    for visitor in 0..4 {
        let token = it.app.chat.new_visitor("m1", client(visitor)).await.unwrap();
        for n in 0..20 {
            let (chat, token) = (it.app.chat.clone(), token.clone());
            let (id, text, context) = (format!("k{n}"), format!("Message {n}"), None);
            posts.spawn(async move {
                let mut it = chat.visitor(&token).await.unwrap();
                let posted = Posted { id, text, page_url: None, context, locale: None };
                chat.say(&mut it, &posted, client(visitor)).await.unwrap();
                token
            });
        }
    }
    let tokens: std::collections::HashSet<_> = posts.join_all().await.into_iter().collect();
    assert_eq!(tokens.len(), 4);
    for token in tokens {
        let visitor = it.app.chat.visitor(&token).await.unwrap();
        let view = it.app.chat.visitor_view(&visitor, 0, false).await.unwrap();
        let said = view.messages.iter().filter(|message| message.id.is_some()).count();
        assert_eq!(said, 20);
        let numbers: Vec<i64> = view.messages.iter().map(|message| message.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}

/// Two conversations would be two handovers, and the visitor would never see the messages in the second one.
#[tokio::test]
async fn concurrent_first_messages_start_one_conversation() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    let posts = ["a", "b", "a", "c", "b"].map(|id| jane.tries(id, id));
    for answer in futures::future::join_all(posts).await {
        answer.unwrap();
    }
    let view = jane.sees().await;
    for id in ["a", "b", "c"] {
        assert_eq!(texts(&view).iter().filter(|text| **text == id).count(), 1, "{id}");
    }
    let all = it.app.chat.conversations(&it.owner, ConversationQuery::default()).await.unwrap();
    assert_eq!(all.conversations.len(), 1);
}

#[tokio::test]
async fn two_shoppers_have_two_conversations() {
    let it = TestApp::start().await;
    let (jane, bob) = (Shopper::of(&it).await, Shopper::of(&it).await);
    jane.says("I am Jane").await;
    it.moves(1);
    bob.says("I am Bob").await;
    assert!(!texts(&jane.sees().await).contains(&"I am Bob"));
    assert_eq!(newest(&it).await.preview, "I am Bob");
}

/// The response was lost, or the button was pressed again.
#[tokio::test]
async fn leaving_the_same_address_again_adds_nothing() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("I need to talk to a human").await;
    let left = ["jane@example.com"; 4].map(|email| jane.leaves(email));
    futures::future::join_all(left).await;
    let view = jane.sees().await;
    assert_eq!(
        texts(&view).iter().filter(|text| text.contains("jane@example.com")).count(),
        2,
        "message and thanks"
    );
    assert_eq!(
        texts(&jane.leaves("JANE@example.com ").await),
        texts(&view),
        "the same address in a different spelling"
    );
    for pasted in ["Jane <jane@example.com>", "mailto:jane@example.com", "'jane@example.com';"] {
        assert_eq!(texts(&jane.leaves(pasted).await), texts(&view), "{pasted}");
    }
    it.settles().await;
    it.passes(5).await;
    let id = newest(&it).await.handover.unwrap().handover_id;
    let ticket = serde_json::to_value(it.shop.ticket_with_external_id(&id).unwrap()).unwrap();
    let told = "The shopper left an address: jane@example.com";
    assert_eq!(ticket["messages"].to_string().matches(told).count(), 2, "once as text and once as HTML");
    assert_eq!(it.app.chat.abilities(&it.owner).await.unwrap().email_uses, 1);
    let other = jane.leaves("jane@work.example").await;
    assert!(other.messages.len() > view.messages.len());
    assert_ne!(texts(&jane.leaves("jane@example.com").await), texts(&other), "changing it back is a change");
}

#[tokio::test]
async fn wrong_or_expired_token_is_rejected() {
    let it = TestApp::start().await;
    assert_eq!(it.app.chat.visitor("guessed").await, Err(CallError::SignedOut));
    let jane = Shopper::of(&it).await;
    it.moves(31 * 24 * 3_600);
    assert_eq!(it.app.chat.visitor(&jane.token).await, Err(CallError::SignedOut));
}

/// Anyone can request any number of tokens, even for shops that do not exist.
#[tokio::test]
async fn visitor_without_a_message_is_not_stored() {
    let it = TestApp::start().await;
    let mut tokens = Vec::new();
    for n in 0..100 {
        tokens.push(it.app.chat.new_visitor(&format!("nobody-{n}"), client(n)).await.unwrap());
    }
    let jane = Shopper::of(&it).await;
    for token in &tokens {
        let visitor = it.app.chat.visitor(token).await.unwrap();
        assert_eq!(it.app.chat.visitor_view(&visitor, 0, false).await.unwrap().state, "new");
    }
    it.moves(2 * DAY);
    assert_eq!(jane.sees().await.state, "new");
    assert_eq!(kept(&it).await, 0);
    jane.says("Hello").await;
    assert_eq!(kept(&it).await, 1);
}

#[tokio::test]
async fn token_survives_a_restart_before_and_after_the_first_message() {
    let it = TestApp::start().await;
    let [silent, talker] = [Shopper::of(&it).await, Shopper::of(&it).await];
    talker.says("Hello").await;
    let tokens = [silent.token.clone(), talker.token.clone()];
    let it = it.restarted().await;
    let [silent, talker] = tokens.map(|token| Shopper::with(&it, token));
    assert_eq!(talker.sees().await.messages.len(), 2);
    assert_eq!(silent.says("Hello").await.messages[0].text, "Hello");
    // A token issued by another server is not valid here.
    let other = TestApp::start().await;
    assert_eq!(other.app.chat.visitor(&silent.token).await, Err(CallError::SignedOut));
}

/// Older tokens did not contain the merchant; each had a row from the start.
#[tokio::test]
async fn older_token_still_works() {
    let it = TestApp::start().await;
    let token = "C2FVsBQIhrscChlQIMV-b5sSYspob7oDC2FVsBQIhrs".to_owned();
    let hash: String = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let now = it.app.chat.world.clock.now_ms();
    it.database.sql(&format!("INSERT INTO visitor VALUES (x'{hash}', 'm1', NULL, {now}, {now})")).await;
    let jane = Shopper::with(&it, token);
    it.moves(20 * DAY);
    assert_eq!(jane.sees().await.state, "new");
    it.moves(20 * DAY);
    assert_eq!(jane.says("Hello").await.messages[0].text, "Hello");
    assert_eq!(jane.sees().await.messages.len(), 2);
}

#[tokio::test]
async fn visitor_is_removed_when_the_token_expires() {
    let it = TestApp::start().await;
    let sweeps = async || it.app.retention.sweep(&CancellationToken::new()).await.unwrap();
    let (jane, bob) = (Shopper::of(&it).await, Shopper::of(&it).await);
    jane.says("Hello").await;
    bob.says("Hello").await;
    it.moves(20 * DAY);
    bob.sees().await;
    it.moves(11 * DAY - 1);
    sweeps().await;
    assert_eq!(kept(&it).await, 2, "not before");
    it.moves(1);
    sweeps().await;
    assert_eq!(kept(&it).await, 1);
    assert_eq!(bob.sees().await.messages.len(), 2);
    assert_eq!(it.app.chat.visitor(&jane.token).await, Err(CallError::SignedOut));
    assert_eq!(newest(&it).await.preview, "Hello", "the team keeps the messages");
}

#[tokio::test]
async fn visitor_is_removed_with_their_conversation() {
    let it = TestApp::start_with(&[("CONVI_RETENTION_DAYS", "7")]).await;
    let sweeps = async || it.app.retention.sweep(&CancellationToken::new()).await.unwrap();
    let (jane, bob) = (Shopper::of(&it).await, Shopper::of(&it).await);
    jane.says("Hello").await;
    bob.says("Hello").await;
    it.moves(6 * DAY);
    bob.sees().await;
    assert_eq!(sweeps().await.conversations, 0);
    it.moves(2 * DAY);
    assert_eq!(sweeps().await.conversations, 2);
    assert_eq!(kept(&it).await, 1, "an active visitor keeps their conversation");
    bob.says("Hello again").await;
    sweeps().await;
    let all = it.app.chat.conversations(&it.owner, ConversationQuery::default()).await.unwrap();
    assert_eq!(all.conversations.len(), 2);
    // The token stays valid and starts a new conversation.
    assert_eq!(jane.sees().await.state, "new");
    jane.says("Hello").await;
    let all = it.app.chat.conversations(&it.owner, ConversationQuery::default()).await.unwrap();
    assert_eq!(all.conversations.len(), 3);
}

#[tokio::test]
async fn token_expires_thirty_days_after_its_last_use() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    // Only read, for months.
    for _ in 0..4 {
        it.moves(29 * DAY);
        assert_eq!(jane.sees().await.messages.len(), 2);
    }
    // The very last use counts, not just the first of its day.
    it.moves(DAY - 1);
    jane.sees().await;
    it.moves(30 * DAY);
    jane.sees().await;
    it.moves(31 * DAY);
    assert_eq!(it.app.chat.visitor(&jane.token).await, Err(CallError::SignedOut));
}

#[tokio::test]
async fn reading_repeatedly_writes_once_a_day() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let begun = jane.visitor().await.seen_at;
    it.database
        .sql("CREATE TRIGGER no_use BEFORE UPDATE ON visitor BEGIN SELECT RAISE(FAIL, 'written'); END")
        .await;
    for _ in 0..3 {
        it.moves(DAY / 4);
        assert_eq!(jane.visitor().await.seen_at, begun);
    }
    it.moves(DAY / 4);
    it.app.chat.visitor(&jane.token).await.expect_err("written again after a day");
    it.database.sql("DROP TRIGGER no_use").await;
    let seen = jane.visitor().await;
    assert_eq!(seen.seen_at - begun, i64::try_from(DAY).unwrap() * 1_000);
    assert_eq!(jane.visitor().await, seen);
}

#[tokio::test]
async fn messages_are_limited_to_twenty_per_minute() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    for n in 0..20 {
        jane.says(&format!("message {n}")).await;
    }
    let refused = jane.tries("more", "one more").await.unwrap_err();
    assert!(matches!(refused, CallError::TooManyCalls { retry_after: 1..=60 }), "{refused:?}");
    it.moves(61);
    jane.tries("more", "one more").await.unwrap();
}

#[tokio::test]
async fn invalid_message_names_its_field() {
    let it = TestApp::start().await;
    let jane = Shopper::of(&it).await;
    for (id, text, field) in [
        ("", "x", "id"),
        ("a b", "x", "id"),
        ("k", "", "text"),
        ("k", " \u{0} ", "text"),
        ("k", &"x".repeat(4_001), "text"),
    ] {
        let CallError::Fields { errors } = jane.tries(id, text).await.unwrap_err() else { panic!("{id}") };
        assert_eq!(errors[0].field, field);
        let mended =
            ["letters", "Write it again", "Shorten it"].iter().any(|mend| errors[0].message.contains(mend));
        assert!(mended, "the error must say what to do: {:?}", errors[0]);
    }
    for merchant in ["", "a b", "../x"] {
        assert!(it.app.chat.new_visitor(merchant, client(7)).await.is_err());
    }
}
