// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Typed access to the two places a message can lie in: a chunk, or a small buffer that travels in the descriptor.
//!
//! ```text
//!     ┌───────────────┬────────┬─────────────────────┐
//!     │  user header  │ (gap)  │  payload            │
//!     └───────────────┴────────┴─────────────────────┘
//!     0               size of H, aligned for P
//! ```

use super::{
    Content, INLINE_ALIGN, INLINE_SIZE,
    descriptor::{Body, Inline},
    port_memory::Chunk,
};
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{MaybeUninit, offset_of},
    ptr::NonNull,
};
use iceoryx2_bb_elementary::ZeroCopySend;

#[repr(C)]
struct Both<H, P> {
    header: H,
    payload: P,
}

/// How a message of user header `H` and payload `P` lies in memory.
#[derive(Debug)]
pub struct MessageLayout<H, P>(PhantomData<(H, P)>);

impl<H, P> MessageLayout<H, P> {
    /// Size and alignment of both together.
    pub const LAYOUT: Layout = Layout::new::<Both<H, P>>();

    /// Whether it travels inside the descriptor.
    pub const INLINE: bool =
        Self::LAYOUT.size() <= INLINE_SIZE && Self::LAYOUT.align() <= INLINE_ALIGN;

    const PAYLOAD: usize = offset_of!(Both<H, P>, payload);
}

/// A place that this process writes: a chunk of its own, or a small buffer.
#[derive(Debug)]
pub struct Loaned<H, P> {
    /// What the descriptor will say; the small buffer itself.
    body: Body,
    chunk: ChunkStart,
    _types: PhantomData<(H, P)>,
}

/// The chunk's first byte; dangling if the message is in the small buffer.
#[derive(Debug)]
struct ChunkStart(NonNull<u8>);

// SAFETY: an address; who writes there owes the chunk, not the thread.
unsafe impl Send for ChunkStart {}

impl<H: ZeroCopySend, P: ZeroCopySend> Loaned<H, P> {
    const ZERO_HEADER: () = assert!(
        H::LAYOUT.zero_is_valid(),
        "a user header begins as zeroes, which are no value of this type: give its enums a variant of value 0"
    );

    /// A small buffer, all zero; `None` if the message is not [`INLINE`](MessageLayout::INLINE).
    #[inline]
    #[must_use]
    pub const fn inline() -> Option<Self> {
        let () = Self::ZERO_HEADER;
        if !MessageLayout::<H, P>::INLINE {
            return None;
        }
        Some(Self {
            body: Body::Inline(Inline::zeroed()),
            chunk: ChunkStart(NonNull::dangling()),
            _types: PhantomData,
        })
    }

    /// A chunk. The user header becomes zero, the payload is what it was.
    ///
    /// # Safety
    /// The chunk's stride and alignment must fit [`MessageLayout::LAYOUT`]; nobody else writes it, and it stays
    /// mapped while this value lives.
    #[inline]
    #[must_use]
    pub unsafe fn chunk(chunk: Chunk) -> Self {
        let () = Self::ZERO_HEADER;
        let mut loaned = Self {
            body: Body::Chunk {
                chunk: chunk.index,
                len: size_of::<P>() as u64,
                next: chunk.next,
            },
            chunk: ChunkStart(chunk.data),
            _types: PhantomData,
        };
        loaned.user_header_mut().write_zeroes();
        loaned
    }

    #[inline]
    fn base(&self) -> *const u8 {
        match &self.body {
            Body::Inline(inline) => inline.as_ptr(),
            Body::Chunk { .. } => self.chunk.0.as_ptr(),
        }
    }

    #[inline]
    fn base_mut(&mut self) -> *mut u8 {
        match &mut self.body {
            Body::Inline(inline) => inline.as_mut_ptr(),
            Body::Chunk { .. } => self.chunk.0.as_ptr(),
        }
    }

    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header(&self) -> &MaybeUninit<H> {
        // SAFETY: the place is large and aligned enough for the header at its beginning, and nobody writes it while
        // `self` is borrowed.
        unsafe { &*self.base().cast() }
    }

    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut MaybeUninit<H> {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { &mut *self.base_mut().cast() }
    }

