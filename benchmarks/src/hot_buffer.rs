// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the hardware takes to pass a message on in full: one buffer each way, used again and again.
//!
//! ```text
//!     ┌──────────┬─────────────────────┐
//!     │ sequence │ the message, in full│   of each process, which alone writes it
//!     └──────────┴─────────────────────┘
//! ```

use crate::{
    Result,
    ours::{Answering, Asking},
    pages::Pages,
    peer::Line,
    slice_ports::{EveryWord, Use},
};
use core::mem::MaybeUninit;
use iceoryx2_bb_lock_free::word;

/// One process's side.
#[derive(Debug)]
pub struct HotBuffer {
    pages: Pages<word::Line>,
    words: usize,
    /// The last sequence number, which both sides count.
    last: u64,
}

impl HotBuffer {
    /// Exchanges memory with the other process, which does the same.
    pub fn new(line: &Line, bytes: usize) -> Result<Self> {
        Ok(Self {
            pages: Pages::exchange(line, bytes)?,
            words: bytes / size_of::<u64>(),
            last: 0,
        })
    }

    #[inline]
    fn write(&mut self, number: u64) {
        let room = self.pages.our_room().cast::<MaybeUninit<u64>>();
        // SAFETY: behind a whole line and so aligned, as long as was asked for, only this process writes it, and the
        // other reads it only between the sequence number and its answer.
        let room = unsafe { core::slice::from_raw_parts_mut(room.as_ptr(), self.words) };
        EveryWord::write(room, number);
        let [sequence, ..] = self.pages.ours().words();
        sequence.publish(self.last);
    }

    /// Reads the message of this sequence number, once it is there.
    #[inline]
    fn read(&mut self, expected: u64) -> Result<Option<u64>> {
        let [sequence, ..] = self.pages.theirs().words();
        if sequence.observe() != expected {
            return Ok(None);
        }
        let room = self.pages.their_room().cast::<u64>();
        // SAFETY: behind a whole line and so aligned, as long as was asked for, and its writer holds still until it is
        // answered.
        let room = unsafe { core::slice::from_raw_parts(room.as_ptr(), self.words) };
        EveryWord::read(room).map(Some)
    }
}

impl Asking for HotBuffer {
    #[inline]
    fn send(&mut self, number: u64) -> Result<()> {
        self.last += 1;
        self.write(number);
        Ok(())
    }

    #[inline]
    fn receive(&mut self) -> Result<Option<u64>> {
        self.read(self.last)
    }
}

impl Answering for HotBuffer {
    #[inline]
    fn answer(&mut self) -> Result<Option<()>> {
        let Some(number) = self.read(self.last + 1)? else {
            return Ok(None);
        };
        self.last += 1;
        self.write(number + 1);
        Ok(Some(()))
    }
}
