// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a port may be called, for those who look at a service.

use core::fmt;

/// The name of a port: at most [`PortName::MAX_LEN`] bytes, possibly none. It needs not be unique.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PortName(String);

/// The name is longer than [`PortName::MAX_LEN`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortNameTooLong;

impl fmt::Display for PortNameTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the port's name is longer than {} bytes: choose a shorter one",
            PortName::MAX_LEN
        )
    }
}

impl std::error::Error for PortNameTooLong {}

impl PortName {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 128;

    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`PortNameTooLong`].
    pub fn new(name: &str) -> Result<Self, PortNameTooLong> {
        if name.len() > Self::MAX_LEN {
            Err(PortNameTooLong)
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PortName {
    type Error = PortNameTooLong;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
