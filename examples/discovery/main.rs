// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Lists the nodes and services there are. Who looks takes part in nothing, takes no lock and changes nothing.

use iceoryx2::prelude::*;
use iceoryx2_examples::command_line::{Arguments, Ending, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("", list)
}

fn list(arguments: Arguments) -> Ending {
    arguments.finish()?;
    let config = Config::global_config();
    Node::<ipc::Service>::list(config, |node| {
        println!("{}", describe(&node));
        CallbackProgression::Continue
    })?;
    ipc::Service::list(config, |service| {
        show(&service);
        CallbackProgression::Continue
    })?;
    Ok(())
}

fn describe(node: &NodeState<ipc::Service>) -> String {
    let id = node.node_id();
    match node {
        NodeState::Alive(node) => format!("node {id} of {:?}", node.details().executable()),
        NodeState::Dead(_) => format!("node {id}, which is dead"),
        _ => format!("node {id}, of which nothing is known"),
    }
}

fn show(service: &ServiceDetails<ipc::Service>) {
    let contract = &service.static_details;
    println!("service {:?}", contract.name().as_str());
    for attribute in contract.attributes() {
        println!("  says {attribute}");
    }
    let options = contract.request_response();
    let request = &options.request_message_type_details().payload;
    println!("  request of {} bytes: {}", request.size, request.type_name);
    let response = &options.response_message_type_details().payload;
    println!(
        "  response of {} bytes: {}",
        response.size, response.type_name
    );
    println!("  at most {} servers", options.max_servers());
    println!("  at most {} clients", options.max_clients());
    for node in service
        .dynamic_details
        .iter()
        .flat_map(|found| &found.nodes)
    {
        println!("  open in {}", describe(node));
    }
}
