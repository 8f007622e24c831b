// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The backpressure handler of every port that has one: it draws its answers and remembers them.

use crate::draw::Draw;
use iceoryx2::port::{BackpressureAction, BackpressureInfo};
use std::sync::{Arc, Mutex};

/// More often it does not let one message be tried again.
const RETRIES_MAX: u64 = 2;

/// What a handler was asked, and what it said.
pub type Decision = (BackpressureInfo, BackpressureAction);

/// What the handlers of an episode have decided.
#[derive(Debug, Clone)]
pub struct Decisions(Arc<Mutex<(Draw, Vec<Decision>)>>);

impl Decisions {
    pub fn new(draw: Draw) -> Self {
        Self(Arc::new(Mutex::new((draw, Vec::new()))))
    }

    /// A handler for a port.
    pub fn handler(
        &self,
    ) -> impl Fn(&BackpressureInfo) -> BackpressureAction + Send + Sync + 'static {
        let decisions = self.clone();
        move |info| decisions.decide(info)
    }

    fn decide(&self, info: &BackpressureInfo) -> BackpressureAction {
        let (draw, decided) = &mut *self.0.lock().unwrap();
        let action = if info.retries < RETRIES_MAX && draw.one_in(200) {
            BackpressureAction::Retry
        } else {
            draw.of(&[
                BackpressureAction::DiscardData,
                BackpressureAction::DiscardDataAndFail,
                BackpressureAction::FollowBackpressureStrategy,
            ])
        };
        decided.push((*info, action));
        action
    }

    /// What was decided since the last time.
    pub fn take(&self) -> Vec<Decision> {
        std::mem::take(&mut self.0.lock().unwrap().1)
    }
}
