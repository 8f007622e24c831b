// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The directory everything lies below, where nobody named one.

use super::text;
use crate::document::Plain;
use iceoryx2_cal::user;
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What the directory is called in another one of the user's.
const NAME: &str = "iceoryx2";

/// `$XDG_RUNTIME_DIR/iceoryx2`, else `/run/user/<uid>/iceoryx2` if that directory is ours, else `/tmp/iceoryx2-<uid>`.
pub(super) fn default_root_path() -> PathBuf {
    choose(runtime_dir(), &user::effective_uid, &is_directory_of)
}

/// What the default may be for processes of this user, whose environments differ: those that exist and are this user's.
pub(super) fn default_root_paths() -> Vec<PathBuf> {
    let uid = user::effective_uid();
    let in_session = runtime_dir().into_iter().chain([session_dir(uid)]);
    let mut roots: Vec<PathBuf> = in_session
        .map(|directory| directory.join(NAME))
        .chain([temporary_root(uid)])
        .filter(|root| root.is_absolute() && is_directory_of(root, uid))
        .collect();
    roots.dedup();
    roots
}

fn choose(
    runtime_dir: Option<PathBuf>,
    uid: &dyn Fn() -> u32,
    is_directory_of: &dyn Fn(&Path, u32) -> bool,
) -> PathBuf {
    if let Some(directory) = runtime_dir.filter(|path| path.is_absolute()) {
        return directory.join(NAME);
    }
    let uid = uid();
    let session = session_dir(uid);
    if is_directory_of(&session, uid) {
        session.join(NAME)
    } else {
        temporary_root(uid)
    }
}

fn runtime_dir() -> Option<PathBuf> {
    std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)
}

fn session_dir(uid: u32) -> PathBuf {
    PathBuf::from(format!("/run/user/{uid}"))
}

fn temporary_root(uid: u32) -> PathBuf {
    PathBuf::from(format!("/tmp/{NAME}-{uid}"))
}

fn is_directory_of(path: &Path, uid: u32) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == uid)
}

pub(super) fn read(value: Plain<'_>) -> Result<PathBuf, String> {
    text::read(value, "the absolute path of a directory", |text| {
        let path = Path::new(text);
        path.is_absolute().then(|| path.to_path_buf())
    })
}

#[cfg(test)]
mod tests {
    use super::choose;
    use std::path::{Path, PathBuf};

    // Fails if: `choose` does not ask whose the directory is.
    #[test]
    fn the_session_comes_before_the_users_own_directory_and_that_before_tmp() {
        let ours = |_: &Path, _: u32| true;
        let not_ours = |_: &Path, _: u32| false;
        let xdg = || Some(PathBuf::from("/run/xdg"));

        assert_eq!(choose(xdg(), &|| 7, &ours), Path::new("/run/xdg/iceoryx2"));
        assert_eq!(
            choose(None, &|| 7, &ours),
            Path::new("/run/user/7/iceoryx2")
        );
        assert_eq!(choose(None, &|| 7, &not_ours), Path::new("/tmp/iceoryx2-7"));
    }

    // Fails if: `choose` takes a relative directory.
    #[test]
    fn an_empty_or_relative_runtime_directory_counts_as_none() {
        for nonsense in ["", "run"] {
            let found = choose(Some(PathBuf::from(nonsense)), &|| 7, &|_, _| false);
            assert_eq!(found, Path::new("/tmp/iceoryx2-7"));
        }
    }
}
