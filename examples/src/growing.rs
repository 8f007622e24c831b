// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `request_response_dyn_server` and `request_response_dyn_client` agree on: slices of bytes, longer from call to
//! call, each with the number of its call in the user header, from which everybody knows what must be in it.

use core::fmt;
use iceoryx2::{prelude::*, service::port_factory::request_response::PortFactory};
use std::error::Error;

/// The longest slice, in bytes.
pub const LEN_MAX: usize = 1_000_000;

/// For how long slices the ports are made. They grow when this is not enough.
pub const LEN_HINT: usize = 16;

/// Which way a message goes. The same call's messages differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// From the client to the servers.
    Request,
    /// From a server to the client.
    Response,
}

impl Message {
    /// The byte at `index` of this message of call `number`.
    #[must_use]
    pub fn byte(self, number: u64, index: usize) -> u8 {
        // WHY: the shift makes a slice that begins somewhere else differ, and one that lies pages away.
        let [low, ..] = (number ^ index as u64 ^ (index as u64 >> 8)).to_le_bytes();
        match self {
            Self::Request => low,
            Self::Response => !low,
        }
    }

    /// Compares a message with what it must be.
    ///
    /// # Errors
    /// [`Mismatch`], the first there is.
    pub fn check(self, number: u64, content: &[u8]) -> Result<(), Mismatch> {
        let differs = |(index, byte): (usize, &u8)| *byte != self.byte(number, index);
        let expected = len(number);
        let at = match content.iter().enumerate().position(differs) {
            None if content.len() == expected => return Ok(()),
            None => content.len().min(expected),
            Some(index) => index,
        };
        Err(Mismatch {
            message: self,
            number,
            at,
        })
    }
}

/// How long the messages of call `number` are: 1, 4, 9, … bytes, at most [`LEN_MAX`], which is reached with the
/// thousandth.
#[must_use]
pub fn len(number: u64) -> usize {
    let root = number.saturating_add(1);
    usize::try_from(root.saturating_mul(root)).map_or(LEN_MAX, |len| len.min(LEN_MAX))
}

/// A message that is not what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    message: Message,
    number: u64,
    at: usize,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = match self.message {
            Message::Request => "request",
            Message::Response => "response",
        };
        let Self { number, at, .. } = self;
        write!(
            f,
            "{message} {number} is not what was sent, from byte {at} on: update both programs"
        )
    }
}

impl Error for Mismatch {}

/// The service as both sides open it: bytes both ways, and the number of the call beside them.
pub type Service = PortFactory<ipc::Service, [u8], u64, [u8], ()>;

/// Opens the service, or creates it.
///
/// # Errors
/// Where the service cannot be opened.
pub fn open(node: &Node<ipc::Service>) -> Result<Service, Box<dyn Error>> {
    let service = node
        .service_builder(&"Examples/Growing".try_into()?)
        .request_response::<[u8], [u8]>()
        .request_user_header::<u64>()
        .open_or_create()?;
    Ok(service)
}

#[cfg(test)]
mod tests {
    use super::{LEN_MAX, Message, len};

    fn message(message: Message, number: u64) -> Vec<u8> {
        let bytes = (0..len(number)).map(|index| message.byte(number, index));
        bytes.collect()
    }

    #[test]
    fn lengths_grow_from_one_byte_to_the_greatest_in_a_thousand_calls() {
        assert_eq!([len(0), len(1), len(2)], [1, 4, 9]);
        assert_eq!([len(998), len(999), len(1000)], [998_001, LEN_MAX, LEN_MAX]);
        assert_eq!(len(u64::MAX), LEN_MAX);
    }

    // Fails if: `check` compares nothing, or not the length.
    #[test]
    fn whatever_differs_is_found() {
        let sent = message(Message::Request, 20);
        assert_eq!(Message::Request.check(20, &sent), Ok(()));
        assert!(Message::Request.check(21, &sent).is_err());
        assert!(Message::Response.check(20, &sent).is_err());
        assert!(Message::Request.check(20, &sent[1..]).is_err());
        let error = Message::Request.check(20, &sent[..400]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "request 20 is not what was sent, from byte 400 on: update both programs"
        );
        let mut changed = sent;
        changed[300] ^= 1;
        let error = Message::Request.check(20, &changed).unwrap_err();
        assert!(error.to_string().contains("from byte 300 on"));
    }

    // Fails if: `byte` does not depend on the number.
    #[test]
    fn messages_of_one_length_differ_from_call_to_call() {
        let later = message(Message::Response, 1000);
        assert!(Message::Response.check(1001, &later).is_err());
    }
}
