// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The torture described in the README, and its roles.

fn main() -> std::process::ExitCode {
    iceoryx2_tests::commands::torture()
}
