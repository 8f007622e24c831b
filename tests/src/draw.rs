// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random numbers that come again with their seed.

/// A stream of random numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The stream that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// True once in `n` times.
    pub const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let count = u64::try_from(all.len()).unwrap();
        all[usize::try_from(self.below(count)).unwrap()]
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn a_seed_brings_the_same_numbers() {
        let (mut one, mut other, mut third) = (Draw::new(7), Draw::new(7), Draw::new(8));
        let numbers: Vec<_> = (0..9).map(|_| one.number()).collect();
        assert_eq!(numbers, (0..9).map(|_| other.number()).collect::<Vec<_>>());
        assert_ne!(numbers, (0..9).map(|_| third.number()).collect::<Vec<_>>());
    }
}
