// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a peer learns of memory a port made later: over the link, before the first message that lies there.
//!
//! ```text
//!     sender: make the object ──▶ announcement + memory ──▶ publish a descriptor that names the segment
//!     receiver: take the descriptor ──▶ segment unknown? listen to the link ──▶ vet ──▶ map ──▶ resume
//! ```
//!
//! The numbers are little-endian: magic (32 bits), segment, offset, stride and count of its chunks (64 bits each).

use super::{
    chunk_id::Segment,
    handshake::HandshakeError,
    handshake::{Reader, in_sequence},
    layout::ChunkLayout,
};

const MAGIC: u32 = u32::from_le_bytes(*b"ioxg");

/// Bytes of an encoded [`Announcement`].
pub const ANNOUNCEMENT_SIZE: usize = 4 + 4 * 8;

/// What a port says of a memory object besides its base. The object's handle comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement {
    /// The object, as [`ChunkId::segment`](super::ChunkId::segment) names it.
    pub segment: u64,
    /// Where its chunks lie.
    pub chunks: ChunkLayout,
}

impl Announcement {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> [u8; ANNOUNCEMENT_SIZE] {
        in_sequence(&[
            &MAGIC.to_le_bytes(),
            &self.segment.to_le_bytes(),
            &(self.chunks.offset as u64).to_le_bytes(),
            &(self.chunks.stride as u64).to_le_bytes(),
            &u64::from(self.chunks.count).to_le_bytes(),
        ])
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`HandshakeError::Garbage`].
    pub fn decode(message: &[u8]) -> Result<Self, HandshakeError> {
        let mut rest = Reader(message);
        if rest.u32()? != MAGIC {
            return Err(HandshakeError::Garbage);
        }
        let announcement = Self {
            segment: rest.u64()?,
            chunks: rest.chunks()?,
        };
        rest.end().map(|()| announcement)
    }
}

/// Which objects a port has announced to one peer.
#[derive(Debug, Default)]
pub struct Announced {
    /// By place: the generation, 0 for none.
    generations: Vec<u32>,
}

impl Announced {
    /// Whether the peer knows the object, or will when it listens.
    #[inline]
    #[must_use]
    pub fn knows(&self, segment: u64) -> bool {
        let segment = Segment::of(segment);
        self.generations.get(segment.row()) == Some(&segment.generation)
    }

    /// The object was announced.
    pub fn note(&mut self, segment: u64) {
        let segment = Segment::of(segment);
        let row = segment.row();
        if row >= self.generations.len() && segment.place > 0 {
            self.generations.resize(segment.place as usize, 0);
        }
        if let Some(generation) = self.generations.get_mut(row) {
            *generation = segment.generation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Announcement = Announcement {
        segment: 3 << 32 | 7,
        chunks: ChunkLayout {
            offset: 4096,
            stride: 1 << 30,
            count: 1,
        },
    };

    #[test]
    fn an_announcement_comes_back_as_it_went() {
        assert_eq!(Announcement::decode(&SAMPLE.encode()), Ok(SAMPLE));
    }

    #[test]
    fn every_other_message_is_refused() {
        let message = SAMPLE.encode();
        for len in 0..message.len() {
            let refused = Announcement::decode(&message[..len]);
            assert_eq!(refused, Err(HandshakeError::Garbage));
        }
        let longer = [&message[..], &[0]].concat();
        assert_eq!(Announcement::decode(&longer), Err(HandshakeError::Garbage));
        let mut other = message;
        other[0] ^= 1;
        assert_eq!(Announcement::decode(&other), Err(HandshakeError::Garbage));
    }

    #[test]
    fn each_use_of_a_place_is_announced_anew() {
        let mut announced = Announced::default();
        assert!(!announced.knows(SAMPLE.segment));
        announced.note(SAMPLE.segment);
        assert!(announced.knows(SAMPLE.segment));
        assert!(!announced.knows(4 << 32 | 7) && !announced.knows(3 << 32 | 6));
        announced.note(4 << 32 | 7);
        assert!(announced.knows(4 << 32 | 7) && !announced.knows(SAMPLE.segment));
    }
}
