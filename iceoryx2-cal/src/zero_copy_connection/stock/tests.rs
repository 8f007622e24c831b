// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{class::WARM_BYTES, *};

fn new(segment: u64, committed: usize) -> New {
    New {
        id: ChunkId { segment, index: 0 },
        data: NonNull::dangling(),
        committed,
    }
}

impl New {
    fn at(mut self, index: u32) -> Self {
        self.id.index = index;
        self
    }
}

/// A free chunk of each size, each in a segment named by its place here, from 1 on.
fn of_sizes(strides: &[usize]) -> (Stock, Vec<ChunkKey>) {
    let mut stock = Stock::new(32, 1);
    let add = |(segment, stride): (u64, &usize)| stock.add(*stride, new(segment, *stride)).key;
    let keys: Vec<_> = (1..).zip(strides).map(add).collect();
    keys.iter().for_each(|key| stock.give(*key));
    (stock, keys)
}

fn like_last(stock: &mut Stock, size: usize) -> Option<Chunk> {
    let chunk = stock.take_at_once(size);
    chunk.or_else(|| stock.take_like_last(size))
}

const fn home(key: ChunkKey, next: ChunkId) -> Homecoming {
    Homecoming { key, next }
}

fn fitting(stock: &Stock, size: usize) -> Option<u64> {
    stock.fitting(size, true).map(|(_, id, _)| id.segment)
}

#[test]
fn the_smallest_that_fits_is_used_and_none_that_is_twice_too_large() {
    let (stock, _) = of_sizes(&[1024, 64, 256]);
    let found =
        [64, 65, 127, 128, 256, 257, 511, 512, 1024, 1025].map(|size| fitting(&stock, size));
    let (small, middle, large) = (Some(2), Some(3), Some(1));
    assert_eq!(
        found,
        [
            small, None, None, middle, middle, None, None, large, large, None
        ]
    );
}

#[test]
fn a_chunk_like_the_last_is_taken_without_a_search() {
    let (mut stock, _) = of_sizes(&[64, 64, 256]);
    assert!(like_last(&mut stock, 64).is_none(), "the last was of 256");
    assert_eq!(like_last(&mut stock, 200).unwrap().id.segment, 3);
    assert!(like_last(&mut stock, 200).is_none());
    let (key, _, committed) = stock.fitting(40, true).unwrap();
    let first = stock.take_fitting(key, committed).unwrap();
    assert_eq!((first.id.segment, first.next.segment), (1, 2));
    assert_eq!(like_last(&mut stock, 40).unwrap().id.segment, 2);
    assert_eq!(stock.in_use(), 3);
}

// Fails if: `take_at_once` asks for no smallest size, or `take` names another than the next.
#[test]
fn the_short_way_takes_what_the_long_way_takes() {
    let take: [fn(&mut Stock, usize) -> Option<Chunk>; 2] =
        [Stock::take_at_once, Stock::take_like_last];
    let taken = take.map(|take| {
        let (mut stock, keys) = of_sizes(&[256, 256, 256]);
        stock.set_most(3);
        let first = stock.take_like_last(256).unwrap();
        stock.give(first.key);
        let refused = [127, 257].map(|size| take(&mut stock, size).is_none());
        let taken = [128, 256].map(|size| take(&mut stock, size).unwrap());
        stock.give(keys[0]);
        let last = take(&mut stock, 256).unwrap();
        assert_eq!(stock.in_use(), 2);
        (
            refused,
            [taken[0], taken[1], last].map(|chunk| (chunk.key, chunk.next)),
        )
    });
    assert_eq!(taken[0], taken[1]);
    assert_eq!(taken[0].0, [true; 2]);
}

// Fails if: `take_of_base_at_once` takes another than the long way, or asks not for one to be named, the size, or how many
// are left.
#[test]
fn of_the_base_the_short_way_takes_what_the_long_way_takes() {
    let take: [fn(&mut Stock) -> Option<Chunk>; 2] = [
        |stock| stock.take_of_base_at_once(64, 1),
        |stock| stock.take_of_base(true),
    ];
    let taken = take.map(|take| {
        let mut stock = Stock::new(64, 3);
        let chunks = [0, 1, 2].map(|index| stock.add_to_base(new(0, 64).at(index)).key);
        assert!(take(&mut stock).is_none(), "none is free");
        stock.give(chunks[1]);
        assert!(stock.take_of_base_at_once(64, 1).is_none(), "none is named");
        stock.give(chunks[0]);
        stock.give(chunks[2]);
        assert!(stock.take_of_base_at_once(65, 1).is_none());
        let taken = [take(&mut stock), take(&mut stock)].map(Option::unwrap);
        stock.give(taken[0].key);
        let last = take(&mut stock).unwrap();
        assert_eq!(stock.in_use(), 2);
        [taken[0], taken[1], last].map(|chunk| (chunk.key, chunk.id, chunk.next))
    });
    assert_eq!(taken[0], taken[1]);
    let mut stock = Stock::new(64, 3);
    let chunks = [0, 1, 2].map(|index| stock.add_to_base(new(0, 64).at(index)).key);
    chunks.iter().for_each(|key| stock.give(*key));
    stock.set_most(1);
    assert!(stock.take_of_base_at_once(0, 1).is_some());
    assert!(stock.take_of_base_at_once(0, 1).is_none(), "none is left");
}

