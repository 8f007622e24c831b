// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Client and server of one service. Compiled twice: what is above decides with which library.

use super::{
    asleep::{Sleeper, Waker},
    config,
    iceoryx2::{
        active_request::ActiveRequest,
        node::Node,
        pending_response::PendingResponse,
        port,
        prelude::{NodeBuilder, ipc},
        service::port_factory::request_response::PortFactory,
    },
};
use crate::{
    Result,
    message::{Content, expect},
    row::{IN_FLIGHT, Row},
    side,
};
use core::{mem::MaybeUninit, slice};
use std::{collections::VecDeque, path::Path};

type Payload<const N: usize> = [u64; N];
type Factory<const N: usize> = PortFactory<ipc::Service, Payload<N>, (), Payload<N>, ()>;
type Request<const N: usize> = ActiveRequest<ipc::Service, Payload<N>, (), Payload<N>, ()>;
type Pending<const N: usize> = PendingResponse<ipc::Service, Payload<N>, (), Payload<N>, ()>;

pub fn client(row: Row, place: &Path) -> Result<Box<dyn side::Client>> {
    Ok(match row.bytes() {
        8 => Box::new(Client::<1>::new(row, place)?),
        64 => Box::new(Client::<8>::new(row, place)?),
        0x1000 => Box::new(Client::<0x200>::new(row, place)?),
        0x1_0000 => Box::new(Client::<0x2000>::new(row, place)?),
        0x10_0000 => Box::new(Client::<0x2_0000>::new(row, place)?),
        other => return Err(format!("nobody prepared a payload of {other} B").into()),
    })
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn side::Server>> {
    Ok(match row.bytes() {
        8 => Box::new(Server::<1>::new(row, place)?),
        64 => Box::new(Server::<8>::new(row, place)?),
        0x1000 => Box::new(Server::<0x200>::new(row, place)?),
        0x1_0000 => Box::new(Server::<0x2000>::new(row, place)?),
        0x10_0000 => Box::new(Server::<0x2_0000>::new(row, place)?),
        other => return Err(format!("nobody prepared a payload of {other} B").into()),
    })
}

fn open<const N: usize>(row: Row, node: &Node<ipc::Service>) -> Result<Factory<N>> {
    let builder = node
        .service_builder(&"peers".try_into()?)
        .request_response::<Payload<N>, Payload<N>>()
        .max_clients(1)
        .max_servers(1);
    Ok(match row {
        Row::Stream(buffer) => builder
            .max_response_buffer_size(buffer)
            .enable_safe_overflow_for_responses(false)
            .open_or_create()?,
        Row::InFlight => builder
            .max_active_requests_per_client(IN_FLIGHT)
            .open_or_create()?,
        _ => builder.open_or_create()?,
    })
}

struct Client<const N: usize> {
    content: Content,
    number: u64,
    client: port::client::Client<ipc::Service, Payload<N>, (), Payload<N>, ()>,
    sleeper: Option<Sleeper>,
    _factory: Factory<N>,
    _node: Node<ipc::Service>,
}

impl<const N: usize> Client<N> {
    fn new(row: Row, place: &Path) -> Result<Self> {
        let node = NodeBuilder::new()
            .config(&config(row, place)?)
            .create::<ipc::Service>()?;
        let factory = open(row, &node)?;
        Ok(Self {
            content: Content::of(row),
            number: 0,
            client: factory.client_builder().create()?,
            sleeper: row
                .asleep()
                .then(|| Sleeper::new(&node, side::Role::Client))
                .transpose()?,
            _factory: factory,
            _node: node,
        })
    }

    #[inline]
    fn send(&self, number: u64) -> Result<Pending<N>> {
        let mut request = self.client.loan_uninit()?;
        self.content.write(bytes_mut(request.payload_mut()), number);
        // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
        let pending = unsafe { request.assume_init() }.send()?;
        self.sleeper.wake()?;
        Ok(pending)
    }

    #[inline]
    fn receive(&self, pending: &Pending<N>) -> Result<u64> {
        if let Some(sleeper) = &self.sleeper {
            return self
                .content
                .read(bytes(sleeper.response(pending)?.payload()));
        }
        loop {
            if let Some(response) = pending.receive()? {
                return self.content.read(bytes(response.payload()));
            }
        }
    }
}

impl<const N: usize> side::Client for Client<N> {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            let pending = self.send(self.number)?;
            expect(self.number + 1, self.receive(&pending)?)?;
            self.number += 1;
        }
        Ok(())
    }

    fn in_flight(&mut self, count: u32) -> Result<()> {
        let last = self.number + u64::from(count);
        let mut under_way = VecDeque::with_capacity(IN_FLIGHT);
        for number in self.number..last {
            if under_way.len() == IN_FLIGHT {
                self.oldest(&mut under_way)?;
            }
            under_way.push_back(self.send(number)?);
        }
        while !under_way.is_empty() {
            self.oldest(&mut under_way)?;
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        let pending = self.send(0)?;
        (0..responses).try_for_each(|number| expect(number.into(), self.receive(&pending)?))
    }
}

