// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over a Unix stream socket. `first-unix-socket PLACE`

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let mut stream = UnixStream::connect(Path::new(&place).join("socket"))?;
    stream.write_all(&7u64.to_ne_bytes())?;
    let mut answer = [0; 8];
    stream.read_exact(&mut answer)?;
    match u64::from_ne_bytes(answer) {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
