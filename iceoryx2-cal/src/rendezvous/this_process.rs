// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::PeerProcess;
use iceoryx2_bb_posix::Source;

/// Within one process: the life of the peer's process is ours, so there is nothing to be told of it.
#[derive(Debug)]
pub enum ThisProcess {}

impl PeerProcess for ThisProcess {
    type Source<'a> = Source<'a>;

    #[inline]
    fn is_dead(&self) -> bool {
        match *self {}
    }

    #[inline]
    fn source(&self) -> Source<'_> {
        match *self {}
    }
}
