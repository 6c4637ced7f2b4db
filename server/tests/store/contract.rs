//! The store contract, one function per rule. Each function gets an empty store.

use crate::support::*;
use app::model::{
    AttemptKind, ChatAuthor, ConversationState, DeliveryState, Destination, Faq, Helpdesk, Problem, Role,
    Viewer,
};
use convi_server::store::{
    Connection,
    connections::{NewConnection, Trouble},
    conversations::{AbilityRow, Conversation, ConversationChange, ConversationFilter, Turn, Uses, Visitor},
    handovers::{Accepted, Filter},
    notices::NoticeBody,
    operations::Queue,
    outbox::{Begun, Due, DueLane, Ended},
    sessions::{Session, SessionHash},
};
use convi_server::vault::Fingerprint;
use domain::account::Account;
use domain::addition::Addition;
use domain::delivery::{Delivery, Event, LookUp, Nothing, Record, Rules};
use domain::{DeskTeam, Priority, Routing, Said, TeamId};
use serde_json::json;
use std::collections::BTreeMap;

pub use crate::{
    additions::*,
    answers::{
        account_is_watched_from_its_first_ticket_on, answer_becomes_a_turn_once_and_in_order,
        answer_from_an_account_without_the_handover_is_ignored,
        answers_of_a_platforms_conversation_are_kept_and_paged, change_decided_before_an_answer_is_rejected,
        place_of_a_merge_is_remembered, removed_transcript_takes_its_answers_along,
    },
    history::*,
    notices::*,
    removal::*,
    shopper_mail::*,
    versions::*,
};

// Conversations

/// Returns a change that adds a shopper conversation with these texts.
pub fn talk(merchant: &str, id: &str, texts: &[&str]) -> ConversationChange {
    let turn = |(n, text): (usize, &&str)| Turn {
        number: 0,
        author: if n % 2 == 0 { ChatAuthor::Shopper } else { ChatAuthor::Assistant },
        name: None,
        key: Some(format!("k{n}")),
        text: (*text).to_owned(),
        sent_at: T0,
    };
    ConversationChange {
        conversation: Conversation {
            id: id.into(),
            merchant: merchant.into(),
            state: ConversationState::Open,
            shopper_name: None,
            shopper_email: None,
            capture: String::new(),
            page_url: None,
            order_number: None,
            cart: Vec::new(),
            custom: Vec::new(),
            preview: String::new(),
            messages: 0,
            handed_up_to: 0,
            locale: None,
            answered_to: 0,
            seen_to: 0,
            seen_at: None,
            created_at: T0,
            active_at: T0,
        },
        capture_before: String::new(),
        turns: texts.iter().enumerate().map(turn).collect(),
        handover: None,
        additions: Vec::new(),
        emails_answer: false,
        uses: Uses::default(),
    }
}

async fn found(store: &AnyStore, merchant: &str, search: &str) -> Vec<String> {
    let filter = ConversationFilter { search: Some(search.into()), limit: 10, ..Default::default() };
    store.conversations(merchant, &filter).await.unwrap().into_iter().map(|it| it.id).collect()
}

pub async fn last_turns_of_a_conversation_can_be_read_alone(store: AnyStore) {
    store.change(&talk("m1", "c1", &["a", "b", "c", "d", "e"])).await.unwrap();
    store.change(&talk("m1", "c2", &["x"])).await.unwrap();
    let last = store.last_turns("c1", 2).await.unwrap();
    assert_eq!(last.iter().map(|it| (it.number, it.text.as_str())).collect::<Vec<_>>(), [(4, "d"), (5, "e")]);
    assert_eq!(store.last_turns("c1", 9).await.unwrap().len(), 5);
    assert_eq!(store.number_of("c1", "k3").await.unwrap(), Some(4));
    assert_eq!(store.number_of("c2", "k3").await.unwrap(), None, "keys belong to one conversation");
}

/// Index entries of many merchants are written interleaved and must not overwrite each other.
pub async fn search_finds_only_the_merchants_own_conversations(store: AnyStore) {
    for round in 0..4 {
        for merchant in 0..9 {
            // Use a different order in each round, so that later entries are written between earlier ones.
            let merchant = (merchant * (round + 2)) % 9;
            let (shop, id) = (format!("m{merchant}"), format!("c{merchant}-{round}"));
            let change = talk(&shop, &id, &["Where is the parcel?", "On its way.", "Thank you!"]);
            // A conversation can come up twice in a round.
            store.change(&change).await.unwrap();
        }
    }
    for merchant in 0..9 {
        let ids = found(&store, &format!("m{merchant}"), "the parcel").await;
        assert!(!ids.is_empty() && ids.iter().all(|id| id.starts_with(&format!("c{merchant}-"))), "{ids:?}");
    }
}

pub async fn search_finds_messages_names_and_addresses(store: AnyStore) {
    store.change(&talk("m1", "c1", &["Where is my ÖRDER?", "It is on its \"way\"."])).await.unwrap();
    store.change(&talk("m1", "c2", &["50% off", "snake_case"])).await.unwrap();
    store.change(&talk("m2", "c3", &["Where is my order?", "ab"])).await.unwrap();
    for (search, hits) in [
        ("Where is", &["c1"][..]),
        ("örder", &["c1"]),
        ("ERE IS MY Ö", &["c1"]),
        ("\"way\".", &["c1"]),
        ("her is", &[]),
        ("my order", &[]),
        ("my AND örder", &[]),
        ("wher*", &[]),
        ("0% off", &["c2"]),
        ("e_c", &["c2"]),
        ("eXc", &[]),
        // Shorter than the index's shortest term.
        ("_c", &["c2"]),
        ("ö", &["c1"]),
        ("ab", &[]),
    ] {
        assert_eq!(found(&store, "m1", search).await, hits, "{search}");
    }
    assert!(found(&store, "m3", "Where is").await.is_empty(), "merchant without conversations");
    // Composed, decomposed, and mixed.
    for (id, said) in [
        ("c4", "I am José Nguyễn"),
        ("c5", "I am Jose\u{301} Nguye\u{302}\u{303}n"),
        ("c6", "I am José Nguyê\u{303}n"),
    ] {
        store.change(&talk("m4", id, &[said])).await.unwrap();
    }
    for search in ["José", "JOSE\u{301}", "nguyễn", "É N", "e\u{301}", "José Nguye\u{302}\u{303}n"] {
        let mut hits = found(&store, "m4", search).await;
        hits.sort();
        assert_eq!(hits, ["c4", "c5", "c6"], "{search:?}");
    }
    // A later message, and a name and an address that were unknown before.
    let mut more = talk("m1", "c2", &[]);
    more.conversation.messages = 2;
    more.conversation.shopper_name = Some("Jane Doe".into());
    more.turns =
        vec![Turn { key: None, text: "A third mug".into(), ..talk("m1", "c2", &["x"]).turns[0].clone() }];
    assert!(store.change(&more).await.unwrap());
    assert_eq!(found(&store, "m1", "third mug").await, ["c2"]);
    assert_eq!(found(&store, "m1", "jane doe").await, ["c2"]);
    more.conversation.messages = 3;
    more.conversation.shopper_name = Some("Joan Roe".into());
    more.conversation.shopper_email = Some(email("joan@shop.example"));
    more.turns.clear();
    assert!(store.change(&more).await.unwrap());
    assert_eq!(found(&store, "m1", "joan roe joan@shop").await, ["c2"], "matched across fields");
    assert!(found(&store, "m1", "jane doe").await.is_empty(), "only the current name matches");
}

