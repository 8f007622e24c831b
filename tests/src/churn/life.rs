// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Those who serve, and those who come, call once and go.

use crate::{
    actor::{listen, say},
    draw::Draw,
    heap,
    load::{Large, Load, Said},
    stage::config_of,
};
use iceoryx2::{
    node::Node,
    port::{WaitError, client::Client, server::Server},
    prelude::*,
    response::Response,
    service::port_factory::request_response::PortFactory as Factory,
};
use std::{path::Path, time::Duration};

type Churn = Factory<ipc::Service, Large, (), Large, ()>;
type ChurnClient = Client<ipc::Service, Large, (), Large, ()>;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn numbers<const N: usize>(arguments: &[String]) -> [u64; N] {
    let numbers: Vec<u64> = arguments.iter().map(|it| it.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// The service, with room for exactly those who live at a time.
pub(crate) fn service(root: &Path, clients_max: u64) -> (Node<ipc::Service>, Churn) {
    let node = NodeBuilder::new()
        .config(&config_of(root))
        .create::<ipc::Service>()
        .unwrap();
    let clients_max = usize::try_from(clients_max).unwrap();
    let service = node
        .service_builder(&"churn".try_into().unwrap())
        .request_response::<Large, Large>()
        .max_servers(1)
        .max_clients(clients_max)
        .max_nodes(clients_max + 1)
        .open_or_create()
        .unwrap();
    (node, service)
}

/// The server: answers until it is told to end.
pub fn serve(root: &Path, arguments: &[String]) {
    let [clients_max] = numbers(arguments);
    let (_node, service) = service(root, clients_max);
    let server: Server<_, Large, (), Large, ()> = service.server_builder().create().unwrap();
    heap::tell_when_asked();
    say("ready");
    let ended = loop {
        match server.blocking_receive() {
            Ok(active) => {
                let asked = active.payload().said().expect("a torn request");
                active.send_copy(Large::of(asked.answer())).unwrap();
            }
            Err(error) => break error,
        }
    };
    assert_eq!(ended, WaitError::Terminated);
}

/// A process that makes clients, as it is told.
pub fn host(root: &Path, arguments: &[String]) {
    let [name, clients_max, seed] = numbers(arguments);
    let (_node, service) = service(root, clients_max);
    let mut draw = Draw::new(seed.wrapping_add(name));
    let mut staying: Option<ChurnClient> = None;
    say("ready");
    while let Some(line) = listen() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["stay"] => {
                let client = service.client_builder().create().unwrap();
                drop(answered(&client, name, 0, &mut draw));
                staying = Some(client);
            }
            ["leave"] => drop(staying.take()),
            ["make", from, to] => {
                let requests = from.parse().unwrap()..to.parse().unwrap();
                requests.for_each(|request| come_and_go(&service, name, request, &mut draw));
            }
            _ => panic!("nobody taught me to {line}"),
        }
        say("ok");
    }
}

/// One client, which drops its port and the response in either order.
fn come_and_go(service: &Churn, name: u64, request: u64, draw: &mut Draw) {
    let client = service.client_builder().create().unwrap();
    let response = answered(&client, name, request, draw);
    if draw.one_in(2) {
        drop(client);
        drop(response);
    }
}

/// A process that calls once. Half of them leave in order, the others just end.
pub fn visit(root: &Path, arguments: &[String]) {
    let [request, clients_max, seed] = numbers(arguments);
    let mut draw = Draw::new(seed ^ request.rotate_right(8));
    let (_node, service) = service(root, clients_max);
    let client = service.client_builder().create().unwrap();
    let name = u64::from(std::process::id());
    let _response = answered(&client, name, request, &mut draw);
    if draw.one_in(2) {
        std::process::exit(0);
    }
}

/// Calls once and checks the answer.
fn answered(
    client: &ChurnClient,
    name: u64,
    request: u64,
    draw: &mut Draw,
) -> Response<ipc::Service, Large, ()> {
    let asked = Said {
        client: name,
        request,
        number: draw.number(),
    };
    let response = client.call(Large::of(asked), PATIENCE).unwrap();
    assert_eq!(response.payload().said(), Some(asked.answer()));
    response
}
