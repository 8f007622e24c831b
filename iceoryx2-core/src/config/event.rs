// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[defaults.event]`: for a messaging pattern to come. Read and checked, so that one file serves all releases.

use super::{
    field::{Field, Table},
    limit,
};
use core::time::Duration;

/// What an event service will take when it is told nothing. Read and checked; nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// How many listeners a service has at a time.
    pub max_listeners: usize,
    /// How many notifiers a service has at a time.
    pub max_notifiers: usize,
    /// How many nodes have a service open at a time.
    pub max_nodes: usize,
    /// The largest id an event may have.
    pub event_id_max_value: usize,
    /// How much time may pass between two notifications.
    pub deadline: Option<Duration>,
    /// What listeners are notified of when a notifier was created.
    pub notifier_created_event: Option<usize>,
    /// What listeners are notified of when a notifier was dropped.
    pub notifier_dropped_event: Option<usize>,
    /// What listeners are notified of when a notifier's process died.
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

impl Table for Event {
    fn fields(&mut self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            (
                "max-listeners",
                Field::Number(&mut self.max_listeners, limit::LIMIT),
            ),
            (
                "max-notifiers",
                Field::Number(&mut self.max_notifiers, limit::LIMIT),
            ),
            (
                "max-nodes",
                Field::Number(&mut self.max_nodes, limit::LIMIT),
            ),
            (
                "event-id-max-value",
                Field::Number(&mut self.event_id_max_value, limit::EVENT_ID),
            ),
            ("deadline", Field::DurationOrNone(&mut self.deadline)),
            (
                "notifier-created-event",
                Field::NumberOrNone(&mut self.notifier_created_event, limit::EVENT_ID),
            ),
            (
                "notifier-dropped-event",
                Field::NumberOrNone(&mut self.notifier_dropped_event, limit::EVENT_ID),
            ),
            (
                "notifier-dead-event",
                Field::NumberOrNone(&mut self.notifier_dead_event, limit::EVENT_ID),
            ),
        ]
    }
}
