// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A slice of the torture.

use iceoryx2_bb_elementary::hooks;
use iceoryx2_tests::torture::torture;
use std::path::Path;

#[test]
fn a_hundred_kills_go_unpunished() {
    if !hooks::PRESENT {
        return;
    }
    let report = torture(Path::new(env!("CARGO_BIN_EXE_torture")), 100, 20_261_121);
    assert_eq!(report.complaints(), [""; 0], "{report}");
    assert_eq!(report.kills(), 100);
}
