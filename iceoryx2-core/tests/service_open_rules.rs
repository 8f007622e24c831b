// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an opener may ask of an existing service, option by option.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, name, node};
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

type Numbers = Builder<u64, (), u64, (), ipc::Service>;

struct Rule {
    set: fn(Numbers, usize) -> Numbers,
    get: fn(&StaticConfig) -> usize,
    default: usize,
    refusal: OpenError,
    option: &'static str,
}

const RULES: [Rule; 7] = [
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
];

#[test]
fn a_limit_is_adopted_satisfied_or_refused() {
    let root = Root::new();
    let (creator, opener) = (node(&root.config()), node(&root.config()));
    for rule in &RULES {
        let numbers = |node: &Node<ipc::Service>| {
            node.service_builder(&name(rule.option))
                .request_response::<u64, u64>()
        };
        let service = (rule.set)(numbers(&creator), 5).create().unwrap();
        assert_eq!((rule.get)(service.static_config()), 5);

        for asked in [1, 4, 5] {
            let opened = (rule.set)(numbers(&opener), asked).open().unwrap();
            assert_eq!((rule.get)(opened.static_config()), 5, "{}", rule.option);
        }
        assert_eq!(
            (rule.get)(numbers(&opener).open().unwrap().static_config()),
            5
        );

        for asked in [6, usize::MAX] {
            let error = (rule.set)(numbers(&opener), asked).open().unwrap_err();
            assert_eq!(error, rule.refusal);
            let sentence = error.to_string();
            let key = format!(
                "defaults.request-response.{}",
                rule.option.replace('_', "-")
            );
            assert!(
                sentence.contains(rule.option) && sentence.contains(&key),
                "{sentence}"
            );

            let error = (rule.set)(numbers(&opener), asked)
                .open_or_create()
                .unwrap_err();
            assert_eq!(
                error,
                OpenOrCreateError::RequestResponseOpenError(rule.refusal.clone())
            );
        }
    }
}

#[test]
fn a_node_that_has_the_service_open_is_held_to_the_same_rules() {
    let root = Root::new();
    let node = node(&root.config());
    for rule in &RULES {
        let numbers = || {
            node.service_builder(&name(rule.option))
                .request_response::<u64, u64>()
        };
        let service = (rule.set)(numbers(), 5).create().unwrap();
        assert_eq!((rule.set)(numbers(), 6).open().unwrap_err(), rule.refusal);
        let again = (rule.set)(numbers(), 5).open().unwrap();
        assert_eq!(again.unique_service_id(), service.unique_service_id());
    }
}

#[test]
fn a_limit_that_is_not_set_comes_from_the_configuration() {
    let root = Root::new();
    let mut config = root.config();
    config.defaults.request_response.max_clients = 31;
    let configured = node(&config);
    let builder = configured
        .service_builder(&name("configured"))
        .request_response::<u64, u64>();
    assert_eq!(builder.create().unwrap().static_config().max_clients(), 31);

    let plain = node(&root.config());
    let service = plain
        .service_builder(&name("plain"))
        .request_response::<u64, u64>();
    let service = service.create().unwrap();
    for rule in &RULES {
        assert_eq!(
            (rule.get)(service.static_config()),
            rule.default,
            "{}",
            rule.option
        );
    }
    assert!(service.static_config().has_safe_overflow_for_requests());
    assert!(service.static_config().has_safe_overflow_for_responses());
}

#[test]
fn zero_is_raised_to_one_and_too_much_is_refused() {
    let root = Root::new();
    let node = node(&root.config());
    for rule in &RULES {
        let numbers = || {
            node.service_builder(&name(rule.option))
                .request_response::<u64, u64>()
        };
        let service = (rule.set)(numbers(), 0).create().unwrap();
        assert_eq!((rule.get)(service.static_config()), 1);
        drop(service);

        let value = LIMIT_MAX + 1;
        let error = (rule.set)(numbers(), value).create().unwrap_err();
        assert_eq!(
            error,
            CreateError::LimitOutOfRange {
                option: rule.option,
                value
            }
        );
        assert!(
            error.to_string().contains(&rule.option.replace('_', "-")),
            "{error}"
        );
    }
    drop(node);
    root.assert_nothing_left();
}

#[test]
fn overflow_must_be_the_same_if_it_is_asked_for() {
    let root = Root::new();
    let node = node(&root.config());
    let numbers = || {
        node.service_builder(&name("a"))
            .request_response::<u64, u64>()
    };
    let _service = numbers()
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(true)
        .create()
        .unwrap();

    let opened = numbers().open().unwrap();
    assert!(!opened.static_config().has_safe_overflow_for_requests());
    assert!(opened.static_config().has_safe_overflow_for_responses());
    assert!(
        numbers()
            .enable_safe_overflow_for_requests(false)
            .open()
            .is_ok()
    );
    assert!(
        numbers()
            .enable_safe_overflow_for_responses(true)
            .open()
            .is_ok()
    );

    let error = numbers()
        .enable_safe_overflow_for_requests(true)
        .open()
        .unwrap_err();
    assert_eq!(error, OpenError::IncompatibleOverflowBehaviorForRequests);
    assert!(
        error
            .to_string()
            .contains("enable-safe-overflow-for-requests"),
        "{error}"
    );
    let error = numbers()
        .enable_safe_overflow_for_responses(false)
        .open()
        .unwrap_err();
    assert_eq!(error, OpenError::IncompatibleOverflowBehaviorForResponses);
    assert!(
        error
            .to_string()
            .contains("enable-safe-overflow-for-responses"),
        "{error}"
    );
}

#[test]
fn only_so_many_nodes_may_open_a_service() {
    let root = Root::new();
    let nodes: Vec<_> = (0..3).map(|_| node(&root.config())).collect();
    let numbers = |node: &Node<ipc::Service>| {
        node.service_builder(&name("a"))
            .request_response::<u64, u64>()
    };
    let _first = numbers(&nodes[0]).max_nodes(2).create().unwrap();
    let second = numbers(&nodes[1]).open().unwrap();

    let error = numbers(&nodes[2]).open().unwrap_err();
    assert_eq!(error, OpenError::ExceedsMaxNumberOfNodes);
    let sentence = error.to_string();
    assert!(
        sentence.contains("max_nodes") && sentence.contains("max-nodes"),
        "{sentence}"
    );

    drop(second);
    assert!(numbers(&nodes[2]).open_or_create().is_ok());
}