pub async fn change_from_a_stale_version_is_rejected(store: AnyStore) {
    assert!(store.change(&talk("m1", "c1", &["a"])).await.unwrap());
    let read = async || store.conversation("m1", "c1").await.unwrap().unwrap();
    let change = |conversation: &Conversation, capture: &str, turns: &[&str]| {
        let turns = talk("m1", "c1", turns).turns.into_iter().map(|it| Turn { key: None, ..it });
        ConversationChange {
            conversation: Conversation { capture: capture.into(), ..conversation.clone() },
            capture_before: conversation.capture.clone(),
            turns: turns.collect(),
            ..talk("m1", "c1", &[])
        }
    };
    let old = read().await;
    assert!(store.change(&change(&old, "refused", &[])).await.unwrap(), "a change without messages");
    assert!(!store.change(&change(&old, "asked", &["b"])).await.unwrap(), "the version changed anyway");
    let old = read().await;
    assert!(store.change(&change(&old, "refused", &["b"])).await.unwrap());
    assert!(!store.change(&change(&old, "refused", &["c"])).await.unwrap());
    assert_eq!((read().await.messages, read().await.capture.as_str()), (2, "refused"));
    let mut later = read().await;
    later.created_at += 9;
    assert!(store.change(&change(&later, "refused", &["d"])).await.unwrap());
    assert_eq!(read().await.created_at, T0, "a change keeps the creation time");
}

/// A term that very many conversations contain, where only one of the oldest is in the requested state.
pub async fn search_finds_the_oldest_match_of_a_common_word(store: AnyStore) {
    for n in 0..1_100 {
        let mut talk = talk("m1", &format!("c{n:04}"), &["Where is my parcel?"]);
        talk.conversation.active_at = T0 + n;
        if n == 3 {
            talk.conversation.state = ConversationState::Resolved;
        }
        assert!(store.change(&talk).await.unwrap());
    }
    let newest = found(&store, "m1", "parcel").await;
    assert_eq!((newest.len(), newest[0].as_str(), newest[9].as_str()), (10, "c1099", "c1090"));
    let resolved = ConversationFilter {
        search: Some("parcel".into()),
        state: Some(ConversationState::Resolved),
        limit: 10,
        ..Default::default()
    };
    let resolved = store.conversations("m1", &resolved).await.unwrap();
    assert_eq!(resolved.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["c0003"]);
}

pub async fn handover_is_stored_in_the_same_change(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handed = |messages, at| {
        let mut change = talk("m1", "c1", &["a"]);
        change.conversation.messages = messages;
        change.turns[0].key = None;
        change.handover = Some(Box::new(new_handover("none", &body("m1", "c1"), at)));
        change
    };
    assert!(!store.change(&handed(3, T0)).await.unwrap(), "stale version");
    assert!(all(&store, &["m1"]).await.is_empty(), "nothing was written");
    assert!(store.change(&handed(0, T0)).await.unwrap());
    assert!(store.change(&handed(1, T0 + 1)).await.unwrap(), "and continued");
    let handovers = store.handovers_of("m1", &["c1".into()]).await.unwrap();
    assert_eq!((handovers.len(), handovers[0].accepted_at), (1, T0));
    let mut later = talk("m1", "c1", &[]);
    later.conversation.messages = 2;
    later.additions = vec![Addition::Address(email("jane@shop.example"))];
    assert!(store.change(&later).await.unwrap());
    assert_eq!(store.addition(&handovers[0].id, 1).await.unwrap(), later.additions.pop());
}

pub async fn visitor_keeps_the_first_conversation(store: AnyStore) {
    let new = Visitor { token: [1; 32], merchant: "m1".into(), conversation: None, seen_at: T0 };
    assert_eq!(store.visitor(&new.token).await.unwrap(), None);
    assert_eq!(store.keep_visitor(&new, "c1").await.unwrap(), "c1");
    let later = Visitor { seen_at: T0 + 1, ..new.clone() };
    assert_eq!(store.keep_visitor(&later, "c2").await.unwrap(), "c1");
    let kept = Visitor { conversation: Some("c1".into()), ..later };
    assert_eq!(store.visitor(&new.token).await.unwrap().as_ref(), Some(&kept));
    let seen = Visitor { seen_at: T0 + 2, ..kept };
    store.touch_visitor(&seen).await.unwrap();
    assert_eq!(store.visitor(&new.token).await.unwrap(), Some(seen));
    assert_eq!(store.visitor_key().await.unwrap(), store.visitor_key().await.unwrap());
}

pub async fn saving_an_ability_keeps_its_counts(store: AnyStore) {
    let mut change = talk("m1", "c1", &["a"]);
    change.uses = Uses { handover: true, email: true };
    assert!(store.change(&change).await.unwrap());
    change.conversation.messages = 1;
    change.turns[0].key = None;
    change.uses.email = false;
    assert!(store.change(&change).await.unwrap());
    let faqs = vec![Faq { question: "Where?".into(), answer: "Here.".into() }];
    store.save_ability("m1", &AbilityRow { faqs: faqs.clone(), ..Default::default() }).await.unwrap();
    let kept = store.ability("m1").await.unwrap();
    assert_eq!((kept.faqs, kept.handover_uses, kept.email_uses), (faqs, 2, 1));
    let other = store.ability("m2").await.unwrap();
    assert_eq!((other.faqs.len(), other.handover_uses), (0, 0));
}

// Handovers

pub async fn a_failed_transaction_changes_nothing(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let first = hands_over(&store, "m1", "c1", T0).await;
    let mut broken = new_handover("w2", &body("m1", "c2"), T0);
    broken.delivery_ids[0] = ticket(&store, "m1", &first).await.id.clone();
    assert!(store.accept(broken).await.is_err(), "the delivery id already exists");
    let listed = store.handovers("m1", &Filter { limit: 9, ..Filter::default() }).await.unwrap();
    assert_eq!(listed.iter().map(|it| &it.id).collect::<Vec<_>>(), [&first]);
    assert_eq!(accepts(&store, "w2", &body("m1", "c2"), T0).await["continued"], false);
}

pub async fn unsent_handovers_are_counted(store: AnyStore) {
    let unsent = async || store.counts("m1", GORGIAS).await.unwrap().unsent;
    let first = hands_over(&store, "m1", "c1", T0).await;
    hands_over(&store, "m2", "c1", T0).await;
    assert_eq!(unsent().await, 1, "sent to no one");
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    hands_over(&store, "m1", "c2", T0).await;
    assert_eq!(unsent().await, 2, "an email is not a ticket");
    connects(&store, "m1", "acme", None, T0).await;
    let third = hands_over(&store, "m1", "c3", T0).await;
    assert_eq!(unsent().await, 2);
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0, &new_id()).await.unwrap();
    assert_eq!(unsent().await, 3, "cancelled");
    connects(&store, "m1", "acme", None, T0).await;
    follows(&store, ticket(&store, "m1", &third).await, [Event::RetriedByHand], T0).await;
    assert_eq!(unsent().await, 2, "sent by reconnecting");
    assert_eq!(store.send_unsent("m1", T0, &new_id).await.unwrap(), 2);
    assert_eq!(unsent().await, 0);
    assert_eq!(ticket(&store, "m1", &first).await.state, DeliveryState::Queued);
}

