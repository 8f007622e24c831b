// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The middle of some figures.

/// The median; `None` of nothing. Of an even number of figures it is the upper of the two in the middle.
pub fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
