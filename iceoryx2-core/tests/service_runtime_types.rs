// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Types that are known at run time only, and services of slices.

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
    prelude::*,
    service::{
        builder::request_response::{
            Builder, RequestResponseCreateError as CreateError,
            RequestResponseOpenError as OpenError,
        },
        marker::{CustomHeaderMarker, CustomPayloadMarker},
        static_config::message_type_details::{TypeDetail, TypeVariant},
    },
};
use variants::on_every_variant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
#[type_name("Point")]
struct Point {
    x: u32,
    y: u64,
}

type Bytes = [CustomPayloadMarker];
type Custom<S> = Builder<Bytes, CustomHeaderMarker, Bytes, CustomHeaderMarker, S>;

/// A type somebody else knows, without its layout.
fn detail(variant: TypeVariant, type_name: &str, size: usize, alignment: usize) -> TypeDetail {
    TypeDetail {
        variant,
        type_name: type_name.to_owned(),
        size,
        alignment,
        fingerprint: TypeDetail::UNKNOWN_FINGERPRINT,
        layout: String::new(),
    }
}

fn custom<S: Service>(node: &Node<S>, details: [&TypeDetail; 4]) -> Custom<S> {
    let [request, request_header, response, response_header] = details;
    let builder = node
        .service_builder(&name("custom"))
        .request_response::<Bytes, Bytes>()
        .request_user_header::<CustomHeaderMarker>()
        .response_user_header::<CustomHeaderMarker>();
    // SAFETY: nothing but plain numbers is sent.
    let builder = unsafe { builder.request_payload_type_details(request) };
    // SAFETY: as above.
    let builder = unsafe { builder.request_header_type_details(request_header) };
    // SAFETY: as above.
    let builder = unsafe { builder.response_payload_type_details(response) };
    // SAFETY: as above.
    unsafe { builder.response_header_type_details(response_header) }
}

fn point() -> TypeDetail {
    detail(TypeVariant::FixedSize, "Point", 16, 8)
}

fn words() -> TypeDetail {
    detail(TypeVariant::Dynamic, "u32", 4, 4)
}

fn header() -> TypeDetail {
    detail(TypeVariant::FixedSize, "u64", 8, 8)
}

fn nothing() -> TypeDetail {
    detail(TypeVariant::FixedSize, "()", 0, 1)
}

fn typed<S: Service>(node: &Node<S>) -> Builder<Point, u64, [u32], (), S> {
    node.service_builder(&name("custom"))
        .request_response::<Point, [u32]>()
        .request_user_header::<u64>()
}

// Fails if: `MessageDemands::typed` takes the marker's details for the user header.
fn who_knows_types_at_run_time_meets_who_knows_them_before<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let details = [&point(), &header(), &words(), &nothing()];

    let service = custom(&creator, details).create().unwrap();
    let request = service.static_config().request_message_type_details();
    assert_eq!(
        (&request.payload, &request.user_header),
        (&point(), &header())
    );
    let response = service.static_config().response_message_type_details();
    assert_eq!(
        (&response.payload, &response.user_header),
        (&words(), &nothing())
    );
    assert!(typed(&opener).open().is_ok());
    assert!(custom(&opener, details).open().is_ok());
    drop(service);

    let service = typed(&creator).create().unwrap();
    let opened = custom(&opener, details).open().unwrap();
    assert_eq!(opened.unique_service_id(), service.unique_service_id());
}

// Fails if: `TypedMessage::agree` does not `compare`.
fn types_known_at_run_time_are_compared_like_others<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let (point, words, header, nothing) = (point(), words(), header(), nothing());
    let _service = typed(&creator).create().unwrap();
    let larger = TypeDetail {
        size: 24,
        ..point.clone()
    };
    let single = TypeDetail {
        variant: TypeVariant::FixedSize,
        ..words.clone()
    };
    let renamed = TypeDetail {
        type_name: "u65".to_owned(),
        ..header.clone()
    };
    let stricter = TypeDetail {
        alignment: 16,
        ..point.clone()
    };
    let table = [
        (
            [&larger, &header, &words, &nothing],
            "size: ours 24 bytes, theirs 16",
        ),
        (
            [&stricter, &header, &words, &nothing],
            "alignment: ours 16, theirs 8",
        ),
        (
            [&point, &renamed, &words, &nothing],
            "name: ours `u65`, theirs `u64`",
        ),
        (
            [&point, &header, &single, &nothing],
            "kind: ours one value, theirs a slice",
        ),
        (
            [&point, &header, &words, &header],
            "the user header is `u64`",
        ),
    ];
    for (details, part) in table {
        let error = custom(&opener, details).open().unwrap_err();
        assert_eq!(error, OpenError::IncompatibleRequestOrResponseType);
        assert_says(
            &error.to_string(),
            &["\"custom\" exists with another", part],
        );
    }
}

