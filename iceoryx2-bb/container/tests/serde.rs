// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Containers and names go through serde as their cousins do.

#![expect(clippy::unwrap_used, reason = "part of tests")]

use core::fmt::Debug;
use iceoryx2_bb_container::{
    FileName, FilePath, FixedSizeQueue, FixedSizeSlotMap, Path, StaticHashMap, StaticOption,
    StaticString, StaticVec,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn goes_through<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
}

fn refusal<T: DeserializeOwned + Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

#[test]
fn containers_are_written_as_their_cousins_and_read_back() {
    goes_through(&StaticVec::<u8, 4>::from_iter([1, 2]), "[1,2]");
    goes_through(&FixedSizeQueue::<u8, 4>::from_iter([1, 2]), "[1,2]");
    goes_through(&StaticString::<4>::from_iter(["ab"]), "\"ab\"");
    goes_through(&StaticOption::some(1), "1");
    goes_through(&StaticOption::<u8>::none(), "null");
    goes_through(
        &StaticHashMap::<u8, u8, 2>::from_iter([(1, 2)]),
        "{\"1\":2}",
    );
}

#[test]
fn names_are_written_as_text_and_checked_when_read() {
    goes_through(&FileName::new(b"a").unwrap(), "\"a\"");
    goes_through(&FilePath::new(b"/a").unwrap(), "\"/a\"");
    goes_through(&Path::new(b"/a/").unwrap(), "\"/a/\"");
    assert!(refusal::<FileName>("\"a/b\"").starts_with("a file name must not contain '/'"));
}

// Fails if: `append_slot` begins every slot with generation 0.
#[test]
fn keys_of_a_slot_map_stay_what_they_are() {
    let mut map = FixedSizeSlotMap::<u8, 3>::new();
    let (gone, kept) = (map.insert(1).unwrap(), map.insert(2).unwrap());
    map.remove(gone);
    goes_through(&map, "[[2,null],[1,2]]");

    let mut read: FixedSizeSlotMap<u8, 3> = serde_json::from_str("[[2,null],[1,2]]").unwrap();
    assert_eq!((read.get(kept), read.len()), (Some(&2), 1));
    assert!(read.insert(3).is_some() && read.insert(4).is_some() && read.is_full());
    assert_eq!(read.get(gone), None);
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(refusal::<StaticVec<u8, 1>>("[1,2]").starts_with("the container is full"));
    assert!(refusal::<FixedSizeQueue<u8, 1>>("[1,2]").starts_with("the container is full"));
    assert!(refusal::<StaticString<1>>("\"ab\"").starts_with("a length of 2 exceeds"));
    assert!(
        refusal::<StaticHashMap<u8, u8, 1>>("{\"1\":1,\"2\":2}")
            .starts_with("the container is full")
    );
    assert!(
        refusal::<FixedSizeSlotMap<u8, 1>>("[[1,1],[1,1]]").starts_with("the container is full")
    );
    assert!(refusal::<FixedSizeSlotMap<u8, 1>>("[[1,null]]").starts_with("a slot of generation 1"));
}
