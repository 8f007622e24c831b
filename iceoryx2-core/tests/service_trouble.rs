// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is said when something stands in the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
use core::time::Duration;
use iceoryx2::{
    prelude::*,
    service::{
        ServiceDetailsError,
        builder::request_response::{
            RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
        },
        port_factory::request_response,
    },
};
use iceoryx2_cal::{
    Ipc, Mechanisms,
    clock::{Clock, Moment},
    static_storage::StaticStorage,
};

type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;
type Storage = <Ipc as Mechanisms>::Storage;

fn create(node: &Node<ipc::Service>) -> Result<Factory, CreateError> {
    node.service_builder(&name("a"))
        .request_response::<u64, u64>()
        .create()
}

fn open(node: &Node<ipc::Service>) -> Result<Factory, OpenError> {
    node.service_builder(&name("a"))
        .request_response::<u64, u64>()
        .open()
}

// Fails if: the sentence of `Busy` leaves out the path; or the lock of a directory is a shared one.
#[test]
fn a_lock_that_is_never_given_back_is_named() {
    let root = Root::new();
    let mut config = root.config();
    let holder = node(&config);
    let directory = abandoned_directory(&root, &holder);
    let storage = Storage::open(&directory).unwrap();
    let lock = storage.lock(Moment::from_ns(u64::MAX)).unwrap();

    config.global.creation_timeout = Duration::from_millis(30);
    let late = node(&config);
    let began = <Ipc as Mechanisms>::Clock::now();
    let errors = [
        open(&late).unwrap_err().to_string(),
        create(&late).unwrap_err().to_string(),
    ];
    assert!(<Ipc as Mechanisms>::Clock::now().since(began) >= Duration::from_millis(60));
    for sentence in errors {
        assert!(sentence.contains(directory.to_str().unwrap()), "{sentence}");
        assert!(sentence.contains("stopped"), "{sentence}");
    }

    drop(lock);
    assert!(create(&late).is_ok());
}

// Fails if: `join_at_once` takes the lock.
#[test]
fn what_exists_is_opened_whoever_holds_the_lock() {
    let root = Root::new();
    let mut config = root.config();
    let holder = node(&config);
    let service = create(&holder).unwrap();
    let storage = Storage::open(&root.service_directory()).unwrap();
    let lock = storage.lock(Moment::from_ns(u64::MAX)).unwrap();
    config.global.creation_timeout = Duration::from_millis(1);
    let late = node(&config);
    assert!(open(&late).is_ok());
    assert!(create(&late).is_err());
    drop(lock);
    assert_eq!(create(&late).unwrap_err(), CreateError::AlreadyExists);
    drop(service);
    assert_eq!(open(&late).unwrap_err(), OpenError::DoesNotExist);
}

/// The directory of a service that there was, and is no more.
fn abandoned_directory(root: &Root, node: &Node<ipc::Service>) -> std::path::PathBuf {
    let service = create(node).unwrap();
    let directory = root.service_directory();
    drop(service);
    std::fs::create_dir(&directory).unwrap();
    directory
}

// Fails if: `opened_service` has one entry for all services; or the lock of a directory is a shared one.
#[test]
fn a_service_that_is_slow_to_open_holds_up_no_other() {
    let root = Root::new();
    let holder = node(&root.config());
    let storage = Storage::open(&abandoned_directory(&root, &holder)).unwrap();
    let lock = storage.lock(Moment::from_ns(u64::MAX)).unwrap();

    let shared = node(&root.config());
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| create(&shared));
        let other = shared.service_builder(&name("b"));
        // WHY: by then the slow one waits for the lock, which is given back only afterwards.
        std::thread::sleep(Duration::from_millis(20));
        let other = other.request_response::<u64, u64>().create();
        assert!(!slow.is_finished());
        drop(lock);
        assert!(slow.join().unwrap().is_ok());
        assert!(other.is_ok());
    });
}

