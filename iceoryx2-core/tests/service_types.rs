// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who opens a service brings the same four types.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Root, assert_says, name, node_of};
use iceoryx2::{
    prelude::*, service::builder::request_response::RequestResponseOpenError as OpenError,
};
use variants::on_every_variant;

mod before {
    use iceoryx2::prelude::ZeroCopySend;

    #[derive(Debug, ZeroCopySend)]
    #[repr(C)]
    #[type_name("Order")]
    pub struct Order {
        pub dish: u32,
        pub table: u32,
    }
}

mod after {
    use iceoryx2::prelude::ZeroCopySend;

    #[derive(Debug, ZeroCopySend)]
    #[repr(C)]
    #[type_name("Order")]
    pub struct Order {
        pub table: u32,
        pub dish: u32,
    }
}

// Fails if: `MessageTypeDetails::compare` leaves the user header out, or `TypedDemands::agree` the responses.
fn all_four_types_must_be_the_same<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let _service = creator
        .service_builder(&name("a"))
        .request_response::<before::Order, u64>()
        .request_user_header::<u16>()
        .response_user_header::<u8>()
        .create()
        .unwrap();

    let builder = || opener.service_builder(&name("a"));
    let refused = |result: Result<(), OpenError>| {
        assert_eq!(result, Err(OpenError::IncompatibleRequestOrResponseType));
    };
    let orders = || builder().request_response::<before::Order, u64>();
    refused(orders().open().map(drop));
    refused(orders().request_user_header::<u16>().open().map(drop));
    refused(
        orders()
            .request_user_header::<i16>()
            .response_user_header::<u8>()
            .open()
            .map(drop),
    );
    let other = builder().request_response::<before::Order, i64>();
    refused(
        other
            .request_user_header::<u16>()
            .response_user_header::<u8>()
            .open()
            .map(drop),
    );
    let other = builder().request_response::<after::Order, u64>();
    refused(
        other
            .request_user_header::<u16>()
            .response_user_header::<u8>()
            .open()
            .map(drop),
    );

    let same = orders()
        .request_user_header::<u16>()
        .response_user_header::<u8>();
    let service = same.open().unwrap();
    let request = service.static_config().request_message_type_details();
    assert_eq!(request.payload.type_name, "Order");
    assert_eq!(request.user_header.size, 2);
}

mod wider {
    use iceoryx2::prelude::ZeroCopySend;

    #[derive(Debug, ZeroCopySend)]
    #[repr(C)]
    #[type_name("Order")]
    pub struct Order {
        pub dish: u32,
        pub table: u64,
    }
}

// Fails if: `TypeDetail::compare` looks at the size before the layout.
fn types_are_named_with_sizes_and_the_field_that_differs<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let builder = || node.service_builder(&name("a"));
    let _service = builder()
        .request_response::<before::Order, u64>()
        .response_user_header::<u16>()
        .create()
        .unwrap();

    let payload = builder().request_response::<wider::Order, u64>().open();
    assert_says(
        &payload.unwrap_err().to_string(),
        &[
            "\"a\" exists with another request type",
            "the payload is `Order` of 16 bytes here and `Order` of 8 bytes there",
            "field `table`: ours u64 at 8, theirs u32 at 4",
            "same types",
        ],
    );
    let header = builder().request_response::<before::Order, u64>();
    let header = header.response_user_header::<i32>().open();
    assert_says(
        &header.unwrap_err().to_string(),
        &[
            "another response type",
            "the user header is `i32` of 4 bytes here and `u16` of 2 bytes there",
        ],
    );
}

on_every_variant!(
    all_four_types_must_be_the_same,
    types_are_named_with_sizes_and_the_field_that_differs,
);