pub async fn handovers_are_found_by_their_conversations(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    let ids = [hands_over(&store, "m1", "c1", T0).await, hands_over(&store, "m1", "c2", T0 + 1).await];
    hands_over(&store, "m1", "c3", T0).await;
    hands_over(&store, "m2", "c1", T0).await;
    let asked = ["c2", "c1", "nobody"].map(String::from);
    let mut found = store.handovers_of("m1", &asked).await.unwrap();
    found.sort_by(|a, b| a.conversation.cmp(&b.conversation));
    assert_eq!(found.iter().map(|it| &it.id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
    for record in &found {
        let to: Vec<_> = record.deliveries.iter().map(|it| (it.destination, &it.handover)).collect();
        assert_eq!(to, [(TICKET, &record.id), (Destination::Email, &record.id)]);
    }
    assert!(store.handovers_of("m1", &[]).await.unwrap().is_empty());
}

pub async fn repeated_request_gets_the_same_response(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let first = accepts(&store, "w1", &body("m1", "c1"), T0).await;
    assert_eq!(first["deliveries"], json!([["gorgias", "queued"]]));
    follows(&store, ticket(&store, "m1", first["id"].as_str().unwrap()).await, [Event::Leased], T0).await;
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0, &new_id()).await.unwrap();
    let again = accepts(&store, "w1", &body("m1", "c1"), T0 + 1_000_000).await;
    assert_eq!(again, first, "even after a disconnect");
    assert_eq!(all(&store, &["m1"]).await.len(), 1);
}

pub async fn same_key_with_a_different_body_is_rejected(store: AnyStore) {
    accepts(&store, "w1", &body("m1", "c1"), T0).await;
    for other in [body("m1", "c2"), body("m2", "c1")] {
        let refused = store.accept(new_handover("w1", &other, T0)).await.unwrap();
        assert_eq!(refused, Accepted::OtherBody);
    }
    let filter = Filter { limit: 10, ..Filter::default() };
    assert_eq!(store.handovers("m1", &filter).await.unwrap().len(), 1, "nothing was stored partially");
    assert!(store.handovers("m2", &filter).await.unwrap().is_empty());
}

pub async fn concurrent_requests_create_one_handover(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let posts = (0..16).map(|n| {
        let store = store.clone();
        // Two keys for one conversation.
        tokio::spawn(async move { accepts(&store, &format!("w{}", n % 2), &body("m1", "c1"), T0).await })
    });
    let answers: Vec<_> =
        futures::future::join_all(posts).await.into_iter().map(|answer| answer.unwrap()).collect();
    for answer in &answers {
        assert_eq!(answer["id"], answers[0]["id"]);
    }
    let continued = answers.iter().filter(|answer| answer["continued"] == true).count();
    assert_eq!(continued, 8, "the other key came second");
    assert_eq!(all(&store, &["m1"]).await.len(), 1);
}

pub async fn conversation_is_handed_over_once(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let first = accepts(&store, "w1", &body("m1", "c1"), T0).await;
    let mut more = body("m1", "c1");
    more["conversation"]["messages"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "2", "author": "shopper", "text": "Hello?"}));
    let next = accepts(&store, "w2", &more, T0 + 5).await;
    assert_eq!((&next["id"], &next["continued"]), (&first["id"], &json!(true)));
    assert_eq!(accepts(&store, "w2", &more, T0 + 9).await, next);
    let other = accepts(&store, "w3", &body("m2", "c1"), T0).await;
    assert_ne!(other["id"], first["id"], "another merchant's conversation with the same id");
    let kept = store.handover_body(first["id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(kept.conversation.messages[0].text, "c1");
    assert_eq!(store.handover_body("nobody's").await.unwrap(), None);
}

pub async fn deliveries_depend_on_connection_and_team_email(store: AnyStore) {
    let goes = async |conversation: &str| {
        accepts(&store, conversation, &body("m1", conversation), T0).await["deliveries"].clone()
    };
    assert_eq!(goes("nobody").await, json!([]));
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    assert_eq!(goes("mail").await, json!([["email", "queued"]]));
    connects(&store, "m1", "acme", None, T0).await;
    assert_eq!(goes("both").await, json!([["gorgias", "queued"], ["email", "queued"]]));
    store.set_team_email("m1", None).await.unwrap();
    assert_eq!(goes("ticket").await, json!([["gorgias", "queued"]]));
    let it = connection(&store, "m1").await;
    store.connection_broke(&seen(&it, T0), &trouble(), T0 + 1, &new_id()).await.unwrap();
    assert_eq!(goes("held").await, json!([["gorgias", "held"]]));
    store.connection_recovered(&seen(&it, T0 + 2)).await.unwrap();
    assert_eq!(goes("behind the probe").await, json!([["gorgias", "held"]]));
}

pub async fn lists_are_paged_newest_first(store: AnyStore) {
    let mut ids = Vec::new();
    for n in 0..7 {
        // Three of them have the same timestamp.
        ids.push(hands_over(&store, "m1", &format!("c{n}"), T0 + n / 3).await);
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut before = None;
    loop {
        let page = store.handovers("m1", &Filter { before, limit: 2, ..Filter::default() }).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        before = Some((last.accepted_at, last.id.clone()));
        listed.extend(page.into_iter().map(|it| it.id));
        // Handovers added meanwhile are not on later pages.
        hands_over(&store, "m1", &format!("later{}", listed.len()), T0 + 1_000).await;
    }
    assert_eq!(listed, ids);
}

pub async fn lists_are_filtered(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    let first = hands_over(&store, "m1", "c1", T0).await;
    let second = hands_over(&store, "m1", "c2", T0 + 1).await;
    follows(&store, ticket(&store, "m1", &first).await, [Event::Leased, Event::Made(Some(7))], T0).await;
    let ids = async |filter: Filter| {
        let filter = Filter { limit: 10, ..filter };
        let found = store.handovers("m1", &filter).await.unwrap();
        found.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    let state = |state| Filter { state: Some(state), ..Filter::default() };
    assert_eq!(ids(state(DeliveryState::Delivered)).await, std::slice::from_ref(&first));
    assert_eq!(ids(state(DeliveryState::Queued)).await, [second.clone(), first.clone()], "the mails");
    assert_eq!(ids(state(DeliveryState::Failed)).await, [] as [String; 0]);
    let of = |conversation: &str| Filter { conversation: Some(conversation.into()), ..Filter::default() };
    assert_eq!(ids(of("c2")).await, std::slice::from_ref(&second));
    let one = Filter { id: Some(first.clone()), ..Filter::default() };
    assert_eq!(ids(one).await, std::slice::from_ref(&first));
    let both = Filter { conversation: Some("c2".into()), ..state(DeliveryState::Delivered) };
    assert_eq!(ids(both).await, [] as [String; 0]);
    let one =
        store.handovers("m1", &Filter { id: Some(first), limit: 1, ..Filter::default() }).await.unwrap();
    let order: Vec<_> = one[0].deliveries.iter().map(|it| it.destination).collect();
    assert_eq!(order, [TICKET, Destination::Email], "helpdesk first");
    assert_eq!((one[0].subject.as_str(), one[0].conversation.as_str()), ("c1", "c1"));
}

pub async fn merchant_reads_and_changes_only_its_own_data(store: AnyStore) {
    for merchant in ["m1", "m2"] {
        connects(&store, merchant, "acme", None, T0).await;
        store.set_team_email(merchant, Some(&email(&format!("team@{merchant}.test")))).await.unwrap();
    }
    let mine = hands_over(&store, "m1", "c1", T0).await;
    let theirs = hands_over(&store, "m2", "c1", T0).await;
    let filter = |id: &str| Filter { id: Some(id.into()), limit: 1, ..Filter::default() };
    assert!(store.handovers("m1", &filter(&theirs)).await.unwrap().is_empty());
    assert_eq!(store.handovers("m1", &filter(&mine)).await.unwrap().len(), 1);
    assert_eq!(store.delivery("m1", &theirs, TICKET).await.unwrap(), None);
    let before = all(&store, &["m2"]).await;
    let theirs_before = connection(&store, "m2").await;
    let it = connection(&store, "m1").await;
    assert!(store.connection_broke(&seen(&it, T0), &trouble(), T0 + 1, &new_id()).await.unwrap());
    assert!(store.connection_recovered(&seen(&it, T0 + 1)).await.unwrap());
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 2, &new_id()).await.unwrap();
    assert_eq!(store.send_unsent("m1", T0 + 3, &new_id).await.unwrap(), 0);
    assert_eq!(all(&store, &["m2"]).await, before);
    assert_eq!(connection(&store, "m2").await, theirs_before);
    assert_eq!(store.changes("m2", GORGIAS, 10).await.unwrap().len(), 1);
    assert_eq!(store.team_email("m2").await.unwrap(), Some(email("team@m2.test")));
    assert_eq!(store.counts("m2", GORGIAS).await.unwrap().waiting, 1);
    assert_eq!(store.connections("m1").await.unwrap(), []);
    assert_eq!(store.all_connections().await.unwrap().len(), 1);
}

pub async fn unsent_handovers_are_sent_once(store: AnyStore) {
    let nobody = hands_over(&store, "m1", "c0", T0).await;
    assert_eq!(store.send_unsent("m1", T0, &new_id).await.unwrap(), 0, "no destination");
    connects(&store, "m1", "acme", None, T0).await;
    let cancelled = hands_over(&store, "m1", "c1", T0 + 1).await;
    let failed = hands_over(&store, "m1", "c2", T0 + 2).await;
    let refused = Event::MadeNothing(Nothing::Final { why: Said::plain("400") });
    follows(&store, ticket(&store, "m1", &failed).await, [Event::Leased, refused], T0).await;
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 3, &new_id()).await.unwrap();
    connects(&store, "m1", "acme", None, T0 + 4).await;
    assert_eq!(store.counts("m1", GORGIAS).await.unwrap().unsent, 2);
    assert_eq!(store.send_unsent("m1", T0 + 5, &new_id).await.unwrap(), 2);
    assert_eq!(store.send_unsent("m1", T0 + 6, &new_id).await.unwrap(), 0);
    for id in [&nobody, &cancelled] {
        assert_eq!(ticket(&store, "m1", id).await.state, DeliveryState::Queued);
    }
    assert_eq!(
        ticket(&store, "m1", &failed).await.state,
        DeliveryState::Failed,
        "only a person can retry this"
    );
}

// People

pub async fn sessions_are_created_and_purged(store: AnyStore) {
    let session = |n: u8, created_at, seen_at| Session {
        id: SessionHash([n; 32]),
        viewer: Viewer {
            merchant: "m1".into(),
            subject: "u1".into(),
            name: "Olive".into(),
            role: Role::Member,
        },
        created_at,
        seen_at,
    };
    let (a, b, c) = (session(1, T0, T0), session(2, T0 - 100, T0), session(3, T0, T0 - 100));
    for it in [&a, &b, &c] {
        store.insert(it).await.unwrap();
    }
    assert_eq!(store.find(&a.id).await.unwrap(), Some(a.clone()));
    store.touch(&a.id, T0 + 5).await.unwrap();
    assert_eq!(store.find(&a.id).await.unwrap().unwrap().seen_at, T0 + 5);
    assert_eq!(store.purge(T0, T0).await.unwrap(), 2, "created or last seen too long ago");
    assert_eq!(store.find(&b.id).await.unwrap(), None);
    store.delete(&a.id).await.unwrap();
    store.delete(&a.id).await.unwrap();
    assert_eq!(store.find(&a.id).await.unwrap(), None);
    store.touch(&a.id, T0 + 9).await.unwrap();
    assert_eq!(store.find(&a.id).await.unwrap(), None, "an expired session stays expired");
}

pub async fn team_has_one_address(store: AnyStore) {
    assert_eq!(store.team_email("m1").await.unwrap(), None);
    for address in [Some(email("a@acme.test")), Some(email("b@acme.test")), None] {
        store.set_team_email("m1", address.as_ref()).await.unwrap();
        assert_eq!(store.team_email("m1").await.unwrap(), address);
    }
    assert_eq!(store.team_email("m2").await.unwrap(), None);
}

pub async fn notice_is_leased_and_settled(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let it = connection(&store, "m1").await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    store.connection_broke(&seen(&it, T0), &trouble(), T0 + 15_000, "n1").await.unwrap();
    assert_eq!(store.lease_notice(T0 - 1, T0).await.unwrap(), None, "not due");
    let first = store.lease_notice(T0, T0 + 60_000).await.unwrap().unwrap();
    assert_eq!((first.id.as_str(), first.merchant.as_str(), first.attempts), ("n1", "m1", 1));
    assert_eq!(
        first.body,
        NoticeBody::ConnectionBroke { helpdesk: GORGIAS, reason: trouble().reason.to_string() }
    );
    assert_eq!(store.lease_notice(T0 + 59_999, T0 + 90_000).await.unwrap(), None, "leased");
    let second = store.lease_notice(T0 + 60_000, T0 + 120_000).await.unwrap().unwrap();
    store.settle_notice(&first, None).await.unwrap();
    store.settle_notice(&second, Some(T0 + 70_000)).await.unwrap();
    let third = store.lease_notice(T0 + 70_000, T0 + 130_000).await.unwrap();
    let Some(third) = third else { panic!("the settle of the first lease must be rejected") };
    store.settle_notice(&third, None).await.unwrap();
    assert_eq!(store.lease_notice(T0 + 999_999, T0 + 1_000_000).await.unwrap(), None, "sent");
}

// Connections

pub async fn saved_connection_ignores_results_of_the_previous_one(store: AnyStore) {
    assert_eq!(store.connection("m1", GORGIAS).await.unwrap(), None);
    connects(&store, "m1", "acme", None, T0).await;
    let old = connection(&store, "m1").await;
    assert!(old.receives && old.trouble.is_none() && old.probe.is_none());
    assert_eq!((old.subdomain.as_str(), old.sealed_key.as_slice()), ("acme", [1, 2, 3].as_slice()));
    connects(&store, "m1", "acme", None, T0).await;
    let new = connection(&store, "m1").await;
    assert!(new.version > old.version, "even within one millisecond");
    assert!(!store.connection_broke(&seen(&old, T0), &trouble(), T0 + 1, &new_id()).await.unwrap());
    connects(&store, "m1", "acme", Some(trouble()), T0 + 1).await;
    assert_eq!(connection(&store, "m1").await.trouble, Some(trouble()));
    assert!(!store.connection_recovered(&seen(&new, T0 + 2)).await.unwrap());
    store.postpone_recheck(&seen(&new, T0 + 2), &trouble(), T0 + 99).await.unwrap();
    assert_eq!(connection(&store, "m1").await.rechecks, 0);
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 3, &new_id()).await.unwrap();
    assert_eq!(store.connection("m1", GORGIAS).await.unwrap(), None);
    let twice = store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 4, &new_id()).await.unwrap();
    assert_eq!(twice, None, "already disconnected");
    let actions: Vec<_> = store.changes("m1", GORGIAS, 3).await.unwrap();
    let actions: Vec<_> = actions.iter().map(|it| (it.action.as_str(), it.by.as_deref())).collect();
    assert_eq!(
        actions,
        [("disconnected", Some("Olive")), ("changed", Some("Olive")), ("changed", Some("Olive"))]
    );
}