// Fails if: `at_once_below` is not 0 where chunks are used warm.
#[test]
fn large_chunks_of_the_base_are_not_taken_as_small_ones_are() {
    let mut stock = Stock::new(WARM_BYTES, 3);
    let chunks = [0, 1, 2].map(|index| stock.add_to_base(new(0, WARM_BYTES).at(index)).key);
    chunks.iter().for_each(|key| stock.give(*key));
    for size in [0, 1, WARM_BYTES] {
        assert!(stock.take_of_base_at_once(size, 1).is_none());
    }
    assert_eq!(stock.take_at_once(WARM_BYTES).unwrap().key, chunks[2]);
}

// Fails if: `take_at_once` takes another than the last, names another, or asks for no smallest size.
#[test]
fn of_large_chunks_the_short_way_takes_the_last_even_if_it_is_the_only_one() {
    let (mut stock, keys) = of_sizes(&[WARM_BYTES; 3]);
    stock.set_most(3);
    let first = stock.take_like_last(WARM_BYTES).unwrap();
    stock.give(first.key);
    for size in [WARM_BYTES / 2 - 1, WARM_BYTES + 1] {
        assert!(stock.take_at_once(size).is_none());
    }
    for key in keys.iter().rev() {
        assert_eq!(stock.take_at_once(WARM_BYTES).unwrap().key, *key);
    }
    assert!(!stock.has_left());
    stock.set_most(4);
    stock.give(keys[0]);
    assert_eq!(like_last(&mut stock, WARM_BYTES).unwrap().key, keys[0]);
    assert!(stock.take_at_once(WARM_BYTES).is_none(), "none is free");
}

// Fails if: a class gives nothing as its first.
#[test]
fn of_large_chunks_that_are_all_in_use_none_is_taken_for_no_bytes_at_all() {
    let mut stock = Stock::new(WARM_BYTES, 3);
    let chunk = stock.add_to_base(new(0, WARM_BYTES));
    assert!(stock.take_at_once(0).is_none());
    stock.give(chunk.key);
    assert!(stock.take_of_base(false).is_some());
}

// Fails if: `take_at_once` goes on when none is left, or `set_most` lets it.
#[test]
fn nothing_is_taken_at_once_while_no_more_may_be_in_use() {
    let (mut stock, _) = of_sizes(&[64; 4]);
    stock.set_most(2);
    let first = stock.take_like_last(64).unwrap();
    assert!(stock.take_at_once(64).is_some() && !stock.has_left());
    assert!(stock.take_at_once(64).is_none());
    stock.give(first.key);
    assert!(stock.has_left() && stock.take_like_last(64).is_some());
    stock.set_most(3);
    assert!(stock.take_like_last(64).is_some() && stock.take_at_once(64).is_none());
}

#[test]
fn what_is_not_committed_so_far_is_not_taken_without_a_look() {
    let mut stock = Stock::new(32, 1);
    let key = stock.add(256, new(1, 128)).key;
    stock.give(key);
    assert!(like_last(&mut stock, 200).is_none());
    let (key, _, committed) = stock.fitting(200, true).unwrap();
    assert_eq!(committed, 128);
    assert!(stock.take_fitting(key, 256).is_some());
    stock.give(key);
    assert!(like_last(&mut stock, 200).is_some());
}

#[test]
fn what_is_first_stays_first_whatever_comes_back_and_what_goes_away_is_not_found() {
    let (mut stock, keys) = of_sizes(&[64, 64, 64]);
    assert_eq!(fitting(&stock, 64), Some(1));
    stock.remove(&keys[..1]);
    assert_eq!(fitting(&stock, 64), Some(3));
    let first = like_last(&mut stock, 64).unwrap();
    assert_eq!((first.id.segment, first.next.segment), (3, 2));
    stock.give(first.key);
    assert_eq!(fitting(&stock, 64), Some(2));
    stock.remove(&keys[1..2]);
    stock.remove(&keys[2..]);
    assert_eq!(fitting(&stock, 64), None);
    assert!(stock.by_size.is_empty());
    let again = stock.add(128, new(9, 128)).key;
    assert!(keys.contains(&again) && stock.classes.len() == 3);
}

