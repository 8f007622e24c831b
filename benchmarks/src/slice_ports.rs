// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clients and servers of slices, of each length one, and nobody wrote a word but the first.

use crate::{
    Result,
    ours::{Answering, Asking},
};
use core::time::Duration;
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{client, server},
    prelude::{AllocationStrategy, Config, NodeBuilder, ipc},
    service::port_factory::request_response::PortFactory,
};
use std::path::Path;

const PATIENCE: Duration = Duration::from_secs(10);

type Words = [u64];
type Factory = PortFactory<ipc::Service, Words, (), Words, ()>;

/// What a port knows of its messages when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// How long they are.
    Length,
    /// Nothing: its memory grows.
    Nothing,
}

impl Known {
    pub const ALL: [Self; 2] = [Self::Length, Self::Nothing];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Length => "slices",
            Self::Nothing => "slices-grown",
        }
    }

    const fn initial_max_slice_len(self, words: usize) -> usize {
        match self {
            Self::Length => words,
            Self::Nothing => 1,
        }
    }
}

/// A node below `root`.
pub fn node(root: &Path) -> Result<Node<ipc::Service>> {
    let mut config = Config::default();
    config.global.set_root_path(root);
    Ok(NodeBuilder::new().config(&config).create()?)
}

fn service(node: &Node<ipc::Service>, bytes: usize, known: Known) -> Result<Factory> {
    let name = format!("{}-{bytes}", known.name());
    Ok(node
        .service_builder(&name.as_str().try_into()?)
        .request_response::<Words, Words>()
        .max_clients(1)
        .max_servers(1)
        .open_or_create()?)
}

const fn words(bytes: usize) -> usize {
    bytes / size_of::<u64>()
}

/// The side that asks.
pub struct Client {
    pending: Option<PendingResponse<ipc::Service, Words, (), Words, ()>>,
    client: client::Client<ipc::Service, Words, (), Words, ()>,
    words: usize,
}

impl Client {
    pub fn new(node: &Node<ipc::Service>, bytes: usize, known: Known) -> Result<Self> {
        let client = service(node, bytes, known)?
            .client_builder()
            .initial_max_slice_len(known.initial_max_slice_len(words(bytes)))
            .allocation_strategy(AllocationStrategy::PowerOfTwo)
            .create()?;
        client.wait_for_servers(1, PATIENCE)?;
        Ok(Self {
            pending: None,
            client,
            words: words(bytes),
        })
    }
}

impl Asking for Client {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        let mut request = self.client.loan_slice_uninit(self.words)?;
        if let Some(first) = request.payload_mut().first_mut() {
            first.write(number);
        }
        // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
        let request = unsafe { request.assume_init() };
        self.pending = Some(request.send()?);
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        let Some(pending) = &self.pending else {
            return Ok(None);
        };
        let Some(response) = pending.receive()? else {
            return Ok(None);
        };
        let number = first(response.payload(), self.words)?;
        drop(response);
        self.pending = None;
        Ok(Some(number))
    }

    fn await_answer(&mut self) -> Result<u64> {
        let pending = self.pending.take().ok_or("nothing was asked")?;
        first(pending.timed_receive(PATIENCE)?.payload(), self.words)
    }
}

/// The side that answers, with slices as long as those it is sent.
pub struct Server(server::Server<ipc::Service, Words, (), Words, ()>);

impl Server {
    pub fn new(node: &Node<ipc::Service>, bytes: usize, known: Known) -> Result<Self> {
        let server = service(node, bytes, known)?
            .server_builder()
            .initial_max_slice_len(known.initial_max_slice_len(words(bytes)))
            .allocation_strategy(AllocationStrategy::PowerOfTwo)
            .create()?;
        Ok(Self(server))
    }
}

impl Answering for Server {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        match self.0.receive()? {
            Some(request) => respond(&request).map(Some),
            None => Ok(None),
        }
    }

    fn await_request(&mut self) -> Result<()> {
        respond(&self.0.timed_receive(PATIENCE)?)
    }
}

#[inline]
fn respond(request: &ActiveRequest<ipc::Service, Words, (), Words, ()>) -> Result<()> {
    let words = request.payload().len();
    let mut response = request.loan_slice_uninit(words)?;
    if let Some(word) = response.payload_mut().first_mut() {
        word.write(first(request.payload(), words)? + 1);
    }
    // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
    Ok(unsafe { response.assume_init() }.send()?)
}

/// The first of as many words as there must be.
#[inline]
fn first(payload: &Words, words: usize) -> Result<u64> {
    match payload.first() {
        Some(word) if payload.len() == words => Ok(*word),
        _ => Err(format!("{} words came instead of {words}", payload.len()).into()),
    }
}
