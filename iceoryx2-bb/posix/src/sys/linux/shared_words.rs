// SPDX-License-Identifier: Apache-2.0 OR MIT
#![expect(
    clippy::disallowed_types,
    reason = "hints nobody relies on; there is no protocol to model"
)]

use super::{errno, file};
use crate::{
    Error,
    fork::Birth,
    handle::Descriptor,
    memory::{Access, Mapping},
};
use core::{
    mem::size_of,
    ops::Range,
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering, fence},
};
use iceoryx2_bb_elementary::hooks;
use std::sync::Arc;

/// Words of a file, shared with everybody who maps it.
#[derive(Debug)]
pub(crate) struct Words {
    /// INVARIANT: of at least `count` words, readable and writable.
    mapping: Mapping,
    count: usize,
}

/// One of them, found once.
#[derive(Debug)]
pub(crate) struct Word {
    /// INVARIANT: one of `words`.
    word: NonNull<AtomicU64>,
    birth: Birth,
    _words: Arc<Words>,
}

// SAFETY: what a shared reference to an atomic word is, which may be sent and shared.
unsafe impl Send for Word {}
// SAFETY: as above.
unsafe impl Sync for Word {}

impl Word {
    pub(crate) fn find(words: &Arc<Words>, index: usize) -> Result<Self, Error> {
        Ok(Self {
            word: NonNull::from(words.word(index)?),
            birth: words.mapping.birth(),
            _words: Arc::clone(words),
        })
    }

    #[inline(always)]
    pub(crate) fn load(&self) -> Result<u64, Error> {
        self.birth.check("mmap")?;
        // SAFETY: a word of a mapping that is kept (INVARIANT), and is this process's (just checked); everybody changes it
        // through atomics or from outside of all processes' memory.
        let word = unsafe { self.word.as_ref() };
        // ORDERING(hint): pairs with `Words::add`.
        Ok(word.load(Ordering::Acquire))
    }
}

/// Maps the first `count` words of a file that has them.
pub(crate) fn map(file: &Descriptor, count: usize) -> Result<Words, Error> {
    let size = count
        .checked_mul(size_of::<u64>())
        .ok_or(errno::invalid_input("mmap"))?;
    let mapping = Mapping::new(file, size, Access::ReadWrite)?;
    Ok(Words { mapping, count })
}

/// Reads one word of a file that is not mapped.
pub(crate) fn read(file: &Descriptor, index: usize) -> Result<u64, Error> {
    let mut bytes = [0; size_of::<u64>()];
    let offset = index
        .checked_mul(size_of::<u64>())
        .and_then(|offset| u64::try_from(offset).ok())
        .ok_or(errno::invalid_input("pread"))?;
    file::read_at(file, offset, &mut bytes)?;
    // ORDERING(hint): pairs with `Words::add`; the kernel read the word before it returned.
    fence(Ordering::Acquire);
    Ok(u64::from_ne_bytes(bytes))
}

impl Words {
    #[inline]
    pub(crate) fn load(&self, index: usize) -> Result<u64, Error> {
        // ORDERING(hint): pairs with `add`.
        Ok(self.word(index)?.load(Ordering::Acquire))
    }

    pub(crate) fn add(&self, index: usize) -> Result<(), Error> {
        // ORDERING(hint): pairs with `load` and `read`.
        self.word(index)?.fetch_add(1, Ordering::Release);
        hooks::after_store();
        Ok(())
    }

    /// Copies words out; `buffer` is as long as they are.
    pub(crate) fn copy_from(&self, run: Range<usize>, buffer: &mut [u8]) -> Result<(), Error> {
        let places = buffer.chunks_exact_mut(size_of::<u64>());
        for (word, bytes) in self.words(run)?.iter().zip(places) {
            // ORDERING(copy): Relaxed; the fence below is what pairs with `copy_to`.
            bytes.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        fence(Ordering::Acquire);
        Ok(())
    }

    /// Copies words in, in order; `content` is as long as they are.
    pub(crate) fn copy_to(&self, run: Range<usize>, content: &[u8]) -> Result<(), Error> {
        let values = content.chunks_exact(size_of::<u64>());
        for (word, bytes) in self.words(run)?.iter().zip(values) {
            let mut value = [0; size_of::<u64>()];
            value.copy_from_slice(bytes);
            // ORDERING(copy): pairs with `copy_from`: who sees this word sees those before it.
            word.store(u64::from_ne_bytes(value), Ordering::Release);
            hooks::after_store();
        }
        Ok(())
    }

    /// A run of words, checked once for all of them.
    fn words(&self, run: Range<usize>) -> Result<&[AtomicU64], Error> {
        self.mapping.birth().check("mmap")?;
        if run.start > run.end || run.end > self.count {
            return Err(errno::invalid_input("mmap"));
        }
        let first = self.mapping.base().cast::<AtomicU64>();
        // SAFETY: `run.start` is at most `count`, so the place lies in the mapping or at its end.
        let first = unsafe { first.add(run.start) };
        let words = NonNull::slice_from_raw_parts(first, run.len());
        // SAFETY: the run ends at or before `count`; each of its words is as in `word`.
        Ok(unsafe { words.as_ref() })
    }

    #[inline]
    fn word(&self, index: usize) -> Result<&AtomicU64, Error> {
        self.mapping.birth().check("mmap")?;
        if index >= self.count {
            return Err(errno::invalid_input("mmap"));
        }
        let first = self.mapping.base().cast::<AtomicU64>();
        // SAFETY: `index` is below `count`, so the place lies in the mapping.
        let word = unsafe { first.add(index) };
        // SAFETY: it is aligned to a word of a page, mapped while `self` lives and in this process (just checked), and
        // everybody changes it through atomics or from outside of all processes' memory.
        Ok(unsafe { word.as_ref() })
    }
}
