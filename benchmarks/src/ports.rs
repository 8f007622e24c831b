// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client and a server of a service, as every program has them.

use crate::{
    Result,
    ours::{Answering, AnsweringAsleep, Asking, AskingAsleep},
    peer::{Line, Place},
};
use core::{mem::MaybeUninit, time::Duration};
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{client, server},
    prelude::{Config, NodeBuilder, Service},
    service::{builder::request_response, port_factory::request_response::PortFactory},
};
use std::path::Path;

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// The name of a service whose root is its own.
const NAME: &str = "benchmark";

/// A payload of `N` words, of which the first is touched.
pub type Payload<const N: usize> = [u64; N];

pub type Builder<S, const N: usize> = request_response::Builder<Payload<N>, (), Payload<N>, (), S>;
pub type Factory<S, const N: usize> = PortFactory<S, Payload<N>, (), Payload<N>, ()>;
pub type ClientPort<S, const N: usize> = client::Client<S, Payload<N>, (), Payload<N>, ()>;
pub type ServerPort<S, const N: usize> = server::Server<S, Payload<N>, (), Payload<N>, ()>;
pub type Pending<S, const N: usize> = PendingResponse<S, Payload<N>, (), Payload<N>, ()>;
pub type Active<S, const N: usize> = ActiveRequest<S, Payload<N>, (), Payload<N>, ()>;

/// Leaves the configuration as it is.
pub const fn set_default(_: &mut Config) {}

/// Ports shall sleep at once.
pub const fn set_no_spin(config: &mut Config) {
    config.global.service.spin_duration = Duration::ZERO;
}

/// A node below `root`.
pub fn node<S: Service>(root: &Path) -> Result<Node<S>> {
    node_with(root, set_default)
}

fn node_with<S: Service>(root: &Path, set: fn(&mut Config)) -> Result<Node<S>> {
    let mut config = Config::default();
    config.global.set_root_path(root);
    set(&mut config);
    Ok(NodeBuilder::new().config(&config).create::<S>()?)
}

/// A service that differs from the defaults by `options`, which both processes give.
pub fn service<S: Service, const N: usize>(
    node: &Node<S>,
    name: &str,
    options: impl FnOnce(Builder<S, N>) -> Builder<S, N>,
) -> Result<Factory<S, N>> {
    let builder = node.service_builder(&name.try_into()?).request_response();
    Ok(options(builder).open_or_create()?)
}

/// A client that reaches as many servers.
pub fn client_of<S: Service, const N: usize>(
    service: &Factory<S, N>,
    servers: usize,
) -> Result<ClientPort<S, N>> {
    let client = service.client_builder().create()?;
    client.wait_for_servers(servers, PATIENCE)?;
    Ok(client)
}

/// The side that asks.
pub struct Client<S: Service, const N: usize> {
    pending: Option<Pending<S, N>>,
    client: ClientPort<S, N>,
    // WHY: the last field is dropped last, when nothing is left below it.
    _root: Option<Place>,
}

impl<S: Service, const N: usize> Client<S, N> {
    /// Of a service with nothing but defaults, below a root of its own.
    pub fn new(line: &Line, set: fn(&mut Config)) -> Result<Self> {
        let root = Place::new()?;
        line.say_root(&root)?;
        let node = node_with(root.path(), set)?;
        let service = service(&node, NAME, |builder| builder)?;
        Ok(Self {
            _root: Some(root),
            ..Self::of(&service)?
        })
    }

    pub fn of(service: &Factory<S, N>) -> Result<Self> {
        Ok(Self {
            pending: None,
            client: client_of(service, 1)?,
            _root: None,
        })
    }
}

impl<S: Service, const N: usize> Asking for Client<S, N> {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        self.pending = Some(ask(&self.client, number)?);
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
        let number = first(response.payload());
        drop(response);
        self.pending = None;
        Ok(Some(number))
    }
}

impl<S: Service, const N: usize> AskingAsleep for Client<S, N> {
    fn await_answer(&mut self) -> Result<u64> {
        let pending = self.pending.take().ok_or("nothing was asked")?;
        Ok(first(pending.timed_receive(NAP)?.payload()))
    }
}

/// The side that answers.
pub struct Server<'a, S: Service, const N: usize> {
    server: ServerPort<S, N>,
    line: &'a Line,
}

impl<'a, S: Service, const N: usize> Server<'a, S, N> {
    /// Of the service whose client is made by [`Client::new`].
    pub fn new(line: &'a Line, set: fn(&mut Config)) -> Result<Self> {
        let node = node_with(&line.hear_root()?, set)?;
        let service = service(&node, NAME, |builder| builder)?;
        Self::of(&service, line)
    }

    pub fn of(service: &Factory<S, N>, line: &'a Line) -> Result<Self> {
        let server = service.server_builder().create()?;
        Ok(Self { server, line })
    }

    /// Looks for a request where there is none.
    #[inline]
    pub fn poll_in_vain(&self) -> Result<()> {
        match self.server.receive()? {
            Some(_) => Err("a request came that nobody sent".into()),
            None => Ok(()),
        }
    }
}

impl<S: Service, const N: usize> Answering for Server<'_, S, N> {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        match self.server.receive()? {
            Some(request) => respond(&request).map(Some),
            None => Ok(None),
        }
    }
}

impl<S: Service, const N: usize> AnsweringAsleep for Server<'_, S, N> {
    fn await_request(&mut self) -> Result<()> {
        loop {
            match self.server.timed_receive(NAP) {
                Ok(request) => return respond(&request),
                Err(error) => {
                    self.line.must_live()?;
                    if !matches!(error, iceoryx2::port::WaitError::Timeout) {
                        return Err(error.into());
                    }
                }
            }
        }
    }
}

/// Sends a request that carries `number`.
#[inline]
pub fn ask<S: Service, const N: usize>(
    client: &ClientPort<S, N>,
    number: u64,
) -> Result<Pending<S, N>> {
    let mut request = client.loan_uninit()?;
    touch(request.payload_mut(), number);
    // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
    Ok(unsafe { request.assume_init() }.send()?)
}

#[inline]
fn respond<S: Service, const N: usize>(request: &Active<S, N>) -> Result<()> {
    answer(request, first(request.payload()) + 1)
}

/// Sends a response that carries `number`.
#[inline]
pub fn answer<S: Service, const N: usize>(request: &Active<S, N>, number: u64) -> Result<()> {
    let mut response = request.loan_uninit()?;
    touch(response.payload_mut(), number);
    // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
    Ok(unsafe { response.assume_init() }.send()?)
}

#[inline]
fn touch<const N: usize>(payload: &mut MaybeUninit<Payload<N>>, number: u64) {
    // SAFETY: the first of at least one word, of a payload that is ours alone.
    unsafe { payload.as_mut_ptr().cast::<u64>().write(number) };
}

#[inline]
pub fn first<const N: usize>(payload: &Payload<N>) -> u64 {
    payload.first().copied().unwrap_or(0)
}
