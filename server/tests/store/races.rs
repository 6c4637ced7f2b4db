//! What a single process cannot show: the same calls at the same moment through two stores on one database.

use crate::{
    answers::{account, answer as answer_on, hands_over_own_chat},
    contract::talk,
    postgres::{two, unmigrated},
    postgres_database,
    support::*,
};
use app::model::{AttemptKind, DeliveryState};
use convi_server::{
    limits::Limit,
    store::{
        Database, StoreError,
        handovers::{Accepted, Filter, NewHandover},
        outbox::{Begun, Due},
    },
};
use domain::{
    addition::Addition,
    delivery::{Delivery, Event, Rules},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const ROUNDS: usize = 200;
const TASKS: usize = 8;

/// Does the same thing in eight tasks at once, half of them through each store. Returns their results.
async fn at_once<T, F>(stores: &[AnyStore; 2], act: impl Fn(AnyStore, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..TASKS).map(|n| tokio::spawn(act(stores[n % 2].clone(), n))).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

async fn post(store: &AnyStore, new: NewHandover) -> Accepted {
    store.accept(new).await.unwrap()
}

fn answer(accepted: &Accepted) -> Value {
    let Accepted::Answer { answer, .. } = accepted else { panic!("{accepted:?}") };
    serde_json::from_str(answer).unwrap()
}

async fn handovers(store: &AnyStore) -> usize {
    store.handovers("m1", &Filter { limit: 10_000, ..Filter::default() }).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn same_request_gets_the_same_response() {
    let stores = two().await;
    for round in 0..ROUNDS {
        let name = format!("c{round}");
        let answers = at_once(&stores, |store, _| {
            let new = new_handover(&name, &body("m1", &name), T0);
            async move { post(&store, new).await }
        });
        let answers: BTreeSet<_> = answers.await.iter().map(|it| answer(it).to_string()).collect();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
    assert_eq!(handovers(&stores[0]).await, ROUNDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn same_key_with_another_body_is_rejected() {
    let stores = two().await;
    for round in 0..ROUNDS {
        // In one conversation, or in two.
        let conversation =
            |n: usize| if round % 2 == 0 { format!("c{round}") } else { format!("c{round}-{}", n % 2) };
        let accepted = at_once(&stores, |store, n| {
            let mut body = body("m1", &conversation(n));
            body["conversation"]["messages"][0]["text"] = json!(format!("text {}", n % 2));
            let new = new_handover(&format!("w{round}"), &body, T0);
            async move { post(&store, new).await }
        });
        let (kept, refused): (Vec<_>, Vec<_>) =
            accepted.await.into_iter().partition(|it| matches!(it, Accepted::Answer { .. }));
        assert_eq!((kept.len(), refused.len()), (TASKS / 2, TASKS / 2));
    }
    assert_eq!(handovers(&stores[0]).await, ROUNDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversation_posted_under_several_keys_is_one_handover_with_every_message() {
    let stores = two().await;
    connects(&stores[0], "m1", "acme", None, T0).await;
    for round in 0..ROUNDS {
        let conversation = format!("c{round}");
        let accepted = at_once(&stores, |store, n| {
            let mut body = body("m1", &conversation);
            let own = json!({"id": format!("own-{n}"), "author": "shopper", "text": format!("mine {n}")});
            let both = json!({"id": "both", "author": "shopper", "text": "both"});
            body["conversation"]["messages"].as_array_mut().unwrap().extend([own, both]);
            let new = new_handover(&format!("w{round}-{n}"), &body, T0);
            async move { post(&store, new).await }
        });
        let answers: Vec<_> = accepted.await.iter().map(answer).collect();
        let ids: BTreeSet<_> = answers.iter().map(|it| it["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|it| it["continued"] == false).count(), 1);
        let id = answers[0]["id"].as_str().unwrap();
        let handover = stores[1].handover_body(id).await.unwrap().unwrap();
        let mut texts: Vec<_> = handover.conversation.messages.into_iter().map(|it| it.text).collect();
        let mut part = 1;
        while let Some(addition) = stores[1].addition(id, part).await.unwrap() {
            let Addition::Messages(messages) = addition else { panic!("{addition:?}") };
            texts.extend(messages.into_iter().map(|it| it.text));
            part += 1;
        }
        texts.sort();
        let mut wanted: Vec<_> = (0..TASKS).map(|n| format!("mine {n}")).collect();
        wanted.extend([conversation.clone(), "both".to_owned()]);
        wanted.sort();
        assert_eq!(texts, wanted, "each message once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_is_leased_once() {
    let stores = two().await;
    connects(&stores[0], "m1", "acme", None, T0).await;
    for round in 0..ROUNDS {
        let id = hands_over(&stores[0], "m1", &format!("c{round}"), T0).await;
        let queued = ticket(&stores[1], "m1", &id).await;
        let leases = at_once(&stores, |store, _| {
            let leased = queued.after(Event::Leased, at(T0), Rules::default()).unwrap();
            let begun = Begun { kind: AttemptKind::Create, at: T0 };
            async move { store.save(&leased, Some(&begun), None, T0).await.unwrap() }
        });
        assert_eq!(leases.await.into_iter().filter(|saved| *saved).count(), 1);
        assert_eq!(stores[0].attempts("m1", &id, 9).await.unwrap().len(), 1);
        let leased = ticket(&stores[1], "m1", &id).await;
        follows(&stores[1], leased, [Event::Made(Some(7))], T0).await;
    }
}

/// A part is unblocked by the ticket before it, even if both are written at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn part_added_while_its_ticket_is_settled_is_not_left_blocked() {
    let stores = two().await;
    connects(&stores[0], "m1", "acme", None, T0).await;
    for round in 0..ROUNDS {
        let conversation = format!("c{round}");
        let id = hands_over(&stores[0], "m1", &conversation, T0).await;
        let leased = follows(&stores[0], ticket(&stores[0], "m1", &id).await, [Event::Leased], T0).await;
        let mut more = body("m1", &conversation);
        let message = json!({"id": "2", "author": "shopper", "text": "And?"});
        more["conversation"]["messages"].as_array_mut().unwrap().push(message);
        let adds = tokio::spawn({
            let (store, new) = (stores[0].clone(), new_handover(&format!("w{round}"), &more, T0));
            async move { post(&store, new).await }
        });
        follows(&stores[1], leased, [Event::Made(Some(7))], T0).await;
        adds.await.unwrap();
        let acme = "gorgias:acme".parse().unwrap();
        let due = stores[0].first_due(&acme, Due::Send, T0).await.unwrap();
        let part = due.unwrap_or_else(|| panic!("round {round}: the part is blocked"));
        assert_eq!((part.handover.as_str(), part.part), (id.as_str(), 1));
        follows(&stores[0], part, [Event::Leased, Event::Made(Some(8))], T0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unsent_handover_is_sent_once() {
    let stores = two().await;
    for round in 0..ROUNDS / 4 {
        let id = hands_over(&stores[0], "m1", &format!("c{round}"), T0).await;
        connects(&stores[0], "m1", "acme", None, T0 + 1).await;
        let sent =
            at_once(
                &stores,
                |store, _| async move { store.send_unsent("m1", T0 + 2, &new_id).await.unwrap() },
            );
        assert_eq!(sent.await.into_iter().sum::<u64>(), 1);
        let queued: Delivery = ticket(&stores[1], "m1", &id).await;
        follows(&stores[1], queued, [Event::Leased, Event::Made(Some(7))], T0 + 3).await;
        stores[0].disconnect("m1", GORGIAS, &viewer("m1"), T0 + 4, &new_id()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_helpdesks_connected_at_once_have_one_receiver() {
    let stores = two().await;
    for round in 0..ROUNDS {
        let merchant = format!("m{round}");
        at_once(&stores, |store, n| {
            let merchant = merchant.clone();
            async move {
                if n % 2 == 0 {
                    connects(&store, &merchant, "acme", None, T0).await;
                } else {
                    connects_zendesk(&store, &merchant, T0).await;
                }
            }
        })
        .await;
        let connected = stores[0].connections(&merchant).await.unwrap();
        assert_eq!(connected.len(), 2);
        assert_eq!(connected.iter().filter(|it| it.receives).count(), 1);
    }
}

/// Whatever the order, nothing stays held for a connection that works.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_held_when_a_connection_recovers_while_handovers_arrive() {
    let stores = two().await;
    for round in 0..ROUNDS / 2 {
        let merchant = format!("m{round}");
        connects(&stores[0], &merchant, "acme", Some(trouble()), T0).await;
        let broken = connection(&stores[0], &merchant).await;
        at_once(&stores, |store, n| {
            let (merchant, broken) = (merchant.clone(), broken.clone());
            async move {
                if n == 0 {
                    store.connection_recovered(&seen(&broken, T0 + 1)).await.unwrap();
                } else {
                    hands_over(&store, &merchant, &format!("c{n}"), T0).await;
                }
            }
        })
        .await;
        // The probe's ticket releases the rest.
        if let Some(probe) = connection(&stores[1], &merchant).await.probe {
            let all = all(&stores[1], &[&merchant]).await;
            follows(&stores[1], all[&probe].clone(), [Event::Leased, Event::Made(Some(7))], T0 + 2).await;
        }
        let all = all(&stores[0], &[&merchant]).await;
        assert_eq!(count(&all, DeliveryState::Held), 0, "round {round}");
        assert_eq!(connection(&stores[0], &merchant).await.trouble, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conversation_changes_once_from_each_version() {
    let stores = two().await;
    for round in 0..ROUNDS {
        let id = format!("c{round}");
        let changed = at_once(&stores, |store, n| {
            let change = talk("m1", &id, &[&format!("from {n}")]);
            async move { store.change(&change).await.unwrap() }
        });
        assert_eq!(changed.await.into_iter().filter(|changed| *changed).count(), 1);
        assert_eq!(stores[0].turns(&id, 0).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_is_leased_once() {
    let stores = two().await;
    for round in 0..ROUNDS {
        let merchant = format!("m{round}");
        stores[0].set_team_email(&merchant, Some(&email("team@acme.test"))).await.unwrap();
        connects(&stores[0], &merchant, "acme", None, T0).await;
        let it = connection(&stores[0], &merchant).await;
        at_once(&stores, |store, n| {
            let it = it.clone();
            async move {
                store
                    .connection_broke(&seen(&it, T0), &trouble(), T0 + 1, &format!("{n}-{}", it.merchant))
                    .await
                    .unwrap()
            }
        })
        .await;
        let leased =
            at_once(&stores, |store, _| async move { store.lease_notice(T0, T0 + 9).await.unwrap() });
        let leased: Vec<_> = leased.await.into_iter().flatten().collect();
        assert_eq!(leased.len(), 1, "one email about it, leased once");
        stores[1].settle_notice(&leased[0], None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn email_is_leased_once() {
    let stores = two().await;
    stores[0].set_team_email("m1", Some(&email("team@m1.test"))).await.unwrap();
    for round in 0..ROUNDS / 4 {
        for n in 0..TASKS {
            hands_over(&stores[0], "m1", &format!("c{round}-{n}"), T0).await;
        }
        let leased = at_once(&stores, |store, _| async move {
            let lease = |delivery: &Delivery| delivery.after(Event::Leased, at(T0), Rules::default()).ok();
            store.lease_mails("", T0, 3, &lease).await.unwrap()
        });
        let leased: Vec<_> = leased.await.iter().flatten().map(|it| it.id.clone()).collect();
        let ids: BTreeSet<_> = leased.iter().cloned().collect();
        assert_eq!((leased.len(), ids.len()), (TASKS, TASKS), "each of them once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_a_limit_are_rejected() {
    let stores = two().await;
    for round in 0..ROUNDS / 4 {
        let names = [format!("merchant:m{round}"), format!("account:a{round}")];
        let waits = at_once(&stores, |store, n| {
            // Different orders must not block each other.
            let mut names = names.clone();
            names.rotate_left(n % 2);
            let limits = names.map(|name| Limit::new(name, 3, Duration::from_secs(60)));
            async move { store.count(&limits, T0).await.unwrap() }
        });
        assert_eq!(waits.await.iter().filter(|wait| wait.is_none()).count(), 3, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn job_is_taken_once() {
    let stores = two().await;
    for round in 0..ROUNDS {
        let now = T0 + i64::try_from(round).unwrap();
        let taken =
            at_once(&stores, |store, _| async move { store.take_job("job", now, now + 1).await.unwrap() });
        assert_eq!(taken.await.into_iter().filter(|taken| *taken).count(), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_applied_once() {
    let url = postgres_database::empty().await;
    let stores = [unmigrated(&url), unmigrated(&url)].map(Arc::new);
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            let store = stores[n % 2].clone();
            tokio::spawn(async move { store.migrate().await })
        })
        .collect();
    let mut applied = Vec::new();
    for task in tasks {
        let done: Result<usize, StoreError> = task.await.unwrap();
        applied.push(done.unwrap());
    }
    applied.sort_unstable();
    assert_eq!(applied.iter().filter(|count| **count > 0).count(), 1, "{applied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_read_by_two_processes_becomes_one_turn() {
    let stores = two().await;
    connects(&stores[0], "m1", "acme", None, T0).await;
    for round in 0..ROUNDS / 4 {
        let conversation = format!("c{round}");
        let handover = hands_over_own_chat(&stores[0], "m1", &conversation).await;
        let new = at_once(&stores, |store, n| {
            // Each process has read one more than the other.
            let answers: Vec<_> =
                (1..=3 + n as i64 % 2).map(|it| answer_on(&handover, it, "Hello")).collect();
            async move { store.keep_answers(&account("acme"), &answers, T0).await.unwrap().len() }
        });
        assert_eq!(new.await.iter().sum::<usize>(), 4);
        let turns = stores[0].turns(&conversation, 1).await.unwrap();
        let keys: Vec<_> = turns.iter().map(|it| it.key.clone().unwrap()).collect();
        assert_eq!(keys, [1, 2, 3, 4].map(|it| format!("gorgias:acme:{it}")));
        let kept = stores[1].answers("m1", &conversation, 0, 9).await.unwrap().unwrap();
        assert_eq!(kept.iter().map(|it| it.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_ticket_and_open_chat_at_once_start_a_watch() {
    let stores = two().await;
    for round in 0..ROUNDS / 4 {
        let (merchant, name) = (format!("m{round}"), format!("shop{round}"));
        connects(&stores[0], &merchant, &name, None, T0).await;
        let handover = hands_over(&stores[0], &merchant, "c", T0).await;
        let leased = ticket(&stores[0], &merchant, &handover).await;
        let leased = follows(&stores[0], leased, [Event::Leased], T0).await;
        at_once(&stores, |store, n| {
            let (merchant, leased) = (merchant.clone(), leased.clone());
            async move {
                match n {
                    0 => drop(follows(&store, leased, [Event::Made(Some(7))], T0).await),
                    _ => store.saw_shopper(&merchant, T0).await.unwrap(),
                }
            }
        })
        .await;
        let due = stores[0].due_watches(T0 + 5_000, 1_000).await.unwrap();
        assert_eq!(due.iter().filter(|it| it.account == account(&name)).count(), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_and_shopper_at_once_lose_neither() {
    let stores = two().await;
    connects(&stores[0], "m1", "acme", None, T0).await;
    for round in 0..ROUNDS / 4 {
        let conversation = format!("c{round}");
        let handover = hands_over_own_chat(&stores[0], "m1", &conversation).await;
        let done = at_once(&stores, |store, n| {
            let (handover, conversation) = (handover.clone(), conversation.clone());
            async move {
                if n < 2 {
                    store
                        .keep_answers(&account("acme"), &[answer_on(&handover, 1, "Hello")], T0)
                        .await
                        .unwrap();
                    return 0;
                }
                let mut next = talk("m1", &conversation, &["x", "y"]);
                next.conversation.messages = store.turns(&conversation, 0).await.unwrap().len() as i64;
                next.turns.remove(0);
                next.turns[0].key = Some(format!("mine-{n}"));
                usize::from(store.change(&next).await.unwrap())
            }
        });
        let said: usize = done.await.iter().sum();
        let turns = stores[0].turns(&conversation, 0).await.unwrap();
        assert_eq!(turns.len(), 1 + 1 + said, "hello, the answer, and every message that was accepted");
        assert_eq!(turns.iter().map(|it| it.number).max(), Some(turns.len() as i64));
    }
}
