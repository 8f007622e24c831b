// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages longer than a base chunk: where they lie, and when the memory goes again.

use super::{
    LIMITS, OVERFLOWING,
    growth_rig::{BASE_SIZE, CHUNKS, MEBIBYTE, Pair, value},
};
use crate::{
    Mechanisms,
    zero_copy_connection::{
        ChunkError, ChunkId, Growth, Receive, Take, growth::IDLE_OBJECTS_MAX, stock::rotation,
    },
};
use core::time::Duration;

const LONG_ENOUGH: Duration = Duration::from_millis(400);

// Fails if: `Classes::fitting` takes chunks that are too small.
pub(in super::super) fn long_messages_travel_both_ways_in_memory_of_their_own<M: Mechanisms>() {
    for growth in [Growth::Exact, Growth::PowerOfTwo] {
        let mut pair = Pair::<M>::new(OVERFLOWING, growth);
        for (number, size) in (0..).zip([16, 65, 4_000, 4_097, 65_537, 3 * MEBIBYTE, 64, 100]) {
            pair.travel(size, size + 8, number);
        }
        let short = pair.loan_request(BASE_SIZE);
        assert_eq!(short.id.segment, ChunkId::BASE);
    }
}

// Fails if: `Announced::note` notes nothing.
pub(in super::super) fn unknown_memory_is_heard_of_once_and_the_message_goes_on<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 1_000, 1);
    pair.send(1, 1_000, 2);
    assert_eq!(pair.client.outbox.len(), 1);
    assert!(matches!(pair.responder.take(), Ok(Take::UnknownMemory)));
    pair.hear_client();
    let Ok(Take::Request(first)) = pair.responder.resume() else {
        panic!("the request was lost");
    };
    let Ok(Take::Request(second)) = pair.responder.take() else {
        panic!("known memory was not known");
    };
    assert_eq!((value(first.content), value(second.content)), (1, 2));
    assert!(matches!(pair.responder.resume(), Ok(Take::Nothing)));

    pair.respond(&first, 2_000, 3);
    pair.respond(&first, 2_000, 4);
    let received = pair.requester.receive(0, generation);
    assert!(matches!(received, Ok(Receive::UnknownMemory)));
    pair.hear_server();
    let Ok(Receive::Response { content, .. }) = pair.requester.resume() else {
        panic!("the response was lost");
    };
    let Ok(Receive::Response { content: next, .. }) = pair.requester.receive(0, generation) else {
        panic!("known memory was not known");
    };
    assert_eq!((value(content), value(next)), (3, 4));
    assert!(matches!(pair.requester.resume(), Ok(Receive::Nothing)));
}

// Fails if: a new object in a place has the generation of the old.
pub(in super::super) fn memory_grows_a_thousand_times_under_borrows_on_both_sides<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let generation = pair.send(0, 70_000, 7);
    let held = pair.take();
    pair.respond(&held, 80_000, 8);
    let (_, answer) = pair.receive(0, generation);
    for number in 0..1_000 {
        let size = 66 + 64 * usize::try_from(number).unwrap();
        let generation = pair.send(1, size, number);
        let request = pair.take();
        pair.respond(&request, size + 64, number);
        let (hold, content) = pair.receive(1, generation);
        assert_eq!((value(request.content), value(content)), (number, number));
        pair.requester.release(hold);
        pair.responder.finish(&request);
        pair.wait(Duration::from_millis(100));
        assert_eq!((value(held.content), value(answer)), (7, 8));
    }
}

// Fails if: `IDLE_PERIOD` is nothing.
pub(in super::super) fn memory_is_given_back_on_both_sides_when_nobody_uses_it<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    pair.travel(8, 8, 0);
    let at_first = |pair: &Pair<M>| {
        pair.client.memory.committed().unwrap() + pair.server.memory.committed().unwrap()
    };
    let before = at_first(&pair);
    pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, 1);
    assert!(at_first(&pair) >= before + 8 * MEBIBYTE);
    // A stream of eight long messages a second uses its memory again and again.
    for number in 0..20 {
        pair.wait(Duration::from_millis(120));
        assert!(pair.client.memory.has_grown() && pair.server.memory.has_grown());
        pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, number);
        assert!(pair.client.outbox.is_empty() && pair.server.outbox.is_empty());
    }
    pair.wait(LONG_ENOUGH);
    assert!(
        at_first(&pair) <= before,
        "{} bytes",
        at_first(&pair) - before
    );
    assert!(!pair.client.memory.has_grown() && !pair.server.memory.has_grown());
    assert_eq!(pair.requester.mapped_segments(), 0);
    assert_eq!(pair.responder.mapped_segments(), 0);
    pair.travel(5 * MEBIBYTE, 3 * MEBIBYTE, 2);
}

