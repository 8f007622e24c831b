// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Payloads that prove that they are whole, sized and slices.
//!
//! Each carries a *mark*, a number no other message has; so does its user header.

use super::options::SliceOptions;
use iceoryx2::{
    Payload,
    active_request::ActiveRequest,
    port::{LoanError, client::Client},
    prelude::*,
    request_mut::RequestMut,
    response_mut::ResponseMut,
    service::port_factory::{client::PortFactoryClient, server::PortFactoryServer},
};
use std::fmt::Debug;

/// The user header of every message.
pub type Mark = u64;

type Request<S, P, Q> = RequestMut<S, P, Mark, Q, Mark>;
type Reply<S, Q> = ResponseMut<S, Q, Mark>;

/// A payload.
pub trait Kind: Debug + Payload + 'static {
    /// The bytes of an element, if it is a slice.
    const ELEMENT: Option<usize>;

    /// Makes it the payload of `mark`.
    fn write(&mut self, mark: Mark);

    /// Whether it is the payload of `mark`, with so many elements.
    fn is(&self, mark: Mark, len: usize) -> bool;

    fn shape_client<'f, S: Service, Q: Kind + ?Sized>(
        builder: PortFactoryClient<'f, S, Self, Mark, Q, Mark>,
        slices: &SliceOptions,
    ) -> PortFactoryClient<'f, S, Self, Mark, Q, Mark>;

    fn shape_server<'f, S: Service, P: Kind + ?Sized>(
        builder: PortFactoryServer<'f, S, P, Mark, Self, Mark>,
        slices: &SliceOptions,
    ) -> PortFactoryServer<'f, S, P, Mark, Self, Mark>;

    /// # Errors
    /// What the client says.
    fn ask<S: Service, Q: Kind + ?Sized>(
        client: &Client<S, Self, Mark, Q, Mark>,
        mark: Mark,
        len: usize,
    ) -> Result<Request<S, Self, Q>, LoanError>;

    /// # Errors
    /// What the server says.
    fn answer<S: Service, P: Kind + ?Sized>(
        active: &ActiveRequest<S, P, Mark, Self, Mark>,
        mark: Mark,
        len: usize,
    ) -> Result<Reply<S, Self>, LoanError>;
}

/// A value that can be made of a mark.
pub trait Value: Debug + Copy + PartialEq + ZeroCopySend {
    fn of(mark: Mark) -> Self;
}

impl Value for u64 {
    fn of(mark: Mark) -> Self {
        mark
    }
}

/// What travels in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, ZeroCopySend)]
#[repr(C)]
pub struct Large([u64; 65]);

impl Value for Large {
    fn of(mark: Mark) -> Self {
        Self([mark; 65])
    }
}

/// A payload of one value.
macro_rules! sized {
    ($($value:ty),*) => {$(
        impl Kind for $value {
            const ELEMENT: Option<usize> = None;

            fn write(&mut self, mark: Mark) {
                *self = Self::of(mark);
            }

            fn is(&self, mark: Mark, len: usize) -> bool {
                *self == Self::of(mark) && len == 1
            }

            fn shape_client<'f, S: Service, Q: Kind + ?Sized>(
                builder: PortFactoryClient<'f, S, Self, Mark, Q, Mark>,
                _: &SliceOptions,
            ) -> PortFactoryClient<'f, S, Self, Mark, Q, Mark> {
                builder
            }

            fn shape_server<'f, S: Service, P: Kind + ?Sized>(
                builder: PortFactoryServer<'f, S, P, Mark, Self, Mark>,
                _: &SliceOptions,
            ) -> PortFactoryServer<'f, S, P, Mark, Self, Mark> {
                builder
            }

            fn ask<S: Service, Q: Kind + ?Sized>(
                client: &Client<S, Self, Mark, Q, Mark>,
                mark: Mark,
                _: usize,
            ) -> Result<Request<S, Self, Q>, LoanError> {
                let mut loan = client.loan_uninit()?;
                *loan.user_header_mut() = mark;
                Ok(loan.write_payload(Self::of(mark)))
            }

            fn answer<S: Service, P: Kind + ?Sized>(
                active: &ActiveRequest<S, P, Mark, Self, Mark>,
                mark: Mark,
                _: usize,
            ) -> Result<Reply<S, Self>, LoanError> {
                let mut loan = active.loan_uninit()?;
                *loan.user_header_mut() = mark;
                Ok(loan.write_payload(Self::of(mark)))
            }
        }
    )*};
}

sized!(u64, Large);

/// An element of a slice, other at every index.
pub trait Element: Debug + Copy + PartialEq + ZeroCopySend {
    fn at(mark: Mark, index: usize) -> Self;
}

impl Element for u8 {
    #[inline]
    fn at(mark: Mark, index: usize) -> Self {
        mark.to_le_bytes()[index % 8].wrapping_add(index.to_le_bytes()[0])
    }
}

impl Element for u64 {
    #[inline]
    fn at(mark: Mark, index: usize) -> Self {
        mark.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index as Self
    }
}

impl<T: Element> Kind for [T] {
    const ELEMENT: Option<usize> = Some(size_of::<T>());

    fn write(&mut self, mark: Mark) {
        for (index, element) in self.iter_mut().enumerate() {
            *element = T::at(mark, index);
        }
    }

    fn is(&self, mark: Mark, len: usize) -> bool {
        let mut elements = self.iter().enumerate();
        self.len() == len && elements.all(|(index, element)| *element == T::at(mark, index))
    }

    fn shape_client<'f, S: Service, Q: Kind + ?Sized>(
        builder: PortFactoryClient<'f, S, Self, Mark, Q, Mark>,
        slices: &SliceOptions,
    ) -> PortFactoryClient<'f, S, Self, Mark, Q, Mark> {
        builder
            .initial_max_slice_len(slices.initial_len)
            .allocation_strategy(slices.strategy)
    }

    fn shape_server<'f, S: Service, P: Kind + ?Sized>(
        builder: PortFactoryServer<'f, S, P, Mark, Self, Mark>,
        slices: &SliceOptions,
    ) -> PortFactoryServer<'f, S, P, Mark, Self, Mark> {
        builder
            .initial_max_slice_len(slices.initial_len)
            .allocation_strategy(slices.strategy)
    }

    fn ask<S: Service, Q: Kind + ?Sized>(
        client: &Client<S, Self, Mark, Q, Mark>,
        mark: Mark,
        len: usize,
    ) -> Result<Request<S, Self, Q>, LoanError> {
        let mut loan = client.loan_slice_uninit(len)?;
        *loan.user_header_mut() = mark;
        Ok(loan.write_from_fn(|index| T::at(mark, index)))
    }

    fn answer<S: Service, P: Kind + ?Sized>(
        active: &ActiveRequest<S, P, Mark, Self, Mark>,
        mark: Mark,
        len: usize,
    ) -> Result<Reply<S, Self>, LoanError> {
        let mut loan = active.loan_slice_uninit(len)?;
        *loan.user_header_mut() = mark;
        Ok(loan.write_from_fn(|index| T::at(mark, index)))
    }
}
