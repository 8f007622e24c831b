// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A response whose payload is not written yet.

use super::{response_mut::ResponseMut, response_tenure::ResponseTenure};
use crate::{
    header::ResponseHeader as Header,
    identifiers::{UniqueNodeId, UniqueServerId},
    port::{LoanError, held::Held, server::state::ServerState},
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, mem::MaybeUninit};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::Loaned;

/// A loaned response whose payload is not written yet. Dropping it gives the loan back.
pub struct ResponseMutUninit<S: Service, ResponsePayload: ?Sized, ResponseHeader> {
    place: Loaned<ResponseHeader, ResponsePayload>,
    tenure: ResponseTenure<S>,
}

impl<S: Service, P: ?Sized, H> Debug for ResponseMutUninit<S, P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseMutUninit").finish_non_exhaustive()
    }
}

impl<S: Service, ResponsePayload: Payload + ?Sized, ResponseHeader: Debug + ZeroCopySend>
    ResponseMutUninit<S, ResponsePayload, ResponseHeader>
{
    /// Loans memory for `elements` elements, or for one value.
    // INVARIANT: made with payloads of MaybeUninit alone, which need no value.
    #[inline(always)]
    fn loan_elements(
        server: &S::Shared<ServerState<S>>,
        active: Held,
        elements: usize,
    ) -> Result<Self, LoanError> {
        // SAFETY: to loan is to take memory that is at hand.
        let place = match unsafe { server.pass_again() } {
            Some(mut server) => Self::take_at_once(&mut server, active, elements),
            None => None,
        };
        let place = match place {
            Some(place) => place,
            None => {
                let mut server = server.enter();
                match Loaned::inline() {
                    Some(place) if server.loan_inline(active)? => place,
                    _ => {
                        let chunk = server.loan_chunk(active, elements)?;
                        // SAFETY: as in `take_at_once`.
                        unsafe { Loaned::chunk(chunk, server.response_shape(), elements) }
                    }
                }
            }
        };
        Ok(Self {
            tenure: ResponseTenure::new(server, active, place.body().key()),
            place,
        })
    }

    /// Takes a loan, and what it is written to, if that is at hand. If not, nothing was taken.
    #[inline(always)]
    fn take_at_once(
        server: &mut ServerState<S>,
        active: Held,
        elements: usize,
    ) -> Option<Loaned<ResponseHeader, ResponsePayload>> {
        if let Some(place) = Loaned::inline() {
            if server.loan_inline(active).ok()? {
                return Some(place);
            }
        }
        let chunk = server.loan_chunk_at_once(active, elements)?;
        // SAFETY: the chunk was taken for so many elements of the shape, which the contract gives these types; it is ours until
        // the tenure ends, and the tenure keeps the server, which keeps its memory.
        Some(unsafe { Loaned::chunk(chunk, server.response_shape(), elements) })
    }

    /// What it will say beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of(&self.tenure, self.place.elements())
    }

    /// The user header, all zero unless it was written.
    #[must_use]
    pub fn user_header(&self) -> &ResponseHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// The user header, to be written.
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut ResponseHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header_mut().assume_init_mut() }
    }

    /// The payload's memory.
    #[must_use]
    pub fn payload(&self) -> &ResponsePayload {
        // SAFETY: memory that needs no value (INVARIANT).
        unsafe { self.place.payload() }
    }

    /// The payload's memory, to be written in place.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut ResponsePayload {
        // SAFETY: memory that needs no value (INVARIANT).
        unsafe { self.place.payload_mut() }
    }
}

impl<S: Service, ResponsePayload: Debug + ZeroCopySend, ResponseHeader: Debug + ZeroCopySend>
    ResponseMutUninit<S, MaybeUninit<ResponsePayload>, ResponseHeader>
{
    #[inline(always)]
    pub(crate) fn loan(
        server: &S::Shared<ServerState<S>>,
        active: Held,
    ) -> Result<Self, LoanError> {
        Self::loan_elements(server, active, 1)
    }

    /// Copies `value` into the payload.
    #[inline(always)]
    #[must_use]
    pub fn write_payload(
        mut self,
        value: ResponsePayload,
    ) -> ResponseMut<S, ResponsePayload, ResponseHeader> {
        self.payload_mut().write(value);
        // SAFETY: just written.
        unsafe { self.assume_init() }
    }

    /// Takes the payload as written.
    ///
    /// # Safety
    /// The payload must have been written whole, and the user header must be a valid value (all zero unless written).
    #[inline(always)]
    #[must_use]
    pub unsafe fn assume_init(self) -> ResponseMut<S, ResponsePayload, ResponseHeader> {
        ResponseMut::new(self.place.cast(), self.tenure)
    }
}

impl<S: Service, Element: Debug + ZeroCopySend, ResponseHeader: Debug + ZeroCopySend>
    ResponseMutUninit<S, [MaybeUninit<Element>], ResponseHeader>
{
    #[inline(always)]
    pub(crate) fn loan_slice(
        server: &S::Shared<ServerState<S>>,
        active: Held,
        elements: usize,
    ) -> Result<Self, LoanError> {
        Self::loan_elements(server, active, elements)
    }

    /// Writes what `f` returns for each index.
    #[must_use]
    pub fn write_from_fn<F: FnMut(usize) -> Element>(
        mut self,
        f: F,
    ) -> ResponseMut<S, [Element], ResponseHeader> {
        super::write_from_fn(self.payload_mut(), f);
        // SAFETY: every element was just written.
        unsafe { self.assume_init() }
    }

    /// Copies `values` into the payload.
    ///
    /// # Panics
    /// If the loan is of another length.
    #[must_use]
    pub fn write_from_slice(
        mut self,
        values: &[Element],
    ) -> ResponseMut<S, [Element], ResponseHeader>
    where
        Element: Copy,
    {
        super::write_from_slice(self.payload_mut(), values);
        // SAFETY: every element was just written.
        unsafe { self.assume_init() }
    }

    /// Takes the payload as written.
    ///
    /// # Safety
    /// The payload must have been written whole, and the user header must be a valid value (all zero unless written).
    #[inline(always)]
    #[must_use]
    pub unsafe fn assume_init(self) -> ResponseMut<S, [Element], ResponseHeader> {
        ResponseMut::new(self.place.cast(), self.tenure)
    }
}

/// What a response of this tenure says beside its payload.
pub(super) fn header_of<S: Service>(tenure: &ResponseTenure<S>, elements: u64) -> Header {
    tenure.server().with(|server| Header {
        server: UniqueServerId::from_value(server.id()),
        node: UniqueNodeId::from_value(server.node()),
        elements,
    })
}