// Fails if: `largest_for` is sixteen times the size, or `retire_surplus` retires what is in use.
pub(in super::super) fn what_is_committed_follows_what_lives<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let base = pair.client.memory.committed().unwrap();
    let mut living = Vec::new();
    let mut seed = 3_u64;
    for _ in 0..60 {
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let size = 65 + usize::try_from(seed >> 44).unwrap() % MEBIBYTE;
            if seed >> 33 & 1 == 0 && living.len() < 40 {
                living.push((pair.loan_request(size).key, size));
            } else if let Some((chunk, _)) = living.pop() {
                pair.client.memory.give_chunk(chunk);
            }
        }
        pair.wait(LONG_ENOUGH);
        let bytes: usize = living.iter().map(|(_, size)| size).sum();
        let committed = pair.client.memory.committed().unwrap() - base;
        assert!(committed <= 2 * bytes + MEBIBYTE, "{committed} for {bytes}");
    }
    // Small messages right after large ones keep nothing large.
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let large = [(); 10].map(|()| pair.loan_request(MEBIBYTE).key);
    for chunk in large {
        pair.client.memory.give_chunk(chunk);
    }
    let small = [(); 10].map(|()| pair.loan_request(100_000).id);
    pair.wait(LONG_ENOUGH);
    let committed = pair.client.memory.committed().unwrap() - base;
    let bytes = small.len() * 100_000;
    assert!(committed <= 2 * bytes + MEBIBYTE, "{committed} for {bytes}");
}

// Fails if: `Mapped::is_over` does not ask for borrows.
pub(in super::super) fn borrowed_memory_stays_mapped_until_it_is_released<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let generation = pair.send(0, 10_000, 1);
    let request = pair.take();
    let answer = pair.respond(&request, 20_000, 2);
    let (hold, response) = pair.receive(0, generation);
    pair.wait(LONG_ENOUGH);
    // Both ports allege that nobody uses the memory any more.
    pair.client.memory.retire_all();
    pair.server.memory.retire_all();
    pair.wait(LONG_ENOUGH);
    assert_eq!((value(request.content), value(response)), (1, 2));
    assert_eq!(pair.requester.mapped_segments(), 1);
    assert_eq!(pair.responder.mapped_segments(), 1);
    assert!(pair.server.memory.announcement(answer.segment).is_none());
    pair.requester.release(hold);
    pair.responder.finish(&request);
    pair.requester.sweep_segments();
    pair.responder.sweep_segments();
    assert_eq!(pair.requester.mapped_segments(), 0);
    assert_eq!(pair.responder.mapped_segments(), 0);
}

// Fails if: a new object in a place has the generation of the old.
pub(in super::super) fn a_place_is_used_again_under_a_new_name<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    let mut names = Vec::new();
    for number in 1..20 {
        let chunk = pair.loan_request(5_000);
        names.push(chunk.id.segment);
        pair.client.memory.give_chunk(chunk.key);
        pair.travel(5_000, 8, number);
        // The client's memory goes; the server hears of the next before it notices.
        pair.client.memory.retire_all();
    }
    let places = names.iter().map(|name| name & u64::from(u32::MAX));
    assert!(places.clone().all(|place| place == 1), "{names:x?}");
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:x?}");
    assert_eq!(pair.responder.mapped_segments(), 1);
}

// Fails if: `retire_surplus` retires nothing while there are few bytes.
pub(in super::super) fn few_objects_are_kept_for_another_use<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    for number in 0..100 {
        pair.travel(65_536 + 640 * number, 8, 0);
    }
    let places = 1..200_u64;
    let named = |place, generation: u64| pair.client.memory.announcement(generation << 32 | place);
    let in_use = |place: &u64| (1..200).any(|generation| named(*place, generation).is_some());
    let objects = places.filter(in_use).count();
    // As many again may be in the hands of the server, as far as the client has looked.
    assert!((1..=2 * IDLE_OBJECTS_MAX).contains(&objects), "{objects}");
}

