// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over ipc-channel. `first-ipc-channel PLACE`

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcSender};
use std::{fs, path::Path};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let name = fs::read_to_string(Path::new(&place).join("meeting"))?;
    let meet: IpcSender<(IpcBytesSender, IpcBytesReceiver)> = IpcSender::connect(name)?;
    let (to_server, from_client) = ipc::bytes_channel()?;
    let (to_client, from_server) = ipc::bytes_channel()?;
    meet.send((to_client, from_client))?;
    to_server.send(&7u64.to_ne_bytes())?;
    match u64::from_ne_bytes(from_server.recv()?.as_slice().try_into()?) {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
