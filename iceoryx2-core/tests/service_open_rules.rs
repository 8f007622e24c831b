// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an opener may ask of an existing service, option by option.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "common/variants.rs"]
mod variants;

use common::{Root, name, node_of};
use iceoryx2::{
    config::LIMIT_MAX,
    prelude::*,
    service::{
        builder::request_response::{
            Builder, RequestResponseCreateError as CreateError,
            RequestResponseOpenError as OpenError,
            RequestResponseOpenOrCreateError as OpenOrCreateError,
        },
        static_config::request_response::StaticConfig,
    },
};
use variants::on_every_variant;

type Numbers<S> = Builder<u64, (), u64, (), S>;

/// How a limit is set, read and refused.
struct Rule<S: Service> {
    set: fn(Numbers<S>, usize) -> Numbers<S>,
    get: fn(&StaticConfig) -> usize,
    default: usize,
    refusal: OpenError,
    option: &'static str,
}

/// How a switch is set, read and refused.
struct Switch<S: Service> {
    set: fn(Numbers<S>, bool) -> Numbers<S>,
    get: fn(&StaticConfig) -> bool,
    refusal: OpenError,
    option: &'static str,
}

fn switches<S: Service>() -> [Switch<S>; 3] {
    [
        Switch {
            set: Numbers::enable_safe_overflow_for_requests,
            get: StaticConfig::has_safe_overflow_for_requests,
            refusal: OpenError::IncompatibleOverflowBehaviorForRequests,
            option: "enable_safe_overflow_for_requests",
        },
        Switch {
            set: Numbers::enable_safe_overflow_for_responses,
            get: StaticConfig::has_safe_overflow_for_responses,
            refusal: OpenError::IncompatibleOverflowBehaviorForResponses,
            option: "enable_safe_overflow_for_responses",
        },
        Switch {
            set: Numbers::enable_fire_and_forget_requests,
            get: StaticConfig::does_support_fire_and_forget_requests,
            refusal: OpenError::IncompatibleBehaviorForFireAndForgetRequests,
            option: "enable_fire_and_forget_requests",
        },
    ]
}

fn numbers<S: Service>(node: &Node<S>, text: &str) -> Numbers<S> {
    node.service_builder(&name(text))
        .request_response::<u64, u64>()
}

fn rules<S: Service>() -> [Rule<S>; 7] {
    [
        Rule {
            set: Numbers::max_active_requests_per_client,
            get: StaticConfig::max_active_requests_per_client,
            default: 4,
            refusal: OpenError::DoesNotSupportRequestedAmountOfActiveRequestsPerClient,
            option: "max_active_requests_per_client",
        },
        Rule {
            set: Numbers::max_loaned_requests,
            get: StaticConfig::max_loaned_requests,
            default: 2,
            refusal: OpenError::DoesNotSupportRequestedAmountOfClientRequestLoans,
            option: "max_loaned_requests",
        },
        Rule {
            set: Numbers::max_response_buffer_size,
            get: StaticConfig::max_response_buffer_size,
            default: 2,
            refusal: OpenError::DoesNotSupportRequestedResponseBufferSize,
            option: "max_response_buffer_size",
        },
        Rule {
            set: Numbers::max_borrowed_responses_per_pending_response,
            get: StaticConfig::max_borrowed_responses_per_pending_response,
            default: 2,
            refusal: OpenError::DoesNotSupportRequestedAmountOfBorrowedResponsesPerPendingResponse,
            option: "max_borrowed_responses_per_pending_response",
        },
        Rule {
            set: Numbers::max_servers,
            get: StaticConfig::max_servers,
            default: 2,
            refusal: OpenError::DoesNotSupportRequestedAmountOfServers,
            option: "max_servers",
        },
        Rule {
            set: Numbers::max_clients,
            get: StaticConfig::max_clients,
            default: 8,
            refusal: OpenError::DoesNotSupportRequestedAmountOfClients,
            option: "max_clients",
        },
        Rule {
            set: Numbers::max_nodes,
            get: StaticConfig::max_nodes,
            default: 20,
            refusal: OpenError::DoesNotSupportRequestedAmountOfNodes,
            option: "max_nodes",
        },
    ]
}

