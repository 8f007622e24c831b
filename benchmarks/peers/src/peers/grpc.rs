// SPDX-License-Identifier: Apache-2.0 OR MIT
//! gRPC over a Unix socket: tonic, with a message of one field of bytes. Each process has a runtime of one thread.
//!
//! What a build script would make of a .proto file is written by hand, so that nobody needs `protoc`.

mod client;
mod server;

pub use client::client;
pub use server::server;

use crate::{Result, message::Content};
use prost::bytes::{Bytes, BytesMut};
use std::path::Path;

const UNARY: &str = "/peers.Peers/Ask";
const STREAM: &str = "/peers.Peers/Stream";

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Message {
    #[prost(bytes = "bytes", tag = "1")]
    payload: Bytes,
}

impl Message {
    fn with(content: Content, number: u64) -> Self {
        let mut payload = BytesMut::zeroed(content.bytes);
        content.write(&mut payload, number);
        Self {
            payload: payload.freeze(),
        }
    }

    fn number(&self, content: Content) -> Result<u64> {
        content.read(&self.payload)
    }
}

fn socket(place: &Path) -> std::path::PathBuf {
    place.join("grpc")
}
