// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a refusal says: the service, both sides, and what helps, in one line.

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
        builder::request_response::{Builder, RequestResponseOpenError as OpenError},
        port_factory::request_response,
    },
};

type Numbers = Builder<u64, (), u64, (), ipc::Service>;
type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn numbers(node: &Node<ipc::Service>) -> Numbers {
    node.service_builder(&name("My/Numbers"))
        .request_response::<u64, u64>()
}

/// Fails unless `sentence` is one line with everything of `parts` in it.
fn assert_says(sentence: &str, parts: &[&str]) {
    assert!(!sentence.contains('\n'), "{sentence}");
    assert!(
        !sentence.contains(" { ") && !sentence.ends_with('.'),
        "{sentence}"
    );
    for part in parts {
        assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
    }
}

/// Not a test: what the children of this program do.
#[test]
fn child() {
    let Some((role, config)) = role() else { return };
    let nodes = match role.as_str() {
        "has it by default" => [Config::default(), config].map(|config| node(&config)),
        other => panic!("{other}"),
    };
    let _service = numbers(&nodes[0]).create().unwrap();
    say(&numbers(&nodes[1]).open().unwrap_err().to_string());
    listen();
}

#[test]
fn a_service_that_does_not_exist_is_named_with_where_it_was_looked_for() {
    let root = Root::new();
    let node = node(&root.config());
    let error = numbers(&node).open().unwrap_err();
    assert_eq!(error, OpenError::DoesNotExist);
    let place = root.path().join("iox2").join("My_Numbers-");
    let place = place.to_str().unwrap();
    assert_says(
        &error.to_string(),
        &[
            "\"My/Numbers\"",
            place,
            "global.root-path",
            "global.prefix",
            "first",
        ],
    );
    assert!(!error.to_string().contains("does exist"), "{error}");
}

#[test]
fn a_service_below_another_default_root_is_pointed_at() {
    let (root, session) = (Root::new(), Root::new());
    let runtime_dir = session.path().to_str().unwrap();
    let mut actor = Actor::start_with(
        "has it by default",
        root.path(),
        "XDG_RUNTIME_DIR",
        runtime_dir,
    );
    let said = actor.hear();
    actor.finish();
    let elsewhere = session.path().join("iceoryx2");
    let below = format!("below {} a service", elsewhere.display());
    assert_says(
        &said,
        &[root.path().to_str().unwrap(), &below, "does exist"],
    );
}

#[test]
fn limits_and_switches_name_option_key_and_both_values() {
    type Ask = fn(Numbers) -> Numbers;
    let root = Root::new();
    let (creator, opener) = (node(&root.config()), node(&root.config()));
    let _service: Factory = numbers(&creator)
        .max_servers(3)
        .enable_safe_overflow_for_requests(false)
        .create()
        .unwrap();
    let table: [(Ask, &[&str]); 3] = [
        (
            |numbers| numbers.max_servers(7),
            &[
                "max_servers = 3",
                "at least 7",
                "request less",
                "defaults.request-response.max-servers)",
            ],
        ),
        (
            |numbers| numbers.max_active_requests_per_client(usize::MAX),
            &[
                "max_active_requests_per_client = 4",
                "at least 18446744073709551615",
                "defaults.request-response.max-active-requests-per-client)",
            ],
        ),
        (
            |numbers| numbers.enable_safe_overflow_for_requests(true),
            &[
                "enable_safe_overflow_for_requests = false",
                "true is requested",
                "defaults.request-response.enable-safe-overflow-for-requests)",
            ],
        ),
    ];
    for (ask, parts) in table {
        for node in [&creator, &opener] {
            let sentence = ask(numbers(node)).open().unwrap_err().to_string();
            assert_says(&sentence, parts);
            assert_says(&sentence, &["the service \"My/Numbers\" exists with"]);
            let again = ask(numbers(node)).open_or_create().unwrap_err();
            assert_eq!(again.to_string(), sentence);
        }
    }
}

