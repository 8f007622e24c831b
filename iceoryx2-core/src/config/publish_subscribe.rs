// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.publish-subscribe]`: for a messaging pattern to come. Read and checked, so that one file serves all
//! releases.

use super::{
    field::{Field, Table},
    limit,
};
use crate::port::backpressure_strategy::BackpressureStrategy;

/// What a publish-subscribe service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishSubscribe {
    /// Whether a full queue replaces its oldest sample.
    pub enable_safe_overflow: bool,
    /// How many subscribers a service has at a time.
    pub max_subscribers: usize,
    /// How many publishers a service has at a time.
    pub max_publishers: usize,
    /// How many nodes have a service open at a time.
    pub max_nodes: usize,
    /// How many samples a publisher keeps for subscribers that come later.
    pub publisher_history_size: usize,
    /// How many samples of one publisher wait for one subscriber.
    pub subscriber_max_buffer_size: usize,
    /// How many samples of one publisher a subscriber may hold at a time.
    pub subscriber_max_borrowed_samples: usize,
    /// How many samples a publisher may have loaned at a time.
    pub publisher_max_loaned_samples: usize,
    /// What a publisher does when a subscriber's queue is full and overflow is off.
    pub backpressure_strategy: BackpressureStrategy,
    /// How many publishers that are gone a subscriber may still have samples of.
    pub subscriber_expired_connection_buffer: usize,
}

impl Default for PublishSubscribe {
    fn default() -> Self {
        Self {
            enable_safe_overflow: true,
            max_subscribers: 8,
            max_publishers: 2,
            max_nodes: 20,
            publisher_history_size: 0,
            subscriber_max_buffer_size: 2,
            subscriber_max_borrowed_samples: 2,
            publisher_max_loaned_samples: 2,
            backpressure_strategy: BackpressureStrategy::default(),
            subscriber_expired_connection_buffer: 128,
        }
    }
}

impl Table for PublishSubscribe {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            (
                "enable-safe-overflow",
                Field::Flag(&mut self.enable_safe_overflow),
            ),
            (
                "max-subscribers",
                Field::Number(&mut self.max_subscribers, limit::LIMIT),
            ),
            (
                "max-publishers",
                Field::Number(&mut self.max_publishers, limit::LIMIT),
            ),
            (
                "max-nodes",
                Field::Number(&mut self.max_nodes, limit::LIMIT),
            ),
            (
                "publisher-history-size",
                Field::Number(&mut self.publisher_history_size, limit::LIMIT_OR_ZERO),
            ),
            (
                "subscriber-max-buffer-size",
                Field::Number(&mut self.subscriber_max_buffer_size, limit::LIMIT),
            ),
            (
                "subscriber-max-borrowed-samples",
                Field::Number(&mut self.subscriber_max_borrowed_samples, limit::LIMIT),
            ),
            (
                "publisher-max-loaned-samples",
                Field::Number(&mut self.publisher_max_loaned_samples, limit::LIMIT),
            ),
            (
                "backpressure-strategy",
                Field::Backpressure(&mut self.backpressure_strategy),
            ),
            (
                "subscriber-expired-connection-buffer",
                Field::Number(&mut self.subscriber_expired_connection_buffer, limit::LIMIT),
            ),
        ]
    }
}