    /// The payload.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &MaybeUninit<P> {
        // SAFETY: the place is large enough for the payload at its offset.
        let payload = unsafe { self.base().add(MessageLayout::<H, P>::PAYLOAD) };
        // SAFETY: the offset is aligned for it, and nobody writes it while `self` is borrowed.
        unsafe { &*payload.cast() }
    }

    /// The payload.
    #[inline]
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut MaybeUninit<P> {
        // SAFETY: the place is large enough for the payload at its offset.
        let payload = unsafe { self.base_mut().add(MessageLayout::<H, P>::PAYLOAD) };
        // SAFETY: the offset is aligned for it, and `self` is borrowed mutably.
        unsafe { &mut *payload.cast() }
    }

    /// What a descriptor says of it.
    #[inline]
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The chunk's number, if it is one.
    #[must_use]
    pub fn chunk_index(&self) -> Option<u32> {
        self.body.chunk()
    }
}

impl<H, P> Loaned<H, core::mem::MaybeUninit<P>> {
    /// The same place, seen as the payload's type. Its bytes stay what they were.
    #[inline]
    #[must_use]
    pub fn cast(self) -> Loaned<H, P> {
        Loaned {
            body: self.body,
            chunk: self.chunk,
            _types: PhantomData,
        }
    }
}

trait WriteZeroes {
    fn write_zeroes(&mut self);
}

impl<H: ZeroCopySend> WriteZeroes for MaybeUninit<H> {
    #[inline]
    fn write_zeroes(&mut self) {
        // SAFETY: one value's worth of bytes, which need not be a value.
        unsafe { self.as_mut_ptr().write_bytes(0, 1) };
    }
}

/// A place that a peer has written: a chunk of its, or a small buffer.
#[derive(Debug)]
pub struct Borrowed<H, P> {
    content: Content,
    _types: PhantomData<(H, P)>,
}

impl<H: ZeroCopySend, P: ZeroCopySend> Borrowed<H, P> {
    /// What was received.
    ///
    /// # Safety
    /// The peer must be trusted to have written an `H` and a `P` and to hold still: the service's contract says the
    /// types, and the kernel that the peer is this user's. The content must have a size and an alignment that fit
    /// [`MessageLayout::LAYOUT`], and stay borrowed and readable while this value lives.
    #[inline]
    #[must_use]
    pub const unsafe fn new(content: Content) -> Self {
        Self {
            content,
            _types: PhantomData,
        }
    }

    #[inline]
    fn base(&self) -> *const u8 {
        self.content.data.as_ptr()
    }

    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header(&self) -> &H {
        // SAFETY: `new` was promised a header there, which lives as long as `self`.
        unsafe { &*self.base().cast() }
    }

    /// The payload.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &P {
        // SAFETY: `new` was promised room for both.
        let payload = unsafe { self.base().add(MessageLayout::<H, P>::PAYLOAD) };
        // SAFETY: `new` was promised a payload there, which lives as long as `self`.
        unsafe { &*payload.cast() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_the_descriptor_travels_in_it() {
        let travels = [
            MessageLayout::<(), u64>::INLINE,
            MessageLayout::<(), [u8; 32]>::INLINE,
            MessageLayout::<u128, u128>::INLINE,
        ];
        assert_eq!(travels, [true; 3]);
        let stays = [
            MessageLayout::<(), [u8; 33]>::INLINE,
            MessageLayout::<u64, [u8; 25]>::INLINE,
        ];
        assert_eq!(stays, [false; 2]);
    }

    #[test]
    fn a_small_message_comes_out_of_its_descriptor_as_it_went_in() {
        let mut loaned = Loaned::<u8, u64>::inline().unwrap();
        loaned.user_header_mut().write(7);
        loaned.payload_mut().write(u64::MAX - 1);
        let Body::Inline(inline) = loaned.body() else {
            unreachable!()
        };
        // SAFETY: written just above.
        let borrowed = unsafe {
            Borrowed::<u8, u64>::new(Content {
                data: NonNull::from(inline).cast(),
                len: INLINE_SIZE as u64,
            })
        };
        assert_eq!(
            (*borrowed.user_header(), *borrowed.payload()),
            (7, u64::MAX - 1)
        );
    }
}
