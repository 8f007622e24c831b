// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bare shared memory for the floors: each process writes memory of its own and reads the other's.

use crate::{
    Result,
    line::{Line, PATIENCE},
};
use core::{marker::PhantomData, ptr::NonNull, slice};
use iceoryx2_bb_lock_free::word::{self, Word};
use iceoryx2_bb_posix::{AnonymousMemory, Handle, PeerMemory};

/// What may lie at the beginning of shared memory.
///
/// # Safety
/// It consists of [`Word`]s alone, and memory of nothing but zeroes is one.
pub unsafe trait Shared {}

// SAFETY: it is one, and memory of nothing but zeroes is a valid one.
unsafe impl Shared for Word {}
// SAFETY: words and nothing else.
unsafe impl Shared for word::Line {}

/// A `T` of each process, with room behind it.
#[derive(Debug)]
pub struct Pages<T> {
    ours: AnonymousMemory,
    theirs: PeerMemory,
    room: usize,
    _type: PhantomData<T>,
}

/// Sends what the other process wants, and hears what this one does.
pub fn exchange(line: &Line, ours: &Handle) -> Result<Handle> {
    line.say("take", &[ours])?;
    let (_, handles) = line.hear(Some(PATIENCE))?;
    Ok(handles.into_iter().next().ok_or("it sent nothing")?)
}

impl<T: Shared> Pages<T> {
    /// Exchanges memory with the other process, which does the same. `room` bytes follow the `T`.
    pub fn exchange(line: &Line, room: usize) -> Result<Self> {
        const {
            assert!(size_of::<T>() > 0 && align_of::<T>() <= word::LINE_SIZE);
        }
        let size = size_of::<T>() + room;
        let ours = AnonymousMemory::create("peers-floor", size)?;
        ours.commit(0..size)?;
        let theirs = PeerMemory::map(exchange(line, &ours.handle())?)?;
        if theirs.size() < size {
            return Err("it sent less memory than it got".into());
        }
        Ok(Self {
            ours,
            theirs,
            room,
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

    /// Our room, which only this process writes.
    #[inline]
    pub fn our_room(&mut self) -> &mut [u8] {
        let room = behind::<T>(self.ours.base());
        // SAFETY: as long as was asked for, committed, and mapped while `self` lives; nobody else writes it, and who reads
        // it is another process, which the callers keep from it meanwhile by the word in front.
        unsafe { slice::from_raw_parts_mut(room.as_ptr(), self.room) }
    }

    /// The other's room.
    ///
    /// # Safety
    /// The other process must not write it while the slice lives.
    #[inline]
    pub unsafe fn their_room(&self) -> &[u8] {
        let room = behind::<T>(self.theirs.base());
        // SAFETY: as long as was asked for, and mapped while `self` lives; the caller promises the rest.
        unsafe { slice::from_raw_parts(room.as_ptr(), self.room) }
    }
}

const fn behind<T>(base: NonNull<u8>) -> NonNull<u8> {
    // SAFETY: the memory is at least as large as a `T`.
    unsafe { base.add(size_of::<T>()) }
}
