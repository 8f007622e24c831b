// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The end that answers: a runtime on a thread of its own.

use super::{Message, STREAM, UNARY, socket};
use crate::{Result, message::Content, peers::tally::Tally, row::Row, side};
use core::{
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};
use std::{convert::Infallible, path::Path, sync::Arc, thread};
use tokio::{net::UnixListener, runtime::Builder};
use tokio_stream::{StreamExt, iter, wrappers::UnixListenerStream};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{Service, http},
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
    transport,
};
use tonic_prost::ProstCodec;

pub fn server(row: Row, place: &Path) -> Result<Box<dyn side::Server>> {
    let tally = Arc::new(Tally::default());
    let peers = Peers {
        content: Content::of(row),
        tally: Arc::clone(&tally),
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        UnixListener::bind(socket(place))?
    };
    thread::spawn(move || {
        let incoming = UnixListenerStream::new(listener);
        let router = transport::Server::builder().add_service(peers);
        runtime.block_on(router.serve_with_incoming(incoming))
    });
    Ok(Box::new(Server(tally)))
}

struct Server(Arc<Tally>);

impl side::Server for Server {
    fn answer(&mut self, requests: u32) -> Result<()> {
        self.0.wait(requests);
        Ok(())
    }

    fn stream(&mut self, _: u32) -> Result<()> {
        self.0.wait(1);
        Ok(())
    }
}

#[derive(Clone)]
struct Peers {
    content: Content,
    tally: Arc<Tally>,
}

impl NamedService for Peers {
    const NAME: &'static str = "peers.Peers";
}

impl Peers {
    fn number(&self, request: &Request<Message>) -> core::result::Result<u64, Status> {
        let number = request.get_ref().number(self.content);
        self.tally.count();
        number.map_err(|trouble| Status::invalid_argument(trouble.to_string()))
    }
}

impl UnaryService<Message> for Peers {
    type Response = Message;
    type Future = Ready<core::result::Result<Response<Message>, Status>>;

    fn call(&mut self, request: Request<Message>) -> Self::Future {
        let number = self.number(&request);
        ready(number.map(|number| Response::new(Message::with(self.content, number + 1))))
    }
}

type Messages =
    Pin<Box<dyn tokio_stream::Stream<Item = core::result::Result<Message, Status>> + Send>>;

impl ServerStreamingService<Message> for Peers {
    type Response = Message;
    type ResponseStream = Messages;
    type Future = Ready<core::result::Result<Response<Messages>, Status>>;

    fn call(&mut self, request: Request<Message>) -> Self::Future {
        let content = self.content;
        let messages = |count| -> Messages {
            Box::pin(iter(0..count).map(move |number| Ok(Message::with(content, number))))
        };
        ready(
            self.number(&request)
                .map(|count| Response::new(messages(count))),
        )
    }
}

impl Service<http::Request<Body>> for Peers {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future =
        Pin<Box<dyn Future<Output = core::result::Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<core::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let peers = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Message, Message>::default());
            Ok(match request.uri().path() {
                UNARY => grpc.unary(peers, request).await,
                STREAM => grpc.server_streaming(peers, request).await,
                _ => Status::unimplemented("there is no such method").into_http(),
            })
        })
    }
}