pub async fn new_handovers_go_to_the_chosen_helpdesk(store: AnyStore) {
    let zendesk = Helpdesk::ZENDESK;
    let receiver = async |merchant: &str| {
        let mut receiving = Vec::new();
        for helpdesk in [GORGIAS, zendesk] {
            let connection = store.connection(merchant, helpdesk).await.unwrap();
            receiving.extend(connection.filter(|it| it.receives).map(|_| helpdesk));
        }
        receiving
    };
    let chooses =
        async |helpdesk| store.receive("m1", helpdesk, false, &viewer("m1"), T0 + 5).await.unwrap().is_some();
    connects(&store, "m1", "acme", None, T0).await;
    connects(&store, "m2", "acme", None, T0).await;
    assert!(!chooses(zendesk).await, "it is not connected");
    assert_eq!(receiver("m1").await, [GORGIAS]);
    connects_zendesk(&store, "m1", T0).await;
    connects_zendesk(&store, "m2", T0).await;
    assert_eq!(receiver("m1").await, [GORGIAS], "the first one");
    let earlier = hands_over(&store, "m1", "c1", T0).await;

    assert!(chooses(zendesk).await && chooses(zendesk).await);
    assert_eq!((receiver("m1").await, receiver("m2").await), (vec![zendesk], vec![GORGIAS]));
    let changes = store.changes("m1", zendesk, 9).await.unwrap();
    let changes: Vec<_> = changes.iter().map(|it| (it.action.as_str(), it.by.as_deref())).collect();
    assert_eq!(changes, [("receives", Some("Olive")), ("connected", Some("Olive"))], "noted once");
    let later = hands_over(&store, "m1", "c2", T0 + 6).await;
    let to = async |handover: &str, helpdesk| {
        store.delivery("m1", handover, Destination::Helpdesk(helpdesk)).await.unwrap().is_some()
    };
    assert_eq!((to(&earlier, GORGIAS).await, to(&earlier, zendesk).await), (true, false), "it stays");
    assert_eq!((to(&later, GORGIAS).await, to(&later, zendesk).await), (false, true));

    connects_zendesk(&store, "m1", T0 + 7).await;
    assert_eq!(receiver("m1").await, [zendesk], "new credentials keep the mark");
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 8, &new_id()).await.unwrap();
    assert_eq!(receiver("m1").await, [zendesk]);
    connects(&store, "m1", "acme", None, T0 + 9).await;
    store.disconnect("m1", zendesk, &viewer("m1"), T0 + 10, &new_id()).await.unwrap();
    assert_eq!(receiver("m1").await, [GORGIAS], "passed on");
}

