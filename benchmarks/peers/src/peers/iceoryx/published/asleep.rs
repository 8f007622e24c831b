// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Asleep until a message comes: request-response has no waiting, so an event beside it says that there is something.

use super::iceoryx2::{
    active_request::ActiveRequest,
    node::Node,
    pending_response::PendingResponse,
    port::{listener::Listener, notifier::Notifier, server::Server},
    prelude::{ZeroCopySend, ipc},
    response::Response,
};
use crate::{Result, side::Role};
use core::fmt::Debug;

#[derive(Debug)]
pub struct Sleeper {
    listener: Listener<ipc::Service>,
    notifier: Notifier<ipc::Service>,
}

impl Sleeper {
    pub fn new(node: &Node<ipc::Service>, role: Role) -> Result<Self> {
        let event = |name: &str| {
            let builder = node.service_builder(&name.try_into()?).event();
            Result::Ok(builder.open_or_create()?)
        };
        let (to_server, to_client) = (event("to-server")?, event("to-client")?);
        let (here, there) = match role {
            Role::Client => (to_client, to_server),
            Role::Server => (to_server, to_client),
        };
        Ok(Self {
            listener: here.listener_builder().create()?,
            notifier: there.notifier_builder().create()?,
        })
    }

    pub fn response<T: Debug + ZeroCopySend>(
        &self,
        pending: &PendingResponse<ipc::Service, T, (), T, ()>,
    ) -> Result<Response<ipc::Service, T, ()>> {
        loop {
            if let Some(response) = pending.receive()? {
                return Ok(response);
            }
            self.listener.blocking_wait(|_| ())?;
        }
    }

    pub fn request<T: Debug + ZeroCopySend>(
        &self,
        server: &Server<ipc::Service, T, (), T, ()>,
    ) -> Result<ActiveRequest<ipc::Service, T, (), T, ()>> {
        loop {
            if let Some(request) = server.receive()? {
                return Ok(request);
            }
            self.listener.blocking_wait(|_| ())?;
        }
    }
}

/// What is done after a message was sent.
pub trait Waker {
    fn wake(&self) -> Result<()>;
}

impl Waker for Option<Sleeper> {
    #[inline]
    fn wake(&self) -> Result<()> {
        if let Some(sleeper) = self {
            sleeper.notifier.notify()?;
        }
        Ok(())
    }
}
