//! Store contract: agents' answers, and when accounts are asked for them.

use crate::{contract::talk, support::*};
use app::model::{ChatAuthor, ConversationState};
use convi_server::store::{answers::NewAnswer, rules::answers::account_of};
use domain::{account::Account, clock::Millis, delivery::Event};

pub fn account(name: &str) -> Account {
    format!("gorgias:{name}").parse().unwrap()
}

pub fn answer(handover: &str, message: i64, text: &str) -> NewAnswer {
    NewAnswer {
        handover: handover.into(),
        message,
        ticket: 7,
        author: Some("Anna".into()),
        text: text.into(),
        at: T0 + message,
        emailed: false,
    }
}

/// Hands over a conversation of our own chat, and delivers its ticket. Returns the handover.
pub async fn hands_over_own_chat(store: &AnyStore, merchant: &str, id: &str) -> String {
    let mut change = talk(merchant, id, &["hello"]);
    change.handover = Some(Box::new(new_handover("", &body(merchant, id), T0)));
    assert!(store.change(&change).await.unwrap());
    let handover = store.handovers_of(merchant, &[id.to_owned()]).await.unwrap().remove(0).id;
    arrives(store, merchant, &handover, T0).await;
    handover
}

async fn arrives(store: &AnyStore, merchant: &str, handover: &str, now: Millis) {
    let first = ticket(store, merchant, handover).await;
    follows(store, first, [Event::Leased, Event::Made(Some(7))], now).await;
}

pub async fn answer_becomes_a_turn_once_and_in_order(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handover = hands_over_own_chat(&store, "m1", "c1").await;
    let (acme, two) = (account("acme"), [answer(&handover, 1, "Hello"), answer(&handover, 2, "Jane?")]);
    assert_eq!(store.keep_answers(&acme, &two[..1], T0 + 10).await.unwrap(), two[..1]);
    assert_eq!(store.keep_answers(&acme, &two, T0 + 20).await.unwrap(), two[1..], "the first is known");
    assert_eq!(store.keep_answers(&acme, &two, T0 + 30).await.unwrap(), []);
    let turns = store.turns("c1", 1).await.unwrap();
    let said: Vec<_> = turns.iter().map(|it| (it.number, it.author, &*it.text, it.sent_at)).collect();
    let agent = ChatAuthor::Agent;
    assert_eq!(said, [(2, agent, "Hello", T0 + 10), (3, agent, "Jane?", T0 + 20)]);
    assert_eq!(turns[0].name.as_deref(), Some("Anna"));
    assert_eq!(account_of(&turns[0]), Some(acme));
    let talk = store.conversation("m1", "c1").await.unwrap().unwrap();
    assert_eq!((talk.messages, talk.state, &*talk.preview), (3, ConversationState::HandedOver, "Jane?"));
    assert_eq!(talk.active_at, T0 + 20);
}

pub async fn answers_of_a_platforms_conversation_are_kept_and_paged(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handover = hands_over(&store, "m1", "c1", T0).await;
    let acme = account("acme");
    assert_eq!(store.answers("m1", "c1", 0, 9).await.unwrap(), Some(vec![]));
    assert_eq!(store.answers("m1", "c2", 0, 9).await.unwrap(), None);
    assert_eq!(store.answers("m2", "c1", 0, 9).await.unwrap(), None, "another merchant's");
    let three: Vec<_> = (1..=3).map(|n| answer(&handover, 10 - n, &format!("{n}"))).collect();
    store.keep_answers(&acme, &three, T0).await.unwrap();
    let page = store.answers("m1", "c1", 1, 1).await.unwrap().unwrap();
    assert_eq!((page.len(), page[0].number, &page[0].account), (1, 2, &acme));
    assert_eq!(page[0].answer, three[1], "in the order in which they were stored");
    assert_eq!(store.conversation("m1", "c1").await.unwrap(), None);
}

/// A ticket's messages can name any handover, but naming one must not be enough.
pub async fn answer_from_an_account_without_the_handover_is_ignored(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    connects(&store, "m2", "other", None, T0).await;
    let handover = hands_over_own_chat(&store, "m1", "c1").await;
    let lies = [answer(&handover, 1, "Lies"), answer("unknown", 2, "Lies")];
    assert_eq!(store.keep_answers(&account("other"), &lies, T0).await.unwrap(), []);
    assert_eq!(store.turns("c1", 1).await.unwrap(), []);
    assert_eq!(store.answers("m1", "c1", 0, 9).await.unwrap(), Some(vec![]));
}

