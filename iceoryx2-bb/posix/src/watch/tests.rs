// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{
    ErrorKind,
    poll::{Poller, Trigger},
    testing::{TestPlace, forked},
};
use core::time::Duration;

fn readable(watch: &Watch) -> bool {
    let poller = Poller::create().unwrap();
    poller.add(watch.source(), 1, Trigger::Level).unwrap();
    poller.wait(Some(Duration::ZERO), &mut |_| ()).unwrap() > 0
}

#[test]
fn a_watch_is_readable_from_a_name_until_drained() {
    let place = TestPlace::new();
    let directory = place.open();
    let watch = Watch::create(&directory).unwrap();
    assert!(!readable(&watch));
    directory.write_file_atomically("name", b"").unwrap();
    assert!(readable(&watch) && readable(&watch));
    watch.drain().unwrap();
    watch.drain().unwrap();
    assert!(!readable(&watch));
    directory.remove_file("name").unwrap();
    assert!(!readable(&watch));
}

#[test]
fn the_directory_is_watched_and_not_its_path() {
    let place = TestPlace::new();
    let path = place.path().join("it");
    let directory = Directory::create_all(&path).unwrap();
    std::fs::rename(&path, place.path().join("moved")).unwrap();
    Directory::create_all(&path).unwrap();
    let watch = Watch::create(&directory).unwrap();
    std::fs::write(path.join("elsewhere"), b"").unwrap();
    assert!(!readable(&watch));
    std::fs::write(place.path().join("moved/here"), b"").unwrap();
    assert!(readable(&watch));
}

#[test]
fn a_forked_child_does_not_steal() {
    let place = TestPlace::new();
    let directory = place.open();
    let watch = Watch::create(&directory).unwrap();
    directory.write_file_atomically("name", b"").unwrap();
    let fine = forked(|| {
        watch
            .drain()
            .is_err_and(|error| error.kind() == ErrorKind::UsedAfterFork)
    });
    assert!(fine && readable(&watch));
}
