// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.publish-subscribe]`: for a messaging pattern to come. Read and checked, so that one file serves all
//! releases.

use super::{limit, text};
use crate::port::backpressure_strategy::BackpressureStrategy;
use serde::{Deserialize, Serialize};

/// What a publish-subscribe service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishSubscribe {
    /// Whether a full queue replaces its oldest sample.
    pub enable_safe_overflow: bool,
    /// How many subscribers a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_subscribers: usize,
    /// How many publishers a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_publishers: usize,
    /// How many nodes have a service open at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_nodes: usize,
    /// How many samples a publisher keeps for subscribers that come later.
    #[serde(deserialize_with = "limit::deserialize_or_zero")]
    pub publisher_history_size: usize,
    /// How many samples of one publisher wait for one subscriber.
    #[serde(deserialize_with = "limit::deserialize")]
    pub subscriber_max_buffer_size: usize,
    /// How many samples of one publisher a subscriber may hold at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub subscriber_max_borrowed_samples: usize,
    /// How many samples a publisher may have loaned at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub publisher_max_loaned_samples: usize,
    /// What a publisher does when a subscriber's queue is full and overflow is off.
    #[serde(deserialize_with = "text::deserialize_word")]
    pub backpressure_strategy: BackpressureStrategy,
    /// How many publishers that are gone a subscriber may still have samples of.
    #[serde(deserialize_with = "limit::deserialize")]
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
