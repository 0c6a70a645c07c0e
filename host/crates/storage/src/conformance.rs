//! What every storage promises, as tests that any [`Storage`] can be run against: see [`crate::storage_conformance`].
//!
//! Each promise wants an empty storage and panics where it is not kept.

use std::sync::Arc;

use rulewright_ports::{
    Storage, StorageExt, Transaction,
    storage::{Page, Reads, Result},
};

pub mod accounts;
pub mod alarms;
pub mod automation;
pub mod channels;
pub mod clients;
pub mod content;
pub mod events;
pub mod find;
pub mod halts;
pub mod lists;
pub mod mailboxes;
pub mod orders;
pub mod outbox;
pub mod plugins;
pub mod records;
pub mod runs;
pub mod sample;
pub mod shops;
pub mod statistics;
pub mod transactions;

/// Makes a test of each promise; the argument is an `Arc<dyn Storage>`, empty and new each time.
#[macro_export]
macro_rules! storage_conformance {
    ($new:expr) => {
        $crate::storage_conformance! { in $new;
            transactions {
                a_job_that_returns_false_leaves_nothing
                an_error_drops_the_writes
                a_job_that_panics_leaves_nothing_and_says_so
                one_of_a_group_fails_alone
                jobs_run_in_the_order_of_submission
                what_was_answered_can_be_read
                nobody_reads_what_is_not_committed
                a_query_works_on_one_snapshot
                an_id_is_never_given_twice
                many_writers_lose_nothing
            }
            shops {
                a_shop_is_kept
                the_configuration_is_put_together
                every_change_of_the_configuration_grows_its_version
                a_version_that_was_rolled_back_does_not_come_back
                a_token_is_found_by_its_hash
                an_answer_is_given_once_per_key
                an_employee_of_another_shop_is_out_of_reach
            }
            automation {
                a_draft_counts_its_versions
                a_published_revision_is_immutable
                the_newest_revision_is_in_force
                a_removed_pipeline_is_remembered_and_its_revisions_stay
            }
            orders {
                an_order_is_replaced_whole
                a_changed_deal_is_found_by_what_it_is_now
                what_was_rolled_back_is_not_remembered
                a_pipeline_is_counted_and_summed_stage_by_stage
                a_stage_is_read_page_by_page_without_lines
                orders_are_found_by_every_filter
                orders_come_in_pages
                orders_follow_their_clients
                orders_are_counted_by_stage
                orders_of_several_stages_come_in_one_order
                a_deleted_order_is_gone_and_its_id_too
                an_order_of_another_shop_is_out_of_reach
            }
            clients {
                a_client_is_found_by_its_addresses
                a_client_is_found_by_the_end_of_a_phone_number
                a_client_of_another_shop_is_out_of_reach
                contacts_are_found_by_their_companies
                a_deleted_client_is_gone_with_its_addresses_and_its_id
            }
            events {
                the_log_is_append_only
                events_are_found_by_order_and_kind
                a_payload_comes_back_as_it_was
                matches_are_listed_and_pending_ones_found
            }
            runs {
                open_runs_come_in_the_order_of_the_list
                where_the_runs_of_a_visit_stand_is_read_without_them
                ready_runs_of_every_shop_are_found
                open_runs_of_a_rule_are_found
                open_runs_are_found_by_their_component
                due_runs_come_earliest_first
                an_event_finds_the_runs_that_wait_for_it
                a_run_that_waits_no_more_is_not_found
                an_event_finds_what_waited_before_it_bit_by_bit
                runs_are_listed_and_counted
                runs_in_shadow_are_told_from_the_others
                runs_are_found_by_stage_component_and_time
                a_run_of_another_shop_is_out_of_reach
                http_answers_are_journaled
            }
            statistics {
                ended_runs_are_counted_by_when_they_ended
                ended_runs_of_a_chain_are_counted_by_rule
                a_run_that_is_tried_again_has_not_ended
                what_is_open_is_counted_and_the_oldest_found
                what_steps_used_is_told_of_the_latest_runs
            }
            outbox {
                due_messages_come_by_turns_of_their_shops
                webhooks_and_messages_wait_apart
                due_webhooks_come_by_turns_of_their_shops
                unsent_messages_of_a_run_are_found
                messages_are_listed_and_counted
                what_a_shop_has_spent_is_counted_by_number_and_time_and_forgotten
            }
            content {
                entries_are_found_by_order_and_kind
                a_task_of_an_order_is_found_and_changed
                an_entry_is_found_wherever_it_is_shown
                documents_go_with_their_order
                a_document_keeps_its_content
                numbers_have_no_gaps
                a_template_file_stays_under_its_digest
            }
            lists {
                items_are_found_by_their_fields
                a_list_goes_with_its_items_and_their_ids_do_not_come_back
                a_workflow_keeps_its_revisions_and_a_segment_its_condition
            }
            alarms {
                due_alarms_come_earliest_first
                an_alarm_is_replaced_by_its_key
                alarms_of_an_order_are_found
                an_alarm_of_another_shop_is_out_of_reach
            }
            channels {
                open_channels_and_forms_are_replaced_and_listed
                a_connection_goes_with_its_secrets
                a_peer_and_its_sessions_are_found
                a_transcript_hides_what_was_whispered
                what_is_counted_counts_for_itself
                a_visitor_and_a_sent_mail_are_found_again
                what_happens_on_channels_is_the_shops_own
            }
            mailboxes {
                mailboxes_are_part_of_the_configuration_and_their_passwords_are_not
                how_far_a_mailbox_was_read_is_remembered_and_goes_with_it
            }
            plugins {
                a_package_is_immutable
                private_storage_is_private
                secrets_are_kept_and_forgotten
                an_offer_is_replaced_and_goes_without_a_trace
                what_was_replaced_is_remembered_in_order
                a_package_that_is_named_stays
                what_came_with_a_package_is_each_shops_own
                a_publishers_key_and_the_highest_version_are_kept
                a_revocation_holds_in_every_shop_until_its_source_takes_it_back
            }
            halts {
                what_is_halted_stays_so_until_it_is_let_go_on
            }
            find {
                every_test_says_of_rows_what_it_says_of_their_json
                found_orders_come_sorted_by_any_fields_and_their_ids
                found_orders_come_by_offset_or_after_an_id_with_their_number
                the_number_of_found_orders_is_that_of_the_moment
                orders_are_found_by_kind_and_shop
                many_deals_are_found_as_few_are
                clients_are_found_by_any_field
                entries_and_events_are_found_by_any_field
                records_are_found_by_any_field
                what_is_too_much_to_find_is_refused
            }
            accounts {
                an_account_is_found_by_its_shop_and_by_its_email
                an_email_is_unique_in_its_shop_and_its_password_is_kept_apart
                a_ticket_is_found_by_its_hash_and_goes_with_its_account
                tickets_that_are_over_are_cleared_away
                an_account_of_another_shop_is_out_of_reach
                the_audit_log_of_a_shop_is_append_only
            }
            records {
                records_are_found_by_kind_id_owner_and_name
                a_record_is_replaced_whole_and_stays_its_shops_and_kinds
                a_removed_record_is_gone_and_its_id_too
                the_clock_of_a_kind_moves_with_its_records
            }
        }
    };
    (in $new:expr; $($module:ident { $($promise:ident)* })*) => {$($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            $crate::conformance::$module::$promise($new).await;
        }
    )*)*};
}

