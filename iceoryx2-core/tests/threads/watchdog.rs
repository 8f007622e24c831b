// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A test that waits for ever ends all the same.

use core::time::Duration;
use std::{io::Write, sync::mpsc, thread};

const PATIENCE: Duration = Duration::from_secs(120);

/// Ends the process with a message unless it is dropped in time.
pub struct Watchdog {
    _leash: mpsc::Sender<()>,
}

impl Watchdog {
    pub fn new(what: &'static str) -> Self {
        let (leash, slack) = mpsc::channel::<()>();
        thread::spawn(move || {
            if slack.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                // WHY: what a test prints is kept back until it ends, which this one does not.
                let _ = writeln!(std::io::stderr(), "{what}: a thread was left waiting");
                std::process::abort();
            }
        });
        Self { _leash: leash }
    }
}
