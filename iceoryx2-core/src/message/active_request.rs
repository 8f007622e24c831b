// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request in the hands of a server.

use super::{
    response_mut::ResponseMut, response_mut_uninit::ResponseMutUninit,
    response_tenure::ResponseTenure,
};
use crate::{
    header::RequestHeader as Header,
    identifiers::{UniqueClientId, UniqueNodeId},
    port::{
        LoanError, SendError,
        held::Held,
        server::state::{Disowned, ServerState, Taken},
    },
    service::{Service, shared::Shared},
};
use core::{
    fmt,
    fmt::Debug,
    marker::PhantomData,
    mem::{ManuallyDrop, MaybeUninit},
    ops::Deref,
};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};
use iceoryx2_cal::zero_copy_connection::{
    Body, Borrowed, Ended, Loaned, MessageLayout, MessageShape,
};

/// A request, read in the client's memory, and the stream of its responses.
///
/// Dropping it ends the stream as soon as its loans are sent or dropped, too. It outlives its server.
pub struct ActiveRequest<
    S: Service,
    RequestPayload: ?Sized,
    RequestHeader,
    ResponsePayload: ?Sized,
    ResponseHeader,
> {
    place: Borrowed<RequestHeader, RequestPayload>,
    active: Held,
    // INVARIANT: taken by the drop alone.
    server: ManuallyDrop<S::Shared<ServerState<S>>>,
    _response: PhantomData<(fn(&ResponsePayload), fn(ResponseHeader))>,
}

impl<S: Service, P: Debug + Payload + ?Sized, H: ZeroCopySend, Q: ?Sized, G> Debug
    for ActiveRequest<S, P, H, Q, G>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveRequest")
            .field(
                "header",
                &header_of::<S>(&self.server, self.active, self.place.elements()),
            )
            .field("payload", &self.place.payload())
            .finish_non_exhaustive()
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: ?Sized,
    ResponseHeader,
> ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Of a request that has the shape.
    #[inline(always)]
    pub(crate) fn new(
        server: &S::Shared<ServerState<S>>,
        taken: &Taken,
        shape: &MessageShape,
    ) -> Self {
        // SAFETY: the contract gives the types and with them the shape, every message is checked against it, and the client
        // is of this user. The borrow is ours until we drop it, and the server keeps the connection, which keeps the
        // client's memory mapped.
        let place = unsafe { Borrowed::new(taken.content, shape) };
        Self {
            place,
            active: taken.active,
            server: ManuallyDrop::new(server.clone()),
            _response: PhantomData,
        }
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &RequestPayload {
        self.place.payload()
    }

    /// The user header.
    #[must_use]
    pub fn user_header(&self) -> &RequestHeader {
        self.place.user_header()
    }

    /// What it says beside its payload.
    #[must_use]
    pub fn header(&self) -> Header {
        header_of::<S>(&self.server, self.active, self.place.elements())
    }

    /// Which client sent it.
    #[must_use]
    pub fn origin(&self) -> UniqueClientId {
        self.header().client
    }

    /// Whether the client still listens. It may stop at any time.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.server.with(|server| server.is_connected(self.active))
    }

    /// Whether the client wishes that the stream ends.
    #[must_use]
    pub fn has_disconnect_hint(&self) -> bool {
        self.server
            .with(|server| server.has_disconnect_hint(self.active))
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    ResponsePayload: Debug + ZeroCopySend,
    ResponseHeader: Debug + ZeroCopySend,
> ActiveRequest<S, RequestPayload, RequestHeader, ResponsePayload, ResponseHeader>
{
    /// Loans memory for a response, not initialised.
    ///
    /// # Errors
    /// [`LoanError`].
    #[inline(always)]
    pub fn loan_uninit(
        &self,
    ) -> Result<ResponseMutUninit<S, MaybeUninit<ResponsePayload>, ResponseHeader>, LoanError> {
        ResponseMutUninit::<S, _, _>::loan(&self.server, self.active)
    }

    /// Loans memory for a response that begins as the payload's default.
    ///
    /// # Errors
    /// [`LoanError`].
    pub fn loan(&self) -> Result<ResponseMut<S, ResponsePayload, ResponseHeader>, LoanError>
    where
        ResponsePayload: Default,
    {
        Ok(self
            .loan_uninit()?
            .write_payload(ResponsePayload::default()))
    }

    /// Copies `value` into a response and sends it.
    ///
    /// # Errors
    /// [`SendError`].
    #[inline(always)]
    pub fn send_copy(&self, value: ResponsePayload) -> Result<(), SendError> {
        // WHY: a small value goes as it is, without a loan that would end at once.
        if !MessageLayout::<ResponseHeader, ResponsePayload>::INLINE {
            return self.send_in_chunk(value);
        }
        let place = Loaned::<ResponseHeader, ResponsePayload>::small(value);
        // SAFETY: to respond is to publish and to ring the client.
        let sent = match unsafe { self.server.pass() } {
            Some(mut server) => server.respond_unloaned(self.active, place.body()),
            None => false,
        };
        if sent {
            Ok(())
        } else {
            // WHY another handle: what a function gets the address of must lie in memory all its life.
            let server = S::Shared::clone(&self.server);
            // SAFETY: written.
            Self::send_loaned(server, self.active, unsafe { place.copy_payload() })
        }
    }

    /// Sends a value in a chunk, without a loan that would end at once if nothing stands in the way.
    #[inline(always)]
    fn send_in_chunk(&self, value: ResponsePayload) -> Result<(), SendError> {
        let active = self.active;
        // SAFETY: a chunk is taken for one element of the shape, which the contract gives these types; it is ours until it is
        // published, and the server keeps its memory.
        let write = |chunk, shape: &_| unsafe {
            Loaned::<ResponseHeader, ResponsePayload>::copy(chunk, shape, &value)
        };
        // SAFETY: to respond is to copy the value, to publish it and to ring the client.
        let sent = match unsafe { self.server.pass() } {
            Some(mut server) => server.respond_in_chunk(active, write),
            None => None,
        };
        if sent.is_some() {
            return Ok(());
        }
        let mut server = self.server.enter();
        let chunk = server.loan_chunk(active, 1)?;
        // SAFETY: as above.
        let place: Loaned<ResponseHeader, ResponsePayload> =
            unsafe { Loaned::copy(chunk, server.response_shape(), &value) };
        drop(server);
        // WHY a copy: what a function gets that is not compiled into this place must lie in memory all the time.
        self.send_with_care(*place.body())
    }

    /// Sends what has a loan and a chunk.
    #[cold]
    #[inline(never)]
    fn send_with_care(&self, body: Body) -> Result<(), SendError> {
        ResponseTenure::<S>::new(&self.server, self.active, body.key()).send_with_care(body)
    }

    #[cold]
    #[inline(never)]
    fn send_loaned(
        server: S::Shared<ServerState<S>>,
        active: Held,
        value: ResponsePayload,
    ) -> Result<(), SendError> {
        ResponseMutUninit::<S, _, ResponseHeader>::loan(&server, active)?
            .write_payload(value)
            .send()
    }
}

impl<
    S: Service,
    RequestPayload: Debug + Payload + ?Sized,
    RequestHeader: Debug + ZeroCopySend,
    Element: Debug + ZeroCopySend,
    ResponseHeader: Debug + ZeroCopySend,
> ActiveRequest<S, RequestPayload, RequestHeader, [Element], ResponseHeader>
{
    /// Loans memory for a response of `len` elements, not initialised.
    ///
    /// # Errors
    /// [`LoanError`].
    #[inline(always)]
    pub fn loan_slice_uninit(
        &self,
        len: usize,
    ) -> Result<ResponseMutUninit<S, [MaybeUninit<Element>], ResponseHeader>, LoanError> {
        ResponseMutUninit::<S, _, _>::loan_slice(&self.server, self.active, len)
    }

    /// Loans memory for a response of `len` elements, each of which begins as its default.
    ///
    /// # Errors
    /// [`LoanError`].
    pub fn loan_slice(
        &self,
        len: usize,
    ) -> Result<ResponseMut<S, [Element], ResponseHeader>, LoanError>
    where
        Element: Default,
    {
        Ok(self
            .loan_slice_uninit(len)?
            .write_from_fn(|_| Element::default()))
    }
}

impl<S: Service, P: Debug + Payload + ?Sized, H: Debug + ZeroCopySend, Q: ?Sized, G> Deref
    for ActiveRequest<S, P, H, Q, G>
{
    type Target = P;

    fn deref(&self) -> &P {
        self.payload()
    }
}

impl<S: Service, P: ?Sized, H, Q: ?Sized, G> Drop for ActiveRequest<S, P, H, Q, G> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nobody has taken it (INVARIANT), and nobody will use it any more.
        let server = unsafe { ManuallyDrop::take(&mut self.server) };
        // WHY a call that gets values: what a function gets the address of must lie in memory all its life.
        give_back::<S>(ManuallyDrop::new(server), self.active);
    }
}

/// Nobody answers a request any more.
// WHY ManuallyDrop: a handle to be dropped by whichever panic comes would need a place of its own from the beginning.
#[inline(never)]
fn give_back<S: Service>(server: ManuallyDrop<S::Shared<ServerState<S>>>, active: Held) {
    // SAFETY: to disown is to give the request back and to ring the client.
    let disowned = match unsafe { server.pass_again() } {
        Some(mut server) => server.disown_at_once(active),
        None => Disowned::No,
    };
    let server = ManuallyDrop::into_inner(server);
    // WHY calls at the end: nothing has to be kept beside them.
    match disowned {
        Disowned::Yes => drop(server),
        Disowned::WhileAsleep(ended) => ring_at_end::<S>(server, active, ended),
        Disowned::No => give_back_otherwise::<S>(server, active),
    }
}

#[cold]
#[inline(never)]
fn ring_at_end<S: Service>(server: S::Shared<ServerState<S>>, active: Held, ended: Ended) {
    server.with(|server| server.ring_at_end(active, ended));
}

#[cold]
#[inline(never)]
fn give_back_otherwise<S: Service>(server: S::Shared<ServerState<S>>, active: Held) {
    server.with(|server| server.disown(active));
}

fn header_of<S: Service>(
    server: &S::Shared<ServerState<S>>,
    active: Held,
    elements: u64,
) -> Header {
    let (client, node) = server.with(|server| server.origin(active));
    Header {
        client: UniqueClientId::from_value(client),
        node: UniqueNodeId::from_value(node),
        elements,
    }
}
