//! What the team does with a conversation.

use crate::{
    support::{TestApp, viewer},
    visitors::{Shopper, newest, texts},
};
use app::{
    chat_backend::ChatBackend,
    model::{CallError, ConversationQuery, ConversationState, Role},
};

#[tokio::test]
async fn hand_over_asks_nothing_and_shows_what_happened() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let id = newest(&it).await.id;
    let view = it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    assert_eq!(view.item.state, ConversationState::HandedOver);
    assert_eq!(view.item.handover.unwrap().by.as_deref(), Some("Olive"));
    let twice = it.app.chat.hand_over(&it.owner, &id).await.unwrap();
    assert_eq!(twice.messages.len(), view.messages.len(), "twice is once");
}

#[tokio::test]
async fn a_reply_reaches_the_visitor_once() {
    let it = TestApp::connected().await;
    let jane = Shopper::of(&it).await;
    jane.says("Hello").await;
    let id = newest(&it).await.id;
    for _ in 0..2 {
        it.app.chat.reply(&it.owner, &id, "r1", "Hi Jane, how can I help?").await.unwrap();
    }
    let view = jane.sees().await;
    assert_eq!(texts(&view).iter().filter(|text| text.contains("how can I help")).count(), 1);
    assert_eq!(view.messages.last().unwrap().name.as_deref(), Some("Olive"));
}

#[tokio::test]
async fn members_look_and_other_merchants_see_nothing() {
    let it = TestApp::start().await;
    Shopper::of(&it).await.says("Hello").await;
    let id = newest(&it).await.id;
    let member = viewer("m1", Role::Member);
    assert!(it.app.chat.conversation(&member, &id, 0).await.is_ok());
    assert_eq!(it.app.chat.hand_over(&member, &id).await, Err(CallError::NotAllowed));
    assert_eq!(it.app.chat.reply(&member, &id, "k", "x").await, Err(CallError::NotAllowed));
    let other = viewer("m2", Role::Owner);
    assert_eq!(it.app.chat.conversation(&other, &id, 0).await, Err(CallError::NotFound));
    assert_eq!(it.app.chat.hand_over(&other, &id).await, Err(CallError::NotFound));
    let page = it.app.chat.conversations(&other, ConversationQuery::default()).await.unwrap();
    assert!(page.conversations.is_empty());
}

#[tokio::test]
async fn conversations_are_found_by_state_and_words() {
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
    assert_eq!(find(None, Some("örder 50%")).await, 1, "letters of any case, and % is only a sign");
    assert_eq!(find(None, Some("_")).await, 0);
    assert_eq!(find(Some(ConversationState::HandedOver), None).await, 0);
    let id = newest(&it).await.id;
    it.app.chat.resolve_conversation(&it.owner, &id).await.unwrap();
    assert_eq!(find(Some(ConversationState::Resolved), None).await, 1);
    bob.says("One more thing").await;
    assert_eq!(find(Some(ConversationState::Resolved), None).await, 0, "writing again opens it again");
}
