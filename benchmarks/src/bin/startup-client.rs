// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A client that asks once.

#[path = "../startup/once.rs"]
mod once;

fn main() -> once::Result<()> {
    once::steps(|| Ok(()))
}
