// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fetches a file from a `file_server`.

mod partial_file;

use core::time::Duration;
use iceoryx2::{
    port::{Outcome, WaitError, client::Client},
    prelude::*,
};
use iceoryx2_examples::{
    command_line::{Arguments, Ending, run},
    file_transfer::{self, Chunk, Kind, PATH_SIZE_MAX, RemotePath, Transfer},
};
use partial_file::PartialFile;
use std::{error::Error, path::Path, process::ExitCode, time::Instant};

const WAIT_FOR_SERVER: Duration = Duration::from_secs(5);

const INTERRUPTED: &str = "the transfer was interrupted";

fn main() -> ExitCode {
    run("file_client REMOTE LOCAL", client)
}

fn client(mut arguments: Arguments) -> Ending {
    let remote = arguments.positional("REMOTE")?;
    let local = arguments.positional("LOCAL")?;
    arguments.finish()?;
    let (remote, local) = (Path::new(&remote), Path::new(&local));

    let path = RemotePath::new(remote)
        .ok_or_else(|| format!("{remote:?} is too long: at most {PATH_SIZE_MAX} bytes"))?;
    let mut file = PartialFile::create(local)?;

    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = file_transfer::open(&node)?;
    let client = service.client_builder().create()?;
    wait_for_server(&client)?;

    let begun = Instant::now();
    let size = receive(&node, &client.send_copy(path)?, &mut file)
        .map_err(|error| format!("{remote:?} was not received: {error}"))?;
    file.complete()?;

    let seconds = begun.elapsed().as_secs_f64();
    let rate = size as f64 / 1e6 / seconds;
    println!("received {remote:?}: {size} bytes in {seconds:.3} s, {rate:.1} MB/s");
    Ok(())
}

fn wait_for_server(client: &Client<ipc::Service, RemotePath, (), Chunk, ()>) -> Ending {
    match client.wait_for_servers(1, WAIT_FOR_SERVER) {
        Ok(_) => Ok(()),
        Err(WaitError::Timeout) => Err("no file_server is running: start one".into()),
        Err(error) => Err(error.into()),
    }
}

/// Writes what the server sends into `file`. Returns the size, once the server has said that this was all.
fn receive(
    node: &Node<ipc::Service>,
    transfer: &Transfer,
    file: &mut PartialFile,
) -> Result<u64, Box<dyn Error>> {
    let mut size = 0;
    loop {
        node.wait(Duration::ZERO).map_err(|_| INTERRUPTED)?;
        let chunk = match transfer.blocking_receive() {
            Ok(chunk) => chunk,
            Err(WaitError::Terminated) => return Err(INTERRUPTED.into()),
            Err(WaitError::Ended(Outcome::Finished)) => {
                return Err("the server broke off before the file ended".into());
            }
            Err(error) => return Err(error.into()),
        };
        match chunk.kind() {
            Kind::Failed => return Err(String::from_utf8_lossy(chunk.content()).into()),
            _ if chunk.offset() != size => return Err("a part is missing: ask again".into()),
            Kind::Data => file.append(chunk.content())?,
            Kind::End => return Ok(size),
        }
        size += chunk.content().len() as u64;
    }
}
