// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The suite, between mappings of this system's memory and within one process.

use super::{Requester, Responder, conformance};
use crate::{Ipc, Local, Mechanisms};

mod ipc {
    use super::{Ipc, conformance};

    conformance::tests!(Ipc);
}

mod local {
    use super::{Local, conformance};

    conformance::tests!(Local);
}

#[test]
fn both_ends_move_between_threads() {
    fn assert_send<T: Send>() {}
    fn assert_ends_move<M: Mechanisms>() {
        assert_send::<Requester<M>>();
        assert_send::<Responder<M>>();
    }
    assert_ends_move::<Ipc>();
    assert_ends_move::<Local>();
}
