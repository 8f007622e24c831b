// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a sender does when a receiver's queue is full and overflow is off.

use crate::config::word::Word;

/// What a sender does when a receiver's queue is full and overflow is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BackpressureStrategy {
    /// Waits, asleep, until there is room, the receiver goes, or the user asks the process to end.
    #[default]
    RetryUntilDelivered,
    /// Drops the message for that receiver.
    DiscardData,
}

impl Word for BackpressureStrategy {
    const WORDS: &'static [&'static str] = &["retry-until-delivered", "discard-data"];
    const VALUES: &'static [Self] = &[Self::RetryUntilDelivered, Self::DiscardData];
}
