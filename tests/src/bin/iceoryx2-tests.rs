// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The roles of the tests, and the commands described in the README.

fn main() -> std::process::ExitCode {
    iceoryx2_tests::commands::main()
}
