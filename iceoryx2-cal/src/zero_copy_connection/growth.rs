// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a port's memory grows when a message is larger than the chunks it was made with.

/// How large the chunks of a further memory object are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Growth {
    /// There are no further objects.
    #[default]
    Never,
    /// As large as the message that asks for it.
    Exact,
    /// The next power of two.
    PowerOfTwo,
}
