// SPDX-License-Identifier: Apache-2.0 OR MIT
//! System calls that fail on demand, in the calling thread only.

use core::cell::RefCell;
use iceoryx2_bb_elementary::hooks::{Observer, observe};

thread_local! {
    static PLANS: RefCell<Vec<(&'static str, i32)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct Planned;

impl Observer for Planned {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        PLANS.with_borrow_mut(|plans| {
            let planned = plans.iter().position(|(call, _)| *call == name)?;
            Some(plans.remove(planned).1)
        })
    }
}

/// Makes the next `call` of this thread within `action` fail with `errno`; it must come. May be nested.
pub(crate) fn failing<T>(call: &'static str, errno: i32, action: impl FnOnce() -> T) -> T {
    observe(&Planned);
    PLANS.with_borrow_mut(|plans| plans.push((call, errno)));
    let result = action();
    let left = PLANS.with_borrow_mut(|plans| {
        let planned = plans.iter().position(|plan| *plan == (call, errno))?;
        Some(plans.remove(planned))
    });
    assert_eq!(left, None, "{call} was never called");
    result
}
