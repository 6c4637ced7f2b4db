//! Store contract: search, counts and retries on the page of all handovers.

use crate::support::*;
use app::model::{AttemptKind, Day, DeliveryState, Destination, Ending, Progress};
use convi_server::store::{
    handovers::{Filter, Search},
    history::{EndingCount, Span},
};
use domain::Said;
use domain::delivery::{Delivery, Event, LookUp, Nothing, Rules};

const DAY: i64 = 86_400_000;

/// Hands over a conversation of this shopper and returns the handover's id.
async fn hands_over_for(store: &AnyStore, merchant: &str, name: &str, address: &str, at: i64) -> String {
    let mut body = body(merchant, &new_id());
    body["conversation"]["shopper"] = serde_json::json!({"name": name, "email": address});
    accepts(store, &new_id(), &body, at).await["id"].as_str().unwrap().to_owned()
}

async fn ids(store: &AnyStore, merchant: &str, filter: Filter) -> Vec<String> {
    let found = store.handovers(merchant, &Filter { limit: 100, ..filter }).await.unwrap();
    found.into_iter().map(|it| it.id).collect()
}

async fn found(store: &AnyStore, merchant: &str, search: &str) -> Vec<String> {
    ids(store, merchant, Filter { search: Search::parse(search), ..Filter::default() }).await
}

fn fails() -> [Event; 2] {
    [Event::Leased, Event::MadeNothing(Nothing::Final { why: Said::plain("400") })]
}

pub async fn handovers_are_searched_by_shopper_and_ticket(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    connects(&store, "m2", "acme", None, T0).await;
    let zola = hands_over_for(&store, "m1", "Émile ZOLA", "emile@zola.example", T0).await;
    let odd = hands_over_for(&store, "m1", "100% x_y\\z", "jane123@shop.example", T0 + 1).await;
    // Composed, decomposed, and mixed.
    let names = ["José Nguyễn", "Jose\u{301} Nguye\u{302}\u{303}n", "José Nguyê\u{303}n"];
    let mut jose = Vec::new();
    for (n, name) in (3..).zip(names) {
        jose.push(hands_over_for(&store, "m1", name, &format!("jose{n}@shop.test"), T0 - n).await);
    }
    for search in
        ["José", "Jose\u{301}", "JOSÉ", "JOSE\u{301}", "nguyễn", "Nguyê\u{303}n", "José Nguye\u{302}\u{303}n"]
    {
        assert_eq!(found(&store, "m1", search).await, jose, "{search:?}");
    }
    let theirs = hands_over_for(&store, "m2", "Émile", "emile@zola.example", T0 + 2).await;
    for (id, merchant, number) in [(&zola, "m1", 123), (&odd, "m1", 77), (&theirs, "m2", 123)] {
        follows(&store, ticket(&store, merchant, id).await, [Event::Leased, Event::Made(Some(number))], T0)
            .await;
    }
    for (search, expected) in [
        ("émile", vec![&zola]),
        ("ÉMILE zola", vec![&zola]),
        ("EMILE@Zola", vec![&zola]),
        ("shop.EXAMPLE", vec![&odd]),
        ("example", vec![&odd, &zola]),
        // LIKE wildcards match literally.
        ("0% X_Y\\", vec![&odd]),
        ("1%x", vec![]),
        ("x__", vec![]),
        ("_mile", vec![]),
        ("%", vec![&odd]),
        ("#123", vec![&zola]),
        ("123", vec![&odd, &zola]),
        ("#77", vec![&odd]),
        ("#7", vec![]),
        ("' OR 1=1 --", vec![]),
        ("", vec![&odd, &zola, &jose[0], &jose[1], &jose[2]]),
    ] {
        assert_eq!(found(&store, "m1", search).await.iter().collect::<Vec<_>>(), expected, "{search}");
    }
    assert_eq!(found(&store, "m2", "123").await, [theirs]);
    // Combined with other filters, page by page.
    let both = |state| Filter { search: Search::parse("example"), state: Some(state), ..Filter::default() };
    assert_eq!(ids(&store, "m1", both(DeliveryState::Delivered)).await.len(), 2);
    assert_eq!(ids(&store, "m1", both(DeliveryState::Failed)).await, [] as [String; 0]);
    let before =
        Filter { search: Search::parse("example"), before: Some((T0 + 1, odd)), ..Filter::default() };
    assert_eq!(ids(&store, "m1", before).await, [zola]);
}

