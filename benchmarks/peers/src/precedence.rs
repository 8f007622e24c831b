// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Going before all ordinary processes, as far as the system lets us, so that a burst is disturbed by nobody.
//!
//! What sleeps and is woken is measured as ordinary processes are: going first, a process is also woken otherwise.

use crate::machine;
use std::process::{Command, Stdio};

/// Makes this process, and those it starts from here on, go first or be like others. Tells whether it goes first now.
pub fn set(first: bool) -> bool {
    if machine::real_time() != first {
        // WHY: in turns, so that processes of ours that spin on a core for ever do not keep this one from ending them.
        let policy = if first { ["-r", "20"] } else { ["-o", "0"] };
        let [policy, priority] = policy;
        // Where there is no chrt, or it may not, this process stays what it is.
        let _ = Command::new("chrt")
            .args([policy, "-p", priority, &std::process::id().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
    machine::real_time()
}