#[test]
fn a_chunk_is_free_when_the_last_who_needs_it_is_done() {
    let mut stock = Stock::new(64, 1);
    let chunk = stock.add_to_base(new(0, 64));
    stock.share(chunk.key);
    stock.give(chunk.key);
    assert!(stock.take_of_base(false).is_none());
    assert_eq!(stock.in_use(), 1);
    stock.give(chunk.key);
    assert_eq!(stock.in_use(), 0);
    assert_eq!(stock.take_of_base(true).unwrap().id, chunk.id);
}

// Fails if: `retake` or `retake_of_base` asks not how many need the chunk, or how large it is; or `retake` asks for no smallest
// size, or `retake_of_base` not whose it is; or what is refused is not given.
#[test]
fn what_came_home_is_taken_again_if_nobody_else_needs_it_and_it_fits() {
    let next = ChunkId::base(7);
    let (mut stock, keys) = of_sizes(&[256]);
    let chunk = like_last(&mut stock, 256).unwrap();
    for size in [128, 256] {
        let again = stock.retake(home(chunk.key, next), size).unwrap();
        assert_eq!(
            (again.id, again.key, again.next),
            (chunk.id, chunk.key, next)
        );
        assert_eq!(stock.in_use(), 1);
    }
    for size in [127, 257] {
        assert!(stock.retake(home(chunk.key, next), size).is_none());
        assert_eq!(stock.in_use(), 0, "free like any other");
        assert_eq!(like_last(&mut stock, 256).unwrap().key, chunk.key);
    }
    assert!(stock.retake_of_base(home(keys[0], next), 64, 1).is_none());
    let base = stock.add_to_base(new(0, 32).at(3));
    let again = stock.retake_of_base(home(base.key, next), 32, 1).unwrap();
    assert_eq!((again.id, again.key, again.next), (base.id, base.key, next));
    let retakes: [fn(&mut Stock, Homecoming, usize) -> Option<Chunk>; 2] =
        [Stock::retake, |stock, home, size| {
            stock.retake_of_base(home, size, 1)
        }];
    for retake in retakes {
        stock.share(base.key);
        assert!(retake(&mut stock, home(base.key, next), 32).is_none());
        assert_eq!(stock.in_use(), 1, "another needs it");
    }
    assert!(stock.retake_of_base(home(base.key, next), 33, 1).is_none());
    assert_eq!(stock.in_use(), 0);
}

// Fails if: `retake_of_base` or `take_named` forgets how many need the chunk.
#[test]
fn a_chunk_taken_for_two_is_free_when_both_are_done() {
    let mut stock = Stock::new(64, 3);
    let chunks = [0, 1, 2].map(|index| stock.add_to_base(new(0, 64).at(index)).key);
    chunks.iter().for_each(|key| stock.give(*key));
    let mut chunk = stock.take_of_base_at_once(64, 2).unwrap();
    for _ in 0..2 {
        stock.give(chunk.key);
        assert_eq!(stock.in_use(), 1);
        chunk = stock
            .retake_of_base(home(chunk.key, chunk.next), 64, 2)
            .unwrap();
    }
    stock.give(chunk.key);
    stock.give(chunk.key);
    assert_eq!(stock.in_use(), 0);
}

// Fails if: `give_shared` gives what nobody else needs, or counts nothing.
#[test]
fn only_what_another_needs_is_given_as_shared() {
    let mut stock = Stock::new(64, 1);
    let chunk = stock.add_to_base(new(0, 64));
    assert!(!stock.give_shared(chunk.key));
    stock.share(chunk.key);
    assert!(stock.give_shared(chunk.key) && !stock.give_shared(chunk.key));
    assert_eq!(stock.in_use(), 1);
    stock.give(chunk.key);
    assert_eq!(stock.in_use(), 0);
    assert!(!stock.give_shared(chunk.key), "it is free");
}

// Fails if: `retake` does not note that the chunk is used, or of which size the last was.
#[test]
fn what_is_taken_again_counts_as_used_and_as_the_last() {
    let (mut stock, keys) = of_sizes(&[64, 256]);
    let (key, _, committed) = stock.fitting(64, true).unwrap();
    let chunk = stock.take_fitting(key, committed).unwrap();
    assert!(like_last(&mut stock, 256).is_none());
    let (other, _, committed) = stock.fitting(256, true).unwrap();
    let large = stock.take_fitting(other, committed).unwrap();
    assert!(stock.take_used(&keys) && !stock.take_used(&keys));
    assert!(stock.retake(home(chunk.key, ChunkId::NONE), 64).is_some());
    assert!(stock.take_used(&keys));
    stock.give(large.key);
    assert!(like_last(&mut stock, 256).is_none(), "the last was of 64");
}

