//! Store contract: removal of old data.

use crate::{
    contract::{every_state, talk},
    support::*,
};
use app::model::DeliveryState;
use convi_server::store::{
    conversations::{AbilityRow, Uses, Visitor},
    handovers::Filter,
    notices::no_ticket_yet,
    removal::Removed,
    sessions::{Session, SessionHash},
};
use domain::delivery::{Event, Tickets};

fn visitor(n: u8, merchant: &str) -> Visitor {
    Visitor { token: [n; 32], merchant: merchant.into(), conversation: None, seen_at: T0 }
}

pub async fn delivered_handover_loses_its_transcript(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let queued = hands_over(&store, "m1", "c2", T0).await;
    let checked = || Event::Checked(Some(Tickets::from(vec![7])));
    let events = [Event::Leased, Event::Made(Some(7)), checked()];
    let delivered = follows(&store, ticket(&store, "m1", &id).await, events, T0 + 1).await;
    let removes = async |before| store.remove_transcripts(before, T0 + 100).await.unwrap();
    assert_eq!(removes(T0 + 50).await, Removed::default(), "the last duplicate check comes first");
    follows(&store, delivered, [checked()], T0 + 2).await;
    assert_eq!(removes(T0).await, Removed::default(), "delivered later");
    let removed = Removed { handovers: 1, conversations: 0, mails: vec![no_ticket_yet(&id)] };
    assert_eq!(removes(T0 + 1).await, removed);
    assert_eq!(removes(T0 + 50).await, Removed::default(), "once");
    let text = async |id: &str| {
        let handover = store.handover_body(id).await.unwrap().unwrap();
        handover.conversation.messages.into_iter().map(|it| it.text).collect::<Vec<_>>()
    };
    assert_eq!((text(&id).await, text(&queued).await), (vec![String::new()], vec!["c2".to_owned()]));
    for record in store.handovers("m1", &Filter { limit: 9, ..Filter::default() }).await.unwrap() {
        assert_eq!((record.removed, record.subject.is_empty()), (record.id == id, record.id == id));
    }
    // A further message is a new transcript.
    let mut more = body("m1", "c1");
    more["conversation"]["messages"][0]["id"] = "2".into();
    accepts(&store, "more", &more, T0 + 60).await;
    let part = store.untried_after(&ticket(&store, "m1", &id).await).await.unwrap().remove(0);
    assert_eq!(part.state, DeliveryState::Queued);
    follows(&store, part, [Event::Leased, Event::Made(Some(8))], T0 + 61).await;
    assert_eq!(removes(T0 + 61).await.handovers, 1);
}

pub async fn inactive_conversation_loses_its_messages(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    hands_over(&store, "m1", "c2", T0).await;
    for (n, id) in [(1, "c1"), (2, "c2")] {
        let mut change = talk("m1", id, &["hello"]);
        change.conversation.shopper_name = Some("Jane".into());
        assert!(store.change(&change).await.unwrap());
        store.keep_visitor(&visitor(n, "m1"), id).await.unwrap();
    }
    let removes = async |before| store.remove_transcripts(before, T0 + 100).await.unwrap().conversations;
    assert_eq!((removes(T0 - 1).await, removes(T0).await, removes(T0).await), (0, 1, 0));
    let counts = [store.turns("c1", 0).await.unwrap().len(), store.turns("c2", 0).await.unwrap().len()];
    assert_eq!(counts, [0, 1], "its handover keeps its transcript");
    assert_eq!(store.conversation("m1", "c1").await.unwrap().unwrap().shopper_name, None);
    assert_eq!(store.remove_visitors(T0 - 1, None).await.unwrap(), 0);
    assert_eq!(store.remove_visitors(T0 - 1, Some(T0)).await.unwrap(), 1);
    assert_eq!(store.visitor(&[1; 32]).await.unwrap(), None, "its conversation was removed");
    assert_eq!(store.remove_visitors(T0, None).await.unwrap(), 1);
}

pub async fn erased_merchant_leaves_nothing(store: AnyStore) {
    every_state(&store).await;
    let session = |n, merchant| Session {
        id: SessionHash([n; 32]),
        viewer: viewer(merchant),
        created_at: T0,
        seen_at: T0,
    };
    for (n, merchant) in [(1, "m1"), (2, "m2")] {
        let mut change = talk(merchant, &format!("talk-{merchant}"), &["hello"]);
        change.uses = Uses { handover: true, email: false };
        assert!(store.change(&change).await.unwrap());
        store.keep_visitor(&visitor(n, merchant), &change.conversation.id).await.unwrap();
        store.insert(&session(n, merchant)).await.unwrap();
        store.save_ability(merchant, &AbilityRow::default()).await.unwrap();
    }
    let theirs = all(&store, &["m2"]).await;
    let mails = all(&store, &["m1"]).await.into_values().filter(|it| it.destination != TICKET);
    let mut mails: Vec<_> = mails.map(|it| it.id.clone()).collect();
    let mut erased = store.erase_merchant("m1").await.unwrap();
    erased.mails.sort();
    mails.sort();
    assert_eq!(erased.mails, mails);
    assert!(erased.rows.iter().map(|(_, count)| count).sum::<u64>() > 20, "{:?}", erased.rows);
    let again = store.erase_merchant("m1").await.unwrap();
    assert!(again.rows.iter().all(|(_, count)| *count == 0), "{:?}", again.rows);
    assert_eq!(all(&store, &["m1", "m2"]).await, theirs);
    let connected = store.all_connections().await.unwrap();
    assert_eq!(connected.iter().map(|it| it.merchant.as_str()).collect::<Vec<_>>(), ["m2"]);
    assert_eq!(store.team_email("m1").await.unwrap(), None);
    assert_eq!(store.changes("m1", GORGIAS, 9).await.unwrap(), []);
    for (n, merchant, is_there) in [(1, "m1", false), (2, "m2", true)] {
        let talk = format!("talk-{merchant}");
        assert_eq!(store.conversation(merchant, &talk).await.unwrap().is_some(), is_there);
        assert_eq!(store.turns(&talk, 0).await.unwrap().len(), usize::from(is_there));
        assert_eq!(store.visitor(&[n; 32]).await.unwrap().is_some(), is_there);
        assert_eq!(store.find(&SessionHash([n; 32])).await.unwrap().is_some(), is_there);
        assert_eq!(store.ability(merchant).await.unwrap().handover_uses, u64::from(is_there));
    }
    let answer = accepts(&store, "m1-queued", &body("m1", "queued"), T0 + 99).await;
    assert_eq!(answer["continued"], false, "its key and conversation are unknown again");
}
