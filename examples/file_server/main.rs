// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sends the files below a directory to whoever asks.

mod root;

use core::time::Duration;
use iceoryx2::{port::WaitError, prelude::*};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, UsageError, run},
    file_transfer::{self, Request},
};
use root::Root;
use std::{error::Error, fs::File, process::ExitCode};

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
    let sent = root
        .open_file(path)
        .and_then(|mut file| send(node, request, &mut file));
    match sent {
        Ok(Sent::Whole(size)) => format!("sent {path:?}: {size} bytes"),
        Ok(Sent::UntilClientLeft(offset)) => {
            format!("the client of {path:?} left after {offset} bytes")
        }
        Err(error) => match fail(request, &error.to_string()) {
            Ok(()) => format!("refused {path:?}: {error}"),
            Err(worse) => format!("refused {path:?}: {error}; the client does not know: {worse}"),
        },
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
        node.wait(Duration::ZERO)
            .map_err(|_| "the server was asked to end")?;
        let mut chunk = request.loan()?;
        let next = chunk.fill(file, offset)?;
        // Sleeps while the client has not taken what came before: overflow is off.
        chunk.send()?;
        if next == offset {
            return Ok(Sent::Whole(offset));
        }
        offset = next;
    }
    Ok(Sent::UntilClientLeft(offset))
}

fn fail(request: &Request, reason: &str) -> Result<(), Box<dyn Error>> {
    let mut chunk = request.loan()?;
    chunk.fail(reason);
    Ok(chunk.send()?)
}