// Fails if: `is_held` does not count.
#[test]
fn leaving_waits_only_so_long_for_the_lock_and_leaves_the_rest_to_the_next() {
    let root = Root::new();
    let mut config = root.config();
    config.global.service.departure_timeout = Duration::from_millis(10);
    let node = node(&config);
    let service = create(&node).unwrap();
    let directory = root.service_directory();
    let storage = Storage::open(&directory).unwrap();
    let lock = storage.lock(Moment::from_ns(u64::MAX)).unwrap();
    drop(service);
    assert!(directory.join("contract").exists());

    drop(lock);
    let pattern = MessagingPattern::RequestResponse;
    assert_eq!(
        ipc::Service::does_exist(&name("a"), &config, pattern),
        Ok(false)
    );
    assert_eq!(open(&node).unwrap_err(), OpenError::DoesNotExist);
    assert!(!directory.exists());
}

// Fails if: `join` does not compare the name.
#[test]
fn a_contract_in_use_that_makes_no_sense_is_refused() {
    let root = Root::new();
    let (holder, other) = (node(&root.config()), node(&root.config()));
    let service = create(&holder).unwrap();
    let contract = root.service_directory().join("contract");
    let intact = std::fs::read_to_string(&contract).unwrap();
    let look = || {
        ipc::Service::details(
            &name("a"),
            &root.config(),
            MessagingPattern::RequestResponse,
        )
        .unwrap_err()
    };

    std::fs::write(
        &contract,
        intact.replace("max-servers = 2", "max-servers = 0"),
    )
    .unwrap();
    let error = open(&other).unwrap_err();
    assert!(
        matches!(error, OpenError::ServiceInCorruptedState { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("max-servers = 0"), "{error}");
    assert!(matches!(
        create(&other),
        Err(CreateError::ServiceInCorruptedState { .. })
    ));
    assert!(matches!(
        look(),
        ServiceDetailsError::ServiceInCorruptedState { .. }
    ));

    std::fs::write(
        &contract,
        intact.replace("layout-version = 7", "layout-version = 9"),
    )
    .unwrap();
    assert_eq!(open(&other).unwrap_err(), OpenError::VersionMismatch);
    assert!(matches!(
        look(),
        ServiceDetailsError::VersionMismatch { .. }
    ));

    std::fs::write(&contract, vec![b'#'; 1 << 20]).unwrap();
    assert!(open(&other).is_err());

    std::fs::write(&contract, intact.replace("name = \"a\"", "name = \"b\"")).unwrap();
    let error = open(&other).unwrap_err();
    assert!(error.to_string().contains("\"b\""), "{error}");

    std::fs::write(&contract, intact).unwrap();
    assert_eq!(
        open(&other).unwrap().unique_service_id(),
        service.unique_service_id()
    );
}

// Fails if: `opened_before` does not ask whether the service is current.
#[test]
fn a_directory_removed_from_under_a_service_does_not_stop_the_next() {
    let root = Root::new();
    let node = node(&root.config());
    let orphan = create(&node).unwrap();
    std::fs::remove_dir_all(root.service_directory()).unwrap();
    assert_eq!(open(&node).unwrap_err(), OpenError::DoesNotExist);

    let service = create(&node).unwrap();
    assert_ne!(service.unique_service_id(), orphan.unique_service_id());
    drop(orphan);
    assert_eq!(
        open(&node).unwrap().unique_service_id(),
        service.unique_service_id()
    );
}

// Fails if: `list` ends with what cannot be read.
#[test]
fn what_others_put_into_the_place_is_no_service() {
    let root = Root::new();
    let node = node(&root.config());
    let place = root.path().join("iox2");
    std::fs::write(place.join("x-0123456789abcdef"), b"").unwrap();
    std::fs::create_dir(place.join("y-0123456789abcdef")).unwrap();
    std::fs::create_dir(place.join("lost+found")).unwrap();
    ipc::Service::list(&root.config(), |_| panic!("there is none")).unwrap();
    assert!(create(&node).is_ok());
}
