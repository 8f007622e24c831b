// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two pipes, as standard input and standard output of either process.

use super::wire::{Bytes, End};
use crate::{Result, row::Row};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
};

const O_NONBLOCK: i32 = 0o4000;

pub fn end(row: Row) -> Result<End<Bytes<File, File>>> {
    // WHY: opened anew, not duplicated, so that not blocking is a matter of this end alone.
    let flags = if row.asleep() { 0 } else { O_NONBLOCK };
    let from = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open("/proc/self/fd/0")?;
    let to = OpenOptions::new()
        .write(true)
        .custom_flags(flags)
        .open("/proc/self/fd/1")?;
    Ok(End::new(row, Bytes::new(from, to)))
}
