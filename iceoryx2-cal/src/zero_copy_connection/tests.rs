// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite, between mappings of this system's memory.

use super::{Requester, Responder, conformance};
use crate::Ipc;

conformance::tests!(Ipc);

#[test]
fn both_ends_move_between_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<Requester<Ipc>>();
    assert_send::<Responder<Ipc>>();
}
