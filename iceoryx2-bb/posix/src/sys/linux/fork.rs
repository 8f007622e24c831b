// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::call::call_once;
use crate::Error;
use core::ffi::c_int;
use nix::errno::Errno;

type Handler = extern "C" fn();

unsafe extern "C" {
    // WHY: neither nix nor libc declares it for Linux.
    fn pthread_atfork(
        prepare: Option<Handler>,
        parent: Option<Handler>,
        child: Option<Handler>,
    ) -> c_int;
}

pub(crate) fn install(before: Handler, in_parent: Handler, in_child: Handler) -> Result<(), Error> {
    call_once("pthread_atfork", || {
        // SAFETY: the handlers are functions of this library and live as long as it; they unwind into nobody, for
        // none of them panics.
        match unsafe { pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } {
            0 => Ok(()),
            errno => Err(Errno::from_raw(errno)),
        }
    })
}
