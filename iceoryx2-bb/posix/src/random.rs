// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Random bits from the system: unguessable, and never the same twice on this planet.

use crate::{Error, sys};

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
    let mut bytes = [0; 16];
    sys::random::fill(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}
