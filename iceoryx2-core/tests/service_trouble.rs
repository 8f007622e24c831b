// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is said when something stands in the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, NOBODY, Root, listen, name, node, role, say};
use core::time::Duration;
use iceoryx2::{
    config::Config,
    node::NodeCreationFailure,
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
    user,
};
use std::{
    fs::{Permissions, set_permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
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

fn new_node(config: &Config) -> Result<Node<ipc::Service>, NodeCreationFailure> {
    NodeBuilder::new()
        .config(config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<ipc::Service>()
}

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    match role.as_str() {
        "newcomer" => match new_node(&config) {
            Ok(_) => say("came in"),
            Err(error @ NodeCreationFailure::InsufficientPermissions(_)) => {
                say(&format!("kept out: {error}"));
            }
            Err(error) => say(&format!("failed: {error}")),
        },
        other => panic!("{other}"),
    }
    listen();
}

/// What a user without rights hears who wants a node in `root`.
fn newcomer(root: &Path) -> String {
    let is_root = user::effective_uid() == 0;
    let mut actor = if is_root {
        Actor::start_as(NOBODY, "newcomer", root)
    } else {
        Actor::start("newcomer", root)
    };
    let said = actor.hear();
    actor.finish();
    said
}

#[test]
fn a_place_that_may_not_be_written_keeps_newcomers_out_and_is_named() {
    let root = Root::new();
    set_permissions(root.path(), Permissions::from_mode(0o555)).unwrap();
    let said = newcomer(root.path());
    set_permissions(root.path(), Permissions::from_mode(0o700)).unwrap();
    assert!(said.starts_with("kept out: "), "{said}");
    assert!(said.contains(root.path().to_str().unwrap()), "{said}");
    assert!(said.contains("global.root-path"), "{said}");
    assert!(said.contains("mode 0555"), "{said}");
}

#[test]
fn a_place_that_may_not_be_read_keeps_newcomers_out_and_is_named() {
    let root = Root::new();
    let inside = root.path().join("deeper");
    std::fs::create_dir(&inside).unwrap();
    set_permissions(&inside, Permissions::from_mode(0o000)).unwrap();
    let said = newcomer(&inside);
    set_permissions(&inside, Permissions::from_mode(0o700)).unwrap();
    assert!(said.starts_with("kept out: "), "{said}");
    assert!(said.contains(inside.to_str().unwrap()), "{said}");
}

#[test]
fn a_place_of_another_user_keeps_newcomers_out_and_names_the_rule() {
    let root = Root::new();
    // WHY: only the privileged can be two users.
    if user::effective_uid() != 0 {
        return;
    }
    set_permissions(root.path(), Permissions::from_mode(0o700)).unwrap();
    let said = newcomer(root.path());
    assert!(said.starts_with("kept out: "), "{said}");
    let rule = format!(
        "{} belongs to user 0 and has mode 0700, and this process runs as user {NOBODY}",
        root.path().display()
    );
    assert!(said.contains(&rule), "{said}");
}

#[test]
fn a_place_that_anybody_may_change_is_not_trusted() {
    let root = Root::new();
    let place = root.path().join("iox2");
    std::fs::create_dir(&place).unwrap();
    set_permissions(&place, Permissions::from_mode(0o777)).unwrap();
    let sentence = new_node(&root.config()).unwrap_err().to_string();
    for part in [
        place.to_str().unwrap(),
        "no sticky bit",
        "mode 0777",
        "correct its owner and mode",
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn a_root_that_cannot_be_used_is_named_with_cause_and_cure() {
    let root = Root::new();
    let file = root.path().join("file");
    std::fs::write(&file, b"").unwrap();
    std::fs::create_dir(root.path().join("real")).unwrap();
    let linked = root.path().join("linked");
    std::fs::create_dir(&linked).unwrap();
    std::os::unix::fs::symlink(root.path().join("real"), linked.join("iox2")).unwrap();
    let too_long = root.path().join("x/".repeat(2_100));
    let too_wide = root.path().join("x".repeat(256));
    let table = [
        (
            file.clone(),
            "not a directory",
            "remove what is in its place",
        ),
        (
            file.join("below"),
            "not a directory",
            "remove what is in its place",
        ),
        (linked, "not a directory", "remove what is in its place"),
        (too_long, "ENAMETOOLONG", "choose a shorter path"),
        (too_wide, "ENAMETOOLONG", "choose a shorter path"),
        ("here".into(), "relative", "make it absolute"),
    ];
    for (path, cause, cure) in table {
        let mut config = root.config();
        config.global.set_root_path(&path);
        let sentence = new_node(&config).unwrap_err().to_string();
        for part in [path.to_str().unwrap(), cause, cure, "global.root-path"] {
            assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
        }
    }
}

#[test]
fn a_root_longer_than_a_sockets_name_may_be_is_no_trouble() {
    let root = Root::new();
    let mut config = root.config();
    config
        .global
        .set_root_path(&root.path().join("deep/".repeat(60)));
    let node = new_node(&config).unwrap();
    let service = create(&node).unwrap();
    let server = service.server_builder().create().unwrap();
    let client = service.client_builder().create().unwrap();
    let pending = client.send_copy(7).unwrap();
    assert_eq!(*server.receive().unwrap().unwrap(), 7);
    drop(pending);
}

#[test]
fn a_missing_root_is_made() {
    let root = Root::new();
    let mut config = root.config();
    config.global.set_root_path(&root.path().join("one/two"));
    let service = create(&node(&config));
    assert!(service.is_ok());
}

#[test]
fn a_lock_that_is_never_given_back_is_named() {
    let root = Root::new();
    let mut config = root.config();
    let holder = node(&config);
    let service = create(&holder).unwrap();
    let directory = root.service_directory();
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
    assert!(open(&late).is_ok());
    drop(service);
}

#[test]
fn a_service_that_is_slow_to_open_holds_up_no_other() {
    let root = Root::new();
    let holder = node(&root.config());
    let _service = create(&holder).unwrap();
    let storage = Storage::open(&root.service_directory()).unwrap();
    let lock = storage.lock(Moment::from_ns(u64::MAX)).unwrap();

    let shared = node(&root.config());
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| open(&shared));
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
        intact.replace("layout-version = 1", "layout-version = 9"),
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
