// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is counted: client and server of one service, each message from one to the other, in one thread.

use crate::{Result, ours::check};
use core::time::Duration;
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{client::Client, server::Server},
    prelude::{
        AllocationStrategy, Config, NodeBuilder, Service, ZeroCopySend, ipc, ipc_threadsafe,
    },
    service::port_factory::request_response::PortFactory,
};
use std::{fmt::Debug, path::Path};

const PATIENCE: Duration = Duration::from_secs(10);

/// The words of a slice of 64 KiB.
const WORDS: usize = 8192;

/// Something that is done again and again.
pub trait Task {
    fn round(&mut self) -> Result<()>;
}

/// The task that a case is about.
pub fn of(name: &str, place: &Path) -> Result<Box<dyn Task>> {
    Ok(match name {
        "descriptor" => Box::new(RoundTrip::<ipc::Service, u64>::new(place)?),
        "chunk" => Box::new(RoundTrip::<ipc::Service, [u64; 8]>::new(place)?),
        "slice-grown" => Box::new(Slices::new(place)?),
        "threads-descriptor" => Box::new(RoundTrip::<ipc_threadsafe::Service, u64>::new(place)?),
        "threads-chunk" => Box::new(RoundTrip::<ipc_threadsafe::Service, [u64; 8]>::new(place)?),
        "stream-response" => Box::new(Stream::new(place)?),
        "empty-poll-server" => Box::new(EmptyServer(RoundTrip::new(place)?)),
        "empty-poll-pending" => Box::new(EmptyPending(Stream::new(place)?)),
        _ => return Err(format!("there is no part {name:?}").into()),
    })
}

/// A payload that carries a number.
trait Numbered: Copy + Debug + ZeroCopySend + 'static {
    fn of(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Numbered for u64 {
    fn of(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

impl Numbered for [u64; 8] {
    fn of(number: u64) -> Self {
        [number; 8]
    }

    fn number(&self) -> u64 {
        let [number, ..] = self;
        *number
    }
}

fn node<S: Service>(place: &Path) -> Result<Node<S>> {
    let mut config = Config::default();
    config.global.set_root_path(place);
    Ok(NodeBuilder::new().config(&config).create()?)
}

/// A client, a server, and what keeps them.
struct RoundTrip<S: Service, P: Numbered> {
    client: Client<S, P, (), P, ()>,
    server: Server<S, P, (), P, ()>,
    number: u64,
    _service: PortFactory<S, P, (), P, ()>,
    _node: Node<S>,
}

impl<S: Service, P: Numbered> RoundTrip<S, P> {
    fn new(place: &Path) -> Result<Self> {
        let node = node::<S>(place)?;
        let service = node
            .service_builder(&"instructions".try_into()?)
            .request_response::<P, P>()
            .create()?;
        let server = service.server_builder().create()?;
        let client = service.client_builder().create()?;
        while server.receive()?.is_some() {}
        client.wait_for_servers(1, PATIENCE)?;
        Ok(Self {
            client,
            server,
            number: 0,
            _service: service,
            _node: node,
        })
    }
}

impl<S: Service, P: Numbered> Task for RoundTrip<S, P> {
    fn round(&mut self) -> Result<()> {
        let pending = self.client.send_copy(P::of(self.number))?;
        let active = self.server.receive()?.ok_or("no request came")?;
        active.send_copy(P::of(active.payload().number() + 1))?;
        drop(active);
        let response = pending.receive()?.ok_or("no response came")?;
        let answer = response.payload().number();
        check(self.number, answer)?;
        self.number = answer;
        Ok(())
    }
}

/// The same with slices that no port was made for.
struct Slices {
    client: Client<ipc::Service, [u64], (), [u64], ()>,
    server: Server<ipc::Service, [u64], (), [u64], ()>,
    number: u64,
    _service: PortFactory<ipc::Service, [u64], (), [u64], ()>,
    _node: Node<ipc::Service>,
}

impl Slices {
    fn new(place: &Path) -> Result<Self> {
        let node = node::<ipc::Service>(place)?;
        let service = node
            .service_builder(&"instructions".try_into()?)
            .request_response::<[u64], [u64]>()
            .create()?;
        let growing = AllocationStrategy::PowerOfTwo;
        let server = service
            .server_builder()
            .allocation_strategy(growing)
            .create()?;
        let client = service
            .client_builder()
            .allocation_strategy(growing)
            .create()?;
        while server.receive()?.is_some() {}
        client.wait_for_servers(1, PATIENCE)?;
        Ok(Self {
            client,
            server,
            number: 0,
            _service: service,
            _node: node,
        })
    }
}

impl Task for Slices {
    fn round(&mut self) -> Result<()> {
        let mut request = self.client.loan_slice_uninit(WORDS)?;
        if let Some(first) = request.payload_mut().first_mut() {
            first.write(self.number);
        }
        // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
        let pending = unsafe { request.assume_init() }.send()?;
        let active = self.server.receive()?.ok_or("no request came")?;
        let number = first(active.payload())?;
        let mut response = active.loan_slice_uninit(WORDS)?;
        if let Some(first) = response.payload_mut().first_mut() {
            first.write(number + 1);
        }
        // SAFETY: as above.
        unsafe { response.assume_init() }.send()?;
        drop(active);
        let response = pending.receive()?.ok_or("no response came")?;
        let answer = first(response.payload())?;
        check(self.number, answer)?;
        self.number = answer;
        Ok(())
    }
}

fn first(slice: &[u64]) -> Result<u64> {
    slice
        .first()
        .copied()
        .ok_or_else(|| "an empty slice came".into())
}

/// A request that is answered again and again.
struct Stream {
    // WHY: messages go before their ports.
    pending: PendingResponse<ipc::Service, u64, (), u64, ()>,
    active: ActiveRequest<ipc::Service, u64, (), u64, ()>,
    number: u64,
    _ports: RoundTrip<ipc::Service, u64>,
}

impl Stream {
    fn new(place: &Path) -> Result<Self> {
        let ports = RoundTrip::new(place)?;
        let pending = ports.client.send_copy(0)?;
        let active = ports.server.receive()?.ok_or("no request came")?;
        Ok(Self {
            pending,
            active,
            number: 0,
            _ports: ports,
        })
    }
}

impl Task for Stream {
    fn round(&mut self) -> Result<()> {
        self.number += 1;
        self.active.send_copy(self.number)?;
        let response = self.pending.receive()?.ok_or("no response came")?;
        check(self.number - 1, *response.payload())
    }
}

/// A server that polls while there is nothing.
struct EmptyServer(RoundTrip<ipc::Service, u64>);

impl Task for EmptyServer {
    fn round(&mut self) -> Result<()> {
        match self.0.server.receive()? {
            None => Ok(()),
            Some(_) => Err("a request came that nobody sent".into()),
        }
    }
}

/// A client that polls while there is nothing.
struct EmptyPending(Stream);

impl Task for EmptyPending {
    fn round(&mut self) -> Result<()> {
        match self.0.pending.receive()? {
            None => Ok(()),
            Some(_) => Err("a response came that nobody sent".into()),
        }
    }
}
