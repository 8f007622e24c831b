// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the variant within one process asks of the system: nothing that has a path, and nothing it keeps.
//!
//! A program of its own, for the hooks and the list of open files are the whole process's.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node_of};
use core::time::Duration;
use iceoryx2::{
    __elementary::hooks::{self, Observer},
    prelude::*,
    service::local_threadsafe,
};
use std::{collections::BTreeSet, sync::Mutex, thread};

/// What it may ask for. None of these takes a path.
const WITHOUT_A_PATH: [&str; 20] = [
    "clock_nanosleep",
    "close",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "getegid",
    "geteuid",
    "getrandom",
    "membarrier",
    "poll",
    "ppoll",
    "recvmsg",
    "sendmsg",
    "shutdown",
    "socketpair",
    "timerfd_create",
    "timerfd_settime",
    "write",
];

const LONG: Duration = Duration::from_secs(60);

static SEEN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

#[derive(Debug)]
struct Names;

impl Observer for Names {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        SEEN.lock().unwrap().insert(name);
        None
    }
}

/// Nodes, a service, ports and messages from the first to the last, in two threads that wait for each other.
fn whole_life<S: Service>(config: &Config) {
    let node = node_of::<S>(config);
    let builder = node.service_builder(&name("a"));
    let factory = builder
        .request_response::<u64, [u8]>()
        .open_or_create()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let node = node_of::<S>(config);
            let builder = node.service_builder(&name("a"));
            let factory = builder.request_response::<u64, [u8]>().open().unwrap();
            let builder = factory.server_builder().initial_max_slice_len(1 << 19);
            let server = builder.create().unwrap();
            for len in 0..20 {
                let request = server.timed_receive(LONG).unwrap();
                assert_eq!(*request, len);
                let answer = request.loan_slice(1 << len).unwrap();
                answer.send().unwrap();
            }
        });
        client.wait_for_servers(1, LONG).unwrap();
        for len in 0..20 {
            let pending = client.send_copy(len).unwrap();
            let answer = pending.timed_receive(LONG).unwrap();
            assert_eq!(answer.len(), 1 << len);
        }
    });
    let pattern = MessagingPattern::RequestResponse;
    assert_eq!(S::does_exist(&name("a"), config, pattern), Ok(true));
    S::list(config, |_| CallbackProgression::Continue).unwrap();
    Node::<S>::list(config, |_| CallbackProgression::Continue).unwrap();
    assert_eq!(Node::<S>::try_cleanup_dead_nodes(config).cleanups, 0);
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Fails if: `local::Service` takes the mechanisms of `ipc`; or `LocalListener` is leaked.
#[test]
fn no_call_has_a_path_and_no_descriptor_is_kept() {
    let root = Root::new();
    let config = root.config();
    whole_life::<local::Service>(&config);
    let before = open_files();
    hooks::observe(&Names);
    for _ in 0..20 {
        whole_life::<local::Service>(&config);
        whole_life::<local_threadsafe::Service>(&config);
    }
    assert_eq!(open_files(), before);
    let allowed = BTreeSet::from(WITHOUT_A_PATH);
    let seen = SEEN.lock().unwrap();
    assert!(seen.contains("socketpair"), "the hooks see nothing");
    let others: Vec<_> = seen.difference(&allowed).collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(root.content(), [""; 0]);
}
