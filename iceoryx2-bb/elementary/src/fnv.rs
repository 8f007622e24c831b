// SPDX-License-Identifier: Apache-2.0 OR MIT
//! FNV-1a, the hash of Glenn Fowler, Landon Curt Noll and Kiem-Phong Vo, in 64 and 128 bits.
//!
//! Two builds, two compilers and two languages must come to the same value, so the hash is written down here instead of
//! taken from a standard library that may change it. It finds accidents and gives short names; it withstands no
//! attacker, and whoever relies on a name compares the full text as well.
//!
//! The parameters are those of the authors' draft, *The FNV Non-Cryptographic Hash Algorithm*
//! (`draft-eastlake-fnv`), and so are the values the tests expect.
//!
//! ```
//! use iceoryx2_bb_elementary::fnv;
//!
//! const WHOLE: u64 = fnv::hash_64(b"foobar");
//! assert_eq!(WHOLE, 0x8594_4171_f739_67e8);
//! assert_eq!(WHOLE, fnv::extend_64(fnv::hash_64(b"foo"), b"bar"));
//! ```

/// The 64-bit hash of nothing.
pub const OFFSET_BASIS_64: u64 = 0xcbf2_9ce4_8422_2325;
/// The 128-bit hash of nothing.
pub const OFFSET_BASIS_128: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;

const PRIME_64: u64 = (1 << 40) + (1 << 8) + 0xb3;
const PRIME_128: u128 = (1 << 88) + (1 << 8) + 0x3b;

/// The 64-bit hash of `bytes`.
#[must_use]
pub const fn hash_64(bytes: &[u8]) -> u64 {
    extend_64(OFFSET_BASIS_64, bytes)
}

/// The 128-bit hash of `bytes`.
#[must_use]
pub const fn hash_128(bytes: &[u8]) -> u128 {
    extend_128(OFFSET_BASIS_128, bytes)
}

/// The 64-bit hash of what `hash` is the hash of, followed by `bytes`.
#[must_use]
pub const fn extend_64(mut hash: u64, mut bytes: &[u8]) -> u64 {
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u64).wrapping_mul(PRIME_64);
        bytes = rest;
    }
    hash
}

/// The 128-bit hash of what `hash` is the hash of, followed by `bytes`.
#[must_use]
pub const fn extend_128(mut hash: u128, mut bytes: &[u8]) -> u128 {
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u128).wrapping_mul(PRIME_128);
        bytes = rest;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_of_64_bits_are_met() {
        assert_eq!(hash_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash_64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash_64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn published_values_of_128_bits_are_met() {
        assert_eq!(hash_128(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash_128(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(
            hash_128(b"foobar"),
            0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18
        );
    }

    #[test]
    fn a_hash_in_pieces_is_the_hash_of_the_whole() {
        assert_eq!(extend_64(hash_64(b"foo"), b"bar"), hash_64(b"foobar"));
        assert_eq!(extend_128(hash_128(b"foo"), b"bar"), hash_128(b"foobar"));
    }
}
