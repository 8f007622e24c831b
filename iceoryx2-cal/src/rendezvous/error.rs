// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::ConnectError;
use core::{error::Error, fmt};

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => out.write_str("there is no link because nobody has that name"),
            Self::Refused => out.write_str(
                "there is no link because whoever had that name does not listen any more",
            ),
            Self::Busy => out.write_str(
                "there is no link yet because too many peers wait for the same listener; \
                 try again",
            ),
            Self::System(error) => write!(out, "there is no link: {error}"),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::System(error) => Some(error),
            _ => None,
        }
    }
}
