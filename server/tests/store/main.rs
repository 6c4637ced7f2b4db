//! The contract of every store. `contract.rs` and the files it exports use only the traits. SQLite, PostgreSQL and
//! `memory/`, an implementation for tests, all run them. `sqlite.rs` and `postgres.rs` also test what only applies to one.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod additions;
mod answers;
mod contract;
mod copy;
mod history;
mod memory;
mod migrations;
mod notices;
mod plans;
mod postgres;
#[path = "../postgres_database/mod.rs"]
mod postgres_database;
mod races;
mod removal;
mod shopper_mail;
mod sqlite;
mod support;
mod upgrade;
mod versions;

/// Runs every function of the contract, each on a new empty store that `$open` returns.
macro_rules! meets_contract {
    ($open:path) => {
        crate::holds_on!($open:
            last_turns_of_a_conversation_can_be_read_alone,
            search_finds_messages_names_and_addresses,
            search_finds_only_the_merchants_own_conversations,
            change_from_a_stale_version_is_rejected,
            search_finds_the_oldest_match_of_a_common_word,
            handovers_are_found_by_their_conversations,
            unsent_handovers_are_counted,
            repeated_request_gets_the_same_response,
            same_key_with_a_different_body_is_rejected,
            concurrent_requests_create_one_handover,
            conversation_is_handed_over_once,
            deliveries_depend_on_connection_and_team_email,
            lists_are_paged_newest_first,
            lists_are_filtered,
            merchant_reads_and_changes_only_its_own_data,
            sessions_are_created_and_purged,
            notice_is_leased_and_settled,
            team_has_one_address,
            saved_connection_ignores_results_of_the_previous_one,
            new_handovers_go_to_the_chosen_helpdesk,
            key_is_resealed_in_place,
            master_key_is_remembered_as_it_was_first_seen,
            routing_is_kept_until_the_connection_is_deleted,
            broken_connection_is_reported_once,
            probe_goes_first_and_its_ticket_releases_the_others,
            connection_without_held_deliveries_recovers_after_a_test,
            failed_or_cancelled_probe_is_replaced_by_the_next,
            disconnect_lists_cancelled_handovers,
            bulk_hold_equals_single_events,
            bulk_release_equals_single_events,
            bulk_disconnect_equals_single_events,
            bulk_move_equals_single_events,
            what_created_nothing_moves_to_another_helpdesk,
            moved_handover_takes_its_later_messages_along,
            probe_that_moves_is_replaced_by_the_next,
            settle_with_an_old_fence_is_rejected,
            due_deliveries_are_ordered,
            next_due_at_skips_rows_already_due,
            unsent_handovers_are_sent_once,
            handovers_are_searched_by_shopper_and_ticket,
            day_covers_its_span,
            handovers_are_listed_by_day,
            days_count_outcomes,
            every_attempt_is_stored_with_its_outcome,
            bulk_retry_equals_single_events,
            handover_is_stored_in_the_same_change,
            visitor_keeps_the_first_conversation,
            saving_an_ability_keeps_its_counts,
            a_failed_transaction_changes_nothing,
            queues_and_connections_are_counted,
            later_messages_are_batched_and_sent_after_the_ticket_in_order,
            first_later_address_is_stored_and_searchable,
            only_parts_of_the_last_hour_delay_the_next_one,
            handover_without_a_ticket_is_emailed_once,
            team_sets_when_it_is_emailed,
            emails_alternate_between_merchants,
            delivered_handover_loses_its_transcript,
            inactive_conversation_loses_its_messages,
            erased_merchant_leaves_nothing,
            every_write_to_a_list_changes_the_version,
            answer_becomes_a_turn_once_and_in_order,
            answers_of_a_platforms_conversation_are_kept_and_paged,
            answer_from_an_account_without_the_handover_is_ignored,
            change_decided_before_an_answer_is_rejected,
            account_is_watched_from_its_first_ticket_on,
            removed_transcript_takes_its_answers_along,
            place_of_a_merge_is_remembered,
            unseen_answers_are_gathered_into_one_email,
            seen_messages_are_kept_through_changes,
            answer_during_a_lease_gets_the_next_email,
            address_gets_a_few_emails_an_hour,
            removal_takes_shopper_emails_along,
        );
    };
}
pub(crate) use meets_contract;

/// Creates a test for each named function of the contract.
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