// Fails if: a chunk is taken again whose memory is gone.
#[test]
fn a_chunk_whose_memory_is_gone_is_not_taken_again() {
    let (mut stock, keys) = of_sizes(&[64]);
    let chunk = like_last(&mut stock, 64).unwrap();
    stock.remove(&keys);
    let again = stock.retake(home(chunk.key, ChunkId::NONE), 64);
    assert!(again.is_none() && stock.in_use() == 0);
}

#[test]
fn new_chunks_are_preferred_until_one_is_free_to_be_named_to_the_peer() {
    let mut stock = Stock::new(64, 8);
    for index in 0..2 {
        assert!(stock.take_of_base(true).is_none() && like_last(&mut stock, 64).is_none());
        let chunk = stock.add_to_base(new(index, 64));
        stock.give(chunk.key);
    }
    assert!(like_last(&mut stock, 64).unwrap().next != ChunkId::NONE);
    let mut stock = Stock::new(64, 8);
    let chunk = stock.add_to_base(new(0, 64));
    stock.give(chunk.key);
    assert!(stock.take_of_base(false).is_some());
}

// Fails if: `is_warm` is false always.
#[test]
fn of_large_chunks_the_one_that_came_back_last_is_used() {
    let (mut stock, keys) = of_sizes(&[WARM_BYTES, WARM_BYTES]);
    let chunk = like_last(&mut stock, WARM_BYTES).unwrap();
    assert_eq!(chunk.key, keys[1]);
    let other = like_last(&mut stock, WARM_BYTES).unwrap();
    assert_eq!(other.key, keys[0]);
    stock.give(other.key);
    stock.give(chunk.key);
    assert_eq!(like_last(&mut stock, WARM_BYTES).unwrap().key, keys[1]);
}

// Fails if: `likely` names the second always, or `take`, `take_at_once` or `add_to` does not note what it takes.
#[test]
fn of_large_chunks_the_one_before_is_named() {
    let take: [fn(&mut Stock, usize) -> Option<Chunk>; 2] =
        [Stock::take_at_once, Stock::take_like_last];
    for take in take {
        let mut stock = Stock::new(WARM_BYTES, 3);
        let chunks = [0, 1].map(|index| stock.add_to_base(new(index, WARM_BYTES)));
        for round in 0..6 {
            let [home, lent] = [round % 2, (round + 1) % 2];
            stock.give(chunks[home].key);
            let chunk = take(&mut stock, WARM_BYTES).unwrap();
            assert_eq!((chunk.key, chunk.next), (chunks[home].key, chunks[lent].id));
        }
        stock.give(chunks[0].key);
        for _ in 0..2 {
            stock.give(chunks[1].key);
            let chunk = take(&mut stock, WARM_BYTES).unwrap();
            assert_eq!((chunk.key, chunk.next), (chunks[1].key, chunks[1].id));
        }
    }
}

#[test]
fn a_chunk_whose_memory_went_while_it_was_needed_comes_back_to_nobody() {
    let (mut stock, keys) = of_sizes(&[64]);
    let chunk = like_last(&mut stock, 64).unwrap();
    stock.remove(&keys);
    stock.give(chunk.key);
    assert_eq!((stock.in_use(), fitting(&stock, 64)), (0, None));
}

#[test]
fn whether_chunks_were_used_is_said_once() {
    let (mut stock, keys) = of_sizes(&[64, 128]);
    assert!(stock.take_used(&keys) && !stock.take_used(&keys));
    let chunk = like_last(&mut stock, 128).unwrap();
    assert!(stock.take_used(&keys) && !stock.take_used(&keys));
    assert!(stock.are_in_use(&keys) && !stock.are_in_use(&keys[..1]));
    stock.give(chunk.key);
    assert!(!stock.take_used(&keys) && !stock.are_in_use(&keys));
    assert_eq!(stock.bytes(&keys), 192);
}

#[test]
fn many_small_chunks_and_a_few_large_ones_rotate_before_anybody_is_asked() {
    assert_eq!(rotation(64) as usize, ROTATION_MAX);
    assert_eq!(rotation(1 << 20), 8);
    assert_eq!(rotation(1 << 23) as usize, ROTATION_MIN);
}
