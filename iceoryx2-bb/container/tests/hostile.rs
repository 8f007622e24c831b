// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Containers over bytes that no container ever wrote. Whatever they say, nothing panics, nothing is read beyond the
//! container, and every walk comes to an end.

#![expect(clippy::clone_on_copy, reason = "cloning is what is tested")]

mod support;

use iceoryx2_bb_container::{
    FileName, FilePath, FixedSizeQueue, FixedSizeSlotMap, Path, SemanticString, StaticHashMap,
    StaticOption, StaticString, StaticVec,
};
use iceoryx2_bb_elementary::ZeroCopySend;
use support::Draw;

const ROUNDS: u64 = 3_000;
const CAPACITY: usize = 5;

/// A `T` made of drawn bytes: some all random, some with small numbers that look like bookkeeping.
fn drawn<T: ZeroCopySend>(draw: &mut Draw) -> T {
    let mut place = core::mem::MaybeUninit::<T>::zeroed();
    let words = size_of::<T>() / 4;
    let bytes = place.as_mut_ptr().cast::<u8>();
    let is_wild = draw.below(3) == 0;
    for word in 0..words {
        let any = draw.any();
        let value = if is_wild { any >> 32 } else { any % 9 };
        // SAFETY: the word lies within the place.
        let part = unsafe { bytes.add(word * 4) };
        // SAFETY: so many bytes from there on lie within the place, which is ours alone.
        unsafe {
            part.cast::<u32>()
                .write_unaligned(u32::try_from(value).unwrap_or_default())
        };
    }
    // SAFETY: all bytes are initialised, and the tests ask only for containers of integers, whose every bit pattern is to
    // be a value: that is what is tested.
    unsafe { place.assume_init() }
}

fn for_each_drawn<T: ZeroCopySend>(mut test: impl FnMut(T, &mut Draw)) {
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let container = drawn(&mut draw);
        test(container, &mut draw);
    }
}

// Fails if: `StaticVec::len` does not clamp.
#[test]
fn a_vector_is_never_longer_than_its_capacity() {
    for_each_drawn::<StaticVec<u32, CAPACITY>>(|mut vec, draw| {
        assert!(vec.len() <= CAPACITY && vec.iter().count() == vec.len());
        assert_eq!(vec.clone().into_iter().count(), vec.len());
        let _ = (vec.first().copied(), format!("{vec:?}"), vec == vec.clone());
        match draw.below(6) {
            0 => drop(vec.push(1)),
            1 => drop(vec.pop()),
            2 => drop(vec.insert(draw.below(9), 1)),
            3 => drop(vec.remove(draw.below(9))),
            4 => vec.retain(|value| value % 2 == 0),
            _ => drop(vec.resize(draw.below(9), 1)),
        }
        assert!(vec.len() <= CAPACITY && vec.as_mut_slice().len() == vec.len());
    });
}

// Fails if: `as_str` trusts its bytes.
#[test]
fn a_string_ends_where_it_is_no_longer_text() {
    for_each_drawn::<StaticString<24>>(|mut text, draw| {
        assert!(text.as_bytes().len() <= 24);
        assert!(text.as_bytes().starts_with(text.as_str().as_bytes()));
        assert_eq!(text.as_mut_str().len(), text.len());
        let before = text.len();
        match draw.below(6) {
            0 => drop(text.push('€')),
            1 => drop(text.pop()),
            2 => drop(text.insert(draw.below(before + 1), 'ß')),
            3 => drop(text.remove(draw.below(26))),
            4 => text.truncate(draw.below(26)),
            _ => text.retain(|letter| letter.is_ascii()),
        }
        assert!(core::str::from_utf8(text.as_str().as_bytes()).is_ok());
        assert_eq!(text.chars().count(), text.to_string().chars().count());
    });
}

#[test]
fn a_text_is_what_comes_before_the_first_bad_byte() {
    let good: StaticString<8> = "k\u{e4}se".parse().unwrap();
    // SAFETY: a string of fixed capacity is a length of eight bytes and its bytes, all of which are initialised.
    let mut image: [u8; 16] = unsafe { core::mem::transmute(good) };
    image[8 + 3] = 0xff;
    // SAFETY: every bit pattern is to be a value: that is what is tested.
    let bad: StaticString<8> = unsafe { core::mem::transmute(image) };
    assert_eq!(bad, "k\u{e4}");
    assert_eq!((bad.len(), bad.as_bytes().len()), (3, 5));
}

