// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request whose payload is not written yet.

use super::{request_mut::RequestMut, request_tenure::RequestTenure};
use crate::{
    header::RequestHeader as Header,
    port::{LoanError, client::state::ClientState},
    service::{Service, shared::Shared},
};
use core::{fmt, fmt::Debug, marker::PhantomData, mem::MaybeUninit};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::Loaned;

/// A loaned request whose payload is not written yet. Dropping it gives the loan back.
pub struct RequestMutUninit<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    place: Loaned<RequestHeader, RequestPayload>,
    tenure: RequestTenure<S>,
    _response: PhantomData<(fn(&ResponsePayload), fn(ResponseHeader))>,
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Debug for RequestMutUninit<S, P, H, Q, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMutUninit").finish_non_exhaustive()
    }
}

impl<
    S: Service,
    RequestPayload: Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: ?Sized,
    ResponseHeader,
> RequestMutUninit<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Loans memory for `elements` elements, or for one value.
    // INVARIANT: made with payloads of MaybeUninit alone, which need no value.
    #[inline(always)]
    fn loan_elements(
        client: &S::Shared<ClientState<S>>,
        elements: usize,
    ) -> Result<Self, LoanError> {
        // SAFETY: to loan is to take memory that is at hand.
        let place = match unsafe { client.pass_again() } {
            Some(mut state) => Self::take_at_once(&mut state, elements),
            None => None,
        };
        let place = match place {
            Some(place) => place,
            None => {
                let mut state = client.enter();
                match Loaned::inline() {
                    Some(place) if state.loan_inline()? => place,
                    _ => {
                        let chunk = state.loan_chunk(elements)?;
                        // SAFETY: as in `take_at_once`.
                        unsafe { Loaned::chunk(chunk, state.requests(), elements) }
                    }
                }
            }
        };
        Ok(Self {
            tenure: RequestTenure::new(client, place.body().key()),
            place,
            _response: PhantomData,
        })
    }

    /// Takes a loan, and what it is written to, if that is at hand. If not, nothing was taken.
    #[inline(always)]
    fn take_at_once(
        state: &mut ClientState<S>,
        elements: usize,
    ) -> Option<Loaned<RequestHeader, RequestPayload>> {
        if let Some(place) = Loaned::inline() {
            if state.loan_inline().ok()? {
                return Some(place);
            }
        }
        let chunk = state.loan_chunk_at_once(elements)?;
        // SAFETY: the chunk was taken for so many elements of the shape, which the contract gives these types; it is ours until
        // the tenure ends, and the tenure keeps the client, which keeps its memory.
        Some(unsafe { Loaned::chunk(chunk, state.requests(), elements) })
    }

    /// What it will say beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of::<S>(self.tenure.client(), self.place.elements())
    }

    /// The user header, all zero unless it was written.
    #[must_use]
    pub fn user_header(&self) -> &RequestHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header().assume_init_ref() }
    }

    /// The user header, to be written.
    #[must_use]
    pub fn user_header_mut(&mut self) -> &mut RequestHeader {
        // SAFETY: zeroed with the loan, or written since.
        unsafe { self.place.user_header_mut().assume_init_mut() }
    }

    /// The payload's memory.
    #[must_use]
    pub fn payload(&self) -> &RequestPayload {
        // SAFETY: memory that needs no value (INVARIANT).
        unsafe { self.place.payload() }
    }

    /// The payload's memory, to be written in place.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut RequestPayload {
        // SAFETY: memory that needs no value (INVARIANT).
        unsafe { self.place.payload_mut() }
    }
}

impl<
    S: Service,
    RequestPayload: Debug + ZeroCopySend,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: ?Sized,
    ResponseHeader,
> RequestMutUninit<S, MaybeUninit<RequestPayload>, RequestHeader, ResponsePayload, ResponseHeader>
{
    #[inline(always)]
    pub(crate) fn loan(client: &S::Shared<ClientState<S>>) -> Result<Self, LoanError> {
        Self::loan_elements(client, 1)
    }

    /// Copies `value` into the payload.
    #[inline(always)]
    #[must_use]
    pub fn write_payload(
        mut self,
        value: RequestPayload,
    ) -> RequestMut<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader> {
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
    pub unsafe fn assume_init(
        self,
    ) -> RequestMut<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader> {
        RequestMut::new(self.place.cast(), self.tenure)
    }
}

impl<
    S: Service,
    Element: Debug + ZeroCopySend,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: ?Sized,
    ResponseHeader,
> RequestMutUninit<S, [MaybeUninit<Element>], RequestHeader, ResponsePayload, ResponseHeader>
{
    #[inline(always)]
    pub(crate) fn loan_slice(
        client: &S::Shared<ClientState<S>>,
        elements: usize,
    ) -> Result<Self, LoanError> {
        Self::loan_elements(client, elements)
    }

    /// Writes what `f` returns for each index.
    #[must_use]
    pub fn write_from_fn<F: FnMut(usize) -> Element>(
        mut self,
        f: F,
    ) -> RequestMut<S, [Element], RequestHeader, ResponsePayload, ResponseHeader> {
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
    ) -> RequestMut<S, [Element], RequestHeader, ResponsePayload, ResponseHeader>
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
    pub unsafe fn assume_init(
        self,
    ) -> RequestMut<S, [Element], RequestHeader, ResponsePayload, ResponseHeader> {
        RequestMut::new(self.place.cast(), self.tenure)
    }
}

/// What a request of this client says beside its payload.
pub(super) fn header_of<S: Service>(client: &S::Shared<ClientState<S>>, elements: u64) -> Header {
    use crate::identifiers::{UniqueClientId, UniqueNodeId};
    client.with(|client| Header {
        client: UniqueClientId::from_value(client.id()),
        node: UniqueNodeId::from_value(client.node()),
        elements,
    })
}
