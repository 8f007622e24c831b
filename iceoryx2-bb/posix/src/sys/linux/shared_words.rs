// SPDX-License-Identifier: Apache-2.0 OR MIT
#![expect(
    clippy::disallowed_types,
    reason = "hints nobody relies on; there is no protocol to model"
)]

use super::{
    call::{announce, call},
    errno, file,
};
use crate::{Error, fork::Birth, handle::Descriptor};
use core::{
    ffi::c_void,
    mem::size_of,
    num::NonZeroUsize,
    ops::Range,
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering, fence},
};
use iceoryx2_bb_elementary::hooks;
use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap, munmap};

/// Words of a file, shared with everybody who maps it.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// INVARIANT: the start of a mapping of `count` words, readable and writable while `birth` is not foreign, and
    /// reached by this value only.
    base: NonNull<AtomicU64>,
    count: usize,
    birth: Birth,
}

// SAFETY: the mapping belongs to the process, not to a thread.
unsafe impl Send for Mapping {}

// SAFETY: through a shared reference the words are reached as atomics only.
unsafe impl Sync for Mapping {}

/// Maps the first `count` words of a file that has them.
pub(crate) fn map(file: &Descriptor, count: usize) -> Result<Mapping, Error> {
    let birth = Birth::here()?;
    let fd = file.get("mmap")?;
    let size = count
        .checked_mul(size_of::<u64>())
        .and_then(NonZeroUsize::new)
        .ok_or(errno::invalid_input("mmap"))?;
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let base = call("mmap", || {
        // SAFETY: a new mapping at a place of the kernel's choice touches no memory there is.
        unsafe { mmap(None, size, protection, MapFlags::MAP_SHARED, fd, 0) }
    })?;
    let mapping = Mapping {
        base: base.cast(),
        count,
        birth,
    };
    call("madvise", || {
        // SAFETY: it is our mapping, and the advice concerns children only.
        unsafe { madvise(base, size.get(), MmapAdvise::MADV_DONTFORK) }
    })?;
    Ok(mapping)
}

/// Reads one word of a file that is not mapped.
pub(crate) fn read(file: &Descriptor, index: usize) -> Result<u64, Error> {
    let mut bytes = [0; size_of::<u64>()];
    let offset = index
        .checked_mul(size_of::<u64>())
        .and_then(|offset| u64::try_from(offset).ok())
        .ok_or(errno::invalid_input("pread"))?;
    file::read_at(file, offset, &mut bytes)?;
    // ORDERING(hint): pairs with `Mapping::add`; the kernel read the word before it returned.
    fence(Ordering::Acquire);
    Ok(u64::from_ne_bytes(bytes))
}

impl Mapping {
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
        for (index, bytes) in run.zip(buffer.chunks_exact_mut(size_of::<u64>())) {
            // ORDERING(copy): Relaxed; the fence below is what pairs with `copy_to`.
            let word = self.word(index)?.load(Ordering::Relaxed);
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        fence(Ordering::Acquire);
        Ok(())
    }

    /// Copies words in, in order; `content` is as long as they are.
    pub(crate) fn copy_to(&self, run: Range<usize>, content: &[u8]) -> Result<(), Error> {
        for (index, bytes) in run.zip(content.chunks_exact(size_of::<u64>())) {
            let mut word = [0; size_of::<u64>()];
            word.copy_from_slice(bytes);
            // ORDERING(copy): pairs with `copy_from`: who sees this word sees those before it.
            self.word(index)?
                .store(u64::from_ne_bytes(word), Ordering::Release);
            hooks::after_store();
        }
        Ok(())
    }

    #[inline]
    fn word(&self, index: usize) -> Result<&AtomicU64, Error> {
        self.birth.check("mmap")?;
        if index >= self.count {
            return Err(errno::invalid_input("mmap"));
        }
        // SAFETY: `index` is below `count`, so the place lies in the mapping.
        let word = unsafe { self.base.add(index) };
        // SAFETY: it is aligned to a word of a page, mapped while `self` lives and in this process (just checked), and
        // everybody changes it through atomics or from outside of all processes' memory.
        Ok(unsafe { word.as_ref() })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // WHY: a forked child has no such mapping, and may have another one in its place.
        if self.birth.is_foreign() {
            return;
        }
        announce("munmap");
        let base: NonNull<c_void> = self.base.cast();
        // SAFETY: it is our mapping, of this size, and no reference outlives `self`.
        let _ = unsafe { munmap(base, self.count * size_of::<u64>()) };
    }
}