// Fails if: `FixedSizeQueue::len` does not clamp.
#[test]
fn a_queue_stays_within_its_slots() {
    for_each_drawn::<FixedSizeQueue<u32, CAPACITY>>(|mut queue, draw| {
        assert!(queue.len() <= CAPACITY && queue.iter().count() == queue.len());
        assert_eq!(queue.clone().into_iter().count(), queue.len());
        let _ = (queue.get(draw.below(9)).copied(), format!("{queue:?}"));
        match draw.below(7) {
            0 => drop(queue.push(1)),
            1 => drop(queue.push_front(1)),
            2 => drop(queue.pop()),
            3 => drop(queue.pop_back()),
            4 => drop(queue.push_with_overflow(1)),
            5 => drop(queue.get_mut(draw.below(9)).copied()),
            _ => assert_eq!(queue.make_contiguous().len(), queue.len()),
        }
        assert!(queue.len() <= CAPACITY && queue.iter_mut().count() == queue.len());
    });
}

// Fails if: `find` follows a chain for as long as it goes on, or `redirect` does.
#[test]
fn a_lookup_in_a_map_comes_to_an_end() {
    for_each_drawn::<StaticHashMap<u32, u32, CAPACITY>>(|mut map, draw| {
        assert!(map.len() <= CAPACITY && map.iter().count() == map.len());
        for key in 0..9 {
            assert_eq!(map.contains_key(&key), map.get(&key).is_some());
        }
        let _ = (map == map.clone(), format!("{map:?}"));
        match draw.below(5) {
            0 => drop(map.insert(draw.value(), 1)),
            1 => drop(map.remove(&draw.value())),
            2 => map.retain(|key, _| key % 2 == 0),
            3 => drop(map.get_or_insert_with(draw.value(), || 1).copied()),
            _ => drop(map.get_mut(&draw.value()).copied()),
        }
        assert!(map.len() <= CAPACITY && map.into_iter().count() <= CAPACITY);
    });
}

// Fails if: `emptied` does not check the index, or a vacant slot is read as a value.
#[test]
fn a_slot_map_stays_within_its_slots() {
    for_each_drawn::<FixedSizeSlotMap<u32, CAPACITY>>(|mut map, draw| {
        assert!(map.len() <= CAPACITY && map.iter().count() <= CAPACITY);
        for _ in 0..=CAPACITY {
            if let Some(key) = map.insert(1) {
                assert_eq!(map.get(key), Some(&1));
            }
        }
        let keys: Vec<_> = map.keys().collect();
        for key in keys {
            assert!(map.contains(key) && map.get_mut(key).is_some());
            if draw.below(2) == 0 {
                assert!(map.remove(key).is_some() && map.get(key).is_none());
            }
        }
        map.retain(|_, value| *value % 2 == 0);
        assert_eq!(map.clone().into_iter().count(), map.iter_mut().count());
        map.clear();
        assert_eq!(map.iter().count(), 0);
        assert!(map.get(drawn(draw)).is_none());
    });
}

// Fails if: `is_some` asks for a tag that is not 0.
#[test]
fn a_tag_is_one_or_there_is_no_value() {
    for tag in 0..=u8::MAX {
        // SAFETY: the option is a tag and a byte, and every bit pattern is to be a value: that is what is tested.
        let option: StaticOption<u8> = unsafe { core::mem::transmute([tag, 7]) };
        assert_eq!(option.into_option(), (tag == 1).then_some(7));
    }
}

// Fails if: `is_valid` answers without looking.
#[test]
fn a_name_somebody_else_wrote_can_be_checked() {
    fn is_what_it_says<S: SemanticString>(name: S, _: &mut Draw) {
        assert_eq!(name.is_valid(), S::new(name.as_bytes()).is_ok());
        let _ = (name.to_string(), format!("{name:?}"), name == name);
    }
    for_each_drawn::<FileName>(is_what_it_says);
    for_each_drawn::<FilePath>(|path, draw| {
        is_what_it_says(path, draw);
        let _ = (path.path(), path.file_name());
    });
    for_each_drawn::<Path>(is_what_it_says);
}
