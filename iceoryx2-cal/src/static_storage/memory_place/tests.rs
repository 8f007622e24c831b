// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::static_storage::test_place::TestPlace;
use iceoryx2_bb_posix::process::in_forked_child;

crate::static_storage::conformance::tests!(MemoryPlace);

fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/nowhere/{name}"))
}

fn is_anything_below(path: &Path) -> bool {
    World::here().unwrap().tree("look").unwrap().has_below(path)
}

#[test]
fn paths_that_say_the_same_lead_to_the_same_place() {
    let first = MemoryPlace::open_or_create(&path("same/a")).unwrap();
    first.publish("it", b"").unwrap();
    for name in ["same//a", "same/./a", "same/b/../a", "other/../same/a/"] {
        assert!(
            MemoryPlace::open(&path(name))
                .unwrap()
                .contains("it")
                .unwrap(),
            "{name}"
        );
    }
    first.remove("it").unwrap();
}

#[test]
fn nothing_is_left_of_places_nobody_needs() {
    let root = path("left");
    let deep = MemoryPlace::open_or_create(&root.join("a/b/c")).unwrap();
    deep.publish("it", b"").unwrap();
    drop(deep);
    assert!(is_anything_below(&root));
    let again = MemoryPlace::open(&root.join("a/b/c")).unwrap();
    again.remove("it").unwrap();
    assert!(is_anything_below(&root));
    drop(again);
    assert!(!is_anything_below(&root));
}

#[test]
fn an_empty_place_stays_while_it_is_locked() {
    let root = path("locked");
    let place = MemoryPlace::open_or_create(&root).unwrap();
    let lock = place.lock(Moment::from_ns(0)).unwrap();
    drop(place);
    assert!(is_anything_below(&root));
    drop(lock);
    assert!(!is_anything_below(&root));
}

#[test]
fn no_place_is_made_in_place_of_a_document() {
    let place = TestPlace::<MemoryPlace>::new();
    let storage = MemoryPlace::open(place.path()).unwrap();
    storage.publish("it", b"").unwrap();
    let Err(StorageError::System { error, .. }) =
        MemoryPlace::open_or_create(&place.path().join("it/below"))
    else {
        panic!("made a place of a document");
    };
    assert_eq!(error.kind(), SystemErrorKind::NotADirectory);
}

#[test]
fn what_is_kept_is_let_go_when_its_name_goes() {
    let place = TestPlace::<MemoryPlace>::new();
    let storage = MemoryPlace::open(place.path()).unwrap();
    let object = Arc::new(7_u32);
    storage.put("it", object.clone(), Taken::Refuse).unwrap();
    assert!(storage.put("it", Arc::new(8_u32), Taken::Refuse).is_err());
    assert_eq!(*storage.object::<u32>("it").unwrap().unwrap(), 7);
    assert!(storage.object::<u64>("it").is_err());
    storage.rename("it", "other").unwrap();
    assert!(storage.object::<u32>("it").unwrap().is_none());
    assert_eq!(Arc::strong_count(&object), 2);
    storage.remove("other").unwrap();
    assert_eq!(Arc::strong_count(&object), 1);
}

/// Fails if: `World::here` takes whatever world it finds.
#[test]
fn a_forked_child_begins_with_an_empty_world() {
    let place = TestPlace::<MemoryPlace>::new();
    let storage = MemoryPlace::open(place.path()).unwrap();
    storage.publish("it", b"").unwrap();
    let held = World::here().unwrap().tree("look").unwrap();
    let apart = in_forked_child(|| {
        let Err(StorageError::System { error, .. }) = storage.contains("it") else {
            return false;
        };
        let fresh = MemoryPlace::open(place.path()).is_err();
        let made = MemoryPlace::open_or_create(place.path()).unwrap();
        made.publish("other", b"").unwrap();
        error.kind() == SystemErrorKind::UsedAfterFork && fresh && made.is_current()
    });
    drop(held);
    assert!(apart.unwrap());
    assert_eq!(storage.names().unwrap(), ["it"]);
}
