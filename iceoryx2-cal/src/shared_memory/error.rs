// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::OpenError;
use core::{error::Error, fmt};

impl fmt::Display for OpenError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMemory => out.write_str(
                "the peer's handle is refused because it names another kind of object; \
                 look whether both sides run the same version",
            ),
            Self::NotSealed => out.write_str(
                "the peer's memory is refused because somebody could still shrink or write it; \
                 its owner must seal it before sending it",
            ),
            Self::Size => out.write_str(
                "the peer's memory is refused because it has no bytes or more than this process \
                 can address",
            ),
            Self::System(error) => write!(out, "the peer's handle could not be opened: {error}"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::System(error) => Some(error),
            _ => None,
        }
    }
}
