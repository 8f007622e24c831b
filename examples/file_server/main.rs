// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sends the files below a directory to whoever asks.

use core::time::Duration;
use iceoryx2::{port::WaitError, prelude::*};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, Fallible, run},
    file_transfer::{self, Request},
    served_directory::Root,
};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("--root DIR", server)
}

fn server(mut arguments: Arguments) -> Ending {
    let root = Root::open(arguments.required_option("--root")?)?;
    arguments.finish()?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = file_transfer::open(&node)?;
    let server = service.server_builder().create()?;
    println!("serving {root}");

    while node.wait(Duration::ZERO).is_ok() {
        let request = match server.blocking_receive() {
            Ok(request) => request,
            Err(WaitError::Terminated) => break,
            Err(error) => return Err(error.into()),
        };
        // What goes wrong with one client is no reason to leave the others alone.
        let line = send(&node, &root, &request).unwrap_or_else(|reason| {
            file_transfer::tell(&request, &reason.to_string());
            format!("did not send {:?}: {reason}", request.as_path())
        });
        println!("{line}");
    }
    Ok(())
}

/// Sends a file, read part by part into the client's view; sleeps while the client has no room. Says how that ended.
fn send(node: &Node<ipc::Service>, root: &Root, request: &Request) -> Fallible<String> {
    let path = request.as_path();
    let mut file = root.open_file(path)?;
    let mut offset = 0;
    while request.is_connected() {
        let mut chunk = request.loan()?;
        let next = chunk.fill(&mut file, offset)?;
        let sent = chunk.send();
        if next == offset && sent.is_ok() {
            return Ok(format!("sent {path:?}: {offset} bytes"));
        }
        node.wait(Duration::ZERO)
            .map_err(|_| "the server was asked to end")?;
        sent?;
        offset = next;
    }
    Ok(format!("the client of {path:?} left after {offset} bytes"))
}
