// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::testing::{
    Child, TestPlace, argument_of_child, forked, raw_child, tell_parent, wait_for_parent,
};
use std::{fs, os::unix::fs::symlink, path::Path};

const NAME: &str = "locks";

fn open(place: &TestPlace) -> LockFile {
    LockFile::open(&place.open(), NAME).unwrap().unwrap()
}

fn create(place: &TestPlace) -> LockFile {
    LockFile::create(&place.open(), NAME).unwrap()
}

#[test]
fn open_files_conflict_and_one_retakes_its_own() {
    let place = TestPlace::new();
    let (one, other) = (create(&place), open(&place));
    assert!(one.try_write_lock(5).unwrap());
    assert!(one.try_write_lock(5).unwrap());
    assert!(!other.try_write_lock(5).unwrap());
    assert!(other.try_write_lock(6).unwrap());
    one.downgrade(5).unwrap();
    assert!(!other.try_write_lock(5).unwrap());
    one.unlock(5).unwrap();
    one.unlock(5).unwrap();
    assert!(other.try_write_lock(5).unwrap());
}

#[test]
fn a_query_tells_how_others_hold_and_never_oneself() {
    let place = TestPlace::new();
    let (one, other) = (create(&place), open(&place));
    let observer = LockFile::open_read_only(&place.open(), NAME)
        .unwrap()
        .unwrap();
    assert_eq!(observer.holder(5).unwrap(), Held::Free);
    one.try_write_lock(5).unwrap();
    for it in [&other, &observer] {
        assert_eq!(it.holder(5).unwrap(), Held::Writing);
    }
    one.downgrade(5).unwrap();
    for it in [&other, &observer] {
        assert_eq!(it.holder(5).unwrap(), Held::Reading);
        assert_eq!(
            (it.holder(4).unwrap(), it.holder(6).unwrap()),
            (Held::Free, Held::Free)
        );
    }
    assert_eq!(one.holder(5).unwrap(), Held::Free);
    drop(one);
    assert_eq!(observer.holder(5).unwrap(), Held::Free);
}

#[test]
fn neighbours_are_found_together_and_clipped() {
    let place = TestPlace::new();
    let (one, other) = (create(&place), open(&place));
    for byte in 3..9 {
        one.try_write_lock(byte).unwrap();
    }
    let found = |bytes| other.find_held(bytes).unwrap().map(|found| found.bytes);
    assert_eq!(found(0..100), Some(3..9));
    assert_eq!(found(4..6), Some(4..6));
    assert_eq!(found(0..3), None);
    assert_eq!(found(9..9), None);
    assert_eq!(one.find_held(0..100).unwrap(), None);
}

#[test]
fn who_may_only_look_cannot_lock_or_write() {
    let place = TestPlace::new();
    create(&place).write_at(0, b"content").unwrap();
    let observer = LockFile::open_read_only(&place.open(), NAME)
        .unwrap()
        .unwrap();
    assert!(observer.try_write_lock(1).is_err());
    assert!(observer.write_at(0, b"x").is_err());
    let mut buffer = [0; 16];
    assert_eq!(observer.read_at(3, &mut buffer).unwrap(), 4);
    assert_eq!(&buffer[..4], b"tent");
    assert_eq!(observer.size().unwrap(), 7);
}

#[test]
fn only_regular_files_are_opened() {
    let place = TestPlace::new();
    assert!(LockFile::open(&place.open(), NAME).unwrap().is_none());
    fs::write(place.path().join("file"), b"").unwrap();
    symlink("file", place.path().join(NAME)).unwrap();
    let refused = LockFile::open(&place.open(), NAME).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Loop);
}

#[test]
fn bytes_no_file_can_have_are_refused() {
    let place = TestPlace::new();
    let file = create(&place);
    assert!(file.try_write_lock(u64::MAX).is_err());
    assert!(file.find_held(0..u64::MAX).is_err());
    assert!(file.read_at(u64::MAX, &mut [0]).is_err());
    assert!(file.write_at(u64::MAX, &[0]).is_err());
}

