// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a peer says of its further memory, and what is refused of it.

use super::{
    LIMITS,
    growth_rig::{CHUNKS, PAGE, Pair, Side, value},
};
use crate::{
    Mechanisms,
    shared_memory::{OwnedMemory, PeerMemory},
    zero_copy_connection::{
        Announcement, Body, ChunkId, ChunkKey, ChunkLayout, ConnectionError, ConnectionLayout,
        Growth, Receive, Requester, Take, growth::OBJECTS_MAX,
    },
};
use iceoryx2_bb_lock_free::word::Word;
use std::sync::Arc;

// Fails if: `Responder::resume` says once more that the memory is unknown.
pub(in super::super) fn memory_nobody_has_announced_is_a_violation<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::PowerOfTwo);
    let generation = pair.send(0, 40, 0);
    let request = pair.take();
    pair.send(1, 1_000, 1);
    assert!(matches!(pair.responder.take(), Ok(Take::UnknownMemory)));
    let refused = pair.responder.resume().err();
    assert_eq!(refused, Some(ConnectionError::Descriptor));
    assert_eq!(pair.responder.borrows(), 1);

    pair.respond(&request, 1_000, 1);
    let received = pair.requester.receive(0, generation);
    assert!(matches!(received, Ok(Receive::UnknownMemory)));
    let refused = pair.requester.resume().err();
    assert_eq!(refused, Some(ConnectionError::Descriptor));
    assert_eq!(pair.requester.borrows(), 0);
}

/// Memory as a peer likes it.
struct Forged<M: Mechanisms>(M::Memory);

impl<M: Mechanisms> Forged<M> {
    fn new(size: usize) -> Self {
        let memory = M::Memory::create("conformance", size).unwrap();
        memory.commit(0..size).unwrap();
        Self(memory)
    }

    fn view(&self) -> Arc<M::PeerMemory> {
        Arc::new(M::PeerMemory::open(self.0.handle()).unwrap())
    }

    fn retire(&self) {
        // SAFETY: the memory begins with a word, which is committed, aligned, and only ever accessed as one.
        unsafe { self.0.base().cast::<Word>().as_ref() }.publish(1);
    }
}

/// One chunk in such memory.
fn announcement(place: u64, generation: u64) -> Announcement {
    Announcement {
        segment: generation << 32 | place,
        chunks: ChunkLayout {
            offset: PAGE,
            stride: 128,
            count: 1,
        },
    }
}

// Fails if: `Mapped::new` takes a stride of 0.
pub(in super::super) fn announced_sizes_that_do_not_fit_are_refused<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    let memory = Forged::<M>::new(2 * PAGE);
    let odd = |offset, stride, count| Announcement {
        chunks: ChunkLayout {
            offset,
            stride,
            count,
        },
        ..announcement(1, 1)
    };
    for bad in [
        odd(0, 64, 1),
        odd(64, 64, 1),
        odd(PAGE + 1, 64, 1),
        odd(PAGE + 64, 64, 1),
        odd(PAGE, 0, 1),
        odd(PAGE, 63, 1),
        odd(PAGE, 96, 1),
        odd(PAGE, 64, 0),
        odd(PAGE, 64, 65),
        odd(PAGE, PAGE + 64, 1),
        odd(2 * PAGE, 64, 1),
        odd(usize::MAX - PAGE + 1, 64, 1),
        odd(PAGE, usize::MAX - 63, 1),
        odd(PAGE, usize::MAX - 63, 2),
        odd(PAGE, 64, u32::MAX),
    ] {
        let refused = pair.responder.add_segment(&bad, &memory.view());
        assert_eq!(refused, Err(ConnectionError::Size), "{bad:?}");
        let refused = pair.requester.add_segment(&bad, &memory.view());
        assert_eq!(refused, Err(ConnectionError::Size), "{bad:?}");
    }
    assert_eq!(pair.responder.mapped_segments(), 0);
    let good = odd(PAGE, 64, 64);
    pair.responder.add_segment(&good, &memory.view()).unwrap();
    pair.requester.add_segment(&good, &memory.view()).unwrap();
}

