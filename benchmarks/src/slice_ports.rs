// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Clients and servers of slices of one length, of which the first word is used or every word.

use crate::{
    Result,
    ours::{Answering, Asking},
};
use core::{marker::PhantomData, mem::MaybeUninit, time::Duration};
use iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{client, server},
    prelude::{AllocationStrategy, ipc},
    service::port_factory::request_response::PortFactory,
};

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

/// What the users of a message do with it.
pub trait Use {
    fn write(words: &mut [MaybeUninit<u64>], number: u64);

    /// The number that was written.
    fn read(words: &[u64]) -> Result<u64>;
}

/// Touches the first word.
#[derive(Debug)]
pub struct FirstWord;

impl Use for FirstWord {
    #[inline]
    fn write(words: &mut [MaybeUninit<u64>], number: u64) {
        if let Some(first) = words.first_mut() {
            first.write(number);
        }
    }

    #[inline]
    fn read(words: &[u64]) -> Result<u64> {
        Ok(words.first().copied().unwrap_or(0))
    }
}

/// Writes and reads all of it, each word once.
#[derive(Debug)]
pub struct EveryWord;

impl Use for EveryWord {
    #[inline(never)]
    fn write(words: &mut [MaybeUninit<u64>], number: u64) {
        words.fill(MaybeUninit::new(number));
    }

    #[inline(never)]
    fn read(words: &[u64]) -> Result<u64> {
        let number = words.first().copied().unwrap_or(0);
        let sum = words
            .iter()
            .fold(0_u64, |sum, word| sum.wrapping_add(*word));
        if sum == number.wrapping_mul(words.len() as u64) {
            Ok(number)
        } else {
            Err("not every word is the number that was written".into())
        }
    }
}

/// The side that asks.
pub struct Client<U> {
    pending: Option<PendingResponse<ipc::Service, Words, (), Words, ()>>,
    client: client::Client<ipc::Service, Words, (), Words, ()>,
    words: usize,
    _use: PhantomData<U>,
}

impl<U: Use> Client<U> {
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
            _use: PhantomData,
        })
    }
}

impl<U: Use> Asking for Client<U> {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        let mut request = self.client.loan_slice_uninit(self.words)?;
        U::write(request.payload_mut(), number);
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
        let number = read::<U>(response.payload(), self.words)?;
        drop(response);
        self.pending = None;
        Ok(Some(number))
    }
}

/// The side that answers, with slices as long as those it is sent.
pub struct Server<U>(
    server::Server<ipc::Service, Words, (), Words, ()>,
    PhantomData<U>,
);

impl<U: Use> Server<U> {
    pub fn new(node: &Node<ipc::Service>, bytes: usize, known: Known) -> Result<Self> {
        let server = service(node, bytes, known)?
            .server_builder()
            .initial_max_slice_len(known.initial_max_slice_len(words(bytes)))
            .allocation_strategy(AllocationStrategy::PowerOfTwo)
            .create()?;
        Ok(Self(server, PhantomData))
    }
}

impl<U: Use> Answering for Server<U> {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        match self.0.receive()? {
            Some(request) => respond::<U>(&request).map(Some),
            None => Ok(None),
        }
    }
}

#[inline]
fn respond<U: Use>(request: &ActiveRequest<ipc::Service, Words, (), Words, ()>) -> Result<()> {
    let words = request.payload().len();
    let number = U::read(request.payload())?;
    let mut response = request.loan_slice_uninit(words)?;
    U::write(response.payload_mut(), number + 1);
    // SAFETY: every bit pattern is a number, and the chunk's bytes were zero or a number before.
    Ok(unsafe { response.assume_init() }.send()?)
}

/// The number in as many words as there must be.
#[inline]
fn read<U: Use>(payload: &Words, words: usize) -> Result<u64> {
    if payload.len() == words {
        U::read(payload)
    } else {
        Err(format!("{} words came instead of {words}", payload.len()).into())
    }
}