/// The key is only replaced if it is still the one that was read.
pub async fn key_is_resealed_in_place(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let before = connection(&store, "m1").await;
    assert!(store.reseal(&before, "k2", &[9]).await.unwrap());
    let after = connection(&store, "m1").await;
    assert_eq!((after.key_id.as_str(), after.sealed_key, after.version), ("k2", vec![9], before.version));
    connects(&store, "m1", "acme", None, T0 + 1).await;
    assert!(!store.reseal(&before, "k3", &[8]).await.unwrap(), "the key was replaced in the meantime");
}

pub async fn master_key_is_remembered_as_it_was_first_seen(store: AnyStore) {
    let key = |id: &str, mac: u8| Fingerprint { key_id: id.into(), mac: vec![mac; 32] };
    assert_eq!(store.fingerprints().await.unwrap(), []);
    store.remember(&[key("k1", 1)]).await.unwrap();
    store.remember(&[key("k2", 2), key("k1", 3)]).await.unwrap();
    let mut known = store.fingerprints().await.unwrap();
    known.sort_by(|a, b| a.key_id.cmp(&b.key_id));
    assert_eq!(known, [key("k1", 1), key("k2", 2)]);
}

pub async fn routing_is_kept_until_the_connection_is_deleted(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let before = connection(&store, "m1").await;
    assert_eq!(before.routing, Routing::default());
    let id = TeamId::try_from(6_462_137_623_581).unwrap();
    let chosen = Routing {
        team: Some(id),
        priority: Some(Priority::High),
        refused: false,
        teams: Some(vec![DeskTeam { id, name: "Büro \"1\"".into() }]),
    };
    let new = NewConnection { routing: chosen.clone(), ..new_connection("m1", GORGIAS, "acme") };
    store.save_connection(&new, &viewer("m1"), T0 + 1).await.unwrap();
    let saved = connection(&store, "m1").await;
    assert_eq!(saved.routing, chosen);
    hands_over(&store, "m1", "c1", T0 + 2).await;
    let account = saved.account();
    let (_, to_send) = store.first_to_send(&account, T0 + 2).await.unwrap().unwrap();
    let sent = to_send.connection.unwrap();
    assert_eq!(sent.routing, chosen, "what the dispatcher reads");

    store.routing_refused(&seen(&before, T0 + 3)).await.unwrap();
    assert_eq!(connection(&store, "m1").await.routing, chosen, "it was saved since");
    store.routing_refused(&seen(&saved, T0 + 4)).await.unwrap();
    let refused = Routing { refused: true, ..chosen.clone() };
    assert_eq!(connection(&store, "m1").await, Connection { routing: refused.clone(), ..saved });
    let trouble = store.connection_broke(&seen(&sent, T0 + 5), &trouble(), T0 + 6, &new_id()).await.unwrap();
    assert!(trouble);
    let claimed = store.claim_rechecks(T0 + 6, T0 + 9).await.unwrap();
    assert_eq!(claimed.iter().map(|it| &it.routing).collect::<Vec<_>>(), [&refused]);

    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 7, &new_id()).await.unwrap();
    store.routing_refused(&seen(&sent, T0 + 8)).await.unwrap();
    connects(&store, "m1", "acme", None, T0 + 8).await;
    assert_eq!(connection(&store, "m1").await.routing, Routing::default(), "dropped with the connection");
}

pub async fn broken_connection_is_reported_once(store: AnyStore) {
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    connects(&store, "m1", "acme", None, T0).await;
    let it = connection(&store, "m1").await;
    assert!(store.connection_broke(&seen(&it, T0), &trouble(), T0 + 10, "n1").await.unwrap());
    assert!(
        !store.connection_broke(&seen(&it, T0), &trouble(), T0 + 10, "n2").await.unwrap(),
        "already broken"
    );
    assert!(store.claim_rechecks(T0 + 9, T0 + 9_000_000).await.unwrap().is_empty());
    assert_eq!(store.claim_rechecks(T0 + 10, T0 + 20).await.unwrap().len(), 1);
    assert!(store.claim_rechecks(T0 + 19, T0 + 29).await.unwrap().is_empty(), "claimed");
    assert_eq!(store.claim_rechecks(T0 + 20, T0 + 30).await.unwrap().len(), 1);
    let worse = Trouble { problem: Problem::UnknownSubdomain, reason: Said::plain("Gone.") };
    store.postpone_recheck(&seen(&it, T0 + 10), &worse, T0 + 50).await.unwrap();
    let now = connection(&store, "m1").await;
    assert_eq!((now.trouble.as_ref(), now.rechecks), (Some(&worse), 1));
    assert!(store.claim_rechecks(T0 + 49, T0 + 9_000_000).await.unwrap().is_empty());
    // The test passes and a probe is sent, which fails again: the reason and date are new, but no second email is sent.
    let held = hands_over(&store, "m1", "c1", T0 + 20).await;
    assert!(store.connection_recovered(&seen(&it, T0 + 50)).await.unwrap());
    assert!(
        store.claim_rechecks(T0 + 999_999, T0 + 9_000_000).await.unwrap().is_empty(),
        "the probe decides"
    );
    assert!(store.connection_broke(&seen(&it, T0 + 51), &trouble(), T0 + 90, "n3").await.unwrap());
    let again = connection(&store, "m1").await;
    assert_eq!((again.trouble, again.rechecks, again.probe), (Some(trouble()), 2, None));
    assert_eq!(ticket(&store, "m1", &held).await.state, DeliveryState::Held);
    assert_eq!(store.claim_rechecks(T0 + 90, T0 + 9_000_000).await.unwrap().len(), 1);
    let mail = store.lease_notice(T0 + 99, T0 + 999).await.unwrap().unwrap();
    assert_eq!(mail.id, "n1");
    assert_eq!(store.lease_notice(T0 + 99, T0 + 999).await.unwrap(), None, "one mail");
}

/// Holds three deliveries and sends the first as the probe.
async fn probing(store: &AnyStore) -> Vec<String> {
    connects(store, "m1", "acme", None, T0).await;
    let it = connection(store, "m1").await;
    store.connection_broke(&seen(&it, T0), &trouble(), T0 + 1, &new_id()).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(hands_over(store, "m1", &format!("c{n}"), T0 + n).await);
    }
    assert!(store.connection_recovered(&seen(&it, T0 + 9)).await.unwrap());
    let first = ticket(store, "m1", &ids[0]).await;
    assert_eq!(first.state, DeliveryState::Queued);
    let it = connection(store, "m1").await;
    assert_eq!(it.probe, Some(first.id.clone()));
    assert!(it.trouble.is_some(), "only a ticket proves that it works");
    assert_eq!(count(&all(store, &["m1"]).await, DeliveryState::Held), 2);
    ids
}