// Fails if: `Segments::add` takes a generation twice.
pub(in super::super) fn announced_names_that_cannot_be_are_refused<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
    let memory = Forged::<M>::new(2 * PAGE);
    let mut add = |place, generation| {
        let announcement = announcement(place, generation);
        pair.responder.add_segment(&announcement, &memory.view())
    };
    let refused = Err(ConnectionError::Announcement);
    let honest_max = u64::from(OBJECTS_MAX);
    for place in [0, honest_max + 1, u64::from(u32::MAX)] {
        assert_eq!(add(place, 1), refused, "{place}");
    }
    assert_eq!(add(1, 0), refused);
    assert_eq!(add(1, 7), Ok(()));
    assert_eq!(add(honest_max, u64::from(u32::MAX)), Ok(()));
    // It is neither retired nor new.
    assert_eq!([add(1, 8), add(1, 7)], [refused, refused]);
    memory.retire();
    assert_eq!(
        [add(1, 7), add(1, 6), add(1, 0)],
        [refused, refused, refused]
    );
    assert_eq!(add(1, 8), Ok(()));
}

// Fails if: `Segments::add` replaces what is borrowed.
pub(in super::super) fn what_is_borrowed_is_not_replaced_whatever_is_announced<M: Mechanisms>() {
    let mut pair = Pair::<M>::new(LIMITS, Growth::Exact);
    pair.send(0, 3_000, 5);
    let request = pair.take();
    let name = pair.loan_request(3_000).id.segment;
    pair.client.memory.retire_all();
    let other = Forged::<M>::new(2 * PAGE);
    let (place, generation) = (name & u64::from(u32::MAX), name >> 32);
    let next = announcement(place, generation + 1);
    let refused = pair.responder.add_segment(&next, &other.view());
    assert_eq!(refused, Err(ConnectionError::Announcement));
    assert_eq!(value(request.content), 5);
    pair.responder.finish(&request);
    pair.responder.add_segment(&next, &other.view()).unwrap();
}

// Fails if: `Segments::find` trusts the length.
pub(in super::super) fn a_descriptor_beyond_announced_memory_is_a_violation<M: Mechanisms>() {
    let memory = Forged::<M>::new(2 * PAGE);
    for (index, elements) in [(1, 1), (u32::MAX, 1), (0, 129), (0, u64::MAX), (0, 1 << 32)] {
        let mut pair = Pair::<M>::new(LIMITS, Growth::Never);
        let announcement = announcement(1, 1);
        pair.responder
            .add_segment(&announcement, &memory.view())
            .unwrap();
        let body = |index, elements| Body::Chunk {
            chunk: ChunkId {
                segment: announcement.segment,
                index,
            },
            key: ChunkKey(0),
            elements,
            next: ChunkId {
                segment: announcement.segment,
                index: u32::MAX - 1,
            },
        };
        let good = body(0, 128);
        pair.requester.send(0, 1, &good, &mut |_| ()).unwrap();
        let request = pair.take();
        assert_eq!(request.content.elements, 128);
        let bad = body(index, elements);
        pair.requester.send(1, 2, &bad, &mut |_| ()).unwrap();
        let refused = pair.responder.take().err();
        assert_eq!(refused, Some(ConnectionError::Descriptor));
        assert_eq!(pair.responder.borrows(), 1);
        pair.responder.detach(&mut |_| ());
        assert!(!pair.responder.has_request());
    }
}

// Fails if: `add_segment` takes anything from whom nothing is known.
pub(in super::super) fn an_announcement_before_the_answer_is_refused<M: Mechanisms>() {
    let layout = ConnectionLayout::new(LIMITS).unwrap();
    let client = Side::<M>::new(layout.client_half_size(), Growth::Never, CHUNKS);
    let mut requester =
        Requester::<M>::new(&layout, client.memory.memory(), client.half.offset).unwrap();
    let memory = Forged::<M>::new(2 * PAGE);
    let refused = requester.add_segment(&announcement(1, 1), &memory.view());
    assert_eq!(refused, Err(ConnectionError::Announcement));
}