mod before {
    #[derive(Debug, iceoryx2::prelude::ZeroCopySend)]
    #[repr(C)]
    #[type_name("Order")]
    pub struct Order {
        pub dish: u32,
        pub table: u32,
    }
}

mod after {
    #[derive(Debug, iceoryx2::prelude::ZeroCopySend)]
    #[repr(C)]
    #[type_name("Order")]
    pub struct Order {
        pub dish: u32,
        pub table: u64,
    }
}

#[test]
fn types_are_named_with_sizes_and_the_field_that_differs() {
    let root = Root::new();
    let node = node(&root.config());
    let builder = || node.service_builder(&name("a"));
    let _service = builder()
        .request_response::<before::Order, u64>()
        .response_user_header::<u16>()
        .create()
        .unwrap();

    let payload = builder().request_response::<after::Order, u64>().open();
    assert_says(
        &payload.unwrap_err().to_string(),
        &[
            "\"a\" exists with another request type",
            "the payload is `Order` of 16 bytes here and `Order` of 8 bytes there",
            "field `table`: ours u64 at 8, theirs u32 at 4",
            "same types",
        ],
    );
    let header = builder().request_response::<before::Order, u64>();
    let header = header.response_user_header::<i32>().open();
    assert_says(
        &header.unwrap_err().to_string(),
        &[
            "another response type",
            "the user header is `i32` of 4 bytes here and `u16` of 2 bytes there",
        ],
    );
}

#[test]
fn a_full_service_an_existing_one_and_one_of_another_version_are_named() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let _service = numbers(&first).max_nodes(1).create().unwrap();
    let directory = root.service_directory();
    let path = directory.to_str().unwrap();

    let error = numbers(&second).create().unwrap_err();
    assert_says(
        &error.to_string(),
        &["\"My/Numbers\"", "exists already", path, "open it"],
    );
    let error = numbers(&second).open().unwrap_err();
    assert_eq!(error, OpenError::ExceedsMaxNumberOfNodes);
    assert_says(
        &error.to_string(),
        &["\"My/Numbers\"", "max_nodes = 1", "max-nodes)", "end one"],
    );

    let contract = directory.join("contract");
    let document = std::fs::read_to_string(&contract).unwrap();
    let document = document.replace("layout-version = 1", "layout-version = 9");
    std::fs::write(&contract, document).unwrap();
    let error = numbers(&second).open().unwrap_err();
    assert_eq!(error, OpenError::VersionMismatch);
    assert_says(
        &error.to_string(),
        &[path, "version 9", "this build has 1", "alike"],
    );
}

#[test]
fn a_refusal_told_elsewhere_or_too_late_is_told_in_general() {
    let root = Root::new();
    let node = node(&root.config());
    let error = numbers(&node).open().unwrap_err();
    let full = error.to_string();
    let general = std::thread::scope(|scope| {
        let told = scope.spawn(|| error.to_string());
        told.join().unwrap()
    });
    assert_ne!(general, full);
    assert_says(&general, &["does not exist", "global.root-path"]);

    let _service = numbers(&node).create().unwrap();
    numbers(&node).create().unwrap_err();
    assert_eq!(error.to_string(), general);
}

#[cfg(any(debug_assertions, iceoryx2_hooks))]
mod injected {
    use super::{Factory, Root, assert_says, node, numbers};
    use iceoryx2::{
        __elementary::hooks::{self, Observer},
        prelude::*,
    };
    use std::cell::Cell;

    thread_local! {
        /// How many calls of this thread still succeed, and what the next one fails with.
        static PLAN: Cell<Option<(usize, i32)>> = const { Cell::new(None) };
    }

    /// Fails one call of the thread that planned it.
    #[derive(Debug)]
    struct Saboteur;

    impl Observer for Saboteur {
        fn before_call(&self, _: &'static str) -> Option<i32> {
            let (calls_left, errno) = PLAN.try_with(Cell::get).ok()??;
            PLAN.set(calls_left.checked_sub(1).map(|left| (left, errno)));
            (calls_left == 0).then_some(errno)
        }
    }

