// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fetches a file from a `file_server`.

use core::time::Duration;
use iceoryx2::{
    port::{Outcome, WaitError},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, Fallible, run},
    file_transfer::{self, RemotePath, Transfer},
    partial_file::PartialFile,
};
use std::{path::Path, process::ExitCode, time::Instant};

fn main() -> ExitCode {
    run("REMOTE LOCAL", client)
}

fn client(mut arguments: Arguments) -> Ending {
    let remote = arguments.positional("REMOTE")?;
    let local = arguments.positional("LOCAL")?;
    arguments.finish()?;
    let path = RemotePath::new(Path::new(&remote))?;
    let mut file = PartialFile::create(Path::new(&local))?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = file_transfer::open(&node)?;
    let client = service.client_builder().create()?;
    if let Err(WaitError::Timeout) = client.wait_for_servers(1, Duration::from_secs(5)) {
        return Err("no file_server is running: start one".into());
    }

    let begun = Instant::now();
    let size = receive(&node, &client.send_copy(path)?, &mut file)
        .map_err(|error| format!("{remote:?} was not received: {error}"))?;
    file.complete()?;

    let seconds = begun.elapsed().as_secs_f64();
    let rate = size as f64 / 1e6 / seconds;
    println!("received {remote:?}: {size} bytes in {seconds:.3} s, {rate:.1} MB/s");
    Ok(())
}

/// Writes what the server sends into the file. Returns the size, once the server has said that this was all.
fn receive(node: &Node<ipc::Service>, from: &Transfer, to: &mut PartialFile) -> Fallible<u64> {
    let mut size = 0;
    while node.wait(Duration::ZERO).is_ok() {
        match from.blocking_receive() {
            Ok(chunk) => match chunk.part_at(size)? {
                Some(part) => size += to.append(part)?,
                None => return Ok(size),
            },
            Err(WaitError::Terminated) => break,
            Err(WaitError::Ended(Outcome::Finished)) => return Err("the server broke off".into()),
            Err(error) => return Err(error.into()),
        }
    }
    Err("the transfer was interrupted".into())
}