pub async fn probe_goes_first_and_its_ticket_releases_the_others(store: AnyStore) {
    let ids = probing(&store).await;
    let it = connection(&store, "m1").await;
    store.probe_succeeded(&seen(&it, T0 + 20), "another").await.unwrap();
    assert_eq!(connection(&store, "m1").await.probe, it.probe, "that was not the probe");
    follows(&store, ticket(&store, "m1", &ids[0]).await, [Event::Leased, Event::Made(Some(1))], T0 + 20)
        .await;
    let free = connection(&store, "m1").await;
    assert_eq!((free.probe, free.trouble, free.version), (None, None, it.version));
    assert_eq!(count(&all(&store, &["m1"]).await, DeliveryState::Queued), 2);
    let changes = store.changes("m1", GORGIAS, 1).await.unwrap();
    assert_eq!((changes[0].action.as_str(), changes[0].by.as_deref()), ("recovered", None));
}

pub async fn connection_without_held_deliveries_recovers_after_a_test(store: AnyStore) {
    connects(&store, "m1", "acme", Some(trouble()), T0).await;
    let it = connection(&store, "m1").await;
    assert!(store.connection_recovered(&seen(&it, T0 + 1)).await.unwrap());
    assert_eq!(connection(&store, "m1").await.trouble, None);
    assert!(!store.connection_recovered(&seen(&it, T0 + 2)).await.unwrap(), "already recovered");
    assert!(store.claim_rechecks(T0 + 999_999, T0 + 9_000_000).await.unwrap().is_empty());
}

pub async fn failed_or_cancelled_probe_is_replaced_by_the_next(store: AnyStore) {
    let ids = probing(&store).await;
    let refused = || Event::MadeNothing(Nothing::Final { why: Said::plain("400") });
    follows(&store, ticket(&store, "m1", &ids[0]).await, [Event::Leased, refused()], T0 + 20).await;
    let second = ticket(&store, "m1", &ids[1]).await;
    assert_eq!(connection(&store, "m1").await.probe, Some(second.id.clone()));
    let asked = Event::LookedUp(LookUp::Impossible { why: Said::plain("?") });
    follows(&store, second, [Event::Leased, Event::MayHaveMade(Said::plain("?")), asked], T0 + 30).await;
    let third = ticket(&store, "m1", &ids[2]).await;
    assert_eq!(connection(&store, "m1").await.probe, Some(third.id.clone()));
    follows(&store, third, [Event::Leased, refused()], T0 + 40).await;
    let it = connection(&store, "m1").await;
    assert_eq!((it.probe, it.trouble), (None, None), "the test passed and no delivery is left to probe");
}

pub async fn disconnect_lists_cancelled_handovers(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    for n in 0..3 {
        hands_over(&store, "m1", &format!("c{n}"), T0 + n).await;
    }
    let cancelled = store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 9, "n1").await.unwrap();
    assert_eq!(cancelled, Some(3));
    let mail = store.lease_notice(T0 + 9, T0 + 99).await.unwrap().unwrap();
    let NoticeBody::Disconnected { by, cancelled, total, .. } = mail.body else { panic!("{mail:?}") };
    let subjects: Vec<_> = cancelled.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!((by.as_str(), total, subjects), ("Olive", 3, vec!["c0", "c1", "c2"]));
}

// Bulk changes

/// Creates one delivery in every state that a connected merchant can have, each with a team email, and another
/// merchant's on the same account.
pub async fn every_state(store: &AnyStore) -> BTreeMap<String, Delivery> {
    connects(store, "m1", "acme", None, T0).await;
    hands_over(store, "m1", "cancelled", T0).await;
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0, &new_id()).await.unwrap();
    connects(store, "m1", "acme", None, T0 + 1).await;
    connects(store, "m2", "acme", None, T0 + 1).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    hands_over(store, "m2", "queued", T0 + 1).await;
    let again = || Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("429") });
    let unsure = || Event::MayHaveMade(Said::plain("?"));
    for (name, events) in [
        ("waiting", vec![Event::Leased, again()]),
        ("queued", vec![]),
        ("retried", vec![Event::Leased, again(), Event::RetriedByHand]),
        ("unsure", vec![Event::Leased, unsure()]),
        (
            "asked",
            vec![Event::Leased, unsure(), Event::LookedUp(LookUp::Impossible { why: Said::plain("?") })],
        ),
        ("delivered", vec![Event::Leased, Event::Made(Some(7))]),
        ("failed", vec![Event::Leased, Event::MadeNothing(Nothing::Final { why: Said::plain("400") })]),
        // Last, because an account has one request in flight.
        ("sending", vec![Event::Leased]),
    ] {
        let id = hands_over(store, "m1", name, T0 + 2).await;
        follows(store, ticket(store, "m1", &id).await, events, T0 + 3).await;
    }
    let all = all(store, &["m1", "m2"]).await;
    for state in DeliveryState::ALL.into_iter().filter(|state| *state != DeliveryState::Held) {
        assert!(count(&all, state) > 0, "{state:?}");
    }
    all
}

/// Returns the deliveries of `m1` to its helpdesk, with the event applied wherever it is valid.
fn each(
    before: &BTreeMap<String, Delivery>,
    event: Event,
    now: i64,
    only: impl Fn(&Delivery) -> bool,
) -> BTreeMap<String, Delivery> {
    let apply = |it: &Delivery| {
        let concerned = it.merchant == "m1" && it.destination == TICKET && only(it);
        let next = concerned.then(|| it.after(event.clone(), at(now), Rules::default()).ok()).flatten();
        next.unwrap_or_else(|| it.clone())
    };
    before.iter().map(|(id, it)| (id.clone(), apply(it))).collect()
}

pub async fn bulk_hold_equals_single_events(store: AnyStore) {
    let before = every_state(&store).await;
    let it = connection(&store, "m1").await;
    let now = T0 + 1_000;
    assert!(store.connection_broke(&seen(&it, now), &trouble(), now + 1, &new_id()).await.unwrap());
    let held = each(&before, Event::ConnectionBroke, now, |_| true);
    assert_eq!(all(&store, &["m1", "m2"]).await, held);
    assert_eq!(count(&held, DeliveryState::Held), 3);
    let counts = store.counts("m1", GORGIAS).await.unwrap();
    assert_eq!((counts.held, counts.waiting, counts.unsent), (3, 3, 1));
}

pub async fn bulk_release_equals_single_events(store: AnyStore) {
    every_state(&store).await;
    let it = connection(&store, "m1").await;
    let now = T0 + 1_000;
    assert!(store.connection_broke(&seen(&it, now), &trouble(), now + 1, &new_id()).await.unwrap());
    let held = all(&store, &["m1", "m2"]).await;
    let now = T0 + 2_000;
    assert!(store.connection_recovered(&seen(&it, now)).await.unwrap());
    let probe = connection(&store, "m1").await.probe.unwrap();
    let first = each(&held, Event::Released, now, |it| it.id == probe || it.needs_answer);
    assert_eq!(all(&store, &["m1", "m2"]).await, first);
    let asked =
        first.values().find(|it| it.state == DeliveryState::Unsure && it.attempts == 1 && it.fence > 3);
    assert!(asked.is_some_and(|it| !it.needs_answer), "the account can be looked up again");
    let now = T0 + 3_000;
    store.probe_succeeded(&seen(&it, now), &probe).await.unwrap();
    let released = each(&first, Event::Released, now, |it| it.state == DeliveryState::Held);
    assert_eq!(all(&store, &["m1", "m2"]).await, released);
    assert_eq!(count(&released, DeliveryState::Held), 0);
}