type New = Arc<dyn Storage>;

const ALL: Page = Page { after: None, limit: Page::MAX, newest_first: false };
const NEWEST: Page = Page { after: None, limit: Page::MAX, newest_first: true };

async fn try_write<T, F>(storage: &New, job: F) -> Result<T>
where
    T: Send + 'static,
    F: Fn(&mut dyn Transaction) -> Result<T> + Send + 'static,
{
    storage.write(job).await
}

async fn write<T, F>(storage: &New, job: F) -> T
where
    T: Send + 'static,
    F: Fn(&mut dyn Transaction) -> Result<T> + Send + 'static,
{
    try_write(storage, job).await.expect("this write is in order")
}

async fn read<T, F>(storage: &New, job: F) -> T
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Reads) -> Result<T> + Send + 'static,
{
    let result: Result<T> = storage.read(job).await;
    result.expect("this read is in order")
}

#[cfg(test)]
mod tests {
    /// A promise that nobody checks would not be noticed: it compiles.
    #[test]
    fn every_promise_is_in_the_list() {
        let list = include_str!("conformance.rs");
        for file in [
            include_str!("conformance/accounts.rs"),
            include_str!("conformance/alarms.rs"),
            include_str!("conformance/automation.rs"),
            include_str!("conformance/channels.rs"),
            include_str!("conformance/clients.rs"),
            include_str!("conformance/content.rs"),
            include_str!("conformance/events.rs"),
            include_str!("conformance/find.rs"),
            include_str!("conformance/lists.rs"),
            include_str!("conformance/mailboxes.rs"),
            include_str!("conformance/orders.rs"),
            include_str!("conformance/outbox.rs"),
            include_str!("conformance/plugins.rs"),
            include_str!("conformance/records.rs"),
            include_str!("conformance/runs.rs"),
            include_str!("conformance/shops.rs"),
            include_str!("conformance/statistics.rs"),
            include_str!("conformance/transactions.rs"),
        ] {
            for line in file.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = line.split('(').next().unwrap_or_default();
                assert!(list.contains(&format!("    {name}\n")), "{name} is not in the list");
            }
        }
    }
}
