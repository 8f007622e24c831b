// SPDX-License-Identifier: Apache-2.0 OR MIT
//! System calls that fail on demand, in the calling thread only.

use core::cell::Cell;
use iceoryx2_bb_elementary::hooks::{Observer, observe};

thread_local! {
    static PLAN: Cell<Option<(&'static str, i32)>> = const { Cell::new(None) };
}

#[derive(Debug)]
struct Planned;

impl Observer for Planned {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        let (call, errno) = PLAN.get()?;
        (call == name).then(|| {
            PLAN.set(None);
            errno
        })
    }
}

/// Makes the next `call` of this thread within `action` fail with `errno`; it must come.
pub(crate) fn failing<T>(call: &'static str, errno: i32, action: impl FnOnce() -> T) -> T {
    observe(&Planned);
    PLAN.set(Some((call, errno)));
    let result = action();
    assert_eq!(PLAN.take(), None, "{call} was never called");
    result
}
