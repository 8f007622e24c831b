// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a sender does when a receiver's queue is full and overflow is off.
//!
//! ```text
//!     full ──▶ handler, if there is one ──┬─ Retry ──────────────▶ wait a moment for room ──▶ full? ──▶ handler …
//!                                         ├─ DiscardData ────────▶ this receiver goes without
//!                                         ├─ DiscardDataAndFail ─▶ and the sender is told
//!                                         └─ FollowBackpressureStrategy, or no handler ──▶ wait for room, or discard
//! ```

use super::backpressure_strategy::BackpressureStrategy;
use crate::identifiers::UniqueServiceId;
use core::{fmt, time::Duration};
use iceoryx2_cal::clock::Moment;
use std::sync::Arc;

/// What a backpressure handler decides for one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackpressureAction {
    /// Waits a moment for room; if there is none, the handler is asked again.
    Retry,
    /// Drops the message for this receiver.
    DiscardData,
    /// Drops the message for this receiver, and sending fails with
    /// [`SendError::UnableToDeliver`](super::SendError::UnableToDeliver) unless another receiver has the message.
    DiscardDataAndFail,
    /// Does what the port's [`BackpressureStrategy`] says.
    FollowBackpressureStrategy,
}

impl BackpressureAction {
    /// The spelling of iceoryx2 0.10.
    #[deprecated(note = "use `FollowBackpressureStrategy`")]
    #[expect(non_upper_case_globals, reason = "it stands for a variant")]
    pub const FollowBackpressureyStrategy: Self = Self::FollowBackpressureStrategy;
}

/// Where a message waits for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackpressureInfo {
    /// The service.
    pub service_id: UniqueServiceId,
    /// The client or server that sends.
    pub sender_port_id: u128,
    /// The server or client whose queue is full.
    pub receiver_port_id: u128,
    /// How often it was tried again.
    pub retries: u64,
    /// How long the message has waited.
    pub elapsed_time: Duration,
}

type Handler = Arc<dyn Fn(&BackpressureInfo) -> BackpressureAction + Send + Sync>;

/// What a port is told to do about full queues.
#[derive(Clone, Default)]
pub(crate) struct Backpressure {
    pub(crate) strategy: BackpressureStrategy,
    pub(crate) handler: Option<Handler>,
    /// How long a message waits for room; `None`: as long as it takes.
    pub(crate) delivery_timeout: Option<Duration>,
}

impl fmt::Debug for Backpressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backpressure")
            .field("strategy", &self.strategy)
            .field("handler", &self.handler.is_some())
            .field("delivery_timeout", &self.delivery_timeout)
            .finish()
    }
}

/// What is to be done for one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Waits as long as it takes.
    Wait,
    /// Waits for a moment.
    WaitBriefly,
    Discard,
    Fail,
}

/// One message that waits for room.
#[derive(Debug)]
pub(crate) struct Congestion<'a> {
    backpressure: &'a Backpressure,
    service_id: UniqueServiceId,
    sender: u128,
    began: Moment,
    retries: u64,
}

/// The first moment a retry waits; each is twice as long, up to the last.
const PATIENCE: Duration = Duration::from_micros(100);
const PATIENCE_DOUBLINGS: u32 = 7;

impl<'a> Congestion<'a> {
    pub(crate) const fn new(
        backpressure: &'a Backpressure,
        service_id: UniqueServiceId,
        sender: u128,
        now: Moment,
    ) -> Self {
        Self {
            backpressure,
            service_id,
            sender,
            began: now,
            retries: 0,
        }
    }

    /// What is to be done for `receiver`, which has no room.
    pub(crate) fn judge(&self, receiver: u128, now: Moment) -> Verdict {
        let action = self.backpressure.handler.as_ref().map(|handler| {
            handler(&BackpressureInfo {
                service_id: self.service_id,
                sender_port_id: self.sender,
                receiver_port_id: receiver,
                retries: self.retries,
                elapsed_time: now.since(self.began),
            })
        });
        match action {
            Some(BackpressureAction::Retry) => Verdict::WaitBriefly,
            Some(BackpressureAction::DiscardData) => Verdict::Discard,
            Some(BackpressureAction::DiscardDataAndFail) => Verdict::Fail,
            Some(BackpressureAction::FollowBackpressureStrategy) | None => {
                match self.backpressure.strategy {
                    BackpressureStrategy::RetryUntilDelivered => Verdict::Wait,
                    BackpressureStrategy::DiscardData => Verdict::Discard,
                }
            }
        }
    }

    /// When the message has waited long enough; `None`: never.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.began.checked_add(self.backpressure.delivery_timeout?)
    }

    /// Whether the message has waited long enough.
    pub(crate) fn is_over(&self, now: Moment) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Begins another try, and returns when the handler is asked again.
    pub(crate) fn next_try(&mut self, now: Moment) -> Option<Moment> {
        let doublings = u32::try_from(self.retries).unwrap_or(u32::MAX);
        self.retries += 1;
        now.checked_add(PATIENCE * (1 << doublings.min(PATIENCE_DOUBLINGS)))
    }
}
