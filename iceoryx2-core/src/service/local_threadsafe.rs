// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The variant within one process, for ports that threads share.

use super::shared::{Gated, ThreadSafeShared};

/// Connects threads of one process and touches no file. Ports are `Send` and `Sync`, messages `Send`.
///
/// It is [`local`](super::local) with a lock around each port, as [`ipc_threadsafe`](super::ipc_threadsafe) is
/// [`ipc`](super::ipc) with one.
///
/// ```
/// use iceoryx2::prelude::*;
/// use std::{thread, time::Duration};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let node = NodeBuilder::new().create::<local_threadsafe::Service>()?;
/// let service = node
///     .service_builder(&"Doc/Threads".try_into()?)
///     .request_response::<u64, u64>()
///     .open_or_create()?;
/// let server = service.server_builder().create()?;
/// let client = service.client_builder().create()?;
///
/// thread::scope(|scope| -> Result<(), Box<dyn std::error::Error>> {
///     scope.spawn(|| {
///         let request = server.blocking_receive()?;
///         request.send_copy(*request + 1)?;
///         Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
///     });
///     assert_eq!(*client.call(41, Duration::from_secs(10))?, 42);
///     Ok(())
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Service;

impl super::Service for Service {
    type Mechanisms = iceoryx2_cal::Local;
    type Shared<T: Gated + 'static> = ThreadSafeShared<T>;
}
