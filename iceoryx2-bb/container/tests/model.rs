// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random operations on each container and on its cousin in the standard library, which must agree.

mod support;

use iceoryx2_bb_container::{
    FixedSizeQueue, FixedSizeSlotMap, StaticHashMap, StaticOption, StaticString, StaticVec,
};
use std::collections::{HashMap, VecDeque};
use support::Draw;

const ROUNDS: u64 = 200;
const OPERATIONS: usize = 200;
const CAPACITY: usize = 7;

// Fails if: `insert` rotates to the left, `remove` pops without rotating, or `retain_mut` truncates to `kept + 1`.
#[test]
fn a_vector_does_what_a_vec_does() {
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let mut ours = StaticVec::<u32, CAPACITY>::new();
        let mut model = Vec::new();
        for _ in 0..OPERATIONS {
            let (value, index) = (draw.value(), draw.below(CAPACITY + 2));
            let room = CAPACITY - model.len();
            match draw.below(12) {
                0..=2 if room > 0 => {
                    ours.push(value).unwrap();
                    model.push(value);
                }
                0..=2 => assert_eq!(ours.push(value).unwrap_err().into_value(), value),
                3 => assert_eq!(ours.pop(), model.pop()),
                4 if room > 0 && index <= model.len() => {
                    ours.insert(index, value).unwrap();
                    model.insert(index, value);
                }
                4 => assert_eq!(ours.insert(index, value).unwrap_err().into_value(), value),
                5 if index < model.len() => {
                    assert_eq!(ours.remove(index), Some(model.remove(index)));
                }
                5 => assert_eq!(ours.remove(index), None),
                6 if index < model.len() => {
                    assert_eq!(ours.swap_remove(index), Some(model.swap_remove(index)));
                }
                6 => assert_eq!(ours.swap_remove(index), None),
                7 => {
                    ours.retain(|held| held % 3 != value % 3);
                    model.retain(|held| held % 3 != value % 3);
                }
                8 if index <= CAPACITY => {
                    ours.resize(index, value).unwrap();
                    model.resize(index, value);
                }
                8 => assert!(ours.resize(index, value).is_err()),
                9 if room >= 3 => {
                    ours.extend_from_slice(&[value; 3]).unwrap();
                    model.extend_from_slice(&[value; 3]);
                }
                9 => assert!(ours.extend_from_slice(&[value; 3]).is_err() == (room < 3)),
                10 => {
                    ours.truncate(index);
                    model.truncate(index);
                }
                _ => {
                    ours.sort_unstable();
                    model.sort_unstable();
                }
            }
            assert_eq!(ours, model);
            assert_eq!(
                (ours.len(), ours.is_empty()),
                (model.len(), model.is_empty())
            );
            assert_eq!(ours.is_full(), model.len() == CAPACITY);
            assert_eq!(format!("{ours:?}"), format!("{model:?}"));
        }
        let (copy, split) = (ours, draw.below(CAPACITY));
        let mut from_both_ends = copy.into_iter();
        let back: Vec<u32> = from_both_ends.by_ref().rev().take(split).collect();
        assert_eq!(from_both_ends.len(), from_both_ends.as_slice().len());
        let front: Vec<u32> = from_both_ends.collect();
        assert!(front.iter().chain(back.iter().rev()).eq(&model));
    }
}