pub async fn handovers_are_listed_by_day(store: AnyStore) {
    let first = Day::of(T0).begins();
    let mut all = Vec::new();
    for (name, at) in [("a", first - 1), ("b", first), ("c", first + DAY - 1), ("d", first + DAY)] {
        all.push(hands_over(&store, "m1", name, at).await);
    }
    all.reverse();
    let between = |from, until| Filter { from, until, ..Filter::default() };
    assert_eq!(ids(&store, "m1", between(Some(first), None)).await, all[..3]);
    assert_eq!(ids(&store, "m1", between(None, Some(first + DAY))).await, all[1..]);
    assert_eq!(ids(&store, "m1", between(Some(first), Some(first + DAY))).await, all[1..3]);
}

/// Returns days in UTC, starting with `first`.
fn spans(first: Day, count: i64) -> Vec<Span> {
    let days = (0..count).map(|n| first.later(n));
    days.map(|day| Span { day, from: day.begins(), until: day.ends() }).collect()
}

pub async fn day_covers_its_span(store: AnyStore) {
    let day = Day::of(T0);
    let hour = 3_600_000;
    // A day of 25 hours that starts at 8:00, and one of 23 hours.
    let long = Span { day, from: day.begins() + 8 * hour, until: day.begins() + 33 * hour };
    let short = Span { day: day.later(1), from: long.until, until: long.until + 23 * hour };
    for (name, at) in [
        ("before", long.from - 1),
        ("first", long.from),
        ("last", long.until - 1),
        ("next", short.from),
        ("its last", short.until - 1),
        ("after", short.until),
    ] {
        hands_over(&store, "m1", name, at).await;
    }
    let ended = |day, count| EndingCount { day, ending: Ending::Trouble, count, median: None, slow: None };
    let counted = store.endings("m1", &[long, short]).await.unwrap();
    assert_eq!(counted, [ended(long.day, 2), ended(short.day, 2)]);
    assert_eq!(store.endings("m1", &[]).await.unwrap(), []);
}

pub async fn days_count_outcomes(store: AnyStore) {
    let day = Day::of(T0);
    let at = |n: i64| day.begins() + n;
    // Before anything is connected: sent to no one, or only to the team.
    hands_over(&store, "m1", "nobody", at(1)).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    for name in ["mailed", "mailing", "mail failed"] {
        hands_over(&store, "m1", name, at(2)).await;
    }
    let mail = async |search: usize| {
        let all = store.handovers("m1", &Filter { limit: 100, ..Filter::default() }).await.unwrap();
        all[search].deliveries.iter().find(|it| it.destination == Destination::Email).cloned().unwrap()
    };
    follows(&store, mail(0).await, fails(), at(9)).await;
    follows(&store, mail(2).await, [Event::Leased, Event::Made(None)], at(9)).await;
    store.set_team_email("m1", None).await.unwrap();
    connects(&store, "m1", "acme", None, T0).await;
    let unsure = || Event::MayHaveMade(Said::plain("?"));
    let again = || Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("429") });
    for (name, events) in [
        ("queued", vec![]),
        ("waiting", vec![Event::Leased, again()]),
        ("unsure", vec![Event::Leased, unsure()]),
        (
            "asked",
            vec![Event::Leased, unsure(), Event::LookedUp(LookUp::Impossible { why: Said::plain("?") })],
        ),
        ("failed", fails().to_vec()),
    ] {
        let id = hands_over(&store, "m1", name, at(3)).await;
        follows(&store, ticket(&store, "m1", &id).await, events, at(4)).await;
    }
    // Twenty tickets, created after 1, 2, … 20 s.
    for n in 1..=20 {
        let id = hands_over(&store, "m1", &format!("ticket {n}"), day.later(1).begins()).await;
        let events = [Event::Leased, Event::Made(Some(n))];
        follows(&store, ticket(&store, "m1", &id).await, events, day.later(1).begins() + n * 1_000).await;
    }
    hands_over(&store, "m1", "long ago", at(-1)).await;
    hands_over(&store, "m2", "another's", at(5)).await;
    let ended = |day, ending, count, median, slow| EndingCount { day, ending, count, median, slow };
    assert_eq!(
        store.endings("m1", &spans(day, 2)).await.unwrap(),
        [
            ended(day, Ending::Mailed, 1, None, None),
            ended(day, Ending::Open, 4, None, None),
            ended(day, Ending::Trouble, 4, None, None),
            ended(day.later(1), Ending::Ticket, 20, Some(10_000), Some(19_000)),
        ]
    );
    assert_eq!(store.failed("m1").await.unwrap(), 2);
    assert_eq!(store.failed("m2").await.unwrap(), 0);
    // One more than in the two days: "long ago".
    let counts = store.progress("m1").await.unwrap();
    let progress =
        async |progress| ids(&store, "m1", Filter { progress: Some(progress), ..Filter::default() }).await;
    let mut found = Vec::new();
    for it in Progress::ALL {
        let listed = progress(it).await;
        assert_eq!(listed.len() as u64, counts.of(Some(it)), "{it:?}");
        found.extend(listed);
    }
    assert_eq!((counts.needs_you, counts.all), (4, 30));
    found.sort();
    let mut all = ids(&store, "m1", Filter::default()).await;
    all.sort();
    assert_eq!(found, all, "each is exactly one of the three");
}