pub async fn bulk_disconnect_equals_single_events(store: AnyStore) {
    every_state(&store).await;
    let it = connection(&store, "m1").await;
    // Some deliveries are held and some lost their probe: covers both cases at once.
    assert!(store.connection_broke(&seen(&it, T0 + 500), &trouble(), T0 + 501, &new_id()).await.unwrap());
    assert!(store.connection_recovered(&seen(&it, T0 + 600)).await.unwrap());
    let before = all(&store, &["m1", "m2"]).await;
    assert!(count(&before, DeliveryState::Held) > 0 && count(&before, DeliveryState::Waiting) > 0);
    let now = T0 + 1_000;
    let total = store.disconnect("m1", GORGIAS, &viewer("m1"), now, &new_id()).await.unwrap();
    let after = each(&before, Event::Disconnected, now, |_| true);
    assert_eq!(all(&store, &["m1", "m2"]).await, after);
    let more = count(&after, DeliveryState::Cancelled) - count(&before, DeliveryState::Cancelled);
    assert_eq!(total, Some(more as u64));
}

pub async fn bulk_move_equals_single_events(store: AnyStore) {
    let before = every_state(&store).await;
    connects(&store, "m1", "other", None, T0 + 1_000).await;
    let moved: BTreeMap<_, _> = before
        .iter()
        .map(|(id, it)| {
            let moves = it.merchant == "m1"
                && it.destination == TICKET
                && matches!(it.state, DeliveryState::Queued | DeliveryState::Waiting | DeliveryState::Held);
            (id.clone(), if moves { it.moved_to(account("other").into()) } else { it.clone() })
        })
        .collect();
    assert_eq!(all(&store, &["m1", "m2"]).await, moved, "unsure deliveries stay with their account");
    assert_eq!(moved.values().filter(|it| it.lane == account("other").into()).count(), 3);
    // Move again, to an account that does not respond: both events for each delivery.
    connects(&store, "m1", "third", Some(trouble()), T0 + 2_000).await;
    let mut held = each(&moved, Event::ConnectionBroke, T0 + 2_000, |_| true);
    for it in held.values_mut().filter(|it| it.state == DeliveryState::Held) {
        *it = it.moved_to(account("third").into());
    }
    assert_eq!(all(&store, &["m1", "m2"]).await, held);
}

/// Moves what waits to Zendesk, and returns how many handovers.
async fn moves_to_zendesk(store: &AnyStore, now: i64) -> Option<u64> {
    store.receive("m1", Helpdesk::ZENDESK, true, &viewer("m1"), now).await.unwrap()
}

pub async fn what_created_nothing_moves_to_another_helpdesk(store: AnyStore) {
    let before = every_state(&store).await;
    let now = T0 + 1_000;
    assert_eq!(moves_to_zendesk(&store, now).await, None, "it is not connected");
    assert_eq!(all(&store, &["m1", "m2"]).await, before);
    connects_zendesk(&store, "m1", T0 + 500).await;
    let zendesk: Account = "zendesk:acme".parse().unwrap();
    let moved: BTreeMap<_, _> = before
        .iter()
        .map(|(id, it)| {
            let moves = it.merchant == "m1" && it.destination == TICKET && it.can_go_elsewhere();
            (id.clone(), if moves { it.redirected(zendesk.clone(), false, now) } else { it.clone() })
        })
        .collect();
    assert_eq!(moves_to_zendesk(&store, now).await, Some(3));
    assert_eq!(all(&store, &["m1", "m2"]).await, moved);
    let to_zendesk = moved.values().filter(|it| it.lane == zendesk.clone().into());
    assert_eq!(to_zendesk.filter(|it| it.state == DeliveryState::Queued).count(), 3);
    let due: Vec<_> = store.due_lanes(now, None, 9).await.unwrap().into_iter().map(|it| it.lane).collect();
    assert!(due.contains(&zendesk.into()));
    let actions = store.changes("m1", Helpdesk::ZENDESK, 2).await.unwrap();
    let actions: Vec<_> = actions.iter().map(|it| (it.action.as_str(), it.by.as_deref())).collect();
    assert_eq!(actions, [("moved", Some("Olive")), ("receives", Some("Olive"))]);
    assert_eq!(moves_to_zendesk(&store, now + 1).await, Some(0), "nothing is left to move");
    assert_eq!(store.changes("m1", Helpdesk::ZENDESK, 9).await.unwrap().len(), 3, "noted once");
}