// Fails if: `TypedMessage::fault` does not look for `uneven` sizes, or `fault_of` skips any of its checks.
fn types_that_make_no_sense_are_refused<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let good = point();
    let bad = |size, alignment| detail(TypeVariant::Dynamic, "bad", size, alignment);
    for (bad, part) in [
        (bad(8, 0), "alignment of 0 is no power of two"),
        (bad(9, 3), "alignment of 3 is no power of two"),
        (bad(8192, 8192), "alignment of 8192 exceeds"),
        (
            bad(12, 8),
            "size of 12 is no multiple of its alignment of 8",
        ),
        (
            bad(usize::MAX & !7, 8),
            "size of 18446744073709551608 exceeds",
        ),
    ] {
        for place in 0..4 {
            let mut details = [&good; 4];
            details[place] = &bad;
            let error = custom(&creator, details).create().unwrap_err();
            assert!(
                matches!(error, CreateError::UnsupportedRequestOrResponseType { .. }),
                "{error:?}"
            );
            assert_says(&error.to_string(), &[part, "a service cannot have this"]);
            assert!(custom(&creator, details).open_or_create().is_err());
        }
    }
    let exists = |config| S::does_exist(&name("custom"), config, MessagingPattern::RequestResponse);
    assert_eq!(exists(&config), Ok(false));

    let _service = typed(&creator).create().unwrap();
    let uneven = bad(12, 8);
    let error = custom(&opener, [&uneven, &good, &good, &good]).open();
    let error = error.unwrap_err();
    assert_eq!(error, OpenError::IncompatibleRequestOrResponseType);
    assert_says(
        &error.to_string(),
        &["cannot have the requested request type", "size of 12"],
    );
}

// Fails if: `encode` does not compare with `Contract::SIZE_MAX`.
fn a_type_whose_name_is_too_long_for_a_contract_is_refused<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let named = |len| detail(TypeVariant::FixedSize, &"x".repeat(len), 8, 8);
    let (long, nothing) = (named(40_000), nothing());
    let details = [&long, &nothing, &long, &nothing];
    let error = custom(&node, details).create().unwrap_err();
    assert!(
        matches!(error, CreateError::ContractNotWritable { .. }),
        "{error:?}"
    );
    assert_says(
        &error.to_string(),
        &["bytes of at most", "shorten the names of the message types"],
    );
    let short = named(10_000);
    let details = [&short, &nothing, &short, &nothing];
    assert!(custom(&node, details).create().is_ok());
}

// Fails if: `request_user_header` keeps what the marker stood for.
fn another_user_header_replaces_what_the_marker_stood_for<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let details = [&point(), &header(), &words(), &header()];
    let service = custom(&node, details)
        .request_user_header::<u16>()
        .response_user_header::<()>()
        .create()
        .unwrap();
    let config = service.static_config();
    assert_eq!(
        config.request_message_type_details().user_header.type_name,
        "u16"
    );
    assert_eq!(
        config.response_message_type_details().user_header.type_name,
        "()"
    );
}

