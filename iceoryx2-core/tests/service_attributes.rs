// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service says of itself, and what an opener requires of that.

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
        attribute::{AttributeKey, AttributeValue},
        builder::request_response::{
            Builder, RequestResponseOpenError as OpenError,
            RequestResponseOpenOrCreateError as OpenOrCreateError,
        },
    },
};
use variants::on_every_variant;

fn key(text: &str) -> AttributeKey {
    text.try_into().unwrap()
}

fn value(text: &str) -> AttributeValue {
    text.try_into().unwrap()
}

fn specifier(pairs: &[(&str, &str)]) -> AttributeSpecifier {
    pairs
        .iter()
        .fold(AttributeSpecifier::new(), |specifier, (name, text)| {
            specifier.define(&key(name), &value(text)).unwrap()
        })
}

fn verifier(pairs: &[(&str, &str)], keys: &[&str]) -> AttributeVerifier {
    let pairs = pairs
        .iter()
        .fold(AttributeVerifier::new(), |verifier, (name, text)| {
            verifier.require(&key(name), &value(text)).unwrap()
        });
    keys.iter().fold(pairs, |verifier, name| {
        verifier.require_key(&key(name)).unwrap()
    })
}

fn numbers<S: Service>(node: &Node<S>) -> Builder<u64, (), u64, (), S> {
    node.service_builder(&name("camera"))
        .request_response::<u64, u64>()
}

const FRONT: &[(&str, &str)] = &[("side", "front"), ("lens", "1/2"), ("side", "left")];

// Fails if: `Contract::encode` leaves the attributes out.
fn everybody_sees_what_the_creator_defined<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let defined = specifier(FRONT);
    let created = numbers(&creator).create_with_attributes(&defined).unwrap();
    assert_eq!(created.attributes(), defined.attributes());
    assert_eq!(
        numbers(&opener).open().unwrap().attributes(),
        defined.attributes()
    );
    let details = S::details(&name("camera"), &config, MessagingPattern::RequestResponse);
    let details = details.unwrap().unwrap();
    assert_eq!(details.static_details.attributes(), defined.attributes());
    let said: Vec<_> = created.attributes().iter().map(|a| a.to_string()).collect();
    assert_eq!(
        said,
        [
            "\"side\" = \"front\"",
            "\"lens\" = \"1/2\"",
            "\"side\" = \"left\""
        ]
    );
}

// Fails if: `create` takes attributes from anywhere else than its argument.
fn a_service_has_no_attributes_unless_they_are_defined<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    assert!(numbers(&node).create().unwrap().attributes().is_empty());
    let opened = numbers(&node).open_or_create().unwrap();
    assert!(opened.attributes().is_empty());
}

// Fails if: `TypedDemands::agree` does not `verify_requirements`.
fn what_is_required_must_be_there<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let _service = numbers(&creator).create_with_attributes(&specifier(FRONT));
    // Also the node that has the service open already.
    for node in [&creator, &opener] {
        for required in [
            verifier(&[], &[]),
            verifier(&[("side", "left")], &[]),
            verifier(FRONT, &["side", "lens"]),
        ] {
            let opened = numbers(node).open_with_attributes(&required).unwrap();
            assert_eq!(opened.attributes().len(), FRONT.len());
            assert!(
                numbers(node)
                    .open_or_create_with_attributes(&required)
                    .is_ok()
            );
        }
        for (required, parts) in [
            (
                verifier(&[("side", "rear")], &[]),
                [
                    "\"side\" = \"rear\" is required",
                    "\"side\" = \"front\", \"side\" = \"left\"",
                ],
            ),
            (
                verifier(&[("colour", "red")], &[]),
                ["\"colour\" = \"red\" is required", "there is no \"colour\""],
            ),
            (
                verifier(&[], &["lens", "colour"]),
                ["attribute \"colour\" is required", "there is no \"colour\""],
            ),
        ] {
            let error = numbers(node).open_with_attributes(&required).unwrap_err();
            assert_eq!(error, OpenError::IncompatibleAttributes);
            let sentence = error.to_string();
            assert_says(&sentence, &["\"camera\" exists with other attributes"]);
            assert_says(&sentence, &parts);
            let error = numbers(node).open_or_create_with_attributes(&required);
            assert_eq!(
                error.unwrap_err(),
                OpenOrCreateError::RequestResponseOpenError(OpenError::IncompatibleAttributes)
            );
        }
    }
}

// Fails if: `AttributeVerifier::least` skips the keys.
fn who_requires_first_defines_and_who_requires_the_same_shares<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (first, second) = (node_of::<S>(&config), node_of::<S>(&config));
    let required = verifier(&[("side", "front")], &["side", "lens"]);
    let made = numbers(&first).open_or_create_with_attributes(&required);
    let made = made.unwrap();
    assert_eq!(
        made.attributes(),
        specifier(&[("side", "front"), ("lens", "")]).attributes()
    );
    let opened = numbers(&second).open_or_create_with_attributes(&required);
    assert_eq!(
        opened.unwrap().unique_service_id(),
        made.unique_service_id()
    );
}

// Fails if: `Contract::SIZE_MAX` is 10 KiB.
fn the_longest_attributes_travel<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    let longest: Vec<_> = (0..8)
        .map(|index| {
            let byte = char::from(index);
            let (key, value) = (byte.to_string().repeat(64), byte.to_string().repeat(256));
            (key, value)
        })
        .collect();
    let pairs: Vec<_> = longest
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let defined = specifier(&pairs);
    let _service = numbers(&creator).create_with_attributes(&defined).unwrap();
    let opened = numbers(&opener).open_with_attributes(&verifier(&pairs, &[]));
    assert_eq!(opened.unwrap().attributes(), defined.attributes());
}

on_every_variant!(
    everybody_sees_what_the_creator_defined,
    a_service_has_no_attributes_unless_they_are_defined,
    what_is_required_must_be_there,
    who_requires_first_defines_and_who_requires_the_same_shares,
    the_longest_attributes_travel,
);
