// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Values that are one of a few words.

use crate::document::{OneOf, Plain};

/// A type whose values have words.
pub(crate) trait Word: Copy + Eq + 'static {
    /// The words, in the order of the values.
    const WORDS: &'static [&'static str];
    const VALUES: &'static [Self];

    fn of(word: &str) -> Option<Self> {
        let index = Self::WORDS.iter().position(|known| *known == word)?;
        Self::VALUES.get(index).copied()
    }
}

/// The value of a word that stands in a document.
pub(super) fn read<W: Word>(value: Plain<'_>) -> Result<W, String> {
    let expected = OneOf(W::WORDS);
    let word = value.text(&expected)?;
    W::of(word).ok_or_else(|| format!("unknown word `{word}`, expected {expected}"))
}
