// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Typed access to the two places a message can lie in: a chunk, or, where it is one small value, a buffer that travels in
//! the descriptor. Where header and payload lie in a chunk is said in `shape.rs`.

use super::{
    Content, INLINE_ALIGN, INLINE_SIZE, MessageShape,
    descriptor::{Body, Inline},
    port_memory::Chunk,
};
use core::{
    alloc::Layout,
    marker::PhantomData,
    mem::{MaybeUninit, offset_of},
    ptr::NonNull,
};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};

#[repr(C)]
struct Both<H, E> {
    header: H,
    element: E,
}

/// How a message of user header `H` and payload `P` lies in memory, unless its service asks for a stricter alignment.
#[derive(Debug)]
pub struct MessageLayout<H, P: ?Sized>(PhantomData<H>, PhantomData<P>);

impl<H, P: Payload + ?Sized> MessageLayout<H, P> {
    const LAYOUT: Layout = Layout::new::<Both<H, P::Element>>();

    /// Whether it can travel inside the descriptor: one small value.
    pub const INLINE: bool =
        !P::IS_SLICE && Self::LAYOUT.size() <= INLINE_SIZE && Self::LAYOUT.align() <= INLINE_ALIGN;

    /// Words of one that travels there.
    pub const WORDS: usize = if Self::INLINE {
        Self::LAYOUT.size().div_ceil(size_of::<u64>())
    } else {
        0
    };

    const PAYLOAD: usize = offset_of!(Both<H, P::Element>, element);
}

/// An address in a chunk; dangling if the message is in the small buffer.
#[derive(Debug)]
struct Address<T: ?Sized>(NonNull<T>);

// SAFETY: an address; who reads or writes there owes the chunk, not the thread.
unsafe impl<T: ?Sized> Send for Address<T> {}
// SAFETY: as above: nothing can be written through a shared reference to it.
unsafe impl<T: ?Sized> Sync for Address<T> {}

/// A place that this process writes: a chunk of its own, or a small buffer.
#[derive(Debug)]
pub struct Loaned<H, P: ?Sized> {
    /// What the descriptor will say; the small buffer itself.
    body: Body,
    header: Address<H>,
    payload: Address<P>,
}

impl<H: ZeroCopySend, P: Payload + ?Sized> Loaned<H, P> {
    const ZERO_HEADER: () = assert!(
        H::LAYOUT.zero_is_valid(),
        "a user header begins as zeroes, which are no value of this type: give its enums a variant of value 0"
    );

    /// A small buffer, all zero; `None` if the message is not [`INLINE`](MessageLayout::INLINE).
    #[inline]
    #[must_use]
    pub fn inline() -> Option<Self> {
        let () = Self::ZERO_HEADER;
        if !MessageLayout::<H, P>::INLINE {
            return None;
        }
        Some(Self {
            body: Body::Inline {
                inline: Inline::zeroed(),
                words: MessageLayout::<H, P>::WORDS,
            },
            header: Address(NonNull::dangling()),
            payload: Address(P::at(NonNull::dangling(), 0)),
        })
    }

    /// A small buffer with a payload and a header of zeroes.
    ///
    /// # Panics
    /// If the message is not [`INLINE`](MessageLayout::INLINE), which the compiler knows.
    #[inline(always)]
    #[must_use]
    pub fn small(payload: P) -> Self
    where
        P: Sized,
    {
        let () = Self::ZERO_HEADER;
        assert!(MessageLayout::<H, P>::INLINE);
        let mut inline = Inline::zeroed();
        // SAFETY: the buffer is large and aligned enough for the payload there (just asked).
        unsafe { Self::payload_in(inline.first_mut()).write(payload) };
        Self {
            body: Body::Inline {
                inline,
                words: MessageLayout::<H, P>::WORDS,
            },
            header: Address(NonNull::dangling()),
            payload: Address(NonNull::dangling()),
        }
    }

    /// A copy of the payload.
    ///
    /// # Safety
    /// It must have been written.
    // WHY no Clone is asked for: what may be sent may be copied byte by byte.
    #[inline]
    #[must_use]
    pub unsafe fn copy_payload(&self) -> P
    where
        P: Sized,
    {
        // SAFETY: as for `payload`; it owns nothing, so that there may be two of it.
        unsafe { self.payload_at().read() }
    }

    /// A chunk that holds `elements` elements. The user header becomes zero, the payload is what it was.
    ///
    /// # Safety
    /// The chunk must have the shape's size for so many elements and its alignment, and the shape must be made for `H`
    /// and `P`, where a payload of bytes may stand for elements of any size; nobody else writes the chunk, and it stays
    /// mapped while this value lives.
    #[inline]
    #[must_use]
    pub unsafe fn chunk(chunk: Chunk, shape: &MessageShape, elements: usize) -> Self {
        let () = Self::ZERO_HEADER;
        let header_size = shape.header_size();
        if header_size == size_of::<H>() {
            // SAFETY: the chunk's first bytes are the header's, which need no value of the type.
            unsafe { chunk.data.write_bytes(0, size_of::<H>()) };
        } else {
            // SAFETY: as above.
            unsafe { write_zeroes(chunk.data, header_size) };
        }
        // SAFETY: the payload lies behind the header in the same chunk.
        let first = unsafe { chunk.data.add(shape.payload_offset()) };
        Self {
            body: Body::Chunk {
                chunk: chunk.id,
                key: chunk.key,
                elements: elements as u64,
                next: chunk.next,
            },
            header: Address(chunk.data.cast()),
            payload: Address(P::at(first, len_of::<P>(shape, elements))),
        }
    }

