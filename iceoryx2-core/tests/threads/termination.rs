// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request to end the process ends the waits of all its threads.

use crate::{
    common::{Actor, Root, listen, name, node_of, role, say},
    thread::Thread,
};
use core::time::Duration;
use iceoryx2::{port::WaitError, prelude::*};
use std::{process::Command, sync::mpsc, thread};

const LONG: Duration = Duration::from_secs(60);

type S = ipc_threadsafe::Service;

/// What the child of this program does.
pub fn child() {
    let Some((_, config)) = role() else { return };
    let node = NodeBuilder::new().config(&config).create::<S>().unwrap();
    let service = node
        .service_builder(&name("stage"))
        .request_response::<u64, u64>()
        .open()
        .unwrap();
    let client = service.client_builder().create().unwrap();
    let server = service.server_builder().create().unwrap();
    let pendings: Vec<_> = (0..3).map(|n| client.send_copy(n).unwrap()).collect();
    let requests: Vec<_> = (0..3).map(|_| server.blocking_receive().unwrap()).collect();
    let (seats, waiting) = mpsc::channel();
    let sit = || seats.send(Thread::this()).unwrap();
    let serve = || {
        sit();
        server.blocking_receive().unwrap_err()
    };
    let look_around = || {
        sit();
        client.wait_for_servers(2, LONG).unwrap_err()
    };
    let ends: Vec<_> = thread::scope(|scope| {
        let mut waits: Vec<_> = (0..3).map(|_| scope.spawn(serve)).collect();
        waits.push(scope.spawn(look_around));
        for pending in pendings {
            waits.push(scope.spawn(move || {
                sit();
                pending.blocking_receive().unwrap_err()
            }));
        }
        for _ in 0..waits.len() {
            waiting.recv().unwrap().wait_until_asleep();
        }
        say(&std::process::id().to_string());
        waits.into_iter().map(|wait| wait.join().unwrap()).collect()
    });
    drop(requests);
    assert_eq!(ends, [WaitError::Terminated; 7]);
    say("all ended");
    listen();
}

/// Fails if: `Drop for Seat` rings nobody.
#[test]
fn a_termination_request_ends_the_waits_of_all_threads() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let _service = node
        .service_builder(&name("stage"))
        .request_response::<u64, u64>()
        .create()
        .unwrap();
    let mut child = Actor::start("threads", root.path());
    let pid = child.hear();
    let killed = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.hear(), "all ended");
    child.finish();
}
