// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::testing::{TestPlace, forked};
use std::{fs, os::unix::fs::chown};

const NAME: &str = "words";
const NOBODY: u32 = 65534;

fn open(place: &TestPlace) -> SharedWords {
    SharedWords::open(&place.open(), NAME, 2).unwrap()
}

#[test]
fn words_lie_one_after_the_other_in_the_file() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let words = open(&place);
    words.add(1).unwrap();
    words.add(1).unwrap();
    words.add(0).unwrap();
    let content = fs::read(place.path().join(NAME)).unwrap();
    let expected: Vec<u8> = [1_u64, 2].into_iter().flat_map(u64::to_ne_bytes).collect();
    assert_eq!(content, expected);
}

#[test]
fn a_word_that_is_not_there_is_refused() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let words = open(&place);
    assert_eq!(words.load(2).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(
        words.add(usize::MAX).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    for count in [0, 3, usize::MAX] {
        let opened = SharedWords::open(&place.open(), NAME, count);
        assert_eq!(
            opened.unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{count}"
        );
    }
}

// Fails if: another word is found than the one asked for, or a found one does not keep its mapping.
#[test]
fn a_found_word_says_what_its_file_says() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let (words, other) = (open(&place), open(&place));
    let found = words.find(1).unwrap().unwrap();
    assert_eq!(words.find(2).unwrap_err().kind(), ErrorKind::InvalidInput);
    drop(words);
    for expected in 1..4 {
        other.add(1).unwrap();
        assert_eq!(found.load().unwrap(), expected);
    }
}

#[test]
fn another_users_words_are_read_and_never_mapped() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let owner = open(&place);
    if chown(place.path().join(NAME), Some(NOBODY), None).is_err()
        || crate::user::effective_uid() == NOBODY
    {
        return;
    }
    let reader = open(&place);
    owner.add(1).unwrap();
    assert!(owner.is_writable() && !reader.is_writable());
    assert_eq!((reader.load(0).unwrap(), reader.load(1).unwrap()), (0, 1));
    assert_eq!(reader.add(1).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(owner.find(1).unwrap().is_some() && reader.find(1).unwrap().is_none());
}

#[test]
fn a_forked_child_touches_nothing() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let words = open(&place);
    let found = words.find(0).unwrap();
    let mut copy = Some((words, found));
    let used_after_fork = |result: Result<u64, Error>| {
        result.is_err_and(|error| error.kind() == ErrorKind::UsedAfterFork)
    };
    let fine = forked(|| {
        let refused = copy.as_ref().is_some_and(|(words, found)| {
            used_after_fork(words.load(0))
                && words.add(0).is_err()
                && words.find(0).is_err()
                && found
                    .as_ref()
                    .is_some_and(|found| used_after_fork(found.load()))
        });
        drop(copy.take());
        refused
    });
    assert!(fine);
    assert_eq!(copy.unwrap().0.load(0).unwrap(), 0);
}
