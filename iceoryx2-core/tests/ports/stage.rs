// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tests of ports share: a service in a place of its own, and names for its many types.

#![allow(dead_code, reason = "each test program uses a part of it")]

use super::S;
use crate::common::{Root, name, node_of};
use core::{fmt::Debug, time::Duration};
use iceoryx2::{
    Payload,
    active_request::ActiveRequest,
    pending_response::PendingResponse,
    port::{client::Client, server::Server},
    prelude::*,
    request_mut::RequestMut,
    service::{builder::request_response::Builder, port_factory::request_response::PortFactory},
};

/// A payload that travels in its chunk.
pub const LARGE: usize = 64;

pub type Factory<P, Q = P> = PortFactory<S, P, (), Q, ()>;
pub type ClientOf<P, Q = P> = Client<S, P, (), Q, ()>;
pub type ServerOf<P, Q = P> = Server<S, P, (), Q, ()>;
pub type RequestOf<P, Q = P> = RequestMut<S, P, (), Q, ()>;
pub type PendingOf<P, Q = P> = PendingResponse<S, P, (), Q, ()>;
pub type ActiveOf<P, Q = P> = ActiveRequest<S, P, (), Q, ()>;
pub type BuilderOf<P, Q = P> = Builder<P, (), Q, (), S>;

/// Long enough for a machine under load; nothing that works waits for it.
pub const LONG: Duration = Duration::from_secs(60);

/// A service whose requests and responses are of type `P`. Fields are dropped in order.
pub struct Stage<P: Debug + Payload + ?Sized> {
    pub factory: Factory<P>,
    pub node: Node<S>,
    pub root: Root,
}

impl<P: Debug + Payload + ?Sized> Stage<P> {
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With other options than the default ones.
    pub fn with(options: impl FnOnce(BuilderOf<P>) -> BuilderOf<P>) -> Self {
        let root = Root::new();
        let node = node_of::<S>(&root.config());
        let builder = node.service_builder(&name("stage"));
        let factory = options(builder.request_response::<P, P>())
            .create()
            .unwrap();
        Self {
            factory,
            node,
            root,
        }
    }

    /// The same service, opened by another node.
    pub fn open(&self) -> (Node<S>, Factory<P>) {
        open(&self.root.config())
    }

    pub fn client(&self) -> ClientOf<P> {
        self.factory.client_builder().create().unwrap()
    }

    pub fn server(&self) -> ServerOf<P> {
        self.factory.server_builder().create().unwrap()
    }
}

/// The service of a stage, opened by a node of its own: for other threads.
pub fn open<P: Debug + Payload + ?Sized>(config: &Config) -> (Node<S>, Factory<P>) {
    let node = node_of::<S>(config);
    let factory = node
        .service_builder(&name("stage"))
        .request_response::<P, P>()
        .open()
        .unwrap();
    (node, factory)
}

/// Polls until `poll` finds something.
pub fn eventually<R>(mut poll: impl FnMut() -> Option<R>) -> R {
    let began = std::time::Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(began.elapsed() < LONG, "it never happened");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// A number in a payload that does not fit a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct Large {
    number: u64,
    copies: [u64; LARGE],
}

impl Large {
    pub fn new(number: u64) -> Self {
        Self {
            number,
            copies: [number; LARGE],
        }
    }

    /// The number; fails if the payload is torn.
    pub fn number(&self) -> u64 {
        assert_eq!(self.copies, [self.number; LARGE]);
        self.number
    }
}

/// Deterministic numbers.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}
