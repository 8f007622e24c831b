// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How services come, stay and go.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, Root, listen, name, node, role, say};
use iceoryx2::{
    prelude::*,
    service::{
        builder::request_response::{
            RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
        },
        port_factory::request_response,
    },
};

type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn create(node: &Node<ipc::Service>, service: &str) -> Result<Factory, CreateError> {
    node.service_builder(&name(service))
        .request_response::<u64, u64>()
        .create()
}

fn open(node: &Node<ipc::Service>, service: &str) -> Result<Factory, OpenError> {
    node.service_builder(&name(service))
        .request_response::<u64, u64>()
        .open()
}

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let node = node(&config);
    let service = match role.as_str() {
        "holder" => create(&node, "a").unwrap(),
        "starter" => {
            say("ready");
            listen();
            node.service_builder(&name("a"))
                .request_response::<u64, u64>()
                .open_or_create()
                .unwrap()
        }
        other => panic!("{other}"),
    };
    say(&service.unique_service_id().to_string());
    listen();
}

// Fails if: `lock_existing` makes what it locks.
#[test]
fn opening_what_does_not_exist_makes_nothing() {
    let root = Root::new();
    let node = node(&root.config());
    let before = root.content();
    let place = std::fs::File::open(root.path().join("iox2")).unwrap();
    place.set_modified(std::time::UNIX_EPOCH).unwrap();
    let error = open(&node, "a").unwrap_err();
    assert_eq!(error, OpenError::DoesNotExist);
    let modified = place.metadata().unwrap().modified().unwrap();
    assert_eq!(modified, std::time::UNIX_EPOCH, "something came and went");
    assert!(error.to_string().contains("global.root-path"), "{error}");
    assert_eq!(root.content(), before);
    assert_eq!(before, ["iox2", "iox2/nodes"]);
}

// Fails if: `leave` removes nothing.
#[test]
fn the_last_one_out_removes_everything() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let created = create(&first, "a").unwrap();
    let opened = open(&second, "a").unwrap();
    let names: Vec<_> = root.content().into_iter().skip(2).collect();
    assert_eq!(names.len(), 3, "contract, membership and nodes: {names:?}");

    drop(created);
    assert!(open(&first, "a").is_ok());
    drop(opened);
    assert_eq!(root.content(), ["iox2", "iox2/nodes"]);
    assert_eq!(open(&first, "a").unwrap_err(), OpenError::DoesNotExist);

    drop((first, second));
    root.assert_nothing_left();
}

// Fails if: `PortFactory::drop` ends the service.
#[test]
fn a_factory_outlives_its_node() {
    let root = Root::new();
    let node = node(&root.config());
    let service = create(&node, "a").unwrap();
    let copy = service.clone();
    drop((node, service));

    let other = common::node(&root.config());
    assert_eq!(
        open(&other, "a").unwrap().unique_service_id(),
        copy.unique_service_id()
    );
    drop((copy, other));
    root.assert_nothing_left();
}

// Fails if: `create` joins what exists.
#[test]
fn what_exists_is_not_created_again() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let service = create(&first, "a").unwrap();
    for node in [&first, &second] {
        assert_eq!(create(node, "a").unwrap_err(), CreateError::AlreadyExists);
    }
    let before = service.unique_service_id();
    drop(service);
    assert_ne!(create(&second, "a").unwrap().unique_service_id(), before);
}

// Fails if: `directory_name` leaves out the hash.
#[test]
fn names_that_read_alike_are_different_services() {
    let root = Root::new();
    let node = node(&root.config());
    let services = ["a/b", "a_b", "a b", "\0"].map(|text| create(&node, text).unwrap());
    for (service, text) in services.iter().zip(["a/b", "a_b", "a b", "\0"]) {
        assert_eq!(service.name().as_str(), text);
        let there = ipc::Service::does_exist(
            &name(text),
            &root.config(),
            MessagingPattern::RequestResponse,
        );
        assert_eq!(there, Ok(true));
    }
}