// Fails if: `truncate` cuts at `len` itself, `remove` rotates by one, or `insert_bytes` rotates to the left.
#[test]
fn a_string_does_what_a_string_of_the_language_does() {
    const LETTERS: [char; 6] = ['a', 'ß', '€', '🦀', '\0', 'z'];
    const BYTES: usize = 17;
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let mut ours = StaticString::<BYTES>::new();
        let mut model = String::new();
        for _ in 0..OPERATIONS {
            let letter = LETTERS[draw.below(LETTERS.len())];
            let index = draw.below(BYTES + 2);
            let room = BYTES - model.len();
            let is_start = model.is_char_boundary(index);
            match draw.below(9) {
                0..=1 if letter.len_utf8() <= room => {
                    ours.push(letter).unwrap();
                    model.push(letter);
                }
                0..=1 => assert_eq!(ours.push(letter).unwrap_err().into_value(), letter),
                2 => assert_eq!(ours.pop(), model.pop()),
                3 if is_start && letter.len_utf8() <= room => {
                    ours.insert(index, letter).unwrap();
                    model.insert(index, letter);
                }
                3 => assert_eq!(ours.insert(index, letter).unwrap_err().into_value(), letter),
                4 if is_start && index < model.len() => {
                    assert_eq!(ours.remove(index), Some(model.remove(index)));
                }
                4 => assert_eq!(ours.remove(index), None),
                5 => {
                    ours.retain(|held| held != letter);
                    model.retain(|held| held != letter);
                }
                6 => {
                    ours.truncate(index);
                    let end = (0..=index.min(model.len()))
                        .rfind(|end| model.is_char_boundary(*end))
                        .unwrap();
                    model.truncate(end);
                }
                7 if is_start && room >= 3 => {
                    ours.insert_str(index, "xyz").unwrap();
                    model.insert_str(index, "xyz");
                }
                7 => assert_eq!(
                    ours.insert_str(index, "xyz").unwrap_err().into_value(),
                    "xyz"
                ),
                _ if room >= 5 => {
                    ours.push_str("ab€").unwrap();
                    model.push_str("ab€");
                }
                _ => assert!(ours.push_str("ab€").is_err()),
            }
            assert_eq!(ours, model);
            assert_eq!(
                (ours.len(), ours.is_empty()),
                (model.len(), model.is_empty())
            );
            assert_eq!(ours.as_bytes(), model.as_bytes());
            assert_eq!(
                format!("{ours:?} {ours:>20}"),
                format!("{model:?} {model:>20}")
            );
        }
    }
}

// Fails if: `slot_at` does not go around the end, `push_front` leaves the head, or `as_slices` swaps its parts.
#[test]
fn a_queue_does_what_a_deque_does() {
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let mut ours = FixedSizeQueue::<u32, CAPACITY>::new();
        let mut model = VecDeque::new();
        for _ in 0..OPERATIONS {
            let (value, index) = (draw.value(), draw.below(CAPACITY + 2));
            let is_full = model.len() == CAPACITY;
            match draw.below(10) {
                0 => {
                    let oldest = if is_full { model.pop_front() } else { None };
                    assert_eq!(ours.push_with_overflow(value), oldest);
                    model.push_back(value);
                }
                1..=2 if is_full => {
                    assert!(!ours.push(value));
                    assert_eq!(ours.push_front(value).unwrap_err().into_value(), value);
                }
                1 => {
                    assert!(ours.push(value));
                    model.push_back(value);
                }
                2 => {
                    ours.push_front(value).unwrap();
                    model.push_front(value);
                }
                3 => assert_eq!(ours.pop(), model.pop_front()),
                4 => assert_eq!(ours.pop_back(), model.pop_back()),
                5 => assert_eq!(ours.get(index), model.get(index)),
                6 => {
                    let changed = ours.get_mut(index).map(|held| *held += 1).is_some();
                    assert_eq!(
                        changed,
                        model.get_mut(index).map(|held| *held += 1).is_some()
                    );
                }
                7 => {
                    ours.truncate(index);
                    model.truncate(index);
                }
                8 => {
                    ours.iter_mut().for_each(|held| *held ^= 1);
                    model.iter_mut().for_each(|held| *held ^= 1);
                }
                _ => assert_eq!(ours.make_contiguous(), model.make_contiguous()),
            }
            assert!(ours.iter().eq(&model), "{ours:?} {model:?}");
            assert!(ours.iter().rev().eq(model.iter().rev()));
            assert_eq!((ours.front(), ours.back()), (model.front(), model.back()));
            assert_eq!((ours.peek(), ours.len()), (model.front(), model.len()));
            assert_eq!(ours.contains(&value), model.contains(&value));
            assert_eq!(format!("{ours:?}"), format!("{model:?}"));
        }
        assert!(ours.into_iter().eq(model));
    }
}

