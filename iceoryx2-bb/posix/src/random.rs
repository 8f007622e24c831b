// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random bits from the system: unguessable, and never the same twice on this planet.
//!
//! A thread asks for several identifiers' worth at a time, and hands each out once. A forked child asks anew.

use crate::{Error, fork::Birth, sys};
use core::cell::Cell;

/// Identifiers asked for at a time. A process with one port needs two.
const TOGETHER: usize = 4;

thread_local! {
    static POOL: Cell<Pool> = const { Cell::new(Pool { birth: None, left: [0; TOGETHER], count: 0 }) };
}

#[derive(Clone, Copy)]
struct Pool {
    birth: Option<Birth>,
    // INVARIANT: the first `count` were drawn in the process of `birth`, and handed out to nobody.
    left: [u128; TOGETHER],
    count: usize,
}

/// 128 random bits.
///
/// ```
/// # fn main() -> Result<(), iceoryx2_bb_posix::Error> {
/// use iceoryx2_bb_posix::random::random_128;
/// assert_ne!(random_128()?, random_128()?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// What the system refuses.
pub fn random_128() -> Result<u128, Error> {
    let mut pool = POOL.get();
    if pool.count == 0 || pool.birth.is_none_or(|birth| birth.is_foreign()) {
        pool = Pool::draw()?;
    }
    let taken = pool.take();
    POOL.set(pool);
    taken.ok_or(sys::errno::invalid_input("getrandom"))
}

impl Pool {
    fn draw() -> Result<Self, Error> {
        let birth = Some(Birth::here()?);
        let mut bytes = [[0; size_of::<u128>()]; TOGETHER];
        sys::random::fill(bytes.as_flattened_mut())?;
        Ok(Self {
            birth,
            left: bytes.map(u128::from_ne_bytes),
            count: TOGETHER,
        })
    }

    fn take(&mut self) -> Option<u128> {
        self.count = self.count.checked_sub(1)?;
        self.left.get_mut(self.count).map(core::mem::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::forked;
    use std::{collections::BTreeSet, thread};

    // Fails if: `take` does not count down.
    #[test]
    fn no_two_are_alike_in_no_two_threads() {
        let draw = || (0..100).map(|_| random_128().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| thread::spawn(draw)).collect();
        let mut all = draw();
        all.extend(threads.into_iter().flat_map(|it| it.join().unwrap()));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 500);
        assert!(!all.contains(&0));
    }

    // Fails if: the birth is not looked at.
    #[test]
    fn a_forked_child_draws_for_itself() {
        random_128().unwrap();
        let before = POOL.get();
        let next = before.left[before.count - 1];
        assert!(forked(|| random_128().is_ok_and(|drawn| drawn != next)));
        assert_eq!(random_128(), Ok(next));
    }
}