    /// A chunk that holds a copy of one value, with a user header of zeroes.
    ///
    /// # Safety
    /// As for [`chunk`](Self::chunk).
    #[inline(always)]
    #[must_use]
    pub unsafe fn copy(chunk: Chunk, shape: &MessageShape, payload: &P) -> Self
    where
        P: Sized,
    {
        // SAFETY: as for this function.
        let place = unsafe { Self::chunk(chunk, shape, 1) };
        // SAFETY: there is room for one element there, and nobody else has it; a value owns nothing, so that there may be two.
        unsafe { place.payload.0.copy_from_nonoverlapping(payload.into(), 1) };
        place
    }

    #[inline]
    fn header_at(&self) -> NonNull<H> {
        match &self.body {
            Body::Inline { inline, .. } => inline.first().cast(),
            Body::Chunk { .. } => self.header.0,
        }
    }

    #[inline]
    fn payload_at(&self) -> NonNull<P> {
        match &self.body {
            Body::Inline { inline, .. } => Self::payload_in(inline.first()),
            Body::Chunk { .. } => self.payload.0,
        }
    }

    #[inline]
    fn payload_in(inline: NonNull<u8>) -> NonNull<P> {
        // SAFETY: there is a buffer only where the message fits it, by `inline`.
        P::at(unsafe { inline.add(MessageLayout::<H, P>::PAYLOAD) }, 1)
    }

    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header(&self) -> &MaybeUninit<H> {
        // SAFETY: the place is large and aligned enough for the header at its beginning, and nobody writes it while
        // `self` is borrowed.
        unsafe { self.header_at().cast().as_ref() }
    }

    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut MaybeUninit<H> {
        let mut header = match &mut self.body {
            Body::Inline { inline, .. } => inline.first_mut().cast(),
            Body::Chunk { .. } => self.header.0.cast(),
        };
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { header.as_mut() }
    }

    /// The payload.
    ///
    /// # Safety
    /// It must have been written, or need no value.
    #[inline]
    #[must_use]
    pub unsafe fn payload(&self) -> &P {
        // SAFETY: the place is large and aligned enough for it, the caller says that it has a value, and nobody writes
        // it while `self` is borrowed.
        unsafe { self.payload_at().as_ref() }
    }

    /// The payload.
    ///
    /// # Safety
    /// It must have been written, or need no value.
    #[inline]
    #[must_use]
    pub unsafe fn payload_mut(&mut self) -> &mut P {
        let mut payload = match &mut self.body {
            Body::Inline { inline, .. } => Self::payload_in(inline.first_mut()),
            Body::Chunk { .. } => self.payload.0,
        };
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { payload.as_mut() }
    }

    /// What a descriptor says of it.
    #[inline]
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Elements of the payload.
    #[must_use]
    pub const fn elements(&self) -> u64 {
        match &self.body {
            Body::Inline { .. } => 1,
            Body::Chunk { elements, .. } => *elements,
        }
    }

    #[inline]
    fn cast_to<Q: ?Sized>(self, payload: NonNull<Q>) -> Loaned<H, Q> {
        Loaned {
            body: self.body,
            header: self.header,
            payload: Address(payload),
        }
    }
}

impl<H: ZeroCopySend, T: ZeroCopySend> Loaned<H, MaybeUninit<T>> {
    /// The same place, seen as the payload's type. Its bytes stay what they were.
    #[inline]
    #[must_use]
    pub fn cast(self) -> Loaned<H, T> {
        let payload = self.payload.0.cast();
        self.cast_to(payload)
    }
}

impl<H: ZeroCopySend, T: ZeroCopySend> Loaned<H, [MaybeUninit<T>]> {
    /// The same place, seen as the payload's type. Its bytes stay what they were.
    #[inline]
    #[must_use]
    pub fn cast(self) -> Loaned<H, [T]> {
        let payload = self.payload.0;
        let payload = NonNull::slice_from_raw_parts(payload.cast(), payload.len());
        self.cast_to(payload)
    }
}

/// Bytes whose number the compiler does not know, as it does that of most headers.
///
/// # Safety
/// So many bytes may be written there.
#[cold]
#[inline(never)]
unsafe fn write_zeroes(first: NonNull<u8>, size: usize) {
    // SAFETY: as for this function.
    unsafe { first.write_bytes(0, size) };
}

/// How many elements of the payload's own type `elements` of the shape's are: more only if bytes stand for elements of a
/// size that is known when the program runs.
#[inline]
fn len_of<P: Payload + ?Sized>(shape: &MessageShape, elements: usize) -> usize {
    let size = size_of::<P::Element>();
    if size == shape.element_size() || size == 0 {
        elements
    } else {
        // INVARIANT: the chunk is as large.
        shape.element_size() / size * elements
    }
}

