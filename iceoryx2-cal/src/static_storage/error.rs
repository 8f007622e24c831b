// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::{Directory, StorageError};
use crate::SystemError;
use core::{error::Error, fmt};

impl StorageError {
    /// What turns a system's error about `name` in `place` into ours.
    pub(crate) fn of(place: &Directory, name: &str) -> impl Fn(SystemError) -> Self {
        let path = place.path().join(name);
        move |error| Self::System {
            path: path.clone(),
            error,
        }
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { path } => write!(
                out,
                "{} stayed locked until the deadline, perhaps by a process that is stopped; \
                 continue or end that process (fuser shows it), or allow more time",
                path.display()
            ),
            Self::Untrusted { path, reason } => write!(
                out,
                "{} cannot be used because {reason}; correct its owner and mode, or choose \
                 another path",
                path.display()
            ),
            Self::System { path, error } => write!(out, "{}: {error}", path.display()),
        }
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::System { error, .. } => Some(error),
            Self::Busy { .. } | Self::Untrusted { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sentences_that_name_the_object() {
        let path = std::path::PathBuf::from("/run/place");
        let busy = StorageError::Busy { path: path.clone() };
        assert!(
            busy.to_string()
                .starts_with("/run/place stayed locked until the deadline")
        );
        let untrusted = StorageError::Untrusted {
            path: path.clone(),
            reason: "it belongs to another user",
        };
        assert!(
            untrusted
                .to_string()
                .contains("because it belongs to another user; correct")
        );
        let system = StorageError::System {
            path,
            error: SystemError::invalid_input("openat"),
        };
        assert!(
            system
                .to_string()
                .starts_with("/run/place: openat failed: ")
        );
        assert!(system.source().is_some() && busy.source().is_none());
    }
}
