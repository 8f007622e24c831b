// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How payloads are aligned, and what an opener may ask of that.

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
        static_config::request_response::StaticConfig,
    },
};
use variants::on_every_variant;

type Numbers<S> = Builder<u64, (), u64, (), S>;

struct Side<S: Service> {
    message: &'static str,
    ask: fn(Numbers<S>, Alignment) -> Numbers<S>,
    get: fn(&StaticConfig) -> usize,
}

fn sides<S: Service>() -> [Side<S>; 2] {
    [
        Side {
            message: "request",
            ask: Numbers::request_payload_alignment,
            get: |config| config.request_message_type_details().payload.alignment,
        },
        Side {
            message: "response",
            ask: Numbers::response_payload_alignment,
            get: |config| config.response_message_type_details().payload.alignment,
        },
    ]
}

fn numbers<S: Service>(node: &Node<S>, text: &str) -> Numbers<S> {
    node.service_builder(&name(text))
        .request_response::<u64, u64>()
}

#[derive(Debug, Clone, Copy, ZeroCopySend)]
#[repr(C, align(8192))]
struct OfTwoPages([u8; 8192]);

// Fails if: `TypedMessage::agree` refuses `asked.value() >= there`.
fn an_alignment_is_adopted_satisfied_or_refused<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    for side in sides::<S>() {
        let text = side.message;
        let service = (side.ask)(numbers(&creator, text), Alignment::ALIGN_128);
        let service = service.create().unwrap();
        assert_eq!((side.get)(service.static_config()), 128);

        for node in [&creator, &opener] {
            assert!(numbers(node, text).open().is_ok());
            for asked in [1, 8, 64, 128] {
                let asked = Alignment::new(asked).unwrap();
                let opened = (side.ask)(numbers(node, text), asked).open().unwrap();
                assert_eq!((side.get)(opened.static_config()), 128);
            }
            for asked in [256, 4096, 1 << 40] {
                let asked = Alignment::new(asked).unwrap();
                let error = (side.ask)(numbers(node, text), asked).open().unwrap_err();
                assert_eq!(error, OpenError::IncompatibleRequestOrResponseType);
                assert_says(
                    &error.to_string(),
                    &[
                        &format!("exists with {text} payloads aligned to 128 bytes"),
                        &format!("at least {asked} is requested"),
                        &format!("({text}_payload_alignment)"),
                    ],
                );
            }
        }
    }
}

// Fails if: `TypedMessage::fulfilled` takes the requested alignment instead of the larger one.
fn an_alignment_below_the_types_leaves_the_types<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    for side in sides::<S>() {
        let builder = numbers(&node, side.message);
        let service = (side.ask)(builder, Alignment::ALIGN_2).create().unwrap();
        assert_eq!((side.get)(service.static_config()), 8);
    }
}

// Fails if: `fault_of` compares with twice `Alignment::MAX`.
fn an_alignment_beyond_a_page_is_refused<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    for side in sides::<S>() {
        let text = side.message;
        let service = (side.ask)(numbers(&node, text), Alignment::MAX).create();
        assert_eq!((side.get)(service.unwrap().static_config()), 4096);

        let asked = Alignment::new(8192).unwrap();
        let error = (side.ask)(numbers(&node, text), asked)
            .create()
            .unwrap_err();
        assert!(
            matches!(error, CreateError::UnsupportedRequestOrResponseType { message, .. } if message == text),
            "{error:?}"
        );
        let own = format!("this {text} type");
        assert_says(
            &error.to_string(),
            &[&own, "`u64` of 8 bytes", "alignment of 8192", "4096"],
        );
    }
    let builder = node.service_builder(&name("two pages"));
    let error = builder.request_response::<u64, OfTwoPages>().create();
    assert_says(
        &error.unwrap_err().to_string(),
        &["response type", "OfTwoPages", "alignment of 8192"],
    );
}

fn is_aligned(place: *const u8, alignment: usize) -> bool {
    place.addr() & (alignment - 1) == 0
}

// Fails if: `MessageShape` is made of the type's alignment instead of the contract's.
fn payloads_begin_where_they_were_asked_to<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let service = node
        .service_builder(&name("aligned"))
        .request_response::<u64, [u32]>()
        .request_user_header::<u8>()
        .request_payload_alignment(Alignment::ALIGN_1024)
        .response_payload_alignment(Alignment::MAX)
        .create()
        .unwrap();
    let server = service.server_builder().create().unwrap();
    let client = service.client_builder().create().unwrap();
    for number in 0..20 {
        let request = client.loan_uninit().unwrap().write_payload(number);
        assert!(is_aligned((&raw const *request.payload()).cast(), 1024));
        let pending = request.send().unwrap();
        let active = server.receive().unwrap().unwrap();
        assert_eq!(*active.payload(), number);
        assert!(is_aligned((&raw const *active.payload()).cast(), 1024));

        let response = active.loan_slice_uninit(1).unwrap();
        let response = response.write_from_slice(&[7]);
        assert!(is_aligned(response.payload().as_ptr().cast(), 4096));
        response.send().unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert_eq!(*response.payload(), [7]);
        assert!(is_aligned(response.payload().as_ptr().cast(), 4096));
    }
}

on_every_variant!(
    an_alignment_is_adopted_satisfied_or_refused,
    an_alignment_below_the_types_leaves_the_types,
    an_alignment_beyond_a_page_is_refused,
    payloads_begin_where_they_were_asked_to,
);

// Fails if: `Alignment::new` takes any number.
#[test]
fn an_alignment_is_a_power_of_two() {
    for value in [0, 3, 6, 96, usize::MAX] {
        assert_eq!(Alignment::new(value), None);
    }
    for shift in 0..usize::BITS {
        let value = 1 << shift;
        assert_eq!(Alignment::new(value).map(Alignment::value), Some(value));
    }
}
