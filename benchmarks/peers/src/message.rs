// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What requests and responses carry: a number, in the first word or in every word.

use crate::{Result, row::Row};

const WORD: usize = size_of::<u64>();

/// How much of a message is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    pub bytes: usize,
    pub full: bool,
}

impl Content {
    pub const fn of(row: Row) -> Self {
        Self {
            bytes: row.bytes(),
            full: matches!(row, Row::Full(_)),
        }
    }

    #[inline]
    pub fn write(self, message: &mut [u8], number: u64) {
        let words = if self.full { usize::MAX } else { 1 };
        let bytes = number.to_ne_bytes();
        for word in message.chunks_exact_mut(WORD).take(words) {
            word.copy_from_slice(&bytes);
        }
    }

    /// The number, if it is in all words that were written.
    #[inline]
    pub fn read(self, message: &[u8]) -> Result<u64> {
        let number = message.first_chunk().copied().map(u64::from_ne_bytes);
        let Some(number) = number.filter(|_| message.len() == self.bytes) else {
            return Err(format!("{} B came instead of {}", message.len(), self.bytes).into());
        };
        if self.full && sum(message) != number.wrapping_mul((self.bytes / WORD) as u64) {
            return Err("a message was not whole".into());
        }
        Ok(number)
    }
}

fn sum(message: &[u8]) -> u64 {
    let words = message.chunks_exact(WORD);
    words.fold(0, |sum, word| {
        let mut bytes = [0; WORD];
        bytes.copy_from_slice(word);
        sum.wrapping_add(u64::from_ne_bytes(bytes))
    })
}

/// The server answers with the number after the one it was sent, or with one after the other.
#[inline]
pub fn expect(expected: u64, number: u64) -> Result<()> {
    if expected == number {
        Ok(())
    } else {
        Err(format!("{number} came instead of {expected}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_full_message_is_looked_at() {
        let content = Content {
            bytes: 64,
            full: true,
        };
        let mut message = vec![0; 64];
        content.write(&mut message, 7);
        assert_eq!(content.read(&message).unwrap(), 7);
        message[60] ^= 1;
        assert!(content.read(&message).is_err());
        assert!(content.read(&message[..56]).is_err());
    }

    #[test]
    fn of_other_messages_the_first_word_is_touched() {
        let content = Content {
            bytes: 16,
            full: false,
        };
        let mut message = vec![9; 16];
        content.write(&mut message, 7);
        assert_eq!(message, [7, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(content.read(&message).unwrap(), 7);
    }
}