// Fails if: `TypedDemands::agree` compares with `>=`.
fn a_limit_is_adopted_satisfied_or_refused<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    for rule in rules::<S>() {
        let text = rule.option;
        let service = (rule.set)(numbers(&creator, text), 5).create().unwrap();
        assert_eq!((rule.get)(service.static_config()), 5);

        for asked in [1, 4, 5] {
            let opened = (rule.set)(numbers(&opener, text), asked).open().unwrap();
            assert_eq!((rule.get)(opened.static_config()), 5, "{text}");
        }
        let opened = numbers(&opener, text).open().unwrap();
        assert_eq!((rule.get)(opened.static_config()), 5);

        for asked in [6, usize::MAX] {
            let builder = || (rule.set)(numbers(&opener, text), asked);
            let error = builder().open().unwrap_err();
            assert_eq!(error, rule.refusal);
            assert_names(&error.to_string(), text);
            assert_eq!(
                builder().open_or_create().unwrap_err(),
                OpenOrCreateError::RequestResponseOpenError(rule.refusal.clone())
            );
        }
    }
}

/// Fails unless `sentence` names the option and its configuration key.
fn assert_names(sentence: &str, option: &str) {
    let key = format!("defaults.request-response.{}", option.replace('_', "-"));
    assert!(
        sentence.contains(option) && sentence.contains(&key),
        "{sentence}"
    );
}

// Fails if: `open` returns a service that was opened before without asking `agree`.
fn a_node_that_has_the_service_open_is_held_to_the_same_rules<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    for rule in rules::<S>() {
        let text = rule.option;
        let service = (rule.set)(numbers(&node, text), 5).create().unwrap();
        let error = (rule.set)(numbers(&node, text), 6).open().unwrap_err();
        assert_eq!(error, rule.refusal);
        let again = (rule.set)(numbers(&node, text), 5).open().unwrap();
        assert_eq!(again.unique_service_id(), service.unique_service_id());
    }
}

// Fails if: two arms of `Limit::default_of` change places.
fn what_is_not_set_comes_from_the_configuration<S: Service>() {
    let root = Root::new();
    let plain = node_of::<S>(&root.config());
    let service = numbers(&plain, "plain").create().unwrap();
    for rule in rules::<S>() {
        let found = (rule.get)(service.static_config());
        assert_eq!(found, rule.default, "{}", rule.option);
    }
    for switch in switches::<S>() {
        assert!((switch.get)(service.static_config()), "{}", switch.option);
    }

    let mut config = root.config();
    let defaults = &mut config.defaults.request_response;
    defaults.max_active_requests_per_client = 31;
    defaults.max_loaned_requests = 32;
    defaults.max_response_buffer_size = 33;
    defaults.max_borrowed_responses_per_pending_response = 34;
    defaults.max_servers = 35;
    defaults.max_clients = 36;
    defaults.max_nodes = 37;
    defaults.enable_safe_overflow_for_requests = false;
    defaults.enable_safe_overflow_for_responses = false;
    defaults.enable_fire_and_forget_requests = false;
    let configured = node_of::<S>(&config);
    let service = numbers(&configured, "configured").create().unwrap();
    for (rule, expected) in rules::<S>().iter().zip(31..) {
        let found = (rule.get)(service.static_config());
        assert_eq!(found, expected, "{}", rule.option);
    }
    for switch in switches::<S>() {
        assert!(!(switch.get)(service.static_config()), "{}", switch.option);
    }
}

// Fails if: `Limits::get` does not raise 0, or `fulfilled` compares with `<`.
fn zero_is_raised_to_one_and_too_much_is_refused<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (node, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    for rule in rules::<S>() {
        let text = rule.option;
        let service = (rule.set)(numbers(&node, text), LIMIT_MAX).create();
        assert_eq!(
            (rule.get)(service.unwrap().static_config()),
            LIMIT_MAX,
            "{text}"
        );
        let service = (rule.set)(numbers(&node, text), 0).create().unwrap();
        assert_eq!((rule.get)(service.static_config()), 1);
        let builder = numbers(&opener, text).max_nodes(1);
        if text != "max_nodes" {
            assert!((rule.set)(builder, 0).open().is_ok());
        }
        drop(service);

        let value = LIMIT_MAX + 1;
        let error = (rule.set)(numbers(&node, text), value).create();
        let error = error.unwrap_err();
        assert_eq!(
            error,
            CreateError::LimitOutOfRange {
                option: rule.option,
                value
            }
        );
        assert_names(&error.to_string(), text);
    }
}

