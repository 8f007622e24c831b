// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Worlds side by side on one machine: nodes whose prefix or root path differ never see each other.

use iceoryx2::{port::client::Client, port::server::Server, prelude::*};
use iceoryx2_examples::command_line::{Arguments, Ending, Fallible, run};
use std::process::ExitCode;

/// A server and a client of a service that has the same name in each domain.
struct Domain {
    name: &'static str,
    server: Server<ipc::Service, u64, (), u64, ()>,
    client: Client<ipc::Service, u64, (), u64, ()>,
}

fn main() -> ExitCode {
    run("", example)
}

fn example(arguments: Arguments) -> Ending {
    arguments.finish()?;
    let mut blue = Config::global_config().clone();
    blue.global.prefix = "blue".try_into()?;
    let mut red = blue.clone();
    red.global.prefix = "red".try_into()?;
    let mut far = blue.clone();
    let root = blue.global.root_path().with_extension("far");
    far.global.set_root_path(&root);
    let domains = [
        enter("blue", &blue)?,
        enter("red", &red)?,
        enter("far", &far)?,
    ];

    for from in &domains {
        let pending = from.client.send_copy(7)?;
        let count = pending.number_of_server_connections();
        println!("the client in {} sends to {count} server", from.name);
        for domain in &domains {
            if let Some(request) = domain.server.receive()? {
                println!("  the server in {} received {}", domain.name, *request);
            }
        }
    }
    Ok(())
}

fn enter(name: &'static str, config: &Config) -> Fallible<Domain> {
    let node = NodeBuilder::new().config(config).create::<ipc::Service>()?;
    let service = node
        .service_builder(&"Examples/Domains".try_into()?)
        .request_response::<u64, u64>()
        // Fails if there is a service of this name in the same domain.
        .create()?;
    Ok(Domain {
        name,
        server: service.server_builder().create()?,
        client: service.client_builder().create()?,
    })
}
