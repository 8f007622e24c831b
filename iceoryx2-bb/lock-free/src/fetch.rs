// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hints to the processor: fetch a cache line before it is needed. Nothing is read or written, so that any address will do, and
//! where the processor has no such hint nothing happens.
//!
//! A line that the other side has read must be taken from it before it can be written, which takes as long as fetching
//! one, and stores become visible one after the other. Who writes two such lines waits for both in turn, unless it has
//! asked for both beforehand: over ports that makes a round trip of 64 B take 430 ns in place of 560, beside a floor of
//! 300 ns (`benchmarks -- round-trip --payload 64`).

use core::ptr::NonNull;

/// Fetches the line at `address`, which will be read.
#[inline(always)]
pub fn to_read<T: ?Sized>(address: NonNull<T>) {
    let address = address.cast::<u8>().as_ptr();
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch neither faults nor reads, whatever the address.
    unsafe {
        core::arch::asm!("prefetcht0 [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    let _ = address;
}

/// Fetches the line at `address`, which will be written, away from whoever else has it.
#[inline(always)]
pub fn to_write<T: ?Sized>(address: NonNull<T>) {
    let address = address.cast::<u8>().as_ptr();
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch neither faults nor writes, whatever the address; processors without this one skip it.
    unsafe {
        core::arch::asm!("prefetchw [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("prfm pstl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    let _ = address;
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails if: a hint reads or writes.
    #[test]
    fn no_address_is_touched() {
        for address in [1, 4096, usize::MAX / 2, usize::MAX] {
            let address = NonNull::new(core::ptr::without_provenance_mut::<u8>(address)).unwrap();
            to_read(address);
            to_write(address);
        }
        let word = 7_u64;
        to_write(NonNull::from(&word));
        assert_eq!(word, 7);
    }
}