// Fails if: `place` in config/global.rs leaves out the prefix.
#[test]
fn other_roots_and_prefixes_are_other_worlds() {
    let (root, elsewhere) = (Root::new(), Root::new());
    let mut prefixed = root.config();
    prefixed.global.prefix = "other".try_into().unwrap();
    let _service = create(&node(&root.config()), "a").unwrap();
    for config in [prefixed, elsewhere.config()] {
        assert_eq!(
            open(&node(&config), "a").unwrap_err(),
            OpenError::DoesNotExist
        );
    }
}

// Fails if: `is_held` does not count.
#[test]
fn what_a_killed_process_left_is_replaced_by_the_next() {
    let root = Root::new();
    let mut holder = Actor::start("holder", root.path());
    let before = holder.hear();
    holder.kill();
    assert!(root.service_directory().join("contract").exists());

    let observed = |config: &Config| {
        ipc::Service::does_exist(&name("a"), config, MessagingPattern::RequestResponse).unwrap()
    };
    assert!(!observed(&root.config()));
    let mut config = root.config();
    config.global.node.cleanup_dead_nodes_on_creation = false;
    let node = node(&config);
    let service = create(&node, "a").unwrap();
    assert_ne!(service.unique_service_id().to_string(), before);
    assert!(observed(&root.config()));
}

// Fails if: `clear` removes nothing; or `is_held` does not count.
#[test]
fn opening_what_a_killed_process_left_removes_it() {
    let root = Root::new();
    let mut holder = Actor::start("holder", root.path());
    holder.hear();
    holder.kill();
    std::fs::write(root.service_directory().join(".tmp-x"), b"").unwrap();
    std::fs::write(root.service_directory().join("0".repeat(32)), b"").unwrap();

    let mut config = root.config();
    config.global.node.cleanup_dead_nodes_on_creation = false;
    let node = node(&config);
    assert_eq!(open(&node, "a").unwrap_err(), OpenError::DoesNotExist);
    assert_eq!(root.content(), ["iox2", "iox2/nodes"]);
}

// Fails if: `clear` removes nothing.
#[test]
fn an_unfinished_service_is_residue() {
    let root = Root::new();
    let node = node(&root.config());
    let service = create(&node, "a").unwrap();
    let directory = root.service_directory();
    drop(service);

    std::fs::create_dir(&directory).unwrap();
    for unfinished in ["membership", "something", ".tmp-0"] {
        std::fs::write(directory.join(unfinished), b"").unwrap();
        assert!(create(&node, "a").is_ok(), "{unfinished}");
        assert!(!directory.exists());
        std::fs::create_dir(&directory).unwrap();
    }
    std::fs::write(directory.join("contract"), b"nonsense").unwrap();
    assert_eq!(open(&node, "a").unwrap_err(), OpenError::DoesNotExist);
    assert!(!directory.exists());
}

// Fails if: `clear` removes nothing; or `is_held` does not count.
#[test]
fn of_sixteen_processes_at_once_one_creates_and_all_share() {
    let root = Root::new();
    let mut starters: Vec<_> = (0..16)
        .map(|_| Actor::start("starter", root.path()))
        .collect();
    for starter in &mut starters {
        assert_eq!(starter.hear(), "ready");
    }
    for starter in &mut starters {
        starter.nudge();
    }
    let ids: std::collections::HashSet<_> = starters.iter_mut().map(Actor::hear).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    for starter in starters {
        starter.finish();
    }
    root.assert_nothing_left();
}

// Fails if: `lock_opened` does not ask whether the place is current; or the lock of a directory is a shared one.
#[test]
fn threads_that_create_and_leave_never_meet_half_a_service() {
    let root = Root::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let node = node(&root.config());
                for _ in 0..50 {
                    let builder = node
                        .service_builder(&name("a"))
                        .request_response::<u64, u64>();
                    let service = builder.open_or_create().unwrap();
                    assert_eq!(service.static_config().max_clients(), 8);
                }
            });
        }
    });
    root.assert_nothing_left();
}

// Fails if: `PortFactory` holds an `Rc`: then this does not compile.
#[test]
fn a_factory_may_change_threads() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Factory>();
    is_send_and_sync::<Node<ipc::Service>>();
}
