// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a port's memory grows when a slice is longer than what it was made for.

use crate::config::word::Word;

/// What a port does when a loan asks for more elements than any slice before.
///
/// Growing never disturbs what is loaned or borrowed already, and the memory is given back when the long messages are
/// gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AllocationStrategy {
    /// Refuses the loan: no slice is longer than `initial_max_slice_len`.
    Static,
    /// Grows to exactly what was asked for: the least memory, and growth with every longer slice.
    BestFit,
    /// Grows to the next power of two: at most twice the memory, and growth at most once per doubling.
    #[default]
    PowerOfTwo,
}

impl Word for AllocationStrategy {
    const WORDS: &'static [&'static str] = &["static", "best-fit", "power-of-two"];
    const VALUES: &'static [Self] = &[Self::Static, Self::BestFit, Self::PowerOfTwo];
}
