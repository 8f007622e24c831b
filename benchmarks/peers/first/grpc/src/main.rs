// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once, over gRPC. `first-grpc PLACE`

use prost::bytes::Bytes;
use tokio::runtime::Builder;
use tonic::{Request, client::Grpc, codegen::http::uri::PathAndQuery, transport::Endpoint};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Message {
    #[prost(bytes = "bytes", tag = "1")]
    payload: Bytes,
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let place = std::env::args()
        .nth(1)
        .ok_or("where the server is was not said")?;
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(ask(&place))
}

async fn ask(place: &str) -> Result<(), Box<dyn core::error::Error>> {
    let endpoint = Endpoint::from_shared(format!("unix://{place}/grpc"))?;
    let mut grpc = Grpc::new(endpoint.connect().await?);
    grpc.ready().await?;
    let request = Request::new(Message {
        payload: Bytes::copy_from_slice(&7u64.to_ne_bytes()),
    });
    let codec = ProstCodec::<Message, Message>::default();
    let path = PathAndQuery::from_static("/peers.Peers/Ask");
    let response = grpc.unary(request, path, codec).await?.into_inner();
    match u64::from_ne_bytes(response.payload.as_ref().try_into()?) {
        8 => Ok(()),
        other => Err(format!("the answer was {other}").into()),
    }
}
