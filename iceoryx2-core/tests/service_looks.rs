// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who looks sees what is there and changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
use iceoryx2::{prelude::*, service::port_factory::request_response};

type Factory = request_response::PortFactory<ipc::Service, u64, (), u64, ()>;

fn open_or_create(node: &Node<ipc::Service>, service: &str) -> Factory {
    let builder = node.service_builder(&name(service));
    let builder = builder.request_response::<u64, u64>();
    builder.open_or_create().unwrap()
}

// Fails if: `list` does not stop.
#[test]
fn looking_shows_what_is_there_and_changes_nothing() {
    let root = Root::new();
    let config = root.config();
    let pattern = MessagingPattern::RequestResponse;
    assert_eq!(
        ipc::Service::does_exist(&name("a"), &config, pattern),
        Ok(false)
    );
    ipc::Service::list(&config, |_| panic!("there is nothing")).unwrap();
    assert_eq!(root.content(), [""; 0]);

    let node = NodeBuilder::new()
        .name(&"kitchen".try_into().unwrap())
        .config(&config);
    let node = node.create::<ipc::Service>().unwrap();
    let services = ["a", "b"].map(|text| open_or_create(&node, text));
    let before = root.content();

    let details = ipc::Service::details(&name("a"), &config, pattern)
        .unwrap()
        .unwrap();
    assert_eq!(
        details.static_details.unique_service_id(),
        services[0].unique_service_id()
    );
    let nodes = details.dynamic_details.unwrap().nodes;
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].node_id(), node.id());

    let mut names = Vec::new();
    ipc::Service::list(&config, |details| {
        names.push(details.static_details.name().as_str().to_owned());
        CallbackProgression::Continue
    })
    .unwrap();
    names.sort();
    assert_eq!(names, ["a", "b"]);

    let mut shown = 0;
    ipc::Service::list(&config, |_| {
        shown += 1;
        CallbackProgression::Stop
    })
    .unwrap();
    assert_eq!(shown, 1);
    assert_eq!(root.content(), before);
}

// Fails if: `show` ends with the first node.
#[test]
fn a_factory_says_who_takes_part() {
    let root = Root::new();
    let (first, second) = (node(&root.config()), node(&root.config()));
    let service = open_or_create(&first, "a");
    let _again = open_or_create(&first, "a");
    let _other = open_or_create(&second, "a");

    let mut ids = Vec::new();
    let collect = |state: NodeState<ipc::Service>| {
        ids.push(state.node_id());
        CallbackProgression::Continue
    };
    service.nodes(collect).unwrap();
    ids.sort();
    let mut expected = [first.id(), second.id()];
    expected.sort();
    assert_eq!(ids, expected);

    assert_eq!(service.dynamic_config().number_of_clients(), 0);
    assert_eq!(service.dynamic_config().number_of_servers(), 0);
    service
        .dynamic_config()
        .list_clients(|_| panic!("there is none"));
    assert_eq!(service.service_hash().as_str().len(), 32);
}