impl<const N: usize> Client<N> {
    #[inline]
    fn oldest(&mut self, under_way: &mut VecDeque<Pending<N>>) -> Result<()> {
        let pending = under_way.pop_front().ok_or("nothing is under way")?;
        expect(self.number + 1, self.receive(&pending)?)?;
        self.number += 1;
        Ok(())
    }
}

struct Server<const N: usize> {
    content: Content,
    server: port::server::Server<ipc::Service, Payload<N>, (), Payload<N>, ()>,
    sleeper: Option<Sleeper>,
    _factory: Factory<N>,
    _node: Node<ipc::Service>,
}

impl<const N: usize> Server<N> {
    fn new(row: Row, place: &Path) -> Result<Self> {
        let node = NodeBuilder::new()
            .config(&config(row, place)?)
            .create::<ipc::Service>()?;
        let factory = open(row, &node)?;
        Ok(Self {
            content: Content::of(row),
            server: factory.server_builder().create()?,
            sleeper: row
                .asleep()
                .then(|| Sleeper::new(&node, side::Role::Server))
                .transpose()?,
            _factory: factory,
            _node: node,
        })
    }

    #[inline]
    fn receive(&self) -> Result<Request<N>> {
        if let Some(sleeper) = &self.sleeper {
            return sleeper.request(&self.server);
        }
        loop {
            if let Some(request) = self.server.receive()? {
                return Ok(request);
            }
        }
    }

    #[inline]
    fn respond(&self, request: &Request<N>, number: u64) -> Result<()> {
        let mut response = request.loan_uninit()?;
        self.content
            .write(bytes_mut(response.payload_mut()), number);
        // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
        unsafe { response.assume_init() }.send()?;
        self.sleeper.wake()
    }
}

impl<const N: usize> side::Server for Server<N> {
    fn answer(&mut self, requests: u32) -> Result<()> {
        for _ in 0..requests {
            let request = self.receive()?;
            let number = self.content.read(bytes(request.payload()))?;
            self.respond(&request, number + 1)?;
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        let request = self.receive()?;
        (0..responses).try_for_each(|number| self.respond(&request, number.into()))
    }
}

#[inline]
fn bytes<const N: usize>(payload: &Payload<N>) -> &[u8] {
    // SAFETY: numbers are bytes, without any between them.
    unsafe { slice::from_raw_parts(payload.as_ptr().cast(), size_of::<Payload<N>>()) }
}

#[inline]
fn bytes_mut<const N: usize>(payload: &mut MaybeUninit<Payload<N>>) -> &mut [u8] {
    // SAFETY: numbers are bytes, without any between them; the chunk's were zero or a number before.
    unsafe { slice::from_raw_parts_mut(payload.as_mut_ptr().cast(), size_of::<Payload<N>>()) }
}
