// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a port gives a peer its doorbell after they have introduced themselves: in a message that says no more than that
//! the doorbell's handle comes with it.

/// Bytes of the message.
pub const BELL_OFFER_SIZE: usize = 4;

const OFFER: [u8; BELL_OFFER_SIZE] = *b"ioxb";

/// The message a doorbell's handle comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BellOffer;

impl BellOffer {
    /// The message.
    #[must_use]
    pub const fn encode() -> [u8; BELL_OFFER_SIZE] {
        OFFER
    }

    /// Whether a message is one.
    #[must_use]
    pub fn is(message: &[u8]) -> bool {
        message == OFFER
    }
}

#[cfg(test)]
mod tests {
    use super::BellOffer;

    #[test]
    fn only_an_offer_is_one() {
        let message = BellOffer::encode();
        assert!(BellOffer::is(&message));
        for len in 0..message.len() {
            assert!(!BellOffer::is(&message[..len]));
        }
        assert!(!BellOffer::is(&[&message[..], &[0]].concat()));
        assert!(!BellOffer::is(b"ioxg"));
    }
}
