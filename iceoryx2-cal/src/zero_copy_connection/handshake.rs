// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the two ports of a connection tell each other first, in one message each way over a link.
//!
//! ```text
//!     client: map own memory, zero the half ──▶ connect ──▶ introduction + memory ──▶ publish requests
//!     server: accept ──▶ vet ──▶ zero the half ──▶ introduction + memory ──▶ map ──▶ look at the ring
//!     client: vet ──▶ map
//! ```
//!
//! The server answers as soon as the client's memory has passed its checks, so that both map each other's at the same time.
//!
//! All numbers are little-endian. Handles: the memory first. A port that has its doorbell already sends it along where both
//! ports belong to one user; others do so once it is worth it, in a [`BellOffer`](super::BellOffer).

use super::layout::ChunkLayout;

/// The version of everything processes exchange: shared memory, handshakes, contracts and records.
pub const LAYOUT_VERSION: u32 = 7;

const MAGIC: u32 = u32::from_le_bytes(*b"iox2");

/// Bytes of an encoded [`Introduction`].
pub const INTRODUCTION_SIZE: usize = 4 + 4 + 3 * 16 + 4 * 8;

/// What a port says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Introduction {
    /// The contract both must have read.
    pub contract: u128,
    /// The port.
    pub port: u128,
    /// Its node.
    pub node: u128,
    /// Where its half of this connection lies in its memory.
    pub half_offset: usize,
    /// Where its chunks lie.
    pub chunks: ChunkLayout,
}

/// Why an introduction was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandshakeError {
    /// It is none.
    Garbage,
    /// The peer speaks another version.
    Version {
        /// Its version; ours is [`LAYOUT_VERSION`].
        theirs: u32,
    },
}

impl core::fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Garbage => f.write_str("the peer's introduction is not one of this protocol"),
            Self::Version { theirs } => write!(
                f,
                "the peer's shared memory has layout version {theirs}, ours is {LAYOUT_VERSION}: \
                 build both with the same release"
            ),
        }
    }
}

impl core::error::Error for HandshakeError {}

/// The fields one after the other.
pub(super) fn in_sequence<const SIZE: usize>(fields: &[&[u8]]) -> [u8; SIZE] {
    let mut message = [0; SIZE];
    let bytes = fields.iter().copied().flatten();
    message
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    message
}

impl Introduction {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> [u8; INTRODUCTION_SIZE] {
        in_sequence(&[
            &MAGIC.to_le_bytes(),
            &LAYOUT_VERSION.to_le_bytes(),
            &self.contract.to_le_bytes(),
            &self.port.to_le_bytes(),
            &self.node.to_le_bytes(),
            &(self.half_offset as u64).to_le_bytes(),
            &(self.chunks.offset as u64).to_le_bytes(),
            &(self.chunks.stride as u64).to_le_bytes(),
            &u64::from(self.chunks.count).to_le_bytes(),
        ])
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn decode(message: &[u8]) -> Result<Self, HandshakeError> {
        let mut rest = Reader(message);
        if rest.u32()? != MAGIC {
            return Err(HandshakeError::Garbage);
        }
        let theirs = rest.u32()?;
        if theirs != LAYOUT_VERSION {
            return Err(HandshakeError::Version { theirs });
        }
        let introduction = Self {
            contract: rest.u128()?,
            port: rest.u128()?,
            node: rest.u128()?,
            half_offset: rest.size()?,
            chunks: rest.chunks()?,
        };
        rest.end().map(|()| introduction)
    }
}

/// What is left of a message.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], HandshakeError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(HandshakeError::Garbage)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, HandshakeError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, HandshakeError> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn u128(&mut self) -> Result<u128, HandshakeError> {
        self.bytes().map(u128::from_le_bytes)
    }

    fn size(&mut self) -> Result<usize, HandshakeError> {
        usize::try_from(self.u64()?).map_err(|_| HandshakeError::Garbage)
    }

    pub(super) fn chunks(&mut self) -> Result<ChunkLayout, HandshakeError> {
        Ok(ChunkLayout {
            offset: self.size()?,
            stride: self.size()?,
            count: u32::try_from(self.u64()?).map_err(|_| HandshakeError::Garbage)?,
        })
    }

    /// Nothing may be left.
    pub(super) const fn end(&self) -> Result<(), HandshakeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(HandshakeError::Garbage)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Introduction = Introduction {
        contract: u128::MAX - 1,
        port: 7,
        node: 1 << 100,
        half_offset: 4096,
        chunks: ChunkLayout {
            offset: 8192,
            stride: 64,
            count: u32::MAX,
        },
    };

    #[test]
    fn an_introduction_comes_back_as_it_went() {
        assert_eq!(Introduction::decode(&SAMPLE.encode()), Ok(SAMPLE));
    }

    #[test]
    fn every_shorter_and_longer_message_is_refused() {
        let message = SAMPLE.encode();
        for len in 0..message.len() {
            assert_eq!(
                Introduction::decode(&message[..len]),
                Err(HandshakeError::Garbage)
            );
        }
        let mut longer = message.to_vec();
        longer.push(0);
        assert_eq!(Introduction::decode(&longer), Err(HandshakeError::Garbage));
    }

    #[test]
    fn another_version_is_named() {
        let mut message = SAMPLE.encode();
        message[4] = 9;
        assert_eq!(
            Introduction::decode(&message),
            Err(HandshakeError::Version { theirs: 9 })
        );
        message[0] = b'x';
        assert_eq!(Introduction::decode(&message), Err(HandshakeError::Garbage));
    }
}
