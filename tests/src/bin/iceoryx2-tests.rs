// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The roles of the tests, and the commands described in the README.

use iceoryx2_tests::heap::CountedHeap;

#[global_allocator]
static HEAP: CountedHeap = CountedHeap;

fn main() -> std::process::ExitCode {
    iceoryx2_tests::commands::main()
}
