// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where services may live: what is made, what is refused, and what the refusal says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Actor, NOBODY, Root, listen, name, node, role, say};
use iceoryx2::{
    node::NodeCreationFailure,
    prelude::*,
    service::{
        builder::request_response::RequestResponseCreateError as CreateError,
        port_factory::request_response,
    },
};
use iceoryx2_cal::user;
use std::{
    fs::{Permissions, set_permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn create(node: &Node<ipc::Service>) -> Result<Factory, CreateError> {
    node.service_builder(&name("a"))
        .request_response::<u64, u64>()
        .create()
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

// Fails if: `AccessDenied::of` takes nothing for denied; or the sentence of `AccessDenied` leaves out the rule.
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

// Fails if: `AccessDenied::of` takes nothing for denied.
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

// Fails if: the sentence of `AccessDenied` leaves out the rule.
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

// Fails if: anybody may write to what is trusted in bb-posix's directory.rs.
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

// Fails if: `cure_of` has no cure for a path that is too long.
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

// Fails if: sockets are not named through `/proc/self/fd`.
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

// Fails if: directories are not made.
#[test]
fn a_missing_root_is_made() {
    let root = Root::new();
    let mut config = root.config();
    config.global.set_root_path(&root.path().join("one/two"));
    assert!(create(&node(&config)).is_ok());
}
