// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Shared memory: one process writes it, its peers read it, and the kernel sees to that.
//!
//! Memory has no name. It is created by its owner, travels to a peer as a handle, and is gone when the last process
//! lets go of it. The owner commits pages before it touches them, so that a full machine is an error and never a signal.

mod anonymous;
mod error;
mod heap;

#[cfg(test)]
pub(crate) mod conformance;

use crate::SystemError;
use core::{fmt::Debug, ops::Range, ptr::NonNull};
pub(crate) use heap::Allocation;
pub use heap::{HeapMemory, HeapView};

/// Memory that this process writes and nobody else can.
///
/// The bytes are zero until written. They stay where they are while the value lives.
pub trait OwnedMemory: Debug + Send + Sync + Sized + 'static {
    /// What a peer needs to read this memory.
    type Handle;

    /// Reserves `size` bytes (rounded up to whole pages); nothing is committed yet. `label` shows up in `/proc/PID/maps`.
    ///
    /// # Errors
    /// What the system refuses: too many open files, no address space, a forked child.
    fn create(label: &str, size: usize) -> Result<Self, SystemError>;

    /// The same with everything [committed](Self::commit).
    ///
    /// # Errors
    /// Those of both.
    fn create_committed(label: &str, size: usize) -> Result<Self, SystemError> {
        let memory = Self::create(label, size)?;
        memory.commit(0..memory.size())?;
        Ok(memory)
    }

    /// The first byte, aligned to a page.
    fn base(&self) -> NonNull<u8>;

    /// Bytes reserved, a multiple of the page size.
    fn size(&self) -> usize;

    /// Makes the pages that hold `range` (bytes from the base) safe to touch. Committing twice does no harm.
    ///
    /// # Errors
    /// `NoSpace` or `OutOfMemory` where the machine is full; `InvalidInput` where the range leaves the memory.
    fn commit(&self, range: Range<usize>) -> Result<(), SystemError>;

    /// Bytes the system has committed so far.
    ///
    /// # Errors
    /// What the system refuses.
    fn committed(&self) -> Result<usize, SystemError>;

    /// What to send to a peer.
    fn handle(&self) -> Self::Handle;
}

/// Memory a peer writes and this process only reads.
///
/// Every byte may change at any time: read it through atomics, or as a payload whose writer is trusted to hold still.
pub trait PeerMemory: Debug + Send + Sync + Sized + 'static {
    /// What the peer sent.
    type Handle;
    /// Memory that may be mapped.
    type Vetted;

    /// Vets the handle: right kind, cannot shrink, cannot be written by us.
    ///
    /// # Errors
    /// [`OpenError`].
    fn vet(handle: Self::Handle) -> Result<Self::Vetted, OpenError>;

    /// Maps the memory read-only. The handle is let go afterwards; the memory stays.
    ///
    /// # Errors
    /// What the system refuses.
    fn map_vetted(vetted: Self::Vetted) -> Result<Self, SystemError>;

    /// Both.
    ///
    /// # Errors
    /// [`OpenError`].
    fn open(handle: Self::Handle) -> Result<Self, OpenError> {
        Self::map_vetted(Self::vet(handle)?).map_err(OpenError::System)
    }

    /// The first byte, aligned to a page.
    fn base(&self) -> NonNull<u8>;

    /// Bytes that are certain to stay.
    fn size(&self) -> usize;
}

/// Why a peer's memory was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The handle is not memory of the kind peers exchange.
    NotMemory,
    /// The peer could still shrink the memory.
    NotSealed,
    /// The memory has no bytes, or more than this process can address.
    Size,
    /// The system refused.
    System(SystemError),
}