#[test]
fn a_killed_holder_gives_its_bytes_back() {
    if let Some(path) = argument_of_child() {
        let directory = Directory::open(Path::new(&path)).unwrap();
        let file = LockFile::open(&directory, NAME).unwrap().unwrap();
        assert!(file.try_write_lock(1).unwrap() && file.try_write_lock(2).unwrap());
        file.downgrade(2).unwrap();
        tell_parent("held");
        wait_for_parent();
        return;
    }
    let place = TestPlace::new();
    let file = create(&place);
    let name = "lock_file::tests::a_killed_holder_gives_its_bytes_back";
    let mut child = Child::start(name, place.path());
    assert_eq!(child.listen().as_deref(), Some("held"));
    assert_eq!(file.holder(1).unwrap(), Held::Writing);
    assert_eq!(file.holder(2).unwrap(), Held::Reading);
    child.kill();
    assert_eq!(file.find_held(0..10).unwrap(), None);
}

#[test]
fn exactly_as_many_processes_win_as_there_are_bytes() {
    if let Some(path) = argument_of_child() {
        let directory = Directory::open(Path::new(&path)).unwrap();
        let file = LockFile::open(&directory, NAME).unwrap().unwrap();
        tell_parent("ready");
        wait_for_parent();
        let won = (0..5).find(|byte| file.try_write_lock(*byte).unwrap());
        tell_parent(&format!("{won:?}"));
        // Held until the parent kills us.
        loop {
            std::thread::park();
        }
    }
    let place = TestPlace::new();
    let observer = create(&place);
    let name = "lock_file::tests::exactly_as_many_processes_win_as_there_are_bytes";
    let mut children: Vec<Child> = (0..16).map(|_| Child::start(name, place.path())).collect();
    for child in &mut children {
        assert_eq!(child.listen().as_deref(), Some("ready"));
    }
    children.iter_mut().for_each(Child::let_go);
    let mut told: Vec<String> = children
        .iter_mut()
        .map(|child| child.listen().unwrap())
        .collect();
    told.sort();
    let mut expected = vec!["None".to_owned(); 11];
    expected.extend((0..5).map(|byte| format!("Some({byte})")));
    assert_eq!(told, expected);
    assert!((0..5).all(|byte| observer.holder(byte).unwrap() == Held::Writing));
}

#[test]
fn an_unlock_counts_although_a_child_has_a_duplicate() {
    if argument_of_child().is_none() {
        let name = "lock_file::tests::an_unlock_counts_although_a_child_has_a_duplicate";
        assert!(Child::start(name, "child").finish().success());
        return;
    }
    let place = TestPlace::new();
    let (one, other) = (create(&place), open(&place));
    assert!(one.try_write_lock(1).unwrap() && one.try_write_lock(2).unwrap());
    let _child = raw_child();
    one.unlock(1).unwrap();
    assert_eq!(
        other.find_held(0..10).unwrap().map(|found| found.bytes),
        Some(2..3)
    );
    drop(one);
    assert_eq!(other.find_held(0..10).unwrap(), None);
}

#[test]
fn a_forked_child_can_neither_use_nor_unlock() {
    let place = TestPlace::new();
    let (one, other) = (create(&place), open(&place));
    one.try_write_lock(1).unwrap();
    let mut copy = Some(one);
    let fine = forked(|| {
        let Some(file) = copy.take() else {
            return false;
        };
        let refused = |result: Result<(), Error>| {
            result.is_err_and(|error| error.kind() == ErrorKind::UsedAfterFork)
        };
        file.is_foreign()
            && refused(file.unlock(1))
            && refused(file.downgrade(1))
            && refused(file.try_write_lock(1).map(drop))
            && refused(file.holder(1).map(drop))
    });
    assert!(fine);
    assert_eq!(other.holder(1).unwrap(), Held::Writing);
    drop(copy);
    assert_eq!(other.holder(1).unwrap(), Held::Free);
}
