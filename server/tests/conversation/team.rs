//! What the team can do with a conversation.

use crate::{
    support::{TestApp, viewer},
    visitors::{Shopper, newest, texts},
};
use app::{
    chat_backend::ChatBackend,
    model::{CallError, ConversationQuery, ConversationState, DeliveryState, Role},
};

#[tokio::test]
async fn hand_over_needs_no_input_and_shows_the_result() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let id = newest(&it).await.id;
    let view = it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    assert_eq!(view.item.state, ConversationState::HandedOver);
    assert_eq!(view.item.handover.unwrap().by.as_deref(), Some("Olive"));
    let twice = it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    assert_eq!(twice.messages, [], "the second call does nothing");
    let all = it.app.chat.conversation(&it.owner, &id, 0).await.unwrap().messages;
    assert!(
        all.ends_with(&view.messages) && all.len() > view.messages.len(),
        "only new messages are returned"
    );
}

#[tokio::test]
async fn reply_reaches_the_visitor_once() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let id = newest(&it).await.id;
    let reply =
        async || it.app.chat.reply(&it.owner, &id, "r1", "Hi Jane, how can I help?", true).await.unwrap();
    let answered = reply().await.messages;
    assert_eq!(answered.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["Hi Jane, how can I help?"]);
    assert_eq!(reply().await.messages, answered, "the same request gets the same response");
    let view = jane.sees().await;
    assert_eq!(texts(&view).iter().filter(|text| text.contains("how can I help")).count(), 1);
    assert_eq!(view.messages.last().unwrap().name.as_deref(), Some("Olive"));
}

/// Work at the end of a conversation must not read its beginning, which this test makes unreadable.
#[tokio::test]
async fn old_messages_are_not_read_again() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    for n in 0..12 {
        jane.says(&format!("Message {n}, about something")).await;
    }
    let id = newest(&it).await.id;
    let spoil = async || it.database.sql("UPDATE message SET author = 'nobody' WHERE number = 1").await;
    let repair = async || it.database.sql("UPDATE message SET author = 'shopper' WHERE number = 1").await;
    spoil().await;
    it.app.chat.conversation(&it.owner, &id, 0).await.expect_err("reading the first message must fail");
    let poll = async || {
        let visitor = jane.visitor().await;
        let seen = it.app.store.conversation("m1", &id).await.unwrap().unwrap().messages;
        assert!(it.app.chat.visitor_view(&visitor, seen, false).await.unwrap().messages.is_empty());
        assert!(it.app.chat.conversation(&it.owner, &id, seen).await.unwrap().messages.is_empty());
    };
    poll().await;
    jane.posts("again", "Are you there?").await;
    jane.posts("again", "Are you there?").await;
    it.app.chat.refuse_address(&jane.visitor().await).await.unwrap();
    for _ in 0..2 {
        it.app.chat.reply(&it.owner, &id, "r1", "Hi Jane", true).await.unwrap();
    }
    it.app.chat.resolve_conversation(&it.owner, &id).await.unwrap();
    // The ticket needs the whole transcript; later messages are read alone.
    repair().await;
    it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    spoil().await;
    jane.posts("later", "It is about invoice 7.").await;
    it.app.chat.reply(&it.owner, &id, "r2", "I am looking", true).await.unwrap();
    poll().await;
}

#[tokio::test]
async fn list_shows_the_state_of_each_conversation() {
    let it = TestApp::connected().await;
    let (jane, bob, eve) = (Shopper::of(&it).await, Shopper::of(&it).await, Shopper::of(&it).await);
    jane.says("I need to talk to a human").await;
    it.moves(1);
    bob.says("Hello").await;
    it.moves(1);
    eve.says("Can I talk to a real person please").await;
    it.settles().await;
    let page = it.app.chat.conversations(&it.owner, ConversationQuery::default()).await.unwrap();
    let told: Vec<_> = page
        .conversations
        .iter()
        .map(|item| item.handover.as_ref().map(|it| (it.conversation_id == item.id, it.deliveries[0].state)))
        .collect();
    let delivered = Some((true, DeliveryState::Delivered));
    assert_eq!(told, [delivered, None, delivered]);
}

#[tokio::test]
async fn members_can_read_and_other_merchants_see_nothing() {
    let it = TestApp::start().await;
    Shopper::of(&it).await.says("Hello").await;
    let id = newest(&it).await.id;
    let member = viewer("m1", Role::Member);
    assert!(it.app.chat.conversation(&member, &id, 0).await.is_ok());
    assert_eq!(it.app.chat.hand_over(&member, &id).await, Err(CallError::NotAllowed));
    assert_eq!(it.app.chat.reply(&member, &id, "k", "x", true).await, Err(CallError::NotAllowed));
    let other = viewer("m2", Role::Owner);
    assert_eq!(it.app.chat.conversation(&other, &id, 0).await, Err(CallError::NotFound));
    assert_eq!(it.app.chat.hand_over(&other, &id).await, Err(CallError::NotFound));
    let page = it.app.chat.conversations(&other, ConversationQuery::default()).await.unwrap();
    assert!(page.conversations.is_empty());
}

#[tokio::test]
async fn conversations_are_found_by_state_and_text() {
    let it = TestApp::connected().await;
    let (jane, bob) = (Shopper::of(&it).await, Shopper::of(&it).await);
    jane.says("Where is my ÖRDER 50%?").await;
    it.moves(1);
    bob.says("Do you have mugs?").await;
    let find = async |state, search: Option<&str>| {
        let query = ConversationQuery { state, search: search.map(str::to_owned), ..Default::default() };
        it.app.chat.conversations(&it.owner, query).await.unwrap().conversations.len()
    };
    assert_eq!(find(None, None).await, 2);
    assert_eq!(find(None, Some("örder 50%")).await, 1, "case-insensitive, and % is literal");
    assert_eq!(find(None, Some("_")).await, 0);
    assert_eq!(find(Some(ConversationState::HandedOver), None).await, 0);
    let id = newest(&it).await.id;
    it.app.chat.resolve_conversation(&it.owner, &id).await.unwrap();
    assert_eq!(find(Some(ConversationState::Resolved), None).await, 1);
    bob.says("One more thing").await;
    assert_eq!(
        find(Some(ConversationState::Resolved), None).await,
        0,
        "a new message reopens the conversation"
    );
}
