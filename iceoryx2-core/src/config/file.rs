// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a file to a configuration.

use super::{Config, ConfigCreationError, Diagnosis, field};
use crate::document::{Document, ReadError};
use iceoryx2_cal::SystemError;
use std::{fs::File, io::Read, path::Path};

/// The longest file that is read, in bytes: many times the length of the one that lists every key.
const LEN_MAX: u64 = 65_536;

pub(super) fn read(path: &Path) -> Result<Config, ConfigCreationError> {
    let bytes = content(path)?;
    let diagnosed = |diagnosis| ConfigCreationError::Invalid(Box::new(diagnosis));
    let text = core::str::from_utf8(&bytes)
        .map_err(|error| diagnosed(Diagnosis::of_encoding(path, &bytes, error)))?;
    interpret(text).map_err(|error| diagnosed(Diagnosis::of(path, text, &error)))
}

fn interpret(text: &str) -> Result<Config, ReadError> {
    let mut config = Config::default();
    field::fill(&mut config, &Document::parse(text)?.table())?;
    Ok(config)
}

fn content(path: &Path) -> Result<Vec<u8>, ConfigCreationError> {
    let unsuitable = |reason| ConfigCreationError::Unsuitable {
        path: path.to_path_buf(),
        reason,
    };
    // WHY: to open a pipe is to wait for who writes into it, so look first.
    let found = std::fs::metadata(path).map_err(unreadable(path, "stat"))?;
    if found.is_dir() {
        return Err(unsuitable("it is a directory"));
    }
    if !found.is_file() {
        return Err(unsuitable("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LEN_MAX.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(unreadable(path, "open"))?;
    match u64::try_from(bytes.len()) {
        Ok(..=LEN_MAX) => Ok(bytes),
        _ => Err(unsuitable("it is longer than 64 KiB")),
    }
}

/// What the system answered to `call`.
pub(super) fn unreadable(
    path: &Path,
    call: &'static str,
) -> impl Fn(std::io::Error) -> ConfigCreationError {
    move |error| ConfigCreationError::Unreadable {
        path: path.to_path_buf(),
        error: match error.raw_os_error() {
            Some(errno) => SystemError::new(call, errno),
            None => SystemError::invalid_input(call),
        },
    }
}
