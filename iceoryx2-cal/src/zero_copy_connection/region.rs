// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A stretch of a mapping as words and lines: the one place where addresses become references.

use super::{ConnectionError, layout::Run};
use crate::shared_memory::{OwnedMemory, PeerMemory};
use core::ptr::NonNull;
use iceoryx2_bb_lock_free::word::{LINE_SIZE, LINE_WORDS, Line, Word};
use std::sync::Arc;

/// Lines of a mapping, which stays mapped while this value lives.
#[derive(Debug)]
pub(super) struct Region<K> {
    // INVARIANT: `lines` lie in the mapping `_keep` owns. They are lent as 'static only to structures that keep a
    // region of the same mapping beside them.
    lines: &'static [Line],
    _keep: Arc<K>,
}

impl<K: OwnedMemory> Region<K> {
    /// `bytes` bytes at `offset` of memory of our own, which are only ever accessed as words.
    pub(super) fn of_own(
        memory: &Arc<K>,
        offset: usize,
        bytes: usize,
    ) -> Result<Self, ConnectionError> {
        // SAFETY: the memory stays mapped while the Arc lives, and the layout gives nobody else these bytes.
        unsafe {
            Self::new(
                Arc::clone(memory),
                memory.base(),
                memory.size(),
                offset,
                bytes,
            )
        }
    }
}

impl<K: PeerMemory> Region<K> {
    /// `bytes` bytes at `offset` of a peer's memory, which we only ever read, as words.
    pub(super) fn of_peer(
        memory: &Arc<K>,
        offset: usize,
        bytes: usize,
    ) -> Result<Self, ConnectionError> {
        // SAFETY: the memory stays mapped while the Arc lives, and we never see it but as words.
        unsafe {
            Self::new(
                Arc::clone(memory),
                memory.base(),
                memory.size(),
                offset,
                bytes,
            )
        }
    }
}

impl<K> Region<K> {
    /// `bytes` bytes at `offset` of a mapping of `size` bytes at `base`.
    ///
    /// # Safety
    /// `base` must be aligned to a page and have `size` mapped bytes behind it for as long as `keep` lives, and
    /// those bytes must only ever be accessed as words, by whomever, as long as the region lives.
    unsafe fn new(
        keep: Arc<K>,
        base: NonNull<u8>,
        size: usize,
        offset: usize,
        bytes: usize,
    ) -> Result<Self, ConnectionError> {
        let end = offset.checked_add(bytes).ok_or(ConnectionError::Size)?;
        if end > size || offset % LINE_SIZE != 0 {
            return Err(ConnectionError::Size);
        }
        // SAFETY: offset is within the mapping, checked above.
        let first = unsafe { base.add(offset) };
        // SAFETY: the caller promises the memory; the range and the alignment were checked above. Lines are atomics, so
        // that a peer's concurrent stores are no race, and every bit pattern is one.
        let lines = unsafe {
            core::slice::from_raw_parts(first.cast::<Line>().as_ptr(), bytes / LINE_SIZE)
        };
        Ok(Self { lines, _keep: keep })
    }

    pub(super) fn lines(&self, run: Run) -> Result<&'static [Line], ConnectionError> {
        self.lines
            .get(run.first..)
            .and_then(|lines| lines.get(..run.lines))
            .ok_or(ConnectionError::Size)
    }

    /// The first `count` words of the run.
    pub(super) fn words(&self, run: Run, count: usize) -> Result<&'static [Word], ConnectionError> {
        let lines = self.lines(run)?;
        if count > lines.len() * LINE_WORDS {
            return Err(ConnectionError::Size);
        }
        // SAFETY: a line is exactly LINE_WORDS words, repr(C), without padding, and there are enough of them.
        Ok(unsafe { core::slice::from_raw_parts(lines.as_ptr().cast::<Word>(), count) })
    }

    pub(super) fn word(&self, run: Run) -> Result<&'static Word, ConnectionError> {
        self.words(run, 1)?.first().ok_or(ConnectionError::Size)
    }

    /// Makes every word zero, as in fresh memory. Only the owner may, before it tells anybody where the region is.
    pub(super) fn clear(&self) {
        for word in self.lines.iter().flat_map(Line::words) {
            word.set(0);
        }
    }
}