// Fails if: an alias passes its details to another setter.
fn the_names_of_iceoryx2_0_10_mean_the_same<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let builder = node
        .service_builder(&name("custom"))
        .request_response::<Bytes, Bytes>()
        .request_user_header::<CustomHeaderMarker>()
        .response_user_header::<CustomHeaderMarker>();
    // SAFETY: nothing is sent.
    let builder = unsafe { builder.__internal_set_request_payload_type_details(&point()) };
    // SAFETY: nothing is sent.
    let builder = unsafe { builder.__internal_set_request_header_type_details(&header()) };
    // SAFETY: nothing is sent.
    let builder = unsafe { builder.__internal_set_response_payload_type_details(&words()) };
    // SAFETY: nothing is sent.
    let builder = unsafe { builder.__internal_set_response_header_type_details(&nothing()) };
    let service = builder.create().unwrap();
    let config = service.static_config();
    let (request, response) = (
        config.request_message_type_details(),
        config.response_message_type_details(),
    );
    assert_eq!(
        (&request.payload, &request.user_header),
        (&point(), &header())
    );
    assert_eq!(
        (&response.payload, &response.user_header),
        (&words(), &nothing())
    );
}

// Fails if: `len_of` in place.rs counts elements where the payload is bytes.
fn bytes_here_are_values_there<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (ours, theirs) = (node_of::<S>(&config), node_of::<S>(&config));
    let typed = typed(&theirs).create().unwrap();
    let custom = custom(&ours, [&point(), &header(), &words(), &nothing()]);
    let custom = custom.open().unwrap();
    let server = typed.server_builder().create().unwrap();
    let client = custom.client_builder().create().unwrap();

    let point = Point { x: 7, y: 8 };
    let mut request = client.loan_slice_uninit(1).unwrap();
    assert_eq!(request.payload().len(), size_of::<Point>());
    let place: *mut Point = request.payload_mut().as_mut_ptr().cast();
    // SAFETY: the bytes are those of one point, aligned for it.
    unsafe { place.write(point) };
    let place: *mut u64 = (&raw mut *request.user_header_mut()).cast();
    // SAFETY: the header's address, with a number behind it that nobody else writes.
    unsafe { place.write(9) };
    // SAFETY: it was written.
    let pending = unsafe { request.assume_init() }.send().unwrap();

    let active = server.receive().unwrap().unwrap();
    assert_eq!((*active.payload(), *active.user_header()), (point, 9));
    let response = active.loan_slice_uninit(3).unwrap();
    response.write_from_slice(&[1, 2, 3]).send().unwrap();

    let response = pending.receive().unwrap().unwrap();
    assert_eq!(response.payload().len(), 12);
    assert_eq!(response.header().number_of_elements(), 3);
    let words: *const [u32; 3] = response.payload().as_ptr().cast();
    // SAFETY: the bytes are those of three words, aligned for them.
    assert_eq!(unsafe { words.read() }, [1, 2, 3]);
}

// Fails if: the builder describes payloads with `TypeDetail::of` instead of `Payload::type_detail`.
fn a_slice_and_a_value_are_different_payloads<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let builder = |node: &Node<S>| node.service_builder(&name("slices"));
    let service = builder(&creator)
        .request_response::<[Point], u64>()
        .create()
        .unwrap();
    let request = service.static_config().request_message_type_details();
    assert_eq!(request.payload.variant, TypeVariant::Dynamic);
    assert_eq!((request.payload.size, request.payload.alignment), (16, 8));

    let other = builder(&opener).request_response::<Point, u64>().open();
    let error = other.unwrap_err();
    assert_eq!(error, OpenError::IncompatibleRequestOrResponseType);
    assert_says(
        &error.to_string(),
        &["`Point` of 16 bytes here and a slice of `Point` of 16 bytes each there"],
    );
    let other = builder(&opener).request_response::<[Point], [u64]>().open();
    assert_says(&other.unwrap_err().to_string(), &["another response type"]);
    let same = builder(&opener).request_response::<[Point], u64>().open();
    assert!(same.is_ok());
}

on_every_variant!(
    who_knows_types_at_run_time_meets_who_knows_them_before,
    types_known_at_run_time_are_compared_like_others,
    types_that_make_no_sense_are_refused,
    a_type_whose_name_is_too_long_for_a_contract_is_refused,
    another_user_header_replaces_what_the_marker_stood_for,
    the_names_of_iceoryx2_0_10_mean_the_same,
    bytes_here_are_values_there,
    a_slice_and_a_value_are_different_payloads,
);
