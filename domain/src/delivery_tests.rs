//! Every transition of the state machine, and every event that a state rejects.

use super::*;
use crate::Helpdesk;
use DeliveryState::*;
use proptest::prelude::*;

const RULES: Rules = Rules { unsure_after: 90_000 };

fn at(now: Millis) -> Moment {
    Moment { now, chance: 0.5 }
}

fn to(destination: Destination) -> Delivery {
    Delivery::new("d".into(), "h".into(), "m".into(), destination, "gorgias:acme".parse().unwrap(), false, 0)
}

fn ticket() -> Delivery {
    to(Destination::Helpdesk(Helpdesk::GORGIAS))
}

/// Applies the events, one second apart.
fn follow(mut delivery: Delivery, events: impl IntoIterator<Item = Event>) -> Delivery {
    for (index, event) in events.into_iter().enumerate() {
        let now = (index as Millis + 1) * 1_000;
        delivery = delivery
            .after(event.clone(), at(now), RULES)
            .unwrap_or_else(|_| panic!("{event:?} on {delivery:?}"));
    }
    delivery
}

fn again() -> Event {
    Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("no") })
}

fn broken() -> Event {
    Event::MadeNothing(Nothing::Connection { why: Said::plain("401") })
}

fn refused() -> Event {
    Event::MadeNothing(Nothing::Final { why: Said::plain("400") })
}

fn without() -> Event {
    Event::MadeNothing(Nothing::Without { parts: vec![Optional::Customer], why: Said::plain("400") })
}

fn at_once() -> Event {
    Event::MadeNothing(Nothing::AtOnce { why: Said::plain("422") })
}

/// A "no" from a look-up that began then, with W long over on the clock that cannot be set.
fn no(began: Millis) -> LookUp {
    no_after(began, 1_000_000)
}

fn no_after(began: Millis, over_for: Millis) -> LookUp {
    LookUp::No { began, over_for }
}

/// The merchant says no, long after W.
fn said_no() -> Event {
    Event::SaidNotMade { over_for: 1_000_000 }
}

fn in_state(state: DeliveryState) -> Delivery {
    let delivery = match state {
        Queued => ticket(),
        Sending => follow(ticket(), [Event::Leased]),
        Waiting => follow(ticket(), [Event::Leased, again()]),
        Unsure => follow(ticket(), [Event::Leased, Event::MayHaveMade(Said::plain("?"))]),
        Held => follow(ticket(), [Event::ConnectionBroke]),
        Delivered => follow(ticket(), [Event::Leased, Event::Made(Some(7))]),
        Failed => follow(ticket(), [Event::Leased, refused()]),
        Cancelled => follow(ticket(), [Event::Disconnected]),
    };
    assert_eq!(delivery.state, state);
    delivery
}

fn every_event() -> Vec<Event> {
    vec![
        Event::Leased,
        Event::Made(Some(7)),
        again(),
        without(),
        at_once(),
        refused(),
        broken(),
        Event::MayHaveMade(Said::plain("?")),
        Event::LeaseRanOut,
        Event::MadeLate(8),
        Event::HandedBack { begun: false },
        Event::HandedBack { begun: true },
        Event::LookUpLeased,
        Event::LookedUp(LookUp::Found(vec![7])),
        Event::LookedUp(no(1_000_000)),
        Event::LookedUp(LookUp::No { began: 1_000_000, over_for: 0 }),
        Event::LookedUp(no(0)),
        Event::LookedUp(LookUp::Inconclusive { why: Said::plain("500") }),
        Event::LookedUp(LookUp::Impossible { why: Said::plain("gone") }),
        Event::Checked(Some(vec![7].into())),
        Event::Checked(None),
        Event::ConnectionBroke,
        Event::Released,
        Event::Disconnected,
        Event::RetriedByHand,
        Event::SaidMade(Some(7)),
        Event::SaidNotMade { over_for: 1_000_000 },
        Event::SaidNotMade { over_for: 0 },
    ]
}

