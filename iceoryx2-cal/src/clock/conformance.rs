// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every clock must do.

use super::{Clock, Moment};
use core::time::Duration;

/// Instantiates a test per case for one clock.
macro_rules! tests {
    ($mechanism:ty) => {
        crate::clock::conformance::tests! { @each $mechanism;
            never_runs_backwards
            passes_while_one_sleeps
        }
    };
    (@each $mechanism:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::clock::conformance::$case::<$mechanism>();
            }
        )+
    };
}

pub(crate) use tests;

pub(crate) fn never_runs_backwards<C: Clock>() {
    let mut last = C::now();
    for _ in 0..1000 {
        let now = C::now();
        assert!(now >= last);
        last = now;
    }
}

pub(crate) fn passes_while_one_sleeps<C: Clock>() {
    let before = C::now();
    std::thread::sleep(Duration::from_millis(2));
    assert!(C::now().since(before) >= Duration::from_millis(2));
}

#[test]
fn moments_do_not_wrap() {
    let last = Moment::from_ns(u64::MAX);
    assert_eq!(last.checked_add(Duration::from_nanos(1)), None);
    assert_eq!(Moment::from_ns(1).checked_add(Duration::MAX), None);
    assert_eq!(Moment::from_ns(1).since(last), Duration::ZERO);
    assert_eq!(
        Moment::from_ns(1).checked_add(Duration::from_nanos(2)),
        Some(Moment::from_ns(3))
    );
}
