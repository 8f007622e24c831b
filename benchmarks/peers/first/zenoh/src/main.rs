// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over zenoh. `first-zenoh PLACE`

use zenoh::{Config, Wait};

fn main() -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    let endpoint = format!("[\"unixsock-stream/{place}/zenoh\"]");
    let mut config = Config::default();
    for (key, value) in [
        ("mode", "\"peer\""),
        ("connect/endpoints", endpoint.as_str()),
        ("listen/endpoints", "[]"),
        ("scouting/multicast/enabled", "false"),
        ("scouting/gossip/enabled", "false"),
        ("transport/shared_memory/enabled", "true"),
    ] {
        config.insert_json5(key, value)?;
    }
    let session = zenoh::open(config).wait()?;
    let replies = session
        .get("peers/ask")
        .payload(7u64.to_ne_bytes().to_vec())
        .wait()?;
    let reply = replies.recv()?;
    let sample = reply
        .result()
        .map_err(|_| "the server answered with an error")?;
    let answer = u64::from_ne_bytes(sample.payload().to_bytes().as_ref().try_into()?);
    session.close().wait()?;
    match answer {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
