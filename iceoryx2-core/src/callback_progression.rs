// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether a callback wants more.

/// What a callback answers when it was shown one of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CallbackProgression {
    /// Enough.
    Stop,
    /// The next one, please.
    #[default]
    Continue,
}
