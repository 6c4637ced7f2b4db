//! Store contract: additions to a handover.

use crate::support::*;
use app::model::Destination;
use convi_server::store::{
    handovers::{Filter, Search},
    outbox::Due,
};
use domain::{
    Said,
    account::Account,
    addition::Addition,
    delivery::{Event, Nothing},
};
use serde_json::json;

/// Posts conversation `c1` again with one more message.
async fn posts_more(store: &AnyStore, text: &str, at: i64) {
    let mut body = body("m1", "c1");
    let further = json!({"id": text, "author": "shopper", "text": text});
    body["conversation"]["messages"].as_array_mut().unwrap().push(further);
    assert_eq!(accepts(store, &new_id(), &body, at).await["continued"], true);
}

/// Returns the texts of a part.
async fn part(store: &AnyStore, handover: &str, part: u32) -> Vec<String> {
    match store.addition(handover, part).await.unwrap() {
        Some(Addition::Messages(messages)) => messages.into_iter().map(|it| it.text).collect(),
        Some(Addition::Address(email)) => vec![email.to_string()],
        None => Vec::new(),
    }
}

pub async fn later_messages_are_batched_and_sent_after_the_ticket_in_order(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let first = ticket(&store, "m1", &id).await;
    posts_more(&store, "2", T0 + 1).await;
    posts_more(&store, "3", T0 + 2).await;
    assert_eq!(part(&store, &id, 1).await, ["2", "3"]);
    assert_eq!(part(&store, &id, 2).await, [""; 0]);
    let waiting = store.untried_after(&first).await.unwrap();
    assert_eq!(waiting.iter().map(|it| it.part).collect::<Vec<_>>(), [1]);
    assert_eq!(waiting[0].fence, 1, "raised, because the part has more messages now");
    let acme: Account = "gorgias:acme".parse().unwrap();
    let due = async || store.first_due(&acme, Due::Send, T0 + 9).await.unwrap();
    let sending = follows(&store, first, [Event::Leased], T0 + 3).await;
    assert_eq!(due().await, None, "waits for the ticket");
    follows(&store, sending, [Event::Made(Some(7))], T0 + 4).await;
    let newer = hands_over(&store, "m1", "c2", T0 + 4).await;
    let newer = ticket(&store, "m1", &newer).await;
    assert_eq!(due().await.as_ref(), Some(&newer), "tickets go before later parts");
    follows(&store, newer, [Event::Leased, Event::Made(Some(8))], T0 + 4).await;
    assert_eq!(due().await.as_ref(), Some(&waiting[0]));
    let sending = follows(&store, waiting[0].clone(), [Event::Leased], T0 + 5).await;
    posts_more(&store, "4", T0 + 6).await;
    posts_more(&store, "4", T0 + 6).await;
    assert_eq!((part(&store, &id, 1).await.len(), part(&store, &id, 2).await), (2, vec!["4".to_owned()]));
    assert_eq!(part(&store, &id, 3).await, [""; 0], "duplicate message id");
    assert_eq!(due().await, None, "waits for part 1");
    let refused = Event::MadeNothing(Nothing::Final { why: Said::plain("400") });
    follows(&store, sending, [refused], T0 + 7).await;
    assert_eq!(due().await.map(|it| it.part), Some(2), "a failed part does not block the next");
}

pub async fn first_later_address_is_stored_and_searchable(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    let id = hands_over(&store, "m1", "c1", T0).await;
    for address in ["jane@shop.example", "joan@shop.example"] {
        let mut body = body("m1", "c1");
        body["conversation"]["shopper"] = json!({"email": address});
        accepts(&store, &new_id(), &body, T0 + 1).await;
    }
    assert_eq!(part(&store, &id, 1).await, ["jane@shop.example"]);
    assert_eq!(part(&store, &id, 2).await, [""; 0]);
    for (search, count) in [("jane@shop", 1), ("joan@shop", 0)] {
        let filter = Filter { search: Search::parse(search), limit: 9, ..Filter::default() };
        assert_eq!(store.handovers("m1", &filter).await.unwrap().len(), count, "{search}");
    }
    for to in [TICKET, Destination::Email] {
        let first = store.delivery("m1", &id, to).await.unwrap().unwrap();
        assert_eq!(store.untried_after(&first).await.unwrap().len(), 1, "one part per delivery");
    }
}

pub async fn only_parts_of_the_last_hour_delay_the_next_one(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let sent = [Event::Leased, Event::Made(Some(7))];
    let first = follows(&store, ticket(&store, "m1", &id).await, sent.clone(), T0).await;
    let hour = T0 + 3_600_000;
    for (n, at, leaves_at) in [
        (1, T0 + 1, None),
        (2, T0 + 2, None),
        (3, T0 + 3, None),
        (4, T0 + 4, Some(T0 + 10_004)),
        (5, hour + 10, None),
        (6, hour + 11, None),
    ] {
        posts_more(&store, &format!("part {n}"), at).await;
        let part = store.untried_after(&first).await.unwrap().remove(0);
        assert_eq!((part.part, part.next_at), (n, leaves_at));
        follows(&store, part, sent.clone(), at).await;
    }
}
