// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Numbers drawn from a seed, the same in every run (splitmix64).

/// Draws numbers.
pub struct Draw(u64);

impl Draw {
    /// The numbers of `seed`.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.any() % end as u64).unwrap_or_default()
    }

    /// A small number, so that equal ones are frequent.
    pub fn value(&mut self) -> u32 {
        u32::try_from(self.any() % 24).unwrap_or_default()
    }
}
