// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The traits that cousins in the standard library have, and what they do at the capacity.

use core::fmt::Write;
use core::hash::{BuildHasher, Hash};
use iceoryx2_bb_container::{
    FixedSizeFlatMap, FixedSizeQueue, FixedSizeSlotMap, FromBytesError, InsertError, NotUtf8,
    StaticHashMap, StaticOption, StaticString, StaticVec, TooLong,
};
use iceoryx2_bb_elementary::ZeroCopySend;
use std::collections::{BTreeMap, HashMap};
use std::hash::RandomState;

// Fails if: the bound of any of the trait's implementations is stricter than its cousin's.
#[test]
fn containers_have_the_traits_of_their_cousins() {
    fn like_a_vec<T: Copy + Ord + Hash + Default + core::fmt::Debug + Send + Sync + Unpin>() {}
    fn like_a_map<T: Copy + Eq + Default + core::fmt::Debug + Send + Sync + Unpin>() {}
    fn sendable<T: ZeroCopySend>() {}
    like_a_vec::<StaticVec<u8, 2>>();
    like_a_vec::<StaticString<2>>();
    like_a_vec::<FixedSizeQueue<u8, 2>>();
    like_a_vec::<StaticOption<u8>>();
    like_a_map::<StaticHashMap<u8, u8, 2>>();
    like_a_map::<FixedSizeFlatMap<u8, u8, 2>>();
    like_a_map::<FixedSizeSlotMap<u8, 2>>();
    sendable::<StaticVec<StaticOption<FixedSizeQueue<StaticString<2>, 2>>, 2>>();
    sendable::<StaticHashMap<StaticString<2>, FixedSizeSlotMap<u8, 2>, 2>>();
}

#[test]
fn containers_hold_what_lives_in_one_process_too() {
    let text = String::from("wheel");
    let mut vec = StaticVec::<&str, 2>::new();
    vec.push(&text).unwrap();
    assert_eq!(vec, ["wheel"]);
}

// Fails if: `Extend` asks the iterator for one more than fits.
#[test]
fn collecting_keeps_what_fits_and_asks_for_no_more() {
    let mut values = 0..;
    let vec: StaticVec<u32, 3> = values.by_ref().collect();
    assert_eq!((vec, values.next()), ([0, 1, 2].into(), Some(3)));
    let queue: FixedSizeQueue<u32, 3> = values.by_ref().collect();
    assert_eq!((queue, values.next()), ([4, 5, 6].into(), Some(7)));
    let text: StaticString<4> = ['a', '€', 'b'].into_iter().collect();
    assert_eq!(text, "a€");
    let text: StaticString<4> = ["ab", "cde"].into_iter().collect();
    assert_eq!(text, "abcd");
    let map: StaticHashMap<u32, u32, 2> = (0..9).map(|key| (key, key)).collect();
    assert_eq!(
        map.iter().collect::<BTreeMap<_, _>>(),
        [(&0, &0), (&1, &1)].into()
    );
}

#[test]
fn what_must_fit_whole_is_refused_and_given_back() {
    assert_eq!(
        StaticVec::<u32, 3>::try_from_iter(0..9)
            .unwrap_err()
            .into_value(),
        3
    );
    assert_eq!(
        FixedSizeQueue::<u32, 3>::try_from_iter(0..9)
            .unwrap_err()
            .into_value(),
        3
    );
    assert_eq!(
        StaticVec::<u32, 3>::try_from(&[0; 4][..]),
        Err(TooLong {
            len: 4,
            capacity: 3
        })
    );
    assert_eq!(StaticVec::<u32, 3>::try_from(vec![1, 2]).unwrap(), [1, 2]);
    let map = StaticHashMap::<u32, u32, 2>::try_from([(1, 1), (1, 2), (2, 2), (3, 3)]);
    assert_eq!(map.unwrap_err().into_value(), (3, 3));
    assert_eq!(
        StaticString::<3>::try_from("abcd"),
        Err(TooLong {
            len: 4,
            capacity: 3
        })
    );
    assert_eq!(StaticString::<4>::from_str_truncated("ab€"), "ab");
    let mut vec = StaticVec::from([1, 2]);
    assert!(vec.extend_from_slice(&[3]).is_err() && vec == [1, 2]);
}

#[test]
fn nothing_fits_into_a_capacity_of_zero() {
    assert!(StaticVec::<u8, 0>::new().push(1).is_err());
    assert!(StaticString::<0>::new().push('a').is_err());
    assert!(StaticHashMap::<u8, u8, 0>::new().insert(1, 1).is_err());
    assert_eq!(StaticHashMap::<u8, u8, 0>::new().get(&1), None);
    assert_eq!(FixedSizeSlotMap::<u8, 0>::new().insert(1), None);
    let mut queue = FixedSizeQueue::<u8, 0>::new();
    assert!(queue.push_front(1).is_err() && !queue.push(1) && queue.pop().is_none());
    assert_eq!(queue.push_with_overflow(1), Some(1));
    assert!(queue.make_contiguous().is_empty());
}

