// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where a configuration is looked for when a program names none.
//!
//! ```text
//!     1  $PWD/config/iceoryx2.toml                   with the program
//!     2  $XDG_CONFIG_HOME/iceoryx2/iceoryx2.toml     of the user; $XDG_CONFIG_HOME is ~/.config unless it is absolute
//!     3  /etc/iceoryx2/iceoryx2.toml                 of the machine
//!     4  the built-in defaults
//! ```
//!
//! The first file found decides, even if it is broken: to go on to the next would make a typing mistake the reason
//! why two processes never meet. A directory this user may not look into holds nothing for this user.

use super::{ConfigCreationError, file::unreadable};
use std::{
    io::{Error, ErrorKind},
    path::{Path, PathBuf},
};

const BESIDE_THE_PROGRAM: &str = "config/iceoryx2.toml";
const BELOW_THE_USERS: &str = "iceoryx2/iceoryx2.toml";
const OF_THE_MACHINE: &str = "/etc/iceoryx2/iceoryx2.toml";

/// The file that decides in this process, if there is one.
pub(super) fn find() -> Result<Option<PathBuf>, ConfigCreationError> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    // WHY: where the working directory is matters only if there may be something in it.
    let beside_the_program = is_there(Path::new(BESIDE_THE_PROGRAM)) != Ok(false);
    let working_directory = beside_the_program.then(std::env::current_dir);
    first_of(candidates(
        working_directory.and_then(Result::ok),
        variable("XDG_CONFIG_HOME"),
        variable("HOME"),
    ))
}

fn candidates(
    working_directory: Option<PathBuf>,
    config_home: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Vec<PathBuf> {
    let absolute = |directory: &PathBuf| directory.is_absolute();
    let of_the_user = config_home
        .filter(absolute)
        .or_else(|| home.filter(absolute).map(|home| home.join(".config")));
    let with_the_program = working_directory.map(|directory| directory.join(BESIDE_THE_PROGRAM));
    with_the_program
        .into_iter()
        .chain(of_the_user.map(|directory| directory.join(BELOW_THE_USERS)))
        .chain([PathBuf::from(OF_THE_MACHINE)])
        .collect()
}

fn first_of(candidates: Vec<PathBuf>) -> Result<Option<PathBuf>, ConfigCreationError> {
    for path in candidates {
        if is_there(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn is_there(path: &Path) -> Result<bool, ConfigCreationError> {
    use ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    let is_none =
        |error: &Error| [NotFound, NotADirectory, PermissionDenied].contains(&error.kind());
    // WHY: mostly there is nothing of that name, and that is the cheapest question about a name alone.
    if std::fs::read_link(path).is_err_and(|error| is_none(&error)) {
        return Ok(false);
    }
    match std::fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if is_none(&error) => Ok(false),
        Err(error) => Err(unreadable(path, "stat")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{candidates, first_of};
    use crate::{config::ConfigCreationError, testing::Directory};
    use std::path::{Path, PathBuf};

    fn some(path: &str) -> Option<PathBuf> {
        Some(PathBuf::from(path))
    }

    // Fails if: `.or_else(..)` in `candidates` becomes `.or(home)`.
    #[test]
    fn the_program_comes_before_the_user_and_the_user_before_the_machine() {
        let table = [
            (
                candidates(some("/w"), some("/x"), some("/h")),
                vec!["/w/config/iceoryx2.toml", "/x/iceoryx2/iceoryx2.toml"],
            ),
            (
                candidates(some("/w"), None, some("/h")),
                vec![
                    "/w/config/iceoryx2.toml",
                    "/h/.config/iceoryx2/iceoryx2.toml",
                ],
            ),
            (
                candidates(None, some(""), some("/h")),
                vec!["/h/.config/iceoryx2/iceoryx2.toml"],
            ),
            (
                candidates(None, some("here"), some("/h")),
                vec!["/h/.config/iceoryx2/iceoryx2.toml"],
            ),
            (candidates(None, some("here"), some("there")), vec![]),
            (candidates(None, None, some("")), vec![]),
            (candidates(None, None, None), vec![]),
        ];
        for (found, mut expected) in table {
            expected.push("/etc/iceoryx2/iceoryx2.toml");
            let expected: Vec<&Path> = expected.into_iter().map(Path::new).collect();
            assert_eq!(found, expected);
        }
    }

    // Fails if: `first_of` goes through `candidates` from the end.
    #[test]
    fn the_first_file_found_wins() {
        let directory = Directory::new();
        let [a, b, c] = ["a", "b", "c"].map(|name| directory.path().join(name));
        let all = || vec![a.clone(), b.clone(), c.clone()];
        assert_eq!(first_of(all()), Ok(None));
        for wins in [&c, &b, &a] {
            std::fs::write(wins, "").unwrap();
            assert_eq!(first_of(all()), Ok(Some(wins.clone())));
        }
    }

    // Fails if: `is_there` asks `Path::is_file` instead.
    #[test]
    fn a_directory_with_the_files_name_is_found_too() {
        let directory = Directory::new();
        let found = first_of(vec![directory.path().to_path_buf()]);
        assert_eq!(found, Ok(Some(directory.path().to_path_buf())));
    }

    // Fails if: `NotADirectory` is removed from `is_there`.
    #[test]
    fn nothing_lies_below_a_file() {
        let directory = Directory::new();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(first_of(vec![file.join("iceoryx2.toml")]), Ok(None));
    }

    // Fails if: the last arm of `is_there` is `Ok(false)`.
    #[test]
    fn a_path_that_leads_nowhere_for_ever_is_an_error_that_names_it() {
        let directory = Directory::new();
        let circle = directory.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        let error = first_of(vec![circle.clone()]).unwrap_err();
        assert!(matches!(&error, ConfigCreationError::Unreadable { path, .. } if *path == circle));
    }
}
