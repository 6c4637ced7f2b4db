//! Tests the rule "One ticket" against a small simulated world (`world.rs`): in every order of events with up to three
//! faults, and in thousands of random orders with any number of faults.
//!
//! To show that the world is hard enough, the rule's lines (`rule.rs`) are removed one by one: without any of them,
//! some order of events creates a duplicate or loses a handover. Not included are details that only affect speed: the
//! look-ups after 2, 10 and 30 s, and that a rejected settle brings a look-up forward.

mod explore;
mod rule;
mod world;

use explore::{ByChance, every_order};
use rule::{LINES, Line, Rule};
use world::{Broken, tell};

const RANDOM_ORDERS: u64 = 20_000;
/// How many random orders are tried at most to show that a line is missing. With idempotency keys, some lines only matter
/// after four faults.
const SEARCHED_ORDERS: u64 = 2_000_000;

/// Returns true if some order of events breaks this promise; tries orders with few faults first.
fn breaks(rule: Rule, promise: &str) -> bool {
    let broken = |told: Result<(), Broken>| {
        told.is_err_and(|broken| broken.what.iter().any(|what| what.starts_with(promise)))
    };
    for most in 1..=3 {
        let mut found = false;
        every_order(most, |tape| {
            found = broken(tell(rule, tape));
            found
        });
        if found {
            return true;
        }
    }
    (0..SEARCHED_ORDERS).any(|seed| broken(tell(rule, &mut ByChance(seed))))
}

#[test]
fn every_order_of_three_faults_ends_with_one_ticket() {
    holds_in_every_order(Rule::WHOLE);
}

#[test]
fn every_order_of_three_faults_ends_with_one_ticket_if_the_helpdesk_knows_keys() {
    holds_in_every_order(Rule::WHOLE.with_keys());
}

#[test]
fn every_order_of_three_faults_ends_with_one_ticket_if_two_processes_share_a_database() {
    holds_in_every_order(Rule::WHOLE.with_two_processes());
}

fn holds_in_every_order(rule: Rule) {
    let mut broken = None;
    let orders = every_order(3, |tape| {
        broken = tell(rule, tape).err();
        broken.is_some()
    });
    if let Some(Broken { what, story }) = broken {
        panic!("{what:?}:\n{}", story.join("\n"));
    }
    assert!(orders > 10_000, "only {orders} orders");
    println!("{orders} orders");
}

#[test]
fn no_random_order_creates_a_duplicate_or_a_loss() {
    for rule in [Rule::WHOLE, Rule::WHOLE.with_keys(), Rule::WHOLE.with_two_processes()] {
        for seed in 0..RANDOM_ORDERS {
            if let Err(Broken { what, story }) = tell(rule, &mut ByChance(seed)) {
                panic!("order {seed} of {rule:?}: {what:?}:\n{}", story.join("\n"));
            }
        }
    }
}

/// Only a second process makes this line necessary.
#[test]
fn without_unknown_ends_of_another_process_the_model_finds_a_double() {
    let rule = Rule::without(Line::OthersUnknown).with_two_processes();
    assert!(breaks(rule, "a double"), "no order of events needs the line");
}

/// One test per line: without that line, some order of events breaks a promise. A helpdesk that knows keys for two hours
/// does not make any line superfluous.
macro_rules! without {
    ($($name:ident: $line:ident => $what:literal,)*) => {
        $(
            #[test]
            fn $name() {
                for rule in [Rule::without(Line::$line), Rule::without(Line::$line).with_keys()] {
                    assert!(breaks(rule, $what), "no order of events needs the line: {rule:?}");
                }
            }
        )*

        #[test]
        fn every_line_has_a_test() {
            let tested = [$(Line::$line,)* Line::OthersUnknown];
            assert!(LINES.iter().all(|line| tested.contains(line)));
        }
    };
}

without! {
    without_the_commit_before_the_request_the_model_finds_a_double: CommittedFirst => "a double",
    without_the_fence_the_model_finds_a_double: Fence => "a double",
    without_the_deadline_of_the_body_the_model_finds_a_double: Deadline => "a double",
    without_the_ban_on_retries_the_model_finds_a_double: NoClientRetry => "a double",
    without_unsure_after_a_lost_response_the_model_finds_a_double: LostIsUnsure => "a double",
    without_unsure_after_a_status_the_model_finds_a_double: StatusIsUnsure => "a double",
    without_unsure_after_an_unreadable_2xx_the_model_finds_a_double: UnreadableIsUnsure => "a double",
    without_unsure_after_a_lease_the_model_finds_a_double: LeaseIsUnsure => "a double",
    without_the_end_of_a_lease_the_model_finds_a_loss: LeaseEnds => "a loss",
    without_the_exact_id_the_model_finds_a_loss: ExactId => "a loss",
    without_trashed_tickets_the_model_finds_a_double: TrashedCount => "a double",
    without_the_message_of_a_merged_ticket_the_model_finds_a_double: MergedByMessage => "a double",
    without_w_the_model_finds_a_double: AfterW => "a double",
    without_starting_after_w_the_model_finds_a_double: BeganAfterW => "a double",
    without_the_monotonic_clock_the_model_finds_a_double: OwnClock => "a double",
    without_the_whole_2xx_the_model_finds_a_double: Whole2xx => "a double",
    without_the_same_account_the_model_finds_a_double: SameAccount => "a double",
    without_the_rule_for_a_resend_the_model_finds_a_double: ResendUnderTheRule => "a double",
    without_a_person_after_three_the_model_finds_a_fourth: PersonAfterThree => "more than three",
    without_a_person_when_none_counts_the_model_finds_a_loss: PersonWhenNoneCounts => "a loss",
    without_w_for_a_person_the_model_finds_a_double: PersonAfterW => "a double",
    without_the_check_after_an_hour_the_model_finds_an_open_double: HourCheck => "a later double",
    without_the_check_after_a_day_the_model_finds_an_open_double: DayCheck => "a later double",
    without_closing_the_model_finds_an_open_double: Closing => "a later double",
}
