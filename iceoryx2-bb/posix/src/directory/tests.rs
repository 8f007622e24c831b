// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::testing::{
    Child, TestPlace, argument_of_child, forked, raw_child, tell_parent, wait_for_parent,
};
use nix::{libc, sys::resource, sys::stat, unistd};
use std::{
    fs,
    os::unix::{
        ffi::OsStringExt,
        fs::{PermissionsExt, symlink},
    },
};

fn mode_of(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn kind_of<T: core::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_link_is_followed_on_the_way_but_not_at_the_end() {
    let place = TestPlace::new();
    fs::create_dir_all(place.path().join("real/leaf")).unwrap();
    symlink(place.path().join("real"), place.path().join("link")).unwrap();

    assert!(Directory::open(&place.path().join("link/leaf")).is_ok());
    assert_eq!(
        kind_of(Directory::open(&place.path().join("link"))),
        ErrorKind::NotADirectory
    );
    assert!(Directory::create_all(&place.path().join("link/new/leaf")).is_ok());
    assert!(place.path().join("real/new/leaf").is_dir());
    assert!(Directory::create_all(&place.path().join("link")).is_err());
    symlink(place.path().join("nowhere"), place.path().join("dangling")).unwrap();
    assert!(Directory::create_all(&place.path().join("dangling")).is_err());
    assert!(!place.path().join("nowhere").exists());
}

#[test]
fn a_directory_swapped_for_a_link_is_refused_and_the_open_one_stays() {
    let place = TestPlace::new();
    let path = place.path().join("it");
    let directory = Directory::create_all(&path).unwrap();
    fs::rename(&path, place.path().join("moved")).unwrap();
    symlink(place.path().join("moved"), &path).unwrap();

    assert!(!directory.is_current());
    assert!(Directory::open(&path).is_err());
    directory.write_file_atomically("name", b"content").unwrap();
    assert_eq!(
        fs::read(place.path().join("moved/name")).unwrap(),
        b"content"
    );
    directory.remove_self_if_empty().unwrap();
    assert!(place.path().join("moved/name").exists());
}

#[test]
fn anything_but_a_directory_is_refused() {
    let place = TestPlace::new();
    fs::write(place.path().join("file"), b"").unwrap();
    unistd::mkfifo(&place.path().join("pipe"), stat::Mode::S_IRWXU).unwrap();
    for name in ["file", "pipe"] {
        let path = place.path().join(name);
        assert_eq!(kind_of(Directory::open(&path)), ErrorKind::NotADirectory);
        assert_eq!(
            kind_of(Directory::create_all(&path)),
            ErrorKind::NotADirectory
        );
        assert_eq!(
            kind_of(Directory::create_all(&path.join("x"))),
            ErrorKind::NotADirectory
        );
    }
    assert_eq!(
        kind_of(Directory::open(Path::new(""))),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind_of(Directory::open(Path::new("/a\0b"))),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind_of(Directory::open(&place.path().join("x"))),
        ErrorKind::NotFound
    );
}

#[test]
fn a_relative_path_is_made_absolute() {
    let here = Directory::open(Path::new("src")).unwrap();
    assert!(here.path().is_absolute() && here.is_current());
    assert!(here.contains("lib.rs").unwrap());
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    if let Some(path) = argument_of_child() {
        stat::umask(stat::Mode::from_bits_truncate(0o777));
        let directory = Directory::create_all(&Path::new(&path).join("a/b")).unwrap();
        directory.write_file_atomically("name", b"").unwrap();
        return;
    }
    let place = TestPlace::new();
    let child = Child::start(
        "directory::tests::modes_do_not_depend_on_the_umask",
        place.path(),
    );
    assert!(child.finish().success());
    for (name, mode) in [("a", 0o700), ("a/b", 0o700), ("a/b/name", 0o600)] {
        assert_eq!(mode_of(&place.path().join(name)), mode, "{name}");
    }
}

#[test]
fn what_others_may_change_is_not_trusted() {
    let place = TestPlace::new();
    let directory = place.open();
    for (mode, trusted) in [
        (0o700, true),
        (0o755, true),
        (0o1777, true),
        (0o777, false),
        (0o770, false),
        (0o702, false),
    ] {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(
            directory.untrusted_because().unwrap().is_none(),
            trusted,
            "{mode:o}"
        );
    }
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
    if user::effective_uid() != 0 {
        let reason = Directory::open(Path::new("/"))
            .unwrap()
            .untrusted_because()
            .unwrap();
        assert_eq!(reason, Some("it belongs to another user"));
    }
}

#[test]
fn only_regular_files_are_read_and_nothing_hangs() {
    let place = TestPlace::new();
    let directory = place.open();
    fs::write(place.path().join("file"), b"content").unwrap();
    symlink("file", place.path().join("link")).unwrap();
    fs::create_dir(place.path().join("directory")).unwrap();
    unistd::mkfifo(&place.path().join("pipe"), stat::Mode::S_IRWXU).unwrap();

    assert_eq!(directory.read_file("file", 7).unwrap().unwrap(), b"content");
    assert_eq!(kind_of(directory.read_file("link", 7)), ErrorKind::Loop);
    assert_eq!(
        kind_of(directory.read_file("directory", 7)),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind_of(directory.read_file("pipe", 7)),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind_of(directory.remove_file("directory")),
        ErrorKind::IsADirectory
    );
    for name in ["link", "pipe"] {
        assert!(directory.contains(name).unwrap());
        directory.remove_file(name).unwrap();
        assert!(!directory.contains(name).unwrap());
    }
    assert!(directory.contains("file").unwrap());
}

#[test]
fn what_could_not_be_written_leaves_nothing() {
    let place = TestPlace::new();
    let directory = place.open();
    fs::create_dir(place.path().join("taken")).unwrap();
    assert!(
        directory
            .write_file_atomically("taken", b"content")
            .is_err()
    );
    assert_eq!(directory.names().unwrap(), ["taken"]);
}

#[test]
fn a_limit_of_file_sizes_is_an_error_and_no_death() {
    if let Some(path) = argument_of_child() {
        let directory = Directory::open(Path::new(&path)).unwrap();
        directory
            .write_file_atomically("before", b"content")
            .unwrap();
        resource::setrlimit(resource::Resource::RLIMIT_FSIZE, 3, 3).unwrap();
        let result = directory.write_file_atomically("after", b"content");
        assert_eq!(kind_of(result), ErrorKind::NoSpace);
        directory.write_file_atomically("less", b"abc").unwrap();
        return;
    }
    let place = TestPlace::new();
    let name = "directory::tests::a_limit_of_file_sizes_is_an_error_and_no_death";
    assert!(Child::start(name, place.path()).finish().success());
    assert!(!place.open().contains("after").unwrap());
    assert_eq!(place.open().read_file("less", 3).unwrap().unwrap(), b"abc");
}

#[test]
fn names_are_listed_whatever_bytes_they_have() {
    let place = TestPlace::new();
    let odd = OsString::from_vec(vec![0xff, b'x']);
    fs::write(place.path().join(&odd), b"").unwrap();
    assert_eq!(place.open().names().unwrap(), [odd]);
}

#[test]
fn a_killed_holder_gives_the_lock_back() {
    if let Some(path) = argument_of_child() {
        let directory = Directory::open(Path::new(&path)).unwrap();
        let _held = directory.try_lock().unwrap().unwrap();
        tell_parent("held");
        wait_for_parent();
        return;
    }
    let place = TestPlace::new();
    let directory = place.open();
    let mut child = Child::start(
        "directory::tests::a_killed_holder_gives_the_lock_back",
        place.path(),
    );
    assert_eq!(child.listen().as_deref(), Some("held"));
    assert!(directory.try_lock().unwrap().is_none());
    child.kill();
    assert!(directory.try_lock().unwrap().is_some());
}

#[test]
fn a_lock_is_given_back_although_a_child_has_a_duplicate() {
    if argument_of_child().is_none() {
        let name = "directory::tests::a_lock_is_given_back_although_a_child_has_a_duplicate";
        assert!(Child::start(name, "child").finish().success());
        return;
    }
    let place = TestPlace::new();
    let directory = place.open();
    let held = directory.try_lock().unwrap().unwrap();
    let _child = raw_child();
    assert!(directory.try_lock().unwrap().is_none());
    drop(held);
    assert!(directory.try_lock().unwrap().is_some());
}

#[test]
fn a_forked_child_can_neither_use_nor_unlock() {
    let place = TestPlace::new();
    let directory = place.open();
    let mut held = directory.try_lock().unwrap();
    let fine = forked(|| {
        drop(held.take());
        let used = directory.contains("x").unwrap_err().kind() == ErrorKind::UsedAfterFork;
        used && !directory.is_current()
    });
    assert!(fine);
    assert!(directory.try_lock().unwrap().is_none());
    drop(held);
    assert!(directory.try_lock().unwrap().is_some());
}

// Fails if: `try_first_lock` locks nothing, or dropping the lock leaves it to the directory's end.
#[test]
fn the_first_lock_is_one_like_any_other() {
    let place = TestPlace::new();
    let (mut first, mut other) = (place.open(), place.open());
    let held = first.try_first_lock().unwrap();
    assert!(held.is_some());
    assert!(other.try_first_lock().unwrap().is_none());
    assert!(other.try_lock().unwrap().is_none());
    assert!(first.try_lock().unwrap().is_none());
    drop(held);
    let held = other.try_first_lock().unwrap();
    assert!(held.is_some() && first.try_lock().unwrap().is_none());
    drop((held, other));
    assert!(first.try_lock().unwrap().is_some());
}

// Fails if: `open_itself` insists on reading.
#[test]
fn a_directory_that_may_only_be_entered_is_opened() {
    let place = TestPlace::new();
    fs::write(place.path().join("file"), "content").unwrap();
    let mut directory = crate::faults::failing("openat", libc::EACCES, || place.open());
    let content = directory.read_file("file", 100).unwrap();
    assert_eq!(content.as_deref(), Some(&b"content"[..]));
    // It cannot be locked as it is, but here it may be opened once more.
    let held = directory.try_first_lock().unwrap();
    assert!(held.is_some() && place.open().try_lock().unwrap().is_none());
}

// Fails if: `below` does not ask whether this directory is private.
#[test]
fn what_lies_in_a_private_directory_is_reached_from_there() {
    let place = TestPlace::new();
    let path = place.path().join("private");
    let private = Directory::create_all(&path).unwrap();
    assert!(private.below("below").is_none(), "nobody looked yet");
    assert_eq!(private.untrusted_because().unwrap(), None);
    assert!(private.below("..").is_none() && private.below("a/b").is_none());

    let below = private.below("below").unwrap();
    assert_eq!(below.path(), path.join("below"));
    assert_eq!(below.read_file("file", 7), Ok(None));
    assert_eq!(kind_of(below.names()), ErrorKind::NotFound);
    fs::create_dir(path.join("below")).unwrap();
    fs::write(path.join("below/file"), b"content").unwrap();
    assert_eq!(below.read_file("file", 7).unwrap().unwrap(), b"content");
    assert_eq!(
        kind_of(below.read_file("../file", 7)),
        ErrorKind::InvalidInput
    );
    assert_eq!(below.names().unwrap(), ["file"]);
    assert!(below.is_current());

    for mode in [0o710, 0o701, 0o755] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let open = Directory::create_all(&path).unwrap();
        assert_eq!(open.untrusted_because().unwrap(), None);
        assert!(open.below("below").is_none(), "{mode:o}");
    }
}

// Fails if: `descriptor` opens it anew each time.
#[test]
fn a_directory_reached_from_above_is_the_same_from_then_on() {
    let place = TestPlace::new();
    let path = place.path().join("private");
    let private = Directory::create_all(&path.join("below")).and_then(|_| Directory::open(&path));
    let private = private.unwrap();
    assert_eq!(private.untrusted_because().unwrap(), None);
    let below = private.below("below").unwrap();
    let lock = below.try_lock().unwrap().unwrap();
    fs::rename(path.join("below"), path.join("old")).unwrap();
    fs::create_dir(path.join("below")).unwrap();
    fs::write(path.join("below/file"), b"").unwrap();
    assert!(!below.is_current());
    assert_eq!(below.read_file("file", 7), Ok(None));
    drop(lock);
}
