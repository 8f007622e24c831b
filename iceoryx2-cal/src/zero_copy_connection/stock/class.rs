// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The chunks of one size: which are free, and which of those is used next.

use super::{super::ChunkId, New};
use core::ptr::NonNull;

/// So many chunks of one size rotate however large they are.
// WHY three: one is lent, one comes home with the next message, and one is free, so that it can be named to the peer.
pub(super) const ROTATION_FEW: u32 = 3;
/// Chunks of at least so many bytes do not rotate while the last one is free again: it is in the caches, and several of that
/// size would drive one another out of them.
pub(super) const WARM_BYTES: usize = 256 * 1024;

/// No key: that of [`Known::nothing`].
pub(super) const NONE: u32 = 0;

/// The class of keys whose chunks are gone. No size fits it, and what comes back is used next.
pub(super) const GONE: u32 = 0;

/// A chunk that was handed out.
// WHY the alignment: where one lies is then a shift of its key.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Known {
    pub(super) id: ChunkId,
    pub(super) data: NonNull<u8>,
    pub(super) committed: usize,
    /// How many need it. 0: it is free.
    pub(super) references: u32,
    /// 0: it was taken since somebody last asked.
    pub(super) unused: u32,
    // INVARIANT: the number of a class.
    pub(super) class: u32,
    /// If it is free, the key of the one that is used after it.
    // INVARIANT: a key or NONE.
    pub(super) below: u32,
    /// One of the base is taken again for messages of less than so many bytes. 0: it is none.
    pub(super) again_below: usize,
}

// SAFETY: an address and numbers; who writes there owes the chunk, not the thread.
unsafe impl Send for Known {}
// SAFETY: as above.
unsafe impl Sync for Known {}

impl Known {
    /// What stands where there is no chunk: no message is so short that it fits.
    pub(super) const fn nothing() -> Self {
        Self {
            id: ChunkId::NONE,
            data: NonNull::dangling(),
            committed: 0,
            references: 0,
            unused: 0,
            class: GONE,
            below: NONE,
            again_below: 0,
        }
    }

    /// A new chunk of the class, which one needs.
    pub(super) const fn new(new: New, class: u32, again_below: usize) -> Self {
        Self {
            id: new.id,
            data: new.data,
            committed: new.committed,
            references: 1,
            unused: 0,
            class,
            below: NONE,
            again_below,
        }
    }

    /// From now on so many need it.
    #[inline(always)]
    pub(super) const fn begin(&mut self, owners: u32) {
        self.references = owners;
        self.unused = 0;
    }
}

/// The chunks of one size. Those that are free are threaded: each names the one after it.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Class {
    /// The smallest message they are taken for.
    pub(super) least: usize,
    /// The largest, which is their size.
    pub(super) stride: usize,
    /// One of the base that was named is taken at once for messages of less than so many bytes.
    // INVARIANT: at most one more than the stride, and 0 if they are warm.
    pub(super) at_once_below: usize,
    /// So many are handed out before the last free one is used again.
    rotates: u32,
    /// How many were handed out.
    pub(super) handed_out: u32,
    /// The key of the free one that is used next, and that was named to the peer.
    // INVARIANT: a key or NONE; NONE if they are warm, and else only if none is free.
    pub(super) named: u32,
    /// Of the one after it, and of the first if they are warm.
    // INVARIANT: a key or NONE.
    pub(super) rest: u32,
    /// Of the one that was taken last, if they are warm. It may be another's meanwhile.
    // INVARIANT: a key or NONE.
    pub(super) latest: u32,
}

impl Class {
    pub(super) const fn new(least: usize, stride: usize, count: u32) -> Self {
        Self {
            least,
            stride,
            at_once_below: if stride < WARM_BYTES { stride + 1 } else { 0 },
            rotates: if count < ROTATION_FEW {
                count
            } else {
                ROTATION_FEW
            },
            handed_out: 0,
            named: NONE,
            rest: NONE,
            latest: NONE,
        }
    }

    pub(super) const fn fits(&self, size: usize) -> bool {
        self.least <= size && size <= self.stride
    }

    /// Whether what came back last is used next. Else what was named to the peer stays the first, whatever comes back.
    #[inline(always)]
    pub(super) const fn is_warm(&self) -> bool {
        self.stride >= WARM_BYTES
    }

    /// Whether one was named to the peer, and another can be.
    #[inline(always)]
    pub(super) const fn can_name_one(&self) -> bool {
        self.named != NONE && self.rest != NONE
    }

    /// Whether one is to be used again, and not rather a new one.
    pub(super) const fn has_spare(&self) -> bool {
        self.rest != NONE || self.handed_out >= self.rotates
    }

    /// The key of the one that is used next.
    pub(super) const fn first(&self) -> u32 {
        if self.is_warm() {
            self.rest
        } else {
            self.named
        }
    }

    /// Takes the first.
    pub(super) fn take_first(&mut self, chunks: &[Known]) -> Option<u32> {
        let key = self.first();
        let below = chunks.get(self.rest as usize)?.below;
        if !self.is_warm() {
            self.named = self.rest;
        }
        self.rest = below;
        (key != NONE).then_some(key)
    }

    /// The key of the one that is most likely used after the first, which is named to the peer.
    pub(super) const fn likely(&self) -> u32 {
        // WHY: what is sent comes home with its answer, or with the one after it. Then two take turns, and the next is the
        // one before.
        if self.is_warm() {
            self.latest
        } else {
            self.rest
        }
    }

    /// One comes back.
    #[inline(always)]
    pub(super) fn put(&mut self, chunks: &mut [Known], key: u32) {
        if self.named == NONE {
            return self.put_first(chunks, key);
        }
        // WHY under the first: the latest message has named that one to its receiver, which fetches it while it waits.
        self.put_below(chunks, key);
    }

    /// Makes one the first.
    #[inline(never)]
    pub(super) fn put_first(&mut self, chunks: &mut [Known], key: u32) {
        if self.is_warm() {
            return self.put_below(chunks, key);
        }
        let named = core::mem::replace(&mut self.named, key);
        if named != NONE {
            self.put_below(chunks, named);
        }
    }

    #[inline(always)]
    fn put_below(&mut self, chunks: &mut [Known], key: u32) {
        if let Some(known) = chunks.get_mut(key as usize) {
            known.below = self.rest;
            self.rest = key;
        }
    }
}
