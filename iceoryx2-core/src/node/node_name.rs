// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of a node.

use crate::text_name::text_name;

text_name! {
    /// The name of a node: at most 128 bytes of UTF-8, not necessarily its own alone. Default: none.
    #[derive(Default)]
    NodeName, NodeNameError, "node name", (0..=128)
}
