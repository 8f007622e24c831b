// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the processes of the `request_response` examples agree on: two payloads and a service.

use iceoryx2::{prelude::*, service::port_factory::request_response::PortFactory};
use std::error::Error;

/// The service in which the separate server and client meet.
pub const SERVICE: &str = "Examples/Powers";

/// The most responses a request can ask for: as many as wait for a client that does not receive meanwhile.
pub const COUNT_MAX: u32 = 8;

/// A request: what are the first `count` powers of `base`?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct PowersOf {
    /// What to raise.
    pub base: u64,
    /// How many responses to send, at least 1 and at most [`COUNT_MAX`].
    pub count: u32,
}

impl PowersOf {
    /// The request number `number`. It asks for 1 to 5 responses.
    #[must_use]
    pub fn number(number: u64) -> Self {
        let count = match number % 5 {
            0 => 3,
            1 => 1,
            2 => 4,
            3 => 2,
            _ => 5,
        };
        Self {
            base: number,
            count,
        }
    }

    /// The exponents of the responses.
    #[must_use]
    pub fn exponents(&self) -> core::ops::RangeInclusive<u32> {
        1..=self.count.min(COUNT_MAX)
    }
}

/// A response: `base` to the power of `exponent` is `value`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct Power {
    /// What was raised.
    pub base: u64,
    /// To which power.
    pub exponent: u32,
    /// The result; the greatest number there is where it would be greater.
    pub value: u64,
}

impl Power {
    /// Computes it.
    #[must_use]
    pub fn new(base: u64, exponent: u32) -> Self {
        Self {
            base,
            exponent,
            value: base.saturating_pow(exponent),
        }
    }
}

/// The service as every process opens it: whoever comes first creates it, so all name the same limits.
pub type Service = PortFactory<ipc::Service, PowersOf, (), Power, ()>;

/// Opens the service called `name`, or creates it.
///
/// # Errors
/// Where `name` is none, or the service cannot be opened.
pub fn open(node: &Node<ipc::Service>, name: &str) -> Result<Service, Box<dyn Error>> {
    let service = node
        .service_builder(&name.try_into()?)
        .request_response::<PowersOf, Power>()
        .max_response_buffer_size(COUNT_MAX as usize)
        .max_servers(16)
        .max_clients(64)
        .max_nodes(80)
        .open_or_create()?;
    Ok(service)
}
