// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The end that asks.

use super::{Message, STREAM, UNARY, socket};
use crate::{
    Result,
    message::{Content, expect},
    peers::meeting,
    row::{IN_FLIGHT, Row},
    side,
};
use std::{collections::VecDeque, path::Path};
use tokio::runtime::{Builder, Runtime};
use tonic::{
    Request,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

pub fn client(row: Row, place: &Path) -> Result<Box<dyn side::Client>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let endpoint = Endpoint::from_shared(format!("unix://{}", socket(place).display()))?;
    let channel = meeting::persist(|| runtime.block_on(endpoint.connect()))?;
    let stub = Stub {
        grpc: Grpc::new(channel),
        content: Content::of(row),
    };
    Ok(Box::new(Client {
        runtime,
        stub,
        number: 0,
    }))
}

struct Client {
    runtime: Runtime,
    stub: Stub,
    number: u64,
}

#[derive(Clone)]
struct Stub {
    grpc: Grpc<Channel>,
    content: Content,
}

impl Stub {
    /// Asks once and checks the answer.
    async fn ask(&mut self, number: u64) -> Result<()> {
        self.grpc.ready().await?;
        let request = Request::new(Message::with(self.content, number));
        let path = PathAndQuery::from_static(UNARY);
        let codec = ProstCodec::<Message, Message>::default();
        let response = self.grpc.unary(request, path, codec).await?.into_inner();
        expect(number + 1, response.number(self.content)?)
    }

    async fn stream(&mut self, responses: u32) -> Result<()> {
        self.grpc.ready().await?;
        let request = Request::new(Message::with(self.content, responses.into()));
        let path = PathAndQuery::from_static(STREAM);
        let codec = ProstCodec::<Message, Message>::default();
        let mut stream = self
            .grpc
            .server_streaming(request, path, codec)
            .await?
            .into_inner();
        for number in 0..responses {
            let response = stream.message().await?.ok_or("the stream ended early")?;
            expect(number.into(), response.number(self.content)?)?;
        }
        Ok(())
    }
}

impl side::Client for Client {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        let (stub, number) = (&mut self.stub, &mut self.number);
        self.runtime.block_on(async {
            for _ in 0..count {
                stub.ask(*number).await?;
                *number += 1;
            }
            Ok(())
        })
    }

    fn in_flight(&mut self, count: u32) -> Result<()> {
        let (stub, runtime) = (&self.stub, &self.runtime);
        runtime.block_on(async {
            let mut under_way = VecDeque::with_capacity(IN_FLIGHT);
            for number in 0..count {
                if under_way.len() == IN_FLIGHT
                    && let Some(oldest) = under_way.pop_front()
                {
                    joined(oldest).await?;
                }
                let mut stub = stub.clone();
                under_way.push_back(runtime.spawn(async move { stub.ask(number.into()).await }));
            }
            for request in under_way {
                joined(request).await?;
            }
            Ok(())
        })
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        self.runtime.block_on(self.stub.stream(responses))
    }
}

async fn joined(request: tokio::task::JoinHandle<Result<()>>) -> Result<()> {
    request.await?
}
