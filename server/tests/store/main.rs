//! The contract of every store. `contract.rs` and the files it exports use the traits alone, and SQLite and `memory/`, a
//! second implementation for tests only, run the same functions. `sqlite.rs` also tests what only a file can do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod additions;
mod contract;
mod history;
mod memory;
mod notices;
mod removal;
mod sqlite;
mod support;
mod upgrade;
mod versions;

/// Runs every function of the contract, each on a new empty store that `$open` returns.
macro_rules! meets_contract {
    ($open:path) => {
        crate::holds_on!($open:
            the_end_of_a_conversation_is_read_by_itself,
            what_was_said_is_found,
            many_merchants_are_searched_apart,
            a_change_from_what_was_read_before_another_one_is_refused,
            a_common_word_is_found_too,
            handovers_are_found_by_their_conversations,
            what_nobody_got_is_counted,
            the_same_request_gets_the_same_answer,
            other_bytes_under_the_same_key_are_refused,
            at_the_same_moment_one_wins,
            a_conversation_is_handed_over_once,
            where_a_handover_goes,
            lists_are_newest_first_page_by_page,
            lists_are_filtered,
            a_merchant_sees_and_changes_only_its_own,
            sessions_come_and_go,
            a_mail_is_leased_and_settled,
            the_team_has_one_address,
            a_connection_is_saved_and_what_was_seen_of_an_older_one_is_void,
            a_key_is_sealed_anew_in_its_place,
            a_connection_that_broke_is_told_once,
            a_probe_goes_first_and_its_ticket_frees_the_others,
            with_nothing_held_a_test_is_enough,
            a_probe_that_ends_otherwise_hands_on,
            a_disconnect_lists_what_it_cancelled,
            holding_many_is_the_same_event_for_each,
            releasing_many_is_the_same_event_for_each,
            disconnecting_many_is_the_same_event_for_each,
            moving_many_is_the_same_event_for_each,
            a_fence_refuses_who_comes_late,
            what_is_due_comes_in_its_order,
            what_is_due_already_is_not_said_to_become_due,
            what_nobody_got_is_sent_once,
            handovers_are_searched_by_shopper_and_ticket,
            a_day_is_what_its_span_says,
            handovers_are_listed_by_day,
            days_count_how_handovers_ended,
            every_attempt_is_kept_with_its_end,
            retrying_all_that_failed_is_the_same_event_for_each,
            a_conversation_is_handed_over_in_the_same_change,
            a_visitor_keeps_the_first_conversation,
            saving_an_ability_keeps_its_counts,
            a_failed_transaction_changes_nothing,
            look_ups_that_nobody_ends_are_due_again,
            queues_and_connections_are_counted,
            later_messages_are_gathered_and_follow_the_ticket_in_order,
            the_first_later_address_is_added_and_found,
            only_parts_of_the_last_hour_delay_the_next_one,
            a_handover_without_a_ticket_is_mailed_once,
            a_team_sets_when_it_is_mailed,
            mails_take_turns_by_merchant,
            a_delivered_handover_loses_its_transcript,
            a_silent_conversation_loses_its_messages,
            an_erased_merchant_leaves_nothing,
            every_write_to_a_list_is_another_version,
        );
    };
}
pub(crate) use meets_contract;

/// Makes a test of each function of the contract that is named.
macro_rules! holds_on {
    ($open:path: $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (store, _kept) = $open().await;
                crate::contract::$name(store).await;
            }
        )+
    };
}
pub(crate) use holds_on;
