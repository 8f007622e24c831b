// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over TCP. `first-tcp PLACE`

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::Path,
};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let port = fs::read_to_string(Path::new(&place).join("meeting"))?.parse()?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.write_all(&7u64.to_ne_bytes())?;
    let mut answer = [0; 8];
    stream.read_exact(&mut answer)?;
    match u64::from_ne_bytes(answer) {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
