// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Asleep until a message comes: the ports' own waiting.

use super::iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::server::Server,
    prelude::{ZeroCopySend, ipc},
    response::Response,
};
use crate::{Result, side::Role};
use core::fmt::Debug;

#[derive(Debug)]
pub struct Sleeper;

impl Sleeper {
    #[expect(clippy::unnecessary_wraps, reason = "the other library's can fail")]
    pub const fn new(_: &Node<ipc::Service>, _: Role) -> Result<Self> {
        Ok(Self)
    }

    pub fn response<T: Debug + ZeroCopySend>(
        &self,
        pending: &PendingResponse<ipc::Service, T, (), T, ()>,
    ) -> Result<Response<ipc::Service, T, ()>> {
        Ok(pending.blocking_receive()?)
    }

    pub fn request<T: Debug + ZeroCopySend>(
        &self,
        server: &Server<ipc::Service, T, (), T, ()>,
    ) -> Result<ActiveRequest<ipc::Service, T, (), T, ()>> {
        Ok(server.blocking_receive()?)
    }
}

/// What is done after a message was sent: nothing, the ports do it.
pub trait Waker {
    fn wake(&self) -> Result<()>;
}

impl Waker for Option<Sleeper> {
    #[inline]
    fn wake(&self) -> Result<()> {
        Ok(())
    }
}