// Fails if: `remove_at` does not redirect the chain of the last entry, or `append` forgets the entry's next.
#[test]
fn a_hash_map_does_what_a_hash_map_does() {
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let mut ours = StaticHashMap::<u32, u64, CAPACITY>::new();
        let mut model = HashMap::new();
        for _ in 0..OPERATIONS {
            let (key, value) = (draw.value(), draw.any());
            let is_full = model.len() == CAPACITY && !model.contains_key(&key);
            match draw.below(8) {
                0..=2 if is_full => {
                    assert_eq!(
                        ours.insert(key, value).unwrap_err().into_value(),
                        (key, value)
                    );
                }
                0..=2 => assert_eq!(ours.insert(key, value).unwrap(), model.insert(key, value)),
                3..=4 => assert_eq!(ours.remove(&key), model.remove(&key)),
                5 if is_full => {
                    assert_eq!(
                        ours.get_or_insert_with(key, || value)
                            .unwrap_err()
                            .into_value(),
                        key
                    );
                }
                5 => assert_eq!(
                    ours.get_or_insert_with(key, || value).unwrap(),
                    model.entry(key).or_insert(value)
                ),
                6 => {
                    ours.retain(|held, _| held % 5 != key % 5);
                    model.retain(|held, _| held % 5 != key % 5);
                }
                _ => {
                    let changed = ours.get_mut(&key).map(|held| *held = value).is_some();
                    assert_eq!(
                        changed,
                        model.get_mut(&key).map(|held| *held = value).is_some()
                    );
                }
            }
            for key in 0..24 {
                assert_eq!(ours.get(&key), model.get(&key), "{key}");
            }
            assert_eq!(
                (ours.len(), ours.is_full()),
                (model.len(), model.len() == CAPACITY)
            );
            assert_eq!(
                ours.iter().collect::<HashMap<_, _>>(),
                model.iter().collect()
            );
        }
        let by_other_ways: StaticHashMap<_, _, { CAPACITY + 1 }> =
            model.iter().map(|(key, value)| (*key, *value)).collect();
        assert_eq!(ours, by_other_ways);
        assert_eq!(ours.into_iter().collect::<HashMap<_, _>>(), model);
    }
}

// Fails if: `vacate` leaves the generation, or `find` does not compare it.
#[test]
fn a_slot_map_finds_what_was_put_in_until_it_is_taken() {
    for seed in 0..ROUNDS {
        let mut draw = Draw::of(seed);
        let mut ours = FixedSizeSlotMap::<u32, CAPACITY>::new();
        let mut model = HashMap::new();
        let mut gone = Vec::new();
        for _ in 0..OPERATIONS {
            let value = draw.value();
            let known = model.keys().copied().max();
            match (draw.below(5), known) {
                (0..=2, _) => match ours.insert(value) {
                    Some(key) => assert_eq!(model.insert(key, value), None),
                    None => assert_eq!(model.len(), CAPACITY),
                },
                (3, Some(key)) => {
                    assert_eq!(ours.remove(key), model.remove(&key));
                    gone.push(key);
                }
                _ if draw.below(8) == 0 => {
                    ours.clear();
                    gone.extend(model.drain().map(|(key, _)| key));
                }
                _ => {
                    ours.retain(|_, held| *held % 4 != value % 4);
                    model.retain(|key, held| {
                        let is_kept = *held % 4 != value % 4;
                        gone.extend((!is_kept).then_some(*key));
                        is_kept
                    });
                }
            }
            assert_eq!(
                (ours.len(), ours.is_full()),
                (model.len(), model.len() == CAPACITY)
            );
            assert!(
                model
                    .iter()
                    .all(|(key, value)| ours.get(*key) == Some(value))
            );
            assert!(gone.iter().all(|key| !ours.contains(*key)));
            let all: HashMap<_, _> = ours.iter().map(|(key, value)| (key, *value)).collect();
            assert_eq!(all, model);
        }
        assert_eq!(ours, ours.clone());
        assert_eq!(ours.into_iter().collect::<HashMap<_, _>>(), model);
    }
}

// Fails if: `take` leaves the tag, or `replace` returns the new value.
#[test]
fn an_option_does_what_an_option_does() {
    let mut draw = Draw::of(0);
    let mut ours = StaticOption::<u32>::none();
    let mut model = None;
    for _ in 0..OPERATIONS {
        let value = draw.value();
        match draw.below(5) {
            0 => assert_eq!(ours.take(), model.take()),
            1 => assert_eq!(ours.replace(value), model.replace(value)),
            2 => assert_eq!(ours.insert(value), model.insert(value)),
            3 => assert_eq!(
                ours.get_or_insert_with(|| value),
                model.get_or_insert(value)
            ),
            _ => {
                ours = ours.map(|held| held + 1);
                model = model.map(|held| held + 1);
            }
        }
        assert_eq!(ours, model);
        assert_eq!(ours.as_mut(), model.as_mut());
        assert_eq!(
            (ours.is_some(), ours.is_none()),
            (model.is_some(), model.is_none())
        );
        assert_eq!(ours.unwrap_or(7), model.unwrap_or(7));
        assert_eq!(format!("{ours:?}"), format!("{model:?}"));
        assert_eq!(ours.iter().count(), model.iter().count());
    }
    assert!(StaticOption::none() < StaticOption::some(0));
    assert!(StaticOption::some(1).is_some_and(|value| *value == 1));
    assert_eq!(StaticOption::<u32>::none().unwrap_or_default(), 0);
}
