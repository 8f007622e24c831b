// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the system's refusals mean to a user: the rule that keeps them out, and what helps.

use super::place::is_permission_denied;
use core::fmt;
use iceoryx2_cal::{SystemError, SystemErrorKind, static_storage::StorageError, user};
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A place this user may not use, and the rule that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDenied {
    error: StorageError,
    rule: String,
}

impl AccessDenied {
    /// The refusal, if `error` is one; `error` itself if it is another.
    pub(crate) fn of(error: StorageError) -> Result<Self, StorageError> {
        if is_permission_denied(&error) {
            let rule = rule_at(path_of(&error));
            Ok(Self { error, rule })
        } else {
            Err(error)
        }
    }

    /// What the system said about which path.
    #[must_use]
    pub fn error(&self) -> &StorageError {
        &self.error
    }
}

impl fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = &self.rule;
        match &self.error {
            StorageError::Untrusted { path, reason } => write!(
                f,
                "{} cannot be trusted because {reason} ({rule}); correct its owner and mode, or choose another \
                 directory (configuration key global.root-path)",
                path.display()
            ),
            error => write!(
                f,
                "{error} ({rule}); run as its owner, or choose a directory of this user's (configuration key \
                 global.root-path)"
            ),
        }
    }
}

impl std::error::Error for AccessDenied {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// An error followed by what helps.
pub(crate) struct WithCure<'a>(pub(crate) &'a StorageError);

impl fmt::Display for WithCure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, cure_of(self.0))
    }
}

/// The same for an error that has no path.
pub(crate) struct SystemWithCure(pub(crate) SystemError);

impl fmt::Display for SystemWithCure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        match self.0.kind().cure() {
            Some(_) => Ok(()),
            None => {
                f.write_str("; see what keeps this process from it (its sandbox, if it has one)")
            }
        }
    }
}

/// What helps, to follow the error's own sentence.
fn cure_of(error: &StorageError) -> &'static str {
    use SystemErrorKind as Kind;
    let kind = match error {
        StorageError::Busy { .. } => return " (configuration key global.creation-timeout)",
        StorageError::System { error, .. } => error.kind(),
        _ => return " (configuration key global.root-path)",
    };
    match kind {
        Kind::NoSpace => ", or choose another directory (configuration key global.root-path)",
        Kind::ReadOnly => {
            "; choose a directory on a file system that can be written (configuration key global.root-path)"
        }
        Kind::NotADirectory | Kind::AlreadyExists | Kind::IsADirectory => {
            "; remove what is in its place, or choose another directory (configuration key global.root-path)"
        }
        Kind::Loop => {
            "; choose the directory itself and not a symbolic link (configuration key global.root-path)"
        }
        Kind::NameTooLong => "; choose a shorter path (configuration key global.root-path)",
        kind if kind.cure().is_some() => "",
        _ => "; choose a directory that can be used (configuration key global.root-path)",
    }
}

fn path_of(error: &StorageError) -> &Path {
    match error {
        StorageError::Busy { path }
        | StorageError::Untrusted { path, .. }
        | StorageError::System { path, .. } => path,
        _ => Path::new(""),
    }
}

/// Who owns `path`, or what is nearest above it and may be looked at, and who we are.
fn rule_at(path: &Path) -> String {
    let user = user::effective_uid();
    let seen = path.ancestors().find_map(|path: &Path| {
        let found = std::fs::symlink_metadata(path).ok()?;
        Some((PathBuf::from(path), found))
    });
    match seen {
        Some((path, found)) => format!(
            "{} belongs to user {} and has mode {:04o}, and this process runs as user {user}",
            path.display(),
            found.uid(),
            found.mode() & 0o7777
        ),
        None => format!("this process runs as user {user}"),
    }
}
