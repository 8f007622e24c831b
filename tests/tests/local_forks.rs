// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Within one process a fork makes another process: its child can use nothing of the parent's, breaks nothing, and begins
//! anew below the same root path.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use iceoryx2::{
    port::{client::Client, server::Server},
    prelude::*,
    service::port_factory::request_response,
};
use iceoryx2_bb_posix::process::in_forked_child;
use std::path::Path;

/// Does not fit a descriptor.
type Large = [u64; 100];

/// A node with a service and both ports. Fields are dropped in order.
struct Whole {
    client: Client<local::Service, Large, (), Large, ()>,
    server: Server<local::Service, Large, (), Large, ()>,
    factory: request_response::PortFactory<local::Service, Large, (), Large, ()>,
    _node: Node<local::Service>,
}

impl Whole {
    fn new() -> Self {
        let mut config = Config::default();
        config.global.set_root_path(Path::new("/proc/nowhere"));
        let node = NodeBuilder::new()
            .config(&config)
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<local::Service>()
            .unwrap();
        let builder = node.service_builder(&"forked".try_into().unwrap());
        let factory = builder.request_response().create().unwrap();
        Self {
            client: factory.client_builder().create().unwrap(),
            server: factory.server_builder().create().unwrap(),
            factory,
            _node: node,
        }
    }

    fn goes_round(&self, value: u64) -> bool {
        let pending = self.client.send_copy([value; 100]).unwrap();
        let request = self.server.receive().unwrap().unwrap();
        request.send_copy(*request).unwrap();
        *pending.receive().unwrap().unwrap() == [value; 100]
    }
}

/// Fails if: `World::here` of cal's `MemoryPlace` takes whatever world it finds.
#[test]
fn a_child_uses_nothing_of_its_parents_and_begins_anew() {
    let mut parents = Some(Whole::new());
    let whole = parents.as_ref().unwrap();
    let id = whole.factory.unique_service_id();
    assert!(whole.goes_round(1));
    let pending = whole.client.send_copy([2; 100]).unwrap();
    let well = in_forked_child(|| {
        let whole = parents.as_ref().unwrap();
        let refused = whole.client.send_copy([3; 100]).is_err()
            && whole.server.receive().is_err()
            && whole.factory.client_builder().create().is_err();
        drop(parents.take());
        let own = Whole::new();
        refused && own.factory.unique_service_id() != id && own.goes_round(4)
    });
    assert!(well.unwrap());
    let whole = parents.as_ref().unwrap();
    assert_eq!(*whole.server.receive().unwrap().unwrap(), [2; 100]);
    drop(pending);
    assert!(whole.goes_round(5));
}
