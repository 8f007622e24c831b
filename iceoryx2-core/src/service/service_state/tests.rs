// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What ports rely on: bytes, records, the lock, and the removal of dead sockets.

use super::ServiceState;
use crate::{prelude::*, service::record::PortRecord, testing::Directory};
use iceoryx2_cal::{
    membership::Membership,
    static_storage::{StaticStorage, StorageError},
};
use std::sync::Arc;

type State = Arc<ServiceState<ipc::Service>>;

fn node(directory: &Directory) -> Node<ipc::Service> {
    node_of(directory)
}

fn node_of<S: Service>(directory: &Directory) -> Node<S> {
    let mut config = Config::default();
    config.global.set_root_path(directory.path());
    let builder = NodeBuilder::new().config(&config);
    builder
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create()
        .unwrap()
}

/// A part in a service for two servers and three clients.
fn part(directory: &Directory) -> State {
    part_of(directory)
}

/// The same of any variant.
fn part_of<S: Service>(directory: &Directory) -> Arc<ServiceState<S>> {
    let name = ServiceName::new("a").unwrap();
    let node = node_of::<S>(directory);
    let builder = node.service_builder(&name).request_response::<u64, u64>();
    let service = builder
        .max_servers(2)
        .max_clients(3)
        .open_or_create()
        .unwrap();
    Arc::clone(service.state())
}

fn record(id: u128) -> PortRecord {
    PortRecord {
        id,
        node: 7,
        pid: 8,
        uid: 9,
        name: format!("port {id}"),
    }
}

fn ids(records: &[PortRecord]) -> Vec<u128> {
    let mut ids: Vec<u128> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn no_more_ports_than_agreed_whichever_node_they_are_of() {
    let directory = Directory::new();
    let (here, there) = (part(&directory), part(&directory));
    let first = here.claim_server(&record(1)).unwrap();
    let second = there.claim_server(&record(2)).unwrap();
    assert!(first.is_some() && second.is_some());
    assert!(here.claim_server(&record(3)).unwrap().is_none());

    let clients = [&here, &there, &here].map(|part| part.claim_client(&record(4)).unwrap());
    assert!(clients.iter().all(Option::is_some));
    assert!(there.claim_client(&record(5)).unwrap().is_none());

    drop(first);
    assert!(there.claim_server(&record(3)).unwrap().is_some());
}

#[test]
fn everybody_sees_the_same_ports() {
    let directory = Directory::new();
    let (here, there) = (part(&directory), part(&directory));
    let mine = here.claim_server(&record(1)).unwrap();
    let theirs = there.claim_server(&record(2)).unwrap();
    let client = there.claim_client(&record(3)).unwrap();
    for part in [&here, &there] {
        assert_eq!(ids(&part.held_servers().unwrap()), [1, 2]);
        assert_eq!(part.held_clients().unwrap(), [record(3)]);
        assert_eq!(part.number_of_servers(), Ok(2));
        assert_eq!(part.number_of_clients(), Ok(1));
    }
    drop((mine, client));
    for part in [&here, &there] {
        assert_eq!(part.held_servers().unwrap(), [record(2)]);
        assert_eq!(part.number_of_clients(), Ok(0));
    }
    drop(theirs);
}

#[test]
fn a_claim_keeps_the_service() {
    let directory = Directory::new();
    let here = part(&directory);
    let path = here.storage().path().to_path_buf();
    let claim = here.claim_client(&record(1)).unwrap();
    drop(here);
    assert!(path.join("contract").exists());
    drop(claim);
    assert!(!path.exists());
}

#[test]
fn only_names_nobody_stands_behind_are_stale() {
    let directory = Directory::new();
    let (here, there) = (part(&directory), part(&directory));
    let _mine = here.claim_server(&record(1)).unwrap();
    let _theirs = there.claim_server(&record(2)).unwrap();
    for id in 1..=3 {
        here.storage().publish(&format!("{id:032x}"), b"").unwrap();
    }
    here.storage().publish(".tmp-x", b"").unwrap();

    let lock = here.lock().unwrap();
    here.remove_stale_sockets(&lock).unwrap();
    drop(lock);
    let mut names = here.storage().names().unwrap();
    names.sort();
    let living = [1, 2].map(|id| format!("{id:032x}"));
    assert_eq!(names, [&living[0], &living[1], "contract", "membership"]);
}

#[test]
fn the_lock_of_a_place_that_was_replaced_is_refused() {
    let directory = Directory::new();
    let here = part(&directory);
    let path = here.storage().path().to_path_buf();
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = here.lock().unwrap_err();
    assert!(matches!(error, StorageError::Untrusted { .. }), "{error}");
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
}

/// Fails if: `is_current` asks the directory alone.
#[test]
fn who_joined_without_opening_the_place_notices_that_it_was_replaced() {
    let directory = Directory::new();
    let here = part(&directory);
    let path = here.storage().path().to_path_buf();
    let (removed, replaced) = (part(&directory), part(&directory));
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    assert!(!removed.is_current());
    let error = removed.lock().unwrap_err();
    assert!(matches!(error, StorageError::Untrusted { .. }), "{error}");
    std::fs::create_dir(&path).unwrap();
    assert!(!replaced.is_current());
    let error = replaced.lock().unwrap_err();
    assert!(matches!(error, StorageError::Untrusted { .. }), "{error}");
}

#[test]
fn a_node_has_one_part_in_a_service() {
    let directory = Directory::new();
    let name = ServiceName::new("a").unwrap();
    let node = node(&directory);
    let services = [(); 2].map(|()| {
        let builder = node.service_builder(&name).request_response::<u64, u64>();
        builder.max_nodes(1).open_or_create().unwrap()
    });
    assert!(Arc::ptr_eq(services[0].state(), services[1].state()));
    assert_eq!(services[0].state().node_id(), node.id());
}

/// Fails if: `leave` asks the departing part's own membership whether anybody is left.
#[test]
fn who_leaves_late_does_not_remove_what_was_made_anew_in_the_same_place() {
    fn check<S: Service>() {
        let directory = Directory::new();
        let late = part_of::<S>(&directory);
        let id = late.contract().unique_service_id();
        late.membership.release(late.slot);
        let anew = part_of::<S>(&directory);
        assert_ne!(anew.contract().unique_service_id(), id);
        drop(late);
        assert!(anew.is_current());
        assert_eq!(
            part_of::<S>(&directory).contract().unique_service_id(),
            anew.contract().unique_service_id()
        );
    }
    check::<ipc::Service>();
    check::<local::Service>();
}