    /// What `action` comes to when its call number `calls` fails; `None` where it makes fewer.
    fn sabotaged<T>(calls: usize, errno: i32, action: impl FnOnce() -> T) -> Option<T> {
        hooks::observe(&Saboteur);
        PLAN.set(Some((calls, errno)));
        let result = action();
        PLAN.take().is_none().then_some(result)
    }

    const EIO: i32 = 5;
    const ENOMEM: i32 = 12;
    const EACCES: i32 = 13;
    const EMFILE: i32 = 24;
    const ENOSPC: i32 = 28;
    const EROFS: i32 = 30;

    /// An errno, and what a sentence about it says.
    const TABLE: [(i32, &[&str]); 6] = [
        (EIO, &["EIO"]),
        (ENOMEM, &["ENOMEM", "ulimit -v"]),
        (
            EACCES,
            &["EACCES", "belongs to user", "has mode", "runs as user"],
        ),
        (EMFILE, &["EMFILE", "ulimit -n"]),
        (ENOSPC, &["ENOSPC", "free some space"]),
        (
            EROFS,
            &[
                "EROFS",
                "file system that can be written",
                "global.root-path",
            ],
        ),
    ];

    /// Fails each call of `action` with each errno, one at a time. Says how many failures were told.
    fn sweep<T>(root: &Root, mut action: impl FnMut() -> Result<T, String>) -> usize {
        let path = root.path().to_str().unwrap();
        let mut told = 0;
        for (errno, parts) in TABLE {
            for calls in 0.. {
                let Some(result) = sabotaged(calls, errno, &mut action) else {
                    break;
                };
                let Err(sentence) = result else { continue };
                if sentence.contains(path) {
                    assert_says(&sentence, parts);
                } else {
                    assert_says(&sentence, &["could not ", parts[0], "; "]);
                }
                told += 1;
            }
        }
        told
    }

    fn create(node: &Node<ipc::Service>) -> Result<Factory, String> {
        numbers(node).create().map_err(|error| error.to_string())
    }

    #[test]
    fn whatever_fails_in_create_is_told_and_leaves_nothing() {
        let root = Root::new();
        let node = node(&root.config());
        let told = sweep(&root, || {
            let created = create(&node);
            if created.is_err() {
                assert_eq!(root.files(), ["iox2/nodes"]);
            }
            created
        });
        assert!(told > 100, "{told}");
        assert!(create(&node).is_ok());
    }

    #[test]
    fn whatever_fails_in_open_is_told_and_open_works_again() {
        let root = Root::new();
        let (creator, opener) = (node(&root.config()), node(&root.config()));
        let _service = create(&creator).unwrap();
        let open = || numbers(&opener).open().map_err(|error| error.to_string());
        let told = sweep(&root, open);
        assert!(told > 50, "{told}");
        assert!(open().is_ok());
    }

    #[test]
    fn whatever_fails_in_a_node_is_told_and_the_next_node_comes() {
        let root = Root::new();
        let new_node = || {
            NodeBuilder::new()
                .config(&root.config())
                .signal_handling_mode(SignalHandlingMode::Disabled)
                .create::<ipc::Service>()
                .map_err(|error| error.to_string())
        };
        let told = sweep(&root, new_node);
        assert!(told > 50, "{told}");
        drop(new_node().unwrap());
        root.assert_nothing_left();
    }

    #[test]
    fn a_full_disk_at_the_contract_is_told_with_its_path() {
        let root = Root::new();
        let node = node(&root.config());
        let full = |calls| {
            let result = sabotaged(calls, ENOSPC, || create(&node))?;
            Some(result.err().unwrap_or_default())
        };
        let sentences: Vec<String> = (0..).map_while(full).collect();
        let about_contract =
            |sentence: &&String| sentence.starts_with("could not publish the contract: ");
        let sentence = sentences.iter().find(about_contract).unwrap();
        assert_says(
            sentence,
            &[
                root.path().to_str().unwrap(),
                "/contract: ",
                "free some space",
                "global.root-path",
            ],
        );
    }
}