/// A place that a peer has written: a chunk of its, or a small buffer.
#[derive(Debug)]
pub struct Borrowed<H, P: ?Sized> {
    header: Address<H>,
    payload: Address<P>,
    elements: u64,
}

impl<H: ZeroCopySend, P: Payload + ?Sized> Borrowed<H, P> {
    /// What was received.
    ///
    /// # Safety
    /// The peer must be trusted to have written an `H` and a `P` and to hold still: the service's contract says the
    /// types, and the kernel that the peer is this user's. The content must have the shape, which must be made for `H`
    /// and `P` as for [`Loaned::chunk`], and stay borrowed and readable while this value lives.
    #[inline]
    #[must_use]
    pub unsafe fn new(content: Content, shape: &MessageShape) -> Self {
        // SAFETY: the shape's payload lies behind the header in the same place.
        let first = unsafe { content.data.add(shape.payload_offset()) };
        // INVARIANT: of the connection: the elements fit the chunk.
        let len = usize::try_from(content.elements).unwrap_or(0);
        Self {
            header: Address(content.data.cast()),
            payload: Address(P::at(first, len_of::<P>(shape, len))),
            elements: content.elements,
        }
    }
}

impl<H, P: ?Sized> Borrowed<H, P> {
    /// The user header.
    #[inline]
    #[must_use]
    pub fn user_header(&self) -> &H {
        // SAFETY: `new` was promised a header there, which lives as long as `self`.
        unsafe { self.header.0.as_ref() }
    }

    /// The payload.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &P {
        // SAFETY: `new` was promised a payload there, which lives as long as `self`.
        unsafe { self.payload.0.as_ref() }
    }

    /// Elements of the payload.
    #[must_use]
    pub const fn elements(&self) -> u64 {
        self.elements
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
            MessageLayout::<(), [u8]>::INLINE,
        ];
        assert_eq!(stays, [false; 3]);
    }

    fn shape<H, P: Payload + ?Sized>() -> MessageShape {
        let (header, element) = (Layout::new::<H>(), Layout::new::<P::Element>());
        MessageShape::new(header, element, P::IS_SLICE).unwrap()
    }

    #[test]
    fn a_small_message_comes_out_of_its_descriptor_as_it_went_in() {
        let mut loaned = Loaned::<u8, u64>::inline().unwrap();
        loaned.user_header_mut().write(7);
        // SAFETY: any bytes are a value of the type.
        *unsafe { loaned.payload_mut() } = u64::MAX - 1;
        let Body::Inline { inline, .. } = loaned.body() else {
            unreachable!()
        };
        let content = Content {
            data: inline.first(),
            elements: 1,
        };
        // SAFETY: written just above.
        let borrowed = unsafe { Borrowed::<u8, u64>::new(content, &shape::<u8, u64>()) };
        assert_eq!(
            (*borrowed.user_header(), *borrowed.payload()),
            (7, u64::MAX - 1)
        );
    }

    #[test]
    fn a_slice_comes_out_of_its_chunk_as_it_went_in_whatever_its_length() {
        let shape = shape::<u16, [u64]>();
        let mut memory = [u64::MAX; 8];
        for len in 0..=7 {
            let data = NonNull::from(&mut memory).cast::<u8>();
            let chunk = Chunk {
                id: super::super::ChunkId::base(0),
                key: super::super::ChunkKey(0),
                data,
                next: super::super::ChunkId::NONE,
            };
            // SAFETY: the memory is large and aligned enough for seven words behind the header.
            let mut loaned =
                unsafe { Loaned::<u16, [MaybeUninit<u64>]>::chunk(chunk, &shape, len) };
            // SAFETY: nothing there needs a value.
            for (word, value) in unsafe { loaned.payload_mut() }.iter_mut().zip(40..) {
                word.write(value);
            }
            let loaned = loaned.cast();
            // SAFETY: zeroed with the chunk.
            assert_eq!(unsafe { loaned.user_header().assume_init() }, 0);
            let elements = loaned.elements();
            // SAFETY: written just above.
            let borrowed =
                unsafe { Borrowed::<u16, [u64]>::new(Content { data, elements }, &shape) };
            let want: Vec<u64> = (40..).take(len).collect();
            assert_eq!(borrowed.payload(), want);
        }
    }

    #[test]
    fn bytes_may_stand_for_elements_whose_size_is_known_later() {
        let element = Layout::from_size_align(24, 8).unwrap();
        let shape = MessageShape::new(Layout::new::<()>(), element, true).unwrap();
        let content = Content {
            data: NonNull::<[u64; 9]>::from(&[7; 9]).cast(),
            elements: 3,
        };
        // SAFETY: 72 bytes.
        let borrowed = unsafe { Borrowed::<(), [u8]>::new(content, &shape) };
        assert_eq!((borrowed.payload().len(), borrowed.elements()), (72, 3));
    }
}
