// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Payloads that say who sent them and prove that they are whole.

use core::fmt::Debug;
use iceoryx2::prelude::ZeroCopySend;

/// What a payload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Who sent the request.
    pub client: u64,
    /// Which of its requests.
    pub request: u64,
    /// In a request: how many responses it asks for. In a response: its place in the stream, from 0.
    pub number: u64,
}

impl Said {
    /// What the right answer says.
    #[must_use]
    pub const fn answer(self) -> Self {
        Self {
            number: self.number.rotate_left(7) ^ self.client,
            ..self
        }
    }
}

/// A payload that can be checked.
pub trait Load: Debug + Copy + ZeroCopySend + 'static {
    /// A payload that says `said`.
    fn of(said: Said) -> Self;

    /// What it says; `None` if it is torn.
    fn said(&self) -> Option<Said>;
}

/// Small enough to travel in a descriptor.
#[derive(Debug, Clone, Copy, ZeroCopySend)]
#[repr(C)]
pub struct Small {
    client: u64,
    request: u64,
    number: u64,
    checksum: u64,
}

/// Travels in a chunk; every word of it depends on what it says.
#[derive(Debug, Clone, Copy, ZeroCopySend)]
#[repr(C)]
pub struct Large {
    head: Small,
    filler: [u64; 124],
}

impl Small {
    const fn checksum(said: Said) -> u64 {
        let Said {
            client,
            request,
            number,
        } = said;
        let mixed = client.rotate_left(48) ^ request.rotate_left(16) ^ number;
        (mixed ^ 0x5851_f42d_4c95_7f2d).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Load for Small {
    fn of(said: Said) -> Self {
        Self {
            client: said.client,
            request: said.request,
            number: said.number,
            checksum: Self::checksum(said),
        }
    }

    fn said(&self) -> Option<Said> {
        let said = Said {
            client: self.client,
            request: self.request,
            number: self.number,
        };
        (self.checksum == Self::checksum(said)).then_some(said)
    }
}

impl Load for Large {
    fn of(said: Said) -> Self {
        let head = Small::of(said);
        let mut filler = [0; 124];
        (0..)
            .zip(&mut filler)
            .for_each(|(index, word)| *word = head.checksum.wrapping_add(index));
        Self { head, filler }
    }

    fn said(&self) -> Option<Said> {
        let said = self.head.said()?;
        (0..)
            .zip(&self.filler)
            .all(|(index, word)| *word == self.head.checksum.wrapping_add(index))
            .then_some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::{Large, Load, Said, Small};

    const SAID: Said = Said {
        client: 3,
        request: 1 << 40,
        number: 7,
    };

    #[test]
    fn whole_payloads_say_what_they_were_told() {
        assert_eq!(Small::of(SAID).said(), Some(SAID));
        assert_eq!(Large::of(SAID).said(), Some(SAID));
    }

    #[test]
    fn a_change_in_any_word_shows() {
        let mut small = Small::of(SAID);
        small.number += 1;
        assert_eq!(small.said(), None);
        for word in 0..124 {
            let mut large = Large::of(SAID);
            large.filler[word] ^= 1;
            assert_eq!(large.said(), None);
        }
    }
}
