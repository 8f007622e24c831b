// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Response positions go on beyond 32 bits, in requests of every kind.

use super::{
    LIMITS, OVERFLOWING,
    rig::{Kind, Rig},
};
use crate::Mechanisms;

const WRAP: u64 = 1 << 32;

/// A connection in the middle of its life: every stream stands at `position`.
fn running<M: Mechanisms>(limits: super::Limits, position: u64) -> Rig<M> {
    let mut rig = Rig::<M>::new(limits);
    rig.requester.resume_streams_at(position);
    rig.responder.resume_streams_at(position);
    for slot in 0..limits.slots() as usize {
        rig.client
            .word(
                rig.layout.client.claims,
                slot * rig.layout.client.claim_words,
            )
            .publish(position);
    }
    rig
}

pub(in super::super) fn positions_go_on_beyond_32_bits<M: Mechanisms>() {
    for base in [WRAP, 5 * WRAP, 1 << 61] {
        for below in 0..9 {
            for limits in [LIMITS, OVERFLOWING] {
                for unread in 0..=3 {
                    let mut rig = running::<M>(limits, base - below);
                    for round in 1..9 {
                        let generation = rig.send(0, Kind::Chunk, 0);
                        let request = rig.take();
                        (0..3).for_each(|n| rig.respond(&request, Kind::Chunk, round * 100 + n));
                        for n in unread..3 {
                            assert_eq!(rig.read(0, generation), round * 100 + n - unread);
                        }
                        rig.requester.cancel(0, generation);
                        rig.responder.finish(&request);
                    }
                    let generation = rig.send(0, Kind::Inline, 0);
                    let request = rig.take();
                    rig.nothing_for_client(0, generation);
                    rig.responder.finish(&request);
                    rig.all_home();
                }
            }
        }
    }
}
