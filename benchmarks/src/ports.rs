// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client and a server of a service, as every program has them.

use crate::{
    Result,
    ours::{Answering, Asking},
    peer::{Line, Place},
};
use core::{mem::MaybeUninit, time::Duration};
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{client, server},
    prelude::{Config, NodeBuilder, Service},
    service::port_factory::request_response::PortFactory,
};
use std::path::Path;

/// How long nobody looks whether the other process lives.
const NAP: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// A payload of `N` words, of which the first is touched.
type Payload<const N: usize> = [u64; N];

type Factory<S, const N: usize> = PortFactory<S, Payload<N>, (), Payload<N>, ()>;

/// The service, kept open.
struct Opened<S: Service, const N: usize> {
    factory: Factory<S, N>,
    _node: Node<S>,
}

impl<S: Service, const N: usize> Opened<S, N> {
    fn open(root: &Path) -> Result<Self> {
        let mut config = Config::default();
        config.global.set_root_path(root);
        let node = NodeBuilder::new().config(&config).create::<S>()?;
        let factory = node
            .service_builder(&"benchmark".try_into()?)
            .request_response::<Payload<N>, Payload<N>>()
            .open_or_create()?;
        Ok(Self {
            factory,
            _node: node,
        })
    }
}

/// The side that asks.
pub struct Client<S: Service, const N: usize> {
    pending: Option<PendingResponse<S, Payload<N>, (), Payload<N>, ()>>,
    client: client::Client<S, Payload<N>, (), Payload<N>, ()>,
    _service: Opened<S, N>,
    // WHY: the last field is dropped last, when nothing is left below it.
    _root: Place,
}

impl<S: Service, const N: usize> Client<S, N> {
    pub fn new(line: &Line) -> Result<Self> {
        let root = Place::new()?;
        line.say(root.path().as_os_str().as_encoded_bytes(), &[])?;
        let service = Opened::open(root.path())?;
        let client = service.factory.client_builder().create()?;
        client.wait_for_servers(1, PATIENCE)?;
        Ok(Self {
            pending: None,
            client,
            _service: service,
            _root: root,
        })
    }
}

impl<S: Service, const N: usize> Asking for Client<S, N> {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        let mut request = self.client.loan_uninit()?;
        touch(request.payload_mut(), number);
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
        let number = first(response.payload());
        drop(response);
        self.pending = None;
        Ok(Some(number))
    }

    fn await_answer(&mut self) -> Result<u64> {
        let pending = self.pending.take().ok_or("nothing was asked")?;
        Ok(first(pending.timed_receive(NAP)?.payload()))
    }
}

/// The side that answers.
pub struct Server<'a, S: Service, const N: usize> {
    server: server::Server<S, Payload<N>, (), Payload<N>, ()>,
    line: &'a Line,
    _service: Opened<S, N>,
}

impl<'a, S: Service, const N: usize> Server<'a, S, N> {
    pub fn new(line: &'a Line) -> Result<Self> {
        let (root, _) = line.hear()?;
        let root = String::from_utf8(root)?;
        let service = Opened::open(Path::new(&root))?;
        let server = service.factory.server_builder().create()?;
        Ok(Self {
            server,
            line,
            _service: service,
        })
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

#[inline]
fn respond<S: Service, const N: usize>(
    request: &ActiveRequest<S, Payload<N>, (), Payload<N>, ()>,
) -> Result<()> {
    let mut response = request.loan_uninit()?;
    touch(response.payload_mut(), first(request.payload()) + 1);
    // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
    Ok(unsafe { response.assume_init() }.send()?)
}

#[inline]
fn touch<const N: usize>(payload: &mut MaybeUninit<Payload<N>>, number: u64) {
    // SAFETY: the first of at least one word, of a payload that is ours alone.
    unsafe { payload.as_mut_ptr().cast::<u64>().write(number) };
}

#[inline]
fn first<const N: usize>(payload: &Payload<N>) -> u64 {
    payload.first().copied().unwrap_or(0)
}
