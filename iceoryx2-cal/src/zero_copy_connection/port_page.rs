// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first lines of a port's memory: what it tells all its peers alike.

use super::{
    ConnectionError,
    layout::{PORT_CLOSING, PORT_LINES, PORT_SLEEP, Run},
    region::Region,
};
use crate::{Mechanisms, shared_memory::PeerMemory};
use core::ops::Range;
use iceoryx2_bb_lock_free::{
    sleep::Sleeper,
    word::{LINE_SIZE, Word},
};
use std::sync::Arc;

const PAGE_BYTES: usize = PORT_LINES * LINE_SIZE;

/// The bytes of the port page; to be committed before [`PortPage::new`].
pub const PORT_PAGE: Range<usize> = 0..PAGE_BYTES;

/// The port's own page.
#[derive(Debug)]
pub struct PortPage<M: Mechanisms> {
    sleep: &'static Word,
    closing: &'static Word,
    sleeper: Sleeper,
    _region: Region<M::Memory>,
}

impl<M: Mechanisms> PortPage<M> {
    /// The page of a fresh port memory whose [`PORT_PAGE`] is committed.
    ///
    /// # Errors
    /// [`ConnectionError::Size`] if the memory is too small.
    pub fn new(memory: &Arc<M::Memory>) -> Result<Self, ConnectionError> {
        let region = Region::of_own(memory, 0, PAGE_BYTES)?;
        Ok(Self {
            sleep: word(&region, PORT_SLEEP)?,
            closing: word(&region, PORT_CLOSING)?,
            sleeper: Sleeper::new(),
            _region: region,
        })
    }

    /// Publishes that the port is about to sleep. Look at everything once more, then sleep.
    pub fn announce_sleep(&mut self) {
        self.sleeper.announce(self.sleep);
    }

    /// Publishes that the port is awake.
    pub fn awake(&mut self) {
        self.sleeper.awake(self.sleep);
    }

    /// Publishes that the port takes nothing more. What it has taken it still finishes.
    pub fn close(&self) {
        // ORDERING(closing): pairs with the Acquire load in `PeerPage::is_closing`.
        self.closing.publish(1);
    }
}

/// A peer's port page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeerPage {
    pub(super) sleep: &'static Word,
    closing: &'static Word,
}

impl PeerPage {
    /// INVARIANT for the caller: the page is kept beside a region of the same memory.
    pub(super) fn new<P: PeerMemory>(memory: &Arc<P>) -> Result<Self, ConnectionError> {
        let region = Region::of_peer(memory, 0, PAGE_BYTES)?;
        Ok(Self {
            sleep: word(&region, PORT_SLEEP)?,
            closing: word(&region, PORT_CLOSING)?,
        })
    }

    /// The page of a peer that is not there: it takes nothing, and never sleeps.
    pub(super) fn nobodys() -> Self {
        Self {
            sleep: Word::nothing(),
            closing: Word::something(),
        }
    }

    #[inline]
    pub(super) fn is_closing(&self) -> bool {
        self.closing.observe() != 0
    }
}

fn word<K>(region: &Region<K>, line: usize) -> Result<&'static Word, ConnectionError> {
    region.word(Run {
        first: line,
        lines: 1,
    })
}
