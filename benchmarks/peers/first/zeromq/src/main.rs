// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over ZeroMQ. `first-zeromq PLACE`

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let socket = zmq::Context::new().socket(zmq::REQ)?;
    socket.connect(&format!("ipc://{place}/zeromq"))?;
    socket.send(7u64.to_ne_bytes().as_slice(), 0)?;
    match u64::from_ne_bytes(socket.recv_bytes(0)?.as_slice().try_into()?) {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
