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
}

#[test]
fn a_forked_child_touches_nothing() {
    let place = TestPlace::new();
    SharedWords::create(&place.open(), NAME, 2).unwrap();
    let words = open(&place);
    let mut copy = Some(words);
    let fine = forked(|| {
        let refused = copy.as_ref().is_some_and(|words| {
            words
                .load(0)
                .is_err_and(|error| error.kind() == ErrorKind::UsedAfterFork)
                && words.add(0).is_err()
        });
        drop(copy.take());
        refused
    });
    assert!(fine);
    assert_eq!(copy.unwrap().load(0).unwrap(), 0);
}
