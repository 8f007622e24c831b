// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An empty program: what a process costs.

fn main() {}
