// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The process-wide list of this crate's open descriptors, so that a forked child can close them.
//!
//! One lock covers making a descriptor and entering it, and closing it and taking it off: a fork finds either no
//! descriptor or a listed one. No wait holds the lock.
//!
//! The list is a set of bits, one per number: the child walks it without allocating.
//!
//! The mappings of this process are listed as well, for the child shall not have them either: it gives them back. To tell
//! the system of each mapping when it is made that no child shall inherit it would be a call each. And so are the gates that
//! whoever uses the child's copies of all this would pass.

use crate::{Error, fork, handle::Descriptor, sys};
use core::{
    cell::Cell,
    mem::ManuallyDrop,
    ptr::{self, NonNull},
};
use std::{
    os::fd::{AsRawFd, OwnedFd},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The descriptors that are open. Reached through [`creating`] only.
#[derive(Debug)]
pub(crate) struct OpenList {
    words: Vec<u64>,
    /// INVARIANT: address and size of mappings that nothing but [`unmap`] ends.
    mappings: Vec<(usize, usize)>,
    /// INVARIANT: addresses of gates' counts, which live until [`leave_gate`].
    gates: Vec<usize>,
}

static LIST: Mutex<OpenList> = Mutex::new(OpenList {
    words: Vec::new(),
    mappings: Vec::new(),
    gates: Vec::new(),
});

thread_local! {
    /// The lock while this thread forks. Without a destructor, so that a fork is possible at any age of the thread.
    static HELD: Cell<Option<ManuallyDrop<MutexGuard<'static, OpenList>>>> = const { Cell::new(None) };
}

/// Runs `make` under the lock; it makes descriptors and enters each with [`OpenList::enter`]. It must not drop a
/// [`Descriptor`], which takes the same lock.
///
/// # Errors
/// Those of `make`, or `OutOfMemory`.
pub(crate) fn creating<T>(
    make: impl FnOnce(&mut OpenList) -> Result<T, Error>,
) -> Result<T, Error> {
    fork::notice_forks()?;
    make(&mut lock())
}

/// Makes one descriptor under the lock.
///
/// # Errors
/// Those of `make`, or `OutOfMemory`.
pub(crate) fn create(make: impl FnOnce() -> Result<OwnedFd, Error>) -> Result<Descriptor, Error> {
    creating(|list| list.enter(make()?))
}

/// Takes `descriptor` off the list and closes it.
pub(crate) fn close(descriptor: OwnedFd) {
    let mut list = lock();
    list.remove(descriptor.as_raw_fd());
    sys::handle::close(descriptor);
}

/// Takes a mapping that [`OpenList::map`] made off the list and ends it.
///
/// # Safety
/// Nobody uses it any more.
pub(crate) unsafe fn unmap(base: NonNull<u8>, size: usize) {
    let mut list = lock();
    let mapping = (base.as_ptr().expose_provenance(), size);
    if let Some(index) = list.mappings.iter().position(|it| *it == mapping) {
        list.mappings.swap_remove(index);
        // SAFETY: what is listed is a whole mapping, and nobody uses it: the caller's promise.
        unsafe { sys::memory::unmap(base, size) };
    }
}

/// Lists the count of a gate, which must live until [`leave_gate`].
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn enter_gate(gate: NonNull<Cell<i32>>) -> Result<(), Error> {
    fork::notice_forks()?;
    let mut list = lock();
    let room = list.gates.try_reserve(1);
    room.map_err(|_| sys::errno::out_of_memory("malloc"))?;
    list.gates.push(gate.as_ptr().expose_provenance());
    Ok(())
}

/// Takes it off the list.
pub(crate) fn leave_gate(gate: NonNull<Cell<i32>>) {
    let mut list = lock();
    let address = gate.as_ptr().addr();
    if let Some(index) = list.gates.iter().position(|it| *it == address) {
        list.gates.swap_remove(index);
    }
}

/// Takes the lock until [`let_go`], for a fork of this thread.
pub(crate) fn hold() {
    let guard = lock();
    HELD.with(|held| held.set(Some(ManuallyDrop::new(guard))));
}

/// Ends [`hold`], in the parent as in the child.
pub(crate) fn let_go() {
    drop(HELD.with(Cell::take).map(ManuallyDrop::into_inner));
}

/// Closes everything on the list of a child whose thread called [`hold`] before the fork.
pub(crate) fn close_all() {
    if let Some(mut list) = HELD.with(Cell::take) {
        list.close_all();
        HELD.with(|held| held.set(Some(list)));
    }
}

fn lock() -> MutexGuard<'static, OpenList> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OpenList {
    /// Enters a fresh descriptor; closes it if there is no memory to remember it in.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn enter(&mut self, descriptor: OwnedFd) -> Result<Descriptor, Error> {
        let birth = fork::Birth::here()?;
        let (word, bit) = place(descriptor.as_raw_fd());
        if word >= self.words.len() {
            let more = word + 1 - self.words.len();
            self.words
                .try_reserve(more)
                .map_err(|_| sys::errno::out_of_memory("malloc"))?;
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
        Ok(Descriptor::new(descriptor, birth))
    }

    /// Enters the mapping of `size` bytes that `make` makes.
    ///
    /// # Errors
    /// Those of `make`, or `OutOfMemory`.
    pub(crate) fn map(
        &mut self,
        size: usize,
        make: impl FnOnce() -> Result<NonNull<u8>, Error>,
    ) -> Result<NonNull<u8>, Error> {
        self.mappings
            .try_reserve(1)
            .map_err(|_| sys::errno::out_of_memory("malloc"))?;
        let base = make()?;
        self.mappings
            .push((base.as_ptr().expose_provenance(), size));
        Ok(base)
    }

    fn remove(&mut self, number: i32) {
        let (word, bit) = place(number);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
    }

    fn close_all(&mut self) {
        for (index, word) in self.words.iter_mut().enumerate() {
            while *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                sys::handle::close_number(index * BITS + bit);
            }
        }
        while let Some((address, size)) = self.mappings.pop() {
            // WHY: the child's copies of what used it refuse to, and never unmap.
            sys::memory::unmap_inherited(address, size);
        }
        for address in &self.gates {
            let gate = ptr::with_exposed_provenance_mut(*address);
            if let Some(gate) = NonNull::new(gate) {
                // SAFETY: what is listed lives (INVARIANT).
                unsafe { fork::close_inherited(gate) };
            }
        }
    }
}

const BITS: usize = u64::BITS as usize;

/// Where the bit of `number` is: word and mask. Open descriptors are never negative.
fn place(number: i32) -> (usize, u64) {
    let number = usize::try_from(number).unwrap_or(0);
    (number / BITS, 1 << (number % BITS))
}