// Fails if: `agree_on_switches` leaves one of them out.
fn a_switch_must_be_the_same_if_it_is_asked_for<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (creator, opener) = (node_of::<S>(&config), node_of::<S>(&config));
    for switch in switches::<S>() {
        for there in [false, true] {
            let text = format!("{} {there}", switch.option);
            let builder = |node| numbers(node, &text);
            let service = (switch.set)(builder(&creator), there).create().unwrap();
            assert_eq!((switch.get)(service.static_config()), there);
            for node in [&creator, &opener] {
                let opened = builder(node).open().unwrap();
                assert_eq!((switch.get)(opened.static_config()), there);
                assert!((switch.set)(builder(node), there).open().is_ok());
                let error = (switch.set)(builder(node), !there).open().unwrap_err();
                assert_eq!(error, switch.refusal);
                assert_names(&error.to_string(), switch.option);
            }
        }
    }
}

// Fails if: `slots::of_nodes` has one slot more.
fn only_so_many_nodes_may_open_a_service<S: Service>() {
    let root = Root::new();
    let nodes: Vec<_> = (0..3).map(|_| node_of::<S>(&root.config())).collect();
    let _first = numbers(&nodes[0], "a").max_nodes(2).create().unwrap();
    let second = numbers(&nodes[1], "a").open().unwrap();

    let error = numbers(&nodes[2], "a").open().unwrap_err();
    assert_eq!(error, OpenError::ExceedsMaxNumberOfNodes);
    assert_names(&error.to_string(), "max_nodes");

    drop(second);
    assert!(numbers(&nodes[2], "a").open_or_create().is_ok());
}

// Fails if: `create` does not ask whether the service exists, or `open` makes it.
fn what_exists_is_not_created_and_what_does_not_is_not_opened<S: Service>() {
    let root = Root::new();
    let config = root.config();
    let (first, second) = (node_of::<S>(&config), node_of::<S>(&config));
    for node in [&first, &second] {
        let error = numbers(node, "a").open().unwrap_err();
        assert_eq!(error, OpenError::DoesNotExist);
    }
    let service = numbers(&first, "a").create().unwrap();
    for node in [&first, &second] {
        let error = numbers(node, "a").create().unwrap_err();
        assert_eq!(error, CreateError::AlreadyExists);
    }
    let shared = numbers(&second, "a").open_or_create().unwrap();
    assert_eq!(shared.unique_service_id(), service.unique_service_id());
    drop((service, shared));
    let error = numbers(&second, "a").open().unwrap_err();
    assert_eq!(error, OpenError::DoesNotExist);
}

// Fails if: `From<RequestResponseCreateError>` or its cousin wraps in the other variant.
fn the_error_of_open_or_create_wraps_both<S: Service>() {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let error = numbers(&node, "a").max_clients(LIMIT_MAX + 1);
    let error = error.open_or_create().unwrap_err();
    assert!(
        matches!(
            &error,
            OpenOrCreateError::RequestResponseCreateError(CreateError::LimitOutOfRange {
                option: "max_clients",
                ..
            })
        ),
        "{error:?}"
    );
    let _service = numbers(&node, "a").create().unwrap();
    let error = numbers(&node, "a").max_clients(LIMIT_MAX + 1);
    assert_eq!(
        error.open_or_create().unwrap_err(),
        OpenOrCreateError::RequestResponseOpenError(
            OpenError::DoesNotSupportRequestedAmountOfClients
        )
    );
}

on_every_variant!(
    a_limit_is_adopted_satisfied_or_refused,
    a_node_that_has_the_service_open_is_held_to_the_same_rules,
    what_is_not_set_comes_from_the_configuration,
    zero_is_raised_to_one_and_too_much_is_refused,
    a_switch_must_be_the_same_if_it_is_asked_for,
    only_so_many_nodes_may_open_a_service,
    what_exists_is_not_created_and_what_does_not_is_not_opened,
    the_error_of_open_or_create_wraps_both,
);