// Fails if: `may_take` counts the base alone.
pub(in super::super) fn the_number_of_chunks_holds_for_all_objects_together<M: Mechanisms>() {
    let mut pair = Pair::<M>::with_chunks(LIMITS, Growth::PowerOfTwo, 6);
    let chunks = [8, 100, 5_000, 70_000, 8, 100].map(|size| pair.loan_request(size).key);
    let memory = &mut pair.client.memory;
    assert_eq!(memory.chunks_in_use(), 6);
    for size in [8, 100, 5_000, MEBIBYTE] {
        let refused = [false, true].map(|reclaimed| memory.take_chunk(size, reclaimed).err());
        let first = (Some(ChunkError::ReclaimFirst), Some(ChunkError::Exhausted));
        assert_eq!((refused[0], refused[1]), first, "{size}");
    }
    for chunk in chunks {
        memory.give_chunk(chunk);
        let another = memory.take_chunk(MEBIBYTE, true).unwrap();
        memory.give_chunk(another.key);
    }
    assert_eq!(memory.chunks_in_use(), 0);
}

// Fails if: `may_grow` says yes.
pub(in super::super) fn who_never_grows_refuses_what_is_longer<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    for size in [BASE_SIZE + 1, MEBIBYTE, usize::MAX] {
        let refused = pair.client.memory.take_chunk(size, true).err();
        assert_eq!(refused, Some(ChunkError::TooLarge));
    }
    for _ in 0..CHUNKS {
        pair.loan_request(8);
    }
    let refused = pair.client.memory.take_chunk(BASE_SIZE + 1, true).err();
    assert_eq!(refused, Some(ChunkError::TooLarge));
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let refused = pair.client.memory.take_chunk(usize::MAX, true).err();
    assert_eq!(refused, Some(ChunkError::TooLarge));
    let refused = pair
        .client
        .memory
        .take_chunk(isize::MAX.unsigned_abs() / 2, true);
    assert!(matches!(refused, Err(ChunkError::System(_))));
    assert!(!pair.client.memory.has_grown());
    pair.travel(100, 100, 1);
}

// Fails if: `Object::share` counts nothing.
pub(in super::super) fn a_long_chunk_is_free_when_the_last_who_needs_it_is_done<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let chunk = pair.loan_request(9 * MEBIBYTE);
    let memory = &mut pair.client.memory;
    memory.share_chunk(chunk.key);
    memory.give_chunk(chunk.key);
    let others: Vec<_> =
        core::iter::from_fn(|| memory.take_chunk(9 * MEBIBYTE, false).ok()).collect();
    assert_eq!(others.len() + 1, rotation(9 * MEBIBYTE) as usize);
    let refused = memory.take_chunk(9 * MEBIBYTE, false).err();
    assert_eq!(refused, Some(ChunkError::ReclaimFirst));
    others.iter().for_each(|other| memory.give_chunk(other.key));
    memory.give_chunk(chunk.key);
    let again: Vec<_> =
        core::iter::from_fn(|| memory.take_chunk(9 * MEBIBYTE, false).ok()).collect();
    assert_eq!(again.len(), rotation(9 * MEBIBYTE) as usize);
    assert!(again.iter().any(|again| again.id == chunk.id));
}

// Fails if: `sweep_segments` sweeps what the dead left.
pub(in super::super) fn long_messages_of_the_dead_are_read<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 1_000, 1);
    pair.send(1, 90_000, 2);
    let request = pair.take();
    pair.respond(&request, 5_000, 3);
    pair.respond(&request, 500_000, 4);
    pair.hear_client();
    pair.hear_server();
    let memory = &mut pair.server.memory;
    pair.responder.detach(&mut |chunk| memory.give_chunk(chunk));
    let memory = &mut pair.client.memory;
    pair.requester.detach(&mut |chunk| memory.give_chunk(chunk));
    assert_eq!(pair.client.memory.chunks_in_use(), 0);
    assert_eq!(pair.server.memory.chunks_in_use(), 0);
    // The dead cannot take back what they left.
    pair.client.memory.retire_all();
    pair.server.memory.retire_all();
    pair.wait(LONG_ENOUGH);
    assert_eq!(value(pair.take().content), 2);
    for want in [3, 4] {
        let (hold, content) = pair.receive(0, generation);
        assert_eq!(value(content), want);
        pair.requester.release(hold);
    }
    assert_eq!(value(request.content), 1);
}