// Fails if: `Hash` or `Ord` looks at the slots beyond the length.
#[test]
fn what_was_there_before_does_not_count() {
    let mut vec = StaticVec::from([1, 2, 3]);
    vec.pop();
    let never: StaticVec<u32, 3> = [1, 2].into_iter().collect();
    assert_eq!(vec, never);
    assert_eq!(vec.cmp(&never), core::cmp::Ordering::Equal);
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(vec), hasher.hash_one([1, 2].as_slice()));
    assert_eq!(
        hasher.hash_one(StaticString::<5>::try_from("ab").unwrap()),
        hasher.hash_one("ab")
    );

    let mut turned = FixedSizeQueue::from([9, 1, 2]);
    turned.pop();
    let straight: FixedSizeQueue<u32, 3> = [1, 2].into_iter().collect();
    assert_eq!(
        (turned, hasher.hash_one(turned)),
        (straight, hasher.hash_one(straight))
    );
    assert_eq!(turned.cmp(&straight), core::cmp::Ordering::Equal);
}

#[test]
fn maps_are_looked_up_by_what_their_keys_borrow_as() {
    let mut map = StaticHashMap::<StaticString<8>, u32, 4>::new();
    map.insert("wheel".parse().unwrap(), 4).unwrap();
    assert_eq!((map.get("wheel"), map.get("door")), (Some(&4), None));
    let by_string: HashMap<StaticString<8>, u32> = map.into_iter().collect();
    assert_eq!(by_string.get("wheel"), Some(&4));
}

// Fails if: the hasher is given a key of the process, or another basis.
#[test]
fn the_hash_is_the_same_in_every_process() {
    let mut map = StaticHashMap::<u8, u8, 4>::new();
    map.insert(1, 2).unwrap();
    // SAFETY: the heads begin eight bytes into the map.
    let heads = unsafe { core::ptr::from_ref(&map).byte_add(8) };
    // SAFETY: the heads are integers, all initialised, and lie within the map.
    let heads: [u32; 4] = unsafe { heads.cast::<[u32; 4]>().read() };
    let hash = iceoryx2_bb_elementary::fnv::hash_64(&[1]);
    let chain = usize::try_from((hash ^ (hash >> 32)) % 4).unwrap();
    assert_eq!(heads.iter().position(|head| *head == 1), Some(chain));
}

#[test]
fn strings_are_written_to_and_compared_like_strings() {
    let mut text = StaticString::<6>::new();
    write!(text, "{}", 123).unwrap();
    assert!(write!(text, "{}", 4567).is_err());
    let same = String::from("123");
    assert_eq!(text, "123");
    assert_eq!("123", text);
    assert_eq!(text, *same.as_str());
    assert_eq!(text, same);
    assert_eq!(same, text);
    assert_eq!(&text[1..], "23");
    text.make_ascii_uppercase();
    assert_eq!(String::from(text), "123");
    assert_eq!(StaticString::<3>::from_bytes(b"abc").unwrap(), "abc");
    assert_eq!(
        StaticString::<9>::from_utf8(b"abc\xff"),
        Err(FromBytesError::NotUtf8(NotUtf8 {
            byte: 0xff,
            position: 3
        }))
    );
}

#[test]
fn refusals_are_sentences_with_a_cure() {
    let mut vec = StaticVec::<u8, 1>::from([1]);
    assert_eq!(
        vec.push(2).unwrap_err().to_string(),
        "the container is full with its capacity of 1: take something out first, or choose a larger capacity"
    );
    assert_eq!(
        vec.resize(5, 0).unwrap_err().to_string(),
        "a length of 5 exceeds the capacity of 1: shorten the content, or choose a larger capacity"
    );
    vec.clear();
    let error = vec.insert(3, 1).unwrap_err();
    assert!(matches!(
        error,
        InsertError::OutOfBounds {
            value: 1,
            index: 3,
            len: 0
        }
    ));
    assert_eq!(
        error.to_string(),
        "nothing can be inserted at 3: choose the beginning of an element, or the end, which is at 0"
    );
    assert_eq!(
        StaticString::<3>::from_bytes(b"\xc3(")
            .unwrap_err()
            .to_string(),
        "byte 0xc3 at position 0 is not UTF-8: encode the text as UTF-8, or send bytes as a `StaticVec`"
    );
}
