//! Store contract: emails to the team.

use crate::support::*;
use app::model::Destination;
use convi_server::store::{
    handovers::{Filter, SecondWay},
    notices::{NoticeBody, no_ticket_yet},
};
use domain::Said;
use domain::delivery::{Event, Nothing};

const MINUTE: i64 = 60_000;

async fn second_way(store: &AnyStore, handover: &str) -> Option<SecondWay> {
    let filter = Filter { id: Some(handover.into()), limit: 1, ..Filter::default() };
    store.handovers("m1", &filter).await.unwrap()[0].second_way
}

pub async fn handover_without_a_ticket_is_emailed_once(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let id = hands_over(&store, "m1", "c1", T0).await;
    let made = hands_over(&store, "m1", "c2", T0).await;
    follows(&store, ticket(&store, "m1", &made).await, [Event::Leased, Event::Made(Some(7))], T0).await;
    let late = T0 + 15 * MINUTE;
    let expected = SecondWay { told_at: None, nobody: true, late_at: Some(late) };
    assert_eq!(second_way(&store, &id).await, Some(expected));
    assert_eq!(second_way(&store, &made).await, None);
    let lease = async |now| store.lease_notice(now, now + MINUTE).await.unwrap();
    store.tell_late(late).await.unwrap();
    assert_eq!(lease(late).await, None, "the team has no address");
    // A new address also receives overdue notices.
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    store.tell_late(late - 1).await.unwrap();
    assert_eq!(lease(late).await, None, "not late yet");
    store.tell_late(late).await.unwrap();
    let mail = lease(late).await.unwrap();
    assert_eq!((mail.id.as_str(), mail.merchant.as_str()), (no_ticket_yet(&id).as_str(), "m1"));
    let body = NoticeBody::NoTicketYet { handover: id.clone(), helpdesk: GORGIAS, first_mail: None };
    assert_eq!(mail.body, body);
    store.notice_sent(&mail, late + 5).await.unwrap();
    store.set_no_ticket_after("m1", Some(15)).await.unwrap();
    let check = T0 + 60 * MINUTE;
    assert_eq!(store.next_due_at(late - 1).await.unwrap(), Some(check), "the other ticket's duplicate check");
    store.tell_late(late + 9).await.unwrap();
    assert_eq!(lease(late + 9 * MINUTE).await, None, "once");
    let expected = SecondWay { told_at: Some(late + 5), nobody: false, late_at: Some(late) };
    assert_eq!(second_way(&store, &id).await, Some(expected));
    let (_, to_send) =
        store.first_to_send(&"gorgias:acme".parse().unwrap(), late + 9 * MINUTE).await.unwrap().unwrap();
    assert_eq!(to_send.told_at, Some(late + 5));
    assert!(to_send.connection.is_some() && to_send.handover.is_some());
}

pub async fn team_sets_when_it_is_emailed(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    store.set_team_email("m1", Some(&email("team@acme.test"))).await.unwrap();
    let id = hands_over(&store, "m1", "c1", T0).await;
    let lease = async |now| {
        store.tell_late(now).await.unwrap();
        store.lease_notice(now, now + MINUTE).await.unwrap()
    };
    store.set_no_ticket_after("m1", None).await.unwrap();
    assert_eq!(store.team("m1").await.unwrap().no_ticket_after, None);
    assert_eq!(lease(T0 + 999 * MINUTE).await, None, "never");
    store.set_no_ticket_after("m1", Some(60)).await.unwrap();
    assert_eq!(store.next_due_at(T0).await.unwrap(), Some(T0 + 60 * MINUTE), "also for deliveries in flight");
    assert_eq!(lease(T0 + 60 * MINUTE - 1).await, None);
    let first_mail = store.delivery("m1", &id, Destination::Email).await.unwrap().map(|it| it.id.clone());
    assert!(first_mail.is_some());
    let body = NoticeBody::NoTicketYet { handover: id, helpdesk: GORGIAS, first_mail };
    assert_eq!(lease(T0 + 60 * MINUTE).await.map(|it| it.body), Some(body));
}

pub async fn emails_alternate_between_merchants(store: AnyStore) {
    for merchant in ["m1", "m2"] {
        store.set_team_email(merchant, Some(&email("team@acme.test"))).await.unwrap();
    }
    let ids = [
        hands_over(&store, "m2", "c1", T0).await,
        hands_over(&store, "m1", "c1", T0).await,
        hands_over(&store, "m1", "c2", T0).await,
    ];
    let first = async |after, now| store.first_mail(after, now).await.unwrap();
    for (after, id) in [("", &ids[1]), ("m1", &ids[0]), ("m2", &ids[1])] {
        assert_eq!(
            first(after, T0).await.map(|it| it.handover.clone()).as_ref(),
            Some(id),
            "after {after:?}"
        );
    }
    let again = || Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("busy") });
    while let Some(mail) = first("", T0).await {
        follows(&store, mail, [Event::Leased, again()], T0).await;
    }
    let retried = first("", T0 + MINUTE).await.unwrap();
    assert_eq!(retried.handover, ids[0]);
    assert_eq!(first("", retried.next_at.unwrap() - 1).await, None, "not due yet");
}
