// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bare shared memory for the floors: each process writes a page of its own and reads the other's.

use crate::{Result, peer::Line};
use core::{marker::PhantomData, ptr::NonNull};
use iceoryx2_bb_lock_free::word::{self, Word};
use iceoryx2_bb_posix::{AnonymousMemory, PeerMemory};

/// What may lie at the beginning of shared memory.
///
/// # Safety
/// It consists of [`Word`]s alone, and memory of nothing but zeroes is one.
pub unsafe trait Shared {}

// SAFETY: it is one, and all-zero memory holds valid words.
unsafe impl Shared for Word {}
// SAFETY: words and nothing else.
unsafe impl Shared for word::Line {}
// SAFETY: as many as there are, without gaps.
unsafe impl<T: Shared, const N: usize> Shared for [T; N] {}

/// A `T` of each process, with room behind it.
#[derive(Debug)]
pub struct Pages<T> {
    ours: AnonymousMemory,
    theirs: PeerMemory,
    _type: PhantomData<T>,
}

impl<T: Shared> Pages<T> {
    /// Exchanges memory with the other process, which does the same. `room` bytes follow the `T`.
    pub fn exchange(line: &Line, room: usize) -> Result<Self> {
        const {
            assert!(size_of::<T>() > 0 && align_of::<T>() <= word::LINE_SIZE);
        }
        let size = size_of::<T>() + room;
        let ours = AnonymousMemory::create("benchmark-floor", size)?;
        ours.commit(0..size)?;
        line.say(b"floor", &[&ours.handle()])?;
        let (_, handles) = line.hear()?;
        let handle = handles
            .into_iter()
            .next()
            .ok_or("the other process sent no memory")?;
        let theirs = PeerMemory::map(handle)?;
        if theirs.size() < size {
            return Err("the other process sent less memory than it got".into());
        }
        Ok(Self {
            ours,
            theirs,
            _type: PhantomData,
        })
    }

    #[inline]
    pub fn ours(&self) -> &T {
        // SAFETY: large enough, aligned to a page, committed, and mapped while `self` lives; zero or words.
        unsafe { self.ours.base().cast::<T>().as_ref() }
    }

    #[inline]
    pub fn theirs(&self) -> &T {
        // SAFETY: large enough, aligned to a page, and mapped while `self` lives; zero or words, which are only read.
        unsafe { self.theirs.base().cast::<T>().as_ref() }
    }

    /// Where our room begins, which only this process writes.
    pub fn our_room(&self) -> NonNull<u8> {
        // SAFETY: the memory is larger than a `T`.
        unsafe { self.ours.base().add(size_of::<T>()) }
    }

    /// Where the other's room begins, which this process only reads.
    pub fn their_room(&self) -> NonNull<u8> {
        // SAFETY: the memory is larger than a `T`.
        unsafe { self.theirs.base().add(size_of::<T>()) }
    }
}
