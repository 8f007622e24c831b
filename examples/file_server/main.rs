// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sends the files below a directory to whoever asks.

mod root;

use core::time::Duration;
use iceoryx2::{
    port::{SendError, WaitError},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, UsageError, run},
    file_transfer::{self, Request},
};
use root::Root;
use std::{error::Error, fs::File, process::ExitCode};

const ASKED_TO_END: &str = "the server was asked to end";

fn main() -> ExitCode {
    run("file_server --root DIR", server)
}

fn server(mut arguments: Arguments) -> Ending {
    let root = arguments.raw_option("--root")?;
    arguments.finish()?;
    let root = Root::open(root.ok_or_else(|| UsageError::missing("--root"))?)?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = file_transfer::open(&node)?;
    let server = service.server_builder().create()?;
    println!("serving {root}");

    while node.wait(Duration::ZERO).is_ok() {
        match server.blocking_receive() {
            Ok(request) => println!("{}", answer(&node, &root, &request)),
            Err(WaitError::Terminated) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Answers a request, and tells in a line how that went. Whatever went wrong with one client is no reason to leave the
/// others alone.
fn answer(node: &Node<ipc::Service>, root: &Root, request: &Request) -> String {
    let path = request.as_path();
    let mut file = match root.open_file(path) {
        Ok(file) => file,
        Err(reason) => {
            tell(request, &reason.to_string());
            return format!("refused {path:?}: {reason}");
        }
    };
    match send(node, request, &mut file) {
        Ok(Sent::Whole(size)) => format!("sent {path:?}: {size} bytes"),
        Ok(Sent::UntilClientLeft(offset)) => {
            format!("the client of {path:?} left after {offset} bytes")
        }
        Err(reason) => {
            tell(request, &reason.to_string());
            format!("broke off {path:?}: {reason}")
        }
    }
}

/// How a transfer ended, with the number of bytes that were sent.
enum Sent {
    Whole(u64),
    UntilClientLeft(u64),
}

/// Sends the file part by part, each read from the file straight into the memory in which the client sees it.
fn send(
    node: &Node<ipc::Service>,
    request: &Request,
    file: &mut File,
) -> Result<Sent, Box<dyn Error>> {
    let mut offset = 0;
    while request.is_connected() {
        node.wait(Duration::ZERO).map_err(|_| ASKED_TO_END)?;
        let mut chunk = request.loan()?;
        let next = chunk.fill(file, offset)?;
        // Sleeps while the client has not taken what came before: overflow is off.
        match chunk.send() {
            Err(SendError::Terminated) => return Err(ASKED_TO_END.into()),
            sent => sent?,
        }
        if next == offset {
            return Ok(Sent::Whole(offset));
        }
        offset = next;
    }
    Ok(Sent::UntilClientLeft(offset))
}

/// Tells the client why there is nothing, or no more. It may be gone, or not have room; without a reason it still sees
/// that the stream ended before the file did.
fn tell(request: &Request, reason: &str) {
    if let Ok(mut chunk) = request.loan() {
        chunk.fail(reason);
        let _ = chunk.send();
    }
}
