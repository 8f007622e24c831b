// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every connection must do, whatever memory it lies in.
//!
//! Both ends live in this process, but each sees the other only through a read-only mapping of its memory, as a peer
//! does. Whoever has a set of mechanisms names it in `tests!`.

pub(super) mod announcements;
pub(super) mod detach;
pub(super) mod fifo;
pub(super) mod generations;
pub(super) mod growth;
mod growth_rig;
pub(super) mod halves;
pub(super) mod hostile;
pub(super) mod model;
pub(super) mod overflow;
mod pool;
mod rig;
pub(super) mod room;
pub(super) mod settling;
pub(super) mod threads;
pub(super) mod wrap;

use super::Limits;

/// Small and odd, so that no capacity is a power of two by chance.
const LIMITS: Limits = Limits {
    active_requests: 3,
    response_buffer: 3,
    borrowed_responses: 2,
    request_overflow: false,
    response_overflow: false,
};

const OVERFLOWING: Limits = Limits {
    request_overflow: true,
    response_overflow: true,
    ..LIMITS
};

/// One test per case, for a set of mechanisms.
macro_rules! tests {
    ($mechanisms:ty) => {
        conformance::tests! { @each $mechanisms;
            fifo::messages_come_in_order_and_whole
            fifo::bodies_travel_inline_and_in_chunks
            fifo::requests_sent_before_the_answer_arrive
            fifo::the_queries_say_what_is_there
            fifo::a_watch_sees_what_was_not_taken
            room::the_request_queue_is_exactly_as_long_as_agreed
            room::the_response_queue_is_exactly_as_long_as_agreed
            room::the_borrows_are_exactly_as_many_as_agreed
            room::who_makes_room_rings_who_waits_for_it
            room::who_has_given_up_is_not_rung_for_the_end
            overflow::a_full_request_queue_replaces_its_oldest
            overflow::a_full_stream_replaces_its_oldest
            overflow::a_request_evicted_before_the_answer_is_settled_by_it
            overflow::chunks_evicted_before_the_answer_come_home
            overflow::no_chunk_is_forgotten_however_many_were_sent_before_the_answer
            overflow::a_request_the_server_holds_is_contested
            overflow::a_server_that_yields_leaves_the_request_evicted
            overflow::a_request_taken_and_ended_meanwhile_is_not_evicted
            overflow::nobody_hears_of_a_cancelled_request_that_is_evicted
            overflow::chunks_borrowed_at_their_eviction_come_home_after_their_release
            generations::an_ended_stream_is_drained_first
            generations::a_new_generation_skips_what_the_old_one_left
            generations::an_old_active_request_outlives_its_slot
            generations::a_borrow_outlives_its_generation
            generations::a_cancelled_request_is_seen_by_the_server
            generations::a_hint_reaches_the_server_alone
            generations::nobody_listens_to_a_full_cancelled_stream
            detach::the_client_reads_everything_a_dead_server_published
            detach::the_server_takes_everything_a_dead_client_published
            detach::an_unfinished_stream_stays_unfinished
            detach::contests_are_settled_by_death
            detach::a_half_serves_a_newcomer_while_messages_of_the_dead_are_read
            detach::twice_is_once
            halves::a_half_is_all_zero_each_time_it_is_taken
            hostile::sizes_that_do_not_fit_are_refused
            hostile::a_request_descriptor_out_of_range_is_a_violation
            hostile::a_request_that_reads_from_nowhere_is_a_violation
            hostile::a_response_descriptor_out_of_range_is_a_violation
            hostile::what_fits_no_descriptor_is_a_violation_in_one
            hostile::a_counter_that_cannot_be_is_a_violation
            hostile::a_sequence_that_cannot_be_is_a_violation
            hostile::an_eviction_that_cannot_be_is_a_violation
            hostile::a_response_nobody_asked_for_is_ignored
            hostile::nonsense_everywhere_is_survived
            growth::long_messages_travel_both_ways_in_memory_of_their_own
            growth::unknown_memory_is_heard_of_once_and_the_message_goes_on
            announcements::memory_nobody_has_announced_is_a_violation
            growth::memory_grows_a_thousand_times_under_borrows_on_both_sides
            growth::memory_is_given_back_on_both_sides_when_nobody_uses_it
            growth::what_is_committed_follows_what_lives
            growth::borrowed_memory_stays_mapped_until_it_is_released
            growth::a_place_is_used_again_under_a_new_name
            growth::few_objects_are_kept_for_another_use
            growth::the_number_of_chunks_holds_for_all_objects_together
            growth::who_never_grows_refuses_what_is_longer
            growth::a_long_chunk_is_free_when_the_last_who_needs_it_is_done
            growth::long_messages_of_the_dead_are_read
            announcements::announced_sizes_that_do_not_fit_are_refused
            announcements::announced_names_that_cannot_be_are_refused
            announcements::what_is_borrowed_is_not_replaced_whatever_is_announced
            announcements::a_descriptor_beyond_announced_memory_is_a_violation
            announcements::an_announcement_before_the_answer_is_refused
            settling::requests_come_home_with_the_next_response
            settling::a_request_the_server_still_reads_does_not_come_home
            settling::responses_come_home_with_the_next_request_in_their_slot
            settling::responses_come_home_with_a_request_taken_at_once
            settling::a_response_the_client_still_reads_does_not_come_home
            settling::one_that_is_home_can_be_had_and_the_older_are_free
            model::random_operations_keep_order_and_bring_every_chunk_home
            wrap::positions_go_on_beyond_32_bits
            threads::nothing_is_lost_without_overflow
            threads::every_request_has_one_fate_with_overflow
        }
    };
    (@each $mechanisms:ty; $($group:ident :: $case:ident)+) => {
        $(#[test]
        fn $case() {
            conformance::$group::$case::<$mechanisms>();
        })+
    };
}

pub(super) use tests;