pub async fn moved_handover_takes_its_later_messages_along(store: AnyStore) {
    let to = Destination::Helpdesk(Helpdesk::ZENDESK);
    connects(&store, "m1", "acme", None, T0).await;
    connects_zendesk(&store, "m1", T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let says = async |key: &str, message: &str| {
        let mut more = body("m1", "c1");
        let messages = more["conversation"]["messages"].as_array_mut().unwrap();
        messages.push(json!({"id": message, "author": "shopper", "text": message}));
        accepts(&store, key, &more, T0 + 2).await;
    };
    says("later", "2").await;
    let stale = ticket(&store, "m1", &id).await.after(Event::Leased, at(T0 + 3), Rules::default()).unwrap();
    assert_eq!(moves_to_zendesk(&store, T0 + 3).await, Some(1));
    assert!(!store.save(&stale, None, None, T0 + 3).await.unwrap(), "an attempt that was being prepared");
    assert_eq!(store.delivery("m1", &id, TICKET).await.unwrap(), None);
    let first = store.delivery("m1", &id, to).await.unwrap().unwrap();
    let [part] = &store.untried_after(&first).await.unwrap()[..] else { panic!("one later part") };
    assert_eq!((part.part, part.destination, &part.lane), (1, to, &first.lane));
    // It is sent after its ticket, and so is what comes now.
    let account: Account = "zendesk:acme".parse().unwrap();
    let due = async || store.first_due(&account, Due::Send, T0 + 4).await.unwrap().map(|it| it.part);
    assert_eq!(due().await, Some(0));
    follows(&store, first, [Event::Leased, Event::Made(Some(7))], T0 + 4).await;
    assert_eq!(due().await, Some(1));
    // While an attempt is in flight, nothing moves.
    let other = hands_over(&store, "m1", "c2", T0 + 5).await;
    let leased = store.delivery("m1", &other, to).await.unwrap().unwrap();
    let leased = follows(&store, leased, [Event::Leased], T0 + 5).await;
    let back = store.receive("m1", GORGIAS, true, &viewer("m1"), T0 + 6).await.unwrap();
    assert_eq!(back, Some(0), "a later part stays with its ticket");
    follows(&store, leased, [Event::Made(Some(8))], T0 + 7).await;
}

pub async fn probe_that_moves_is_replaced_by_the_next(store: AnyStore) {
    let ids = probing(&store).await;
    connects_zendesk(&store, "m1", T0 + 10).await;
    // The last one may have created something before the connection broke.
    let unsure = [Event::Released, Event::Leased, Event::MayHaveMade(Said::plain("?"))];
    let found = Event::LookedUp(LookUp::No { began: T0 + 500_000, over_for: 500_000 });
    let stays = follows(&store, ticket(&store, "m1", &ids[2]).await, unsure, T0 + 11).await;
    let stays = follows(&store, stays, [found, Event::ConnectionBroke], T0 + 500_000).await;
    assert_eq!(moves_to_zendesk(&store, T0 + 500_001).await, Some(2));
    let it = connection(&store, "m1").await;
    assert_eq!((it.probe, it.trouble.is_some()), (Some(stays.id.clone()), true));
    assert_eq!(ticket(&store, "m1", &ids[2]).await.state, DeliveryState::Waiting);
}

// The outbox

pub async fn settle_with_an_old_fence_is_rejected(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let queued = ticket(&store, "m1", &id).await;
    let leased = follows(&store, queued.clone(), [Event::Leased], T0).await;
    let twice = queued.after(Event::Leased, at(T0), Rules::default()).unwrap();
    assert!(!store.save(&twice, None, None, T0).await.unwrap(), "it was leased again");
    assert_eq!(store.expired_leases(T0 + 59_999).await.unwrap(), []);
    let expired = store.expired_leases(T0 + 60_000).await.unwrap();
    assert_eq!(expired, std::slice::from_ref(&leased));
    let unsure = follows(&store, leased.clone(), [Event::LeaseRanOut], T0 + 60_000).await;
    let late = leased.after(Event::Made(Some(7)), at(T0 + 61_000), Rules::default()).unwrap();
    let ended = Ended { fence: leased.fence, at: T0 + 61_000, outcome: "delivered".into() };
    assert!(!store.save(&late, None, Some(&ended), T0 + 61_000).await.unwrap());
    assert_eq!(ticket(&store, "m1", &id).await, unsure, "nothing changed");
    let bogus = Delivery::restore(Record { id: "nobody's".into(), ..(*late).clone() });
    assert!(!store.save(&bogus, None, None, T0).await.unwrap());
}

pub async fn due_deliveries_are_ordered(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    connects(&store, "m2", "other", None, T0).await;
    let again = |after| Event::MadeNothing(Nothing::TryAgain { after: Some(after), why: Said::plain("429") });
    let mut ids = Vec::new();
    for name in ["late", "soon", "first", "second"] {
        ids.push(hands_over(&store, "m1", name, T0).await);
    }
    follows(&store, ticket(&store, "m1", &ids[0]).await, [Event::Leased, again(50_000)], T0).await;
    follows(&store, ticket(&store, "m1", &ids[1]).await, [Event::Leased, again(20_000)], T0).await;
    hands_over(&store, "m2", "theirs", T0).await;
    let (acme, other) = (sends("acme"), sends("other"));
    assert_eq!(store.due_lanes(T0, None, 9).await.unwrap(), [acme.clone(), other.clone()]);
    assert_eq!(store.due_lanes(T0, None, 1).await.unwrap(), std::slice::from_ref(&acme));
    assert_eq!(store.due_lanes(T0, Some(&acme.lane), 9).await.unwrap(), std::slice::from_ref(&other));
    assert_eq!(store.next_due_at(T0).await.unwrap(), Some(T0 + 20_000));
    let now = T0 + 60_000;
    let mut order = Vec::new();
    while let Some(due) = store.first_due(&account("acme"), Due::Send, now).await.unwrap() {
        order.push(due.handover.clone());
        let event = match ids.iter().position(|id| *id == due.handover) {
            Some(0) => Event::MayHaveMade(Said::plain("?")),
            Some(1) => Event::Made(Some(7)),
            _ => Event::MadeNothing(Nothing::Final { why: Said::plain("400") }),
        };
        follows(&store, due, [Event::Leased, event], now).await;
    }
    let wanted = [&ids[2], &ids[3], &ids[1], &ids[0]];
    assert_eq!(
        order.iter().collect::<Vec<_>>(),
        wanted,
        "first attempts in order of acceptance, then due retries"
    );
    assert_eq!(store.due_lanes(now, None, 9).await.unwrap(), std::slice::from_ref(&other));
    for (due, id) in [(Due::LookUp, &ids[0]), (Due::Check, &ids[1])] {
        let settled = ticket(&store, "m1", id).await;
        let at = settled.next_at.unwrap();
        assert_eq!(store.first_due(&account("acme"), due, at - 1).await.unwrap(), None);
        assert_eq!(store.first_due(&account("acme"), due, at).await.unwrap(), Some(settled));
        let looks = DueLane { sends: false, looks: true, ..acme.clone() };
        assert_eq!(store.due_lanes(at, None, 1).await.unwrap(), [looks]);
    }
}

fn account(name: &str) -> Account {
    format!("gorgias:{name}").parse().unwrap()
}

fn sends(name: &str) -> DueLane {
    DueLane { lane: account(name).into(), sends: true, looks: false }
}

pub async fn next_due_at_skips_rows_already_due(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    let it = connection(&store, "m1").await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let late = T0 + 15 * 60_000;
    follows(&store, ticket(&store, "m1", &id).await, [Event::Leased], T0).await;
    store.connection_broke(&seen(&it, T0), &trouble(), T0 + 10_000, &new_id()).await.unwrap();
    assert_eq!(store.next_due_at(T0).await.unwrap(), Some(T0 + 10_000), "the test of the connection");
    assert_eq!(store.next_due_at(T0 + 10_000).await.unwrap(), Some(T0 + 60_000), "the lease");
    assert_eq!(store.next_due_at(T0 + 60_000).await.unwrap(), Some(late), "the late-ticket email");
    assert_eq!(store.next_due_at(late).await.unwrap(), None, "a busy lane must not cause a busy loop");
}

pub async fn unfinished_look_ups_become_due_again(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let mut looking = Vec::new();
    for name in ["killed", "settled", "rejected"] {
        let id = hands_over(&store, "m1", name, T0).await;
        let unsure = [Event::Leased, Event::MayHaveMade(Said::plain("?"))];
        let unsure = follows(&store, ticket(&store, "m1", &id).await, unsure, T0).await;
        let next = unsure.after(Event::LookUpLeased, at(T0 + 1), Rules::default()).unwrap();
        let begun = Begun { kind: AttemptKind::LookUp, at: T0 + 1 };
        assert!(store.save(&next, Some(&begun), None, T0 + 1).await.unwrap());
        looking.push(next);
    }
    let ended = Event::LookedUp(LookUp::Inconclusive { why: Said::plain("?") });
    looking[1] = follows(&store, looking[1].clone(), [ended], T0 + 2).await;
    // The end of an attempt is recorded even if its settle is rejected.
    let ended = Ended { fence: looking[2].fence, at: T0 + 2, outcome: "?".into() };
    assert!(!store.save(&looking[2], None, Some(&ended), T0 + 2).await.unwrap());
    store.look_again(T0 + 3).await.unwrap();
    let now = all(&store, &["m1"]).await;
    let again = &now[&looking[0].id];
    assert_eq!((again.next_at, again.fence), (Some(T0 + 3), looking[0].fence + 1));
    for ended in &looking[1..] {
        assert_eq!(now[&ended.id], *ended);
    }
}

pub async fn queues_and_connections_are_counted(store: AnyStore) {
    assert_eq!(store.queues().await.unwrap(), []);
    every_state(&store).await;
    let mut queues = store.queues().await.unwrap();
    queues.sort_by_key(|it| (it.destination, it.state.as_str()));
    let to_helpdesk =
        |state, depth, oldest, asked| Queue { destination: TICKET, state, depth, oldest, asked };
    let mails = Queue { destination: Destination::Email, ..to_helpdesk(DeliveryState::Queued, 8, T0 + 2, 0) };
    let expected = [
        to_helpdesk(DeliveryState::Queued, 3, T0 + 1, 0),
        to_helpdesk(DeliveryState::Sending, 1, T0 + 2, 0),
        to_helpdesk(DeliveryState::Unsure, 2, T0 + 2, 1),
        to_helpdesk(DeliveryState::Waiting, 1, T0 + 2, 0),
    ];
    let (queued, rest): (Vec<_>, Vec<_>) = queues.into_iter().partition(|it| it.destination != TICKET);
    assert_eq!((queued, rest), (vec![mails], expected.to_vec()));
    let it = connection(&store, "m1").await;
    store.connection_broke(&seen(&it, T0 + 9), &trouble(), T0 + 10, &new_id()).await.unwrap();
    let counts = store.connection_counts().await.unwrap();
    assert_eq!((counts.connected, counts.needs_attention), (1, 1));
    assert!(store.is_connected(&account("acme")).await.unwrap());
    assert!(!store.is_connected(&account("other")).await.unwrap());
}