#[test]
fn every_pair_of_state_and_event() {
    let mut table = String::new();
    for state in DeliveryState::ALL {
        let delivery = in_state(state);
        for event in every_event() {
            if let Ok(next) = delivery.after(event.clone(), at(1_000_000), RULES) {
                assert_eq!(next.fence, delivery.fence + 1, "every change raises the fence");
                let asked = if next.needs_answer { " (the merchant is asked)" } else { "" };
                table.push_str(&format!(
                    "{} + {event:?} -> {}{asked}\n",
                    state.as_str(),
                    next.state.as_str()
                ));
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn only_what_certainly_created_nothing_goes_elsewhere() {
    let possible = DeliveryState::ALL.into_iter().filter(|state| in_state(*state).can_go_elsewhere());
    assert_eq!(possible.collect::<Vec<_>>(), [Queued, Waiting, Held]);
    let unsure = follow(in_state(Unsure), [Event::LookedUp(no(1_000_000))]);
    assert_eq!((unsure.state, unsure.can_go_elsewhere()), (Waiting, false), "it may still appear, late");
    assert!(!ticket().later(1, None).can_go_elsewhere(), "it follows its ticket");
    // A receiver may have accepted an event without confirming it.
    let event = to(Destination::Helpdesk(Helpdesk::WEBHOOK));
    assert!(event.can_go_elsewhere());
    assert!(!follow(event, [Event::Leased, again()]).can_go_elsewhere());
    assert!(!to(Destination::Email).can_go_elsewhere());
}

#[test]
fn redirected_delivery_begins_again() {
    let account = || "zendesk:acme".parse::<Account>().unwrap();
    let waits = follow(ticket(), [Event::Leased, without()]);
    let moved = waits.redirected(account(), false, 9_000);
    assert_eq!((moved.state, moved.destination), (Queued, Destination::Helpdesk(Helpdesk::ZENDESK)));
    assert_eq!((moved.lane.to_string().as_str(), moved.fence), ("zendesk:acme", waits.fence + 1));
    assert_eq!((moved.without.len(), moved.waits, moved.next_at, &moved.last_error), (0, 0, None, &None));
    assert_eq!(waits.redirected(account(), true, 9_000).state, Held);
    let gone = in_state(Cancelled).redirected(account(), false, 9_000);
    assert_eq!((gone.state, gone.lane.to_string().as_str()), (Cancelled, "zendesk:acme"));
}

#[test]
fn leasing_sets_deadline_and_lease() {
    let sending = ticket().after(Event::Leased, at(1_000), RULES).unwrap();
    assert_eq!(sending.not_after, Some(16_000));
    assert_eq!(sending.lease_until, Some(61_000));
    assert_eq!((sending.attempts, sending.fence), (1, 1));
}

#[test]
fn unsure_is_looked_up_2_10_30_and_90_seconds_after_the_request_ends() {
    let unsure = in_state(Unsure);
    let ended = unsure.not_after.unwrap();
    let mut delivery = unsure;
    let mut times = Vec::new();
    for _ in 0..4 {
        let now = delivery.next_at.unwrap();
        times.push(now - ended);
        delivery = delivery.after(Event::LookUpLeased, at(now), RULES).unwrap();
        delivery = delivery.after(Event::LookedUp(no_after(now, now - ended)), at(now), RULES).unwrap();
    }
    assert_eq!(times, [2_000, 10_000, 30_000, 90_001]);
    assert_eq!(
        (delivery.state, delivery.attempts),
        (Waiting, 1),
        "the fourth one counts, so there is one resend"
    );
}

#[test]
fn no_counts_only_if_the_look_up_began_after_w() {
    let unsure = in_state(Unsure);
    let ended = unsure.not_after.unwrap();
    let no = |began, now| {
        unsure
            .after(Event::LookedUp(no_after(began, began - ended)), at(now), RULES)
            .map(|next| next.state)
            .unwrap()
    };
    assert_eq!(no(ended + 90_000, ended + 500_000), Unsure, "began at W, answered long after");
    assert_eq!(no(ended + 90_001, ended + 500_000), Waiting);
}

/// The database's clock jumped an hour ahead, so what the request created may still be on its way.
#[test]
fn no_counts_only_if_w_has_passed_on_both_clocks() {
    let unsure = in_state(Unsure);
    let now = unsure.not_after.unwrap() + 3_600_000;
    let asked = |over_for| unsure.after(Event::LookedUp(no_after(now, over_for)), at(now), RULES).unwrap();
    let early = asked(20_000);
    assert_eq!(
        (early.state, early.next_at),
        (Unsure, Some(now + 70_001)),
        "looked up as soon as it can count"
    );
    assert_eq!(asked(90_000).state, Unsure);
    assert_eq!(asked(90_001).state, Waiting);
}

#[test]
fn late_success_brings_the_look_up_forward() {
    for state in [Unsure, Queued, Waiting, Held, Failed, Cancelled, Delivered] {
        let tried = Delivery(Record { attempts: 1, not_after: Some(16_000), ..in_state(state).0 });
        let told = tried.after(Event::MadeLate(8), at(9_000_000), RULES).unwrap();
        assert_eq!(told.next_at, Some(9_000_000), "{state:?}");
        assert_eq!(told.state, if state == Delivered { Delivered } else { Unsure }, "{state:?}: not resent");
    }
    let asked = in_state(Unsure).after(Event::Disconnected, at(0), RULES).unwrap();
    assert!(!asked.after(Event::MadeLate(8), at(1), RULES).unwrap().needs_answer);
    assert!(
        in_state(Sending).after(Event::MadeLate(8), at(0), RULES).is_err(),
        "the attempt in flight decides"
    );
    assert!(in_state(Delivered).after(Event::MadeLate(7), at(0), RULES).is_err(), "this ticket is known");
    assert!(ticket().after(Event::MadeLate(8), at(0), RULES).is_err(), "it was never sent");
}

#[test]
fn merchant_is_asked_after_three_unsure_attempts() {
    let mut delivery = ticket();
    let mut now = 0;
    for attempt in 1..=3 {
        delivery = delivery.after(Event::Leased, at(now), RULES).unwrap();
        delivery = delivery.after(Event::MayHaveMade(Said::plain("?")), at(now + 1), RULES).unwrap();
        now += 200_000;
        delivery = delivery.after(Event::LookedUp(no(now)), at(now), RULES).unwrap();
        assert_eq!(delivery.needs_answer, attempt == 3);
    }
    assert_eq!((delivery.state, delivery.next_at), (Unsure, None));
    let there = delivery.after(Event::SaidMade(Some(9)), at(now), RULES).unwrap();
    assert_eq!((there.state, there.ticket), (Delivered, Some(9)));
    let again = delivery.after(said_no(), at(now), RULES).unwrap();
    assert_eq!((again.state, again.unsure_attempts), (Queued, 0));
}

#[test]
fn merchant_is_asked_after_a_day_of_inconclusive_look_ups() {
    let unsure = in_state(Unsure);
    let ended = unsure.not_after.unwrap();
    let nothing = || Event::LookedUp(LookUp::Inconclusive { why: Said::plain("500") });
    assert!(!unsure.after(nothing(), at(ended + ASKS_AFTER), RULES).unwrap().needs_answer);
    assert!(unsure.after(nothing(), at(ended + ASKS_AFTER + 1), RULES).unwrap().needs_answer);
}

#[test]
fn waits_grow_until_it_fails_after_seven_days() {
    let mut delivery = ticket();
    let (mut now, mut waits) = (0, Vec::new());
    while delivery.state != Failed {
        delivery =
            delivery.after(Event::Leased, at(now), RULES).unwrap().after(again(), at(now), RULES).unwrap();
        if let Some(next) = delivery.next_at {
            waits.push(next - now);
            now = next;
        }
    }
    assert_eq!(waits[..9], WAITS, "at the middle of the jitter");
    assert!(waits[9..].iter().all(|wait| *wait == WAITS[8]));
    assert!(now <= GIVES_UP_AFTER && now > GIVES_UP_AFTER - 2 * WAITS[8]);
    assert_eq!(delivery.last_error, Some(Said::plain("no")), "it says why");
}

/// Waiting in the queue does not count towards the seven days: the server may have been off for a week.
#[test]
fn seven_days_begin_with_the_first_wait() {
    let late = GIVES_UP_AFTER + 1;
    let sending = ticket().after(Event::Leased, at(late), RULES).unwrap();
    let waiting = sending.after(again(), at(late), RULES).unwrap();
    assert_eq!((waiting.state, waiting.give_up_at), (Waiting, late + GIVES_UP_AFTER));
}

#[test]
fn retry_after_is_respected() {
    let limited = Event::MadeNothing(Nothing::TryAgain { after: Some(50_000), why: Said::plain("429") });
    let waiting = follow(ticket(), [Event::Leased, limited]);
    assert_eq!(waiting.next_at, Some(2_000 + 50_000));
}

#[test]
fn rejected_part_is_left_out_once() {
    let waiting = follow(ticket(), [Event::Leased, without()]);
    assert_eq!((waiting.state, waiting.next_at), (Waiting, Some(2_000)), "immediately");
    assert_eq!(waiting.without, [Optional::Customer]);
    assert_eq!(follow(waiting, [Event::Leased, without()]).state, Failed);
}

#[test]
fn released_delivery_returns_to_its_place() {
    assert_eq!(in_state(Held).after(Event::Released, at(5), RULES).unwrap().state, Queued, "never sent");
    let tried = follow(ticket(), [Event::Leased, broken()]);
    let released = tried.after(Event::Released, at(5_000), RULES).unwrap();
    assert_eq!((released.state, released.next_at), (Waiting, Some(5_000)));
}

#[test]
fn lowest_ticket_stays_among_duplicates() {
    let delivered = in_state(Delivered);
    assert_eq!(delivered.next_at, Some(2_000 + 3_600_000), "checked after an hour");
    let mended = delivered.after(Event::Checked(Some(vec![9, 5, 7].into())), at(4_000_000), RULES).unwrap();
    assert_eq!((mended.ticket, mended.duplicates.clone()), (Some(5), vec![7, 9]));
    assert_eq!(mended.next_at, Some(4_000_000 + 3_600_000), "checked again, as another may land late");
    let again = mended.after(Event::Checked(Some(vec![5, 7, 9].into())), at(7_600_000), RULES).unwrap();
    assert_eq!(again.next_at, Some(7_600_000 + 23 * 3_600_000), "and after a day");
    let found =
        follow(ticket(), [Event::Leased, Event::LeaseRanOut, Event::LookedUp(LookUp::Found(vec![5, 7]))]);
    assert_eq!(
        (found.state, found.ticket, found.next_at),
        (Delivered, Some(5), Some(3_000)),
        "checked immediately"
    );
}

/// An agent works in the ticket that ours was merged into: closing it as a duplicate would lose both.
#[test]
fn merged_ticket_stays_whatever_the_duplicates_numbers() {
    let delivered = in_state(Delivered);
    let found = Tickets { found: vec![9, 5], merged: true, ..Tickets::default() };
    assert_eq!(delivered.tickets_with(&found), [7, 5, 9]);
    let mended = delivered.after(Event::Checked(Some(found)), at(4_000_000), RULES).unwrap();
    assert_eq!((mended.ticket, mended.0.duplicates), (Some(7), vec![5, 9]));
}

#[test]
fn mail_is_sent_at_least_once_and_never_held_or_unsure() {
    let sending = follow(to(Destination::Email), [Event::Leased]);
    for event in [Event::LeaseRanOut, Event::MayHaveMade(Said::plain("?"))] {
        assert_eq!(sending.after(event, at(9_000), RULES).unwrap().state, Waiting);
    }
    let queued = to(Destination::Email);
    assert!(queued.after(Event::ConnectionBroke, at(0), RULES).is_err());
    assert!(queued.after(Event::Disconnected, at(0), RULES).is_err());
}

/// Unlike parts that one ticket leaves out, it may happen again: after each change of the merchant's choice.
#[test]
fn what_is_no_longer_sent_is_retried_at_once_and_is_no_wait() {
    let waits = follow(ticket(), [Event::Leased, at_once(), Event::Leased, at_once()]);
    assert_eq!((waits.state, waits.next_at, waits.waits), (Waiting, Some(4_000), 0));
    assert!(waits.without.is_empty());
    let delivered = follow(waits, [Event::Leased, Event::Made(Some(7))]);
    assert_eq!((delivered.attempts, &delivered.last_error), (3, &None));
}

#[test]
fn merchants_no_counts_only_after_w() {
    let unsure = in_state(Unsure);
    let decisive = unsure.not_after.unwrap() + 90_001;
    let early = unsure.after(said_no(), at(decisive - 1), RULES).unwrap();
    assert_eq!((early.state, early.needs_answer, early.next_at), (Unsure, false, Some(decisive)));
    assert_eq!(unsure.after(said_no(), at(decisive), RULES).unwrap().state, Queued);
    let jumped = unsure.after(Event::SaidNotMade { over_for: 20_000 }, at(3_600_000), RULES).unwrap();
    assert_eq!((jumped.state, jumped.next_at), (Unsure, Some(3_600_000 + 70_001)));
}

#[test]
fn typed_number_gives_way_to_found_tickets() {
    let said = in_state(Unsure).after(Event::SaidMade(Some(9)), at(500_000), RULES).unwrap();
    assert_eq!(said.next_at, Some(500_000 + 3_600_000), "checked like any other ticket");
    let kept = said.after(Event::Checked(Some(vec![].into())), at(4_200_000), RULES).unwrap();
    assert_eq!((kept.ticket, kept.said), (Some(9), true));
    let found = kept.after(Event::Checked(Some(vec![12, 11].into())), at(4_300_000), RULES).unwrap();
    assert_eq!((found.ticket, found.said, found.0.duplicates), (Some(11), false, vec![12]));
}

#[test]
fn long_look_up_gets_a_long_lease() {
    let unsure = in_state(Unsure);
    let ended = unsure.not_after.unwrap();
    let until = |now| unsure.after(Event::LookUpLeased, at(now), RULES).unwrap().next_at.unwrap() - now;
    assert_eq!((until(ended + 2_000), until(ended + 90_001)), (LEASE, LONG_LOOK_UP));
}

#[test]
fn failed_check_is_not_repeated_forever() {
    let delivered = in_state(Delivered);
    let again = delivered.after(Event::Checked(None), at(GIVES_UP_AFTER - 1), RULES).unwrap();
    assert_eq!(again.next_at, Some(GIVES_UP_AFTER - 1 + 3_600_000));
    assert_eq!(again.after(Event::Checked(None), at(GIVES_UP_AFTER + 1), RULES).unwrap().next_at, None);
}

proptest! {
    /// In any order of events, nothing is resent without a "no" that counts or the merchant's word.
    #[test]
    fn no_order_of_events_resends_without_cause(order in proptest::collection::vec((0usize..28, 0i64..200_000), 1..60)) {
        let events = every_event();
        let (mut delivery, mut now) = (ticket(), 0);
        // Whether the last request may have created a ticket that has not been ruled out.
        let mut open = false;
        for (index, step) in order {
            now += step;
            let event = match events[index].clone() {
                Event::LookedUp(LookUp::No { over_for, .. }) => Event::LookedUp(no_after(now, over_for)),
                other => other,
            };
            let Ok(next) = delivery.after(event.clone(), at(now), RULES) else { continue };
            match &event {
                Event::Leased => {
                    prop_assert!(!open, "resent while a ticket may exist: {delivery:?}");
                    open = true;
                }
                Event::MadeNothing(_) | Event::SaidNotMade { .. } => open = false,
                // Its request was never sent; what an earlier one created was ruled out before the lease.
                Event::HandedBack { begun: false } if delivery.state == Sending => open = false,
                Event::LookedUp(LookUp::No { began, over_for })
                    if *over_for > 90_000 && *began > delivery.not_after.unwrap() + 90_000 => open = false,
                _ => {}
            }
            prop_assert!(next.state != Sending || next.lease_until.is_some());
            prop_assert!(next.state != Waiting || next.next_at.is_some(), "it would wait forever");
            prop_assert!(next.state != Unsure || next.next_at.is_some() || next.needs_answer, "no look-up would follow");
            delivery = next;
        }
    }
}

#[test]
fn handed_back_delivery_returns_to_its_place() {
    let back = |delivery: Delivery, begun| delivery.after(Event::HandedBack { begun }, at(5_000), RULES);
    let unsent = back(in_state(Sending), false).unwrap();
    assert_eq!((unsent.state, unsent.attempts, unsent.next_at, unsent.lease_until), (Queued, 0, None, None));
    let retry = follow(in_state(Waiting), [Event::Leased]);
    let unsent = back(retry, false).unwrap();
    assert_eq!((unsent.state, unsent.attempts, unsent.next_at), (Waiting, 1, Some(5_000)));
    assert!(back(in_state(Sending), true).is_err(), "the request may have created the ticket");
    let mail = follow(to(Destination::Email), [Event::Leased]);
    let cut = back(mail, true).unwrap();
    assert_eq!((cut.state, cut.attempts, cut.next_at), (Waiting, 1, Some(5_000)), "the mail is sent again");
    let looking = follow(in_state(Unsure), [Event::LookUpLeased]);
    assert_eq!(back(looking, true).unwrap().next_at, Some(5_000));
}

fn event_delivery() -> Delivery {
    let to = Destination::Helpdesk(crate::Helpdesk::WEBHOOK);
    let lane = "webhook:hook".parse().unwrap();
    Delivery::new("d1".into(), "h1".into(), "m1".into(), to, lane, false, 0)
}

#[test]
fn event_is_never_unsure_but_can_be_held_and_cancelled() {
    for event in [Event::MayHaveMade(Said::plain("?")), Event::LeaseRanOut] {
        let next = follow(event_delivery(), [Event::Leased, event]);
        assert_eq!((next.state, next.unsure_attempts), (Waiting, 0));
    }
    assert_eq!(follow(event_delivery(), [Event::ConnectionBroke]).state, Held);
    assert_eq!(follow(event_delivery(), [Event::ConnectionBroke, Event::Released]).state, Queued);
    assert_eq!(follow(event_delivery(), [Event::Disconnected]).state, Cancelled);
    let delivered = follow(event_delivery(), [Event::Leased, Event::Made(None)]);
    assert_eq!((delivered.state, delivered.next_at), (Delivered, None), "nothing is checked later");
}

#[test]
fn event_is_retried_for_75_hours() {
    let mut delivery = event_delivery();
    let (mut now, mut waits) = (0, Vec::new());
    while delivery.state != Failed {
        delivery = delivery.after(Event::Leased, at(now), RULES).unwrap();
        delivery = delivery.after(again(), at(now), RULES).unwrap();
        if let Some(next) = delivery.next_at {
            waits.push((next - now) / 1_000);
            now = next;
        }
    }
    assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    assert_eq!((delivery.attempts, now / 3_600_000), (10, 75));
}
