// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.event]`: for a messaging pattern to come. Read and checked, so that one file serves all releases.

use super::{duration, limit};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// What an event service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Event {
    /// How many listeners a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_listeners: usize,
    /// How many notifiers a service has at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_notifiers: usize,
    /// How many nodes have a service open at a time.
    #[serde(deserialize_with = "limit::deserialize")]
    pub max_nodes: usize,
    /// The largest id an event may have.
    #[serde(deserialize_with = "limit::deserialize_event_id")]
    pub event_id_max_value: usize,
    /// How much time may pass between two notifications.
    #[serde(with = "duration::optional")]
    pub deadline: Option<Duration>,
    /// What listeners are notified of when a notifier was created.
    #[serde(with = "limit::optional_event_id")]
    pub notifier_created_event: Option<usize>,
    /// What listeners are notified of when a notifier was dropped.
    #[serde(with = "limit::optional_event_id")]
    pub notifier_dropped_event: Option<usize>,
    /// What listeners are notified of when a notifier's process died.
    #[serde(with = "limit::optional_event_id")]
    pub notifier_dead_event: Option<usize>,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            max_listeners: 16,
            max_notifiers: 16,
            max_nodes: 36,
            event_id_max_value: limit::EVENT_ID_MAX,
            deadline: None,
            notifier_created_event: None,
            notifier_dropped_event: None,
            notifier_dead_event: None,
        }
    }
}