pub async fn change_decided_before_an_answer_is_rejected(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handover = hands_over_own_chat(&store, "m1", "c1").await;
    let mut next = talk("m1", "c1", &[]);
    next.conversation.messages = 1;
    next.turns = talk("m1", "c1", &["x", "more"]).turns.split_off(1);
    store.keep_answers(&account("acme"), &[answer(&handover, 1, "Hello")], T0).await.unwrap();
    assert!(!store.change(&next).await.unwrap(), "it would overwrite the answer's state and number");
    next.conversation.messages = 2;
    assert!(store.change(&next).await.unwrap());
    assert_eq!(store.turns("c1", 0).await.unwrap().len(), 3);
}

pub async fn account_is_watched_from_its_first_ticket_on(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let acme = account("acme");
    let due = async |now| store.due_watches(now, 9).await.unwrap();
    store.saw_shopper("m1", T0 - 10_000).await.unwrap();
    let handover = hands_over(&store, "m1", "c1", T0).await;
    assert_eq!(due(T0 + 1_000_000).await, [], "it has no ticket");
    arrives(&store, "m1", &handover, T0).await;
    assert_eq!((due(T0 + 4_999).await.len(), due(T0 + 5_000).await.len()), (0, 1), "the chat is open");
    assert_eq!(store.next_due_at(T0).await.unwrap(), Some(T0 + 5_000));
    store.looked(&acme, T0 + 5, T0 + 50_000, None).await.unwrap();
    let watch = due(T0 + 80_000).await.remove(0);
    assert_eq!((watch.read_to, watch.next_at), (T0 + 5, Some(T0 + 80_000)));
    store.looked(&acme, T0 + 6, T0 + 80_000, Some(T0 + 115_000)).await.unwrap();
    assert_eq!(due(T0 + 114_999).await, []);
    assert_eq!(due(T0 + 115_000).await[0].read_to, T0 + 6);
    store.saw_shopper("m1", T0 + 90_000).await.unwrap();
    assert_eq!(due(T0 + 95_000).await[0].seen_at, Some(T0 + 90_000), "earlier, because a chat is open");
    store.keep_answers(&acme, &[answer(&handover, 1, "Hello")], T0 + 99_000).await.unwrap();
    assert_eq!(due(T0 + 99_000).await[0].busy_at, T0 + 99_000);
    store.looked(&acme, T0, T0 + 8 * 86_400_000, None).await.unwrap();
    assert_eq!(due(Millis::MAX).await, [], "nothing happened for a week");
    let working = store.connection_on(&acme).await.unwrap().map(|it| it.merchant);
    assert_eq!(working.as_deref(), Some("m1"));
    let broken = connection(&store, "m1").await;
    store.connection_broke(&seen(&broken, T0), &trouble(), T0 + 9, "n1").await.unwrap();
    assert_eq!(store.connection_on(&acme).await.unwrap(), None);
}

pub async fn place_of_a_merge_is_remembered(store: AnyStore) {
    let (acme, other) = (account("acme"), account("other"));
    for (account, ticket, handover) in
        [(&acme, 7, "h1"), (&acme, 7, "h1"), (&acme, 7, "h2"), (&other, 8, "h3")]
    {
        store.keep_place(account, ticket, handover).await.unwrap();
    }
    let found = [(7, "h1".to_owned()), (7, "h2".to_owned())];
    assert_eq!(store.places(&acme, &[7, 8]).await.unwrap(), found);
    assert_eq!(store.places(&acme, &[]).await.unwrap(), []);
}

pub async fn removed_transcript_takes_its_answers_along(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handover = hands_over(&store, "m1", "c1", T0).await;
    arrives(&store, "m1", &handover, T0).await;
    let acme = account("acme");
    store.keep_answers(&acme, &[answer(&handover, 1, "Hello")], T0).await.unwrap();
    let delivered = ticket(&store, "m1", &handover).await;
    follows(&store, delivered, [(); 2].map(|()| Event::Checked(Some(vec![7].into()))), T0 + 1).await;
    assert_eq!(store.remove_transcripts(T0 + 1, T0 + 2).await.unwrap().handovers, 1);
    assert_eq!(store.answers("m1", "c1", 0, 9).await.unwrap(), Some(vec![]));
    let again = [answer(&handover, 1, "Hello"), answer(&handover, 2, "More")];
    assert_eq!(store.keep_answers(&acme, &again, T0 + 3).await.unwrap(), again[1..], "still known");
    assert_eq!(store.answers("m1", "c1", 1, 9).await.unwrap().unwrap()[0].number, 2);
    assert_eq!(store.remove_transcripts(T0 + 2, T0 + 4).await.unwrap().handovers, 0, "answered since");
    assert_eq!(store.remove_transcripts(T0 + 3, T0 + 4).await.unwrap().handovers, 1);
    assert_eq!(store.answers("m1", "c1", 0, 9).await.unwrap(), Some(vec![]));
}
