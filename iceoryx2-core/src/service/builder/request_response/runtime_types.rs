// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Setters for types that are known at run time only; see [`marker`](crate::service::marker).

use super::Builder;
use crate::service::{
    Service,
    marker::{CustomHeaderMarker, CustomPayloadMarker},
    static_config::message_type_details::TypeDetail,
};

/// Defines the setter of a marker's type for the builders that have the marker, under two names.
macro_rules! runtime_type_setter {
    (
        $(#[$doc:meta])*
        $setter:ident, $alias:ident, $message:ident.$part:ident,
        $($parameter:ident $(: ?$sized:ident)?),* => $request:ty, $request_header:ty, $response:ty, $response_header:ty
    ) => {
        impl<$($parameter $(: ?$sized)?,)* S: Service>
            Builder<$request, $request_header, $response, $response_header, S>
        {
            $(#[$doc])*
            ///
            /// The details stand in the service's contract, and an opener's are compared with them like those of any
            /// type; a fingerprint of 0 says that the layout is unknown, and agrees with any. Creating and opening refuse
            /// an alignment that is no power of two or too strict, and a size that is no multiple of it or too large.
            ///
            /// # Safety
            /// Every value this process sends is a value of that type, and every process may read it as one.
            #[must_use]
            pub unsafe fn $setter(mut self, details: &TypeDetail) -> Self {
                self.demands.$message.$part = Some(details.clone());
                self
            }

            #[doc = concat!("The name of [`", stringify!($setter), "`](Self::", stringify!($setter), ") in iceoryx2 0.10.")]
            ///
            /// # Safety
            /// As there.
            #[doc(hidden)]
            #[must_use]
            pub unsafe fn $alias(self, details: &TypeDetail) -> Self {
                // SAFETY: our caller's promise.
                unsafe { self.$setter(details) }
            }
        }
    };
}

runtime_type_setter! {
    /// Says of which type request payloads are.
    request_payload_type_details, __internal_set_request_payload_type_details, request.payload,
    RequestHeader, ResponsePayload: ?Sized, ResponseHeader =>
        [CustomPayloadMarker], RequestHeader, ResponsePayload, ResponseHeader
}

runtime_type_setter! {
    /// Says of which type response payloads are.
    response_payload_type_details, __internal_set_response_payload_type_details, response.payload,
    RequestPayload: ?Sized, RequestHeader, ResponseHeader =>
        RequestPayload, RequestHeader, [CustomPayloadMarker], ResponseHeader
}

runtime_type_setter! {
    /// Says of which type the user headers of requests are.
    request_header_type_details, __internal_set_request_header_type_details, request.user_header,
    RequestPayload: ?Sized, ResponsePayload: ?Sized, ResponseHeader =>
        RequestPayload, CustomHeaderMarker, ResponsePayload, ResponseHeader
}

runtime_type_setter! {
    /// Says of which type the user headers of responses are.
    response_header_type_details, __internal_set_response_header_type_details, response.user_header,
    RequestPayload: ?Sized, RequestHeader, ResponsePayload: ?Sized =>
        RequestPayload, RequestHeader, ResponsePayload, CustomHeaderMarker
}
