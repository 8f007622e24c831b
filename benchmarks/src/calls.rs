// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How many system calls a part makes, from one mark to the next, or from where it becomes another program to its end.

use crate::{Result, part::Part};
use iceoryx2_bb_posix::trace::{Go, Seen, mark};

/// The calls of one section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    pub all: u64,
    /// Those that wait for a disk.
    pub flushes: u64,
}

/// Follows a part from its first mark, or from where it becomes another program.
pub fn sections(part: &mut Part) -> Result<Vec<Calls>> {
    let mut sections = Vec::new();
    part.follow(|seen| {
        match (seen, sections.last_mut()) {
            (Seen::Mark | Seen::Executed, _) => sections.push(Calls::default()),
            (Seen::Call(call), Some(section)) => {
                section.all += 1;
                section.flushes += u64::from(call.flushes());
            }
            _ => {}
        }
        Go::ToCall
    })?;
    Ok(sections)
}

/// Two marks with nothing in between, for [`between_marks`].
pub fn begin_marks() -> Result<()> {
    mark()?;
    Ok(mark()?)
}

/// The calls between each two marks of a part that has begun with [`begin_marks`], without those of the marks.
pub fn between_marks(part: &mut Part) -> Result<Vec<Calls>> {
    let mut sections = sections(part)?.into_iter();
    let nothing = sections.next().ok_or("the child showed no marks")?;
    // After the last mark comes what is not counted.
    let _ = sections.next_back();
    let without_mark = |section: Calls| Calls {
        all: section.all.saturating_sub(nothing.all),
        ..section
    };
    Ok(sections.map(without_mark).collect())
}