pub async fn every_attempt_is_stored_with_its_outcome(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let again = Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("429") });
    let delivery = follows(&store, ticket(&store, "m1", &id).await, [Event::Leased, again], T0 + 5).await;
    follows(&store, delivery, [Event::Leased], T0 + 60_000).await;
    let attempts = store.attempts("m1", &id, 10).await.unwrap();
    let seen: Vec<_> = attempts.iter().map(|it| (it.kind, it.number, it.began_at, it.ended_at)).collect();
    assert_eq!(
        seen,
        [(AttemptKind::Create, 2, T0 + 60_000, None), (AttemptKind::Create, 1, T0 + 5, Some(T0 + 5))]
    );
    assert_eq!((attempts[1].destination, attempts[1].outcome.as_deref()), (TICKET, Some("it ended")));
    assert_eq!(store.attempts("m1", &id, 1).await.unwrap().len(), 1);
    assert_eq!(store.attempts("m2", &id, 10).await.unwrap(), [], "another merchant's");
}

pub async fn bulk_retry_equals_single_events(store: AnyStore) {
    for merchant in ["m1", "m2"] {
        connects(&store, merchant, "acme", None, T0).await;
        for name in ["a", "b", "c"] {
            let id = hands_over(&store, merchant, name, T0).await;
            follows(&store, ticket(&store, merchant, &id).await, fails(), T0 + 1).await;
        }
    }
    let id = hands_over(&store, "m1", "waits", T0).await;
    let again = Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("429") });
    follows(&store, ticket(&store, "m1", &id).await, [Event::Leased, again], T0 + 1).await;
    let before = all(&store, &["m1", "m2"]).await;
    let change = |it: &Delivery| it.after(Event::RetriedByHand, at(T0 + 9), Rules::default()).ok();
    let retry = async |limit| store.change_failed("m1", TICKET, limit, T0 + 9, &change).await.unwrap();
    assert_eq!(store.change_failed("m1", Destination::Email, 10, T0 + 9, &change).await.unwrap(), 0);
    assert_eq!((retry(2).await, retry(2).await, retry(2).await), (2, 1, 0));
    let expected: std::collections::BTreeMap<_, _> = before
        .into_iter()
        .map(|(id, it)| {
            let concerned = it.merchant == "m1" && it.state == DeliveryState::Failed;
            let next = concerned.then(|| change(&it)).flatten();
            (id, next.unwrap_or(it))
        })
        .collect();
    assert_eq!(all(&store, &["m1", "m2"]).await, expected);
    assert_eq!((store.failed("m1").await.unwrap(), store.failed("m2").await.unwrap()), (0, 3));
    // A delivery whose helpdesk is no longer connected is cancelled, as by a single retry.
    let id = hands_over(&store, "m1", "late", T0).await;
    follows(&store, ticket(&store, "m1", &id).await, fails(), T0 + 1).await;
    store.disconnect("m1", GORGIAS, &viewer("m1"), T0 + 10, &new_id()).await.unwrap();
    assert_eq!(retry(10).await, 1);
    assert_eq!(ticket(&store, "m1", &id).await.state, DeliveryState::Cancelled);
}
