// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A slice of the soak, for each variant of services. Each runs in a process of its own, whose descriptors and mappings
//! nobody else changes.

use std::process::Command;

/// So many operations take a few seconds in a debug build.
const OPERATIONS: &str = "60000";

/// Returns what it complains about.
fn soak(variant: &str) -> std::io::Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_iceoryx2-tests"))
        .args(["soak", "--operations", OPERATIONS, "--seed", "20261121"])
        .args(["--variant", variant])
        .output()?;
    assert_eq!(output.status.success(), output.stderr.is_empty());
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

// Fails if: `Requester::detach` rescues nothing; or `ServerState::take` does not begin with those that are gone.
#[test]
fn ipc_behaves_like_the_model() {
    assert_eq!(soak("ipc").unwrap(), "");
}

// Fails if: `Requester::detach` rescues nothing; or `ServerState::take` does not begin with those that are gone.
#[test]
fn ipc_threadsafe_behaves_like_the_model() {
    assert_eq!(soak("ipc_threadsafe").unwrap(), "");
}

// Fails if: `Requester::detach` rescues nothing; or `ServerState::take` does not begin with those that are gone.
#[test]
fn local_behaves_like_the_model() {
    assert_eq!(soak("local").unwrap(), "");
}

// Fails if: `Requester::detach` rescues nothing; or `ServerState::take` does not begin with those that are gone.
#[test]
fn local_threadsafe_behaves_like_the_model() {
    assert_eq!(soak("local_threadsafe").unwrap(), "");
}
