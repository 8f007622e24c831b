// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a new connection finds in its half.

use super::LIMITS;
use crate::{
    Mechanisms,
    zero_copy_connection::{
        ConnectionLayout, Growth, PortLayout, PortMemory, layout::Run, region::Region,
    },
};
use iceoryx2_bb_lock_free::word::{LINE_SIZE, Line};

// Fails if: `take_half` does not clear a half that was used.
pub(in super::super) fn a_half_is_all_zero_each_time_it_is_taken<M: Mechanisms>() {
    let half_size = ConnectionLayout::new(LIMITS).unwrap().client_half_size();
    let layout = PortLayout::new(half_size, 3, 1, 64, 8).unwrap();
    let mut memory =
        PortMemory::<M>::create("conformance", layout, half_size, false, Growth::Never).unwrap();
    for round in 1..4 {
        let halves = [(); 3].map(|()| memory.take_half().unwrap().unwrap());
        assert!(memory.take_half().unwrap().is_none());
        for half in halves {
            let region = Region::of_own(memory.memory(), half.offset, half_size).unwrap();
            let run = Run {
                first: 0,
                lines: half_size / LINE_SIZE,
            };
            for word in region.lines(run).unwrap().iter().flat_map(Line::words) {
                assert_eq!(word.peek(), 0, "in round {round}");
                word.set(round);
            }
            memory.give_half(half);
        }
    }
}
