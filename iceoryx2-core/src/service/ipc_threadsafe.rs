// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The variant between processes, for ports that threads share.

use super::shared::{Gated, ThreadSafeShared};

/// Connects processes of one machine. Ports are `Send` and `Sync`, messages `Send`.
///
/// It is [`ipc`](super::ipc) with a lock around each port. One thread that uses a port alone pays a few nanoseconds a
/// message. Threads that wait hold no lock: any number may wait for one server's requests, each of which goes to one of
/// them, and each for its own pending response of one client. A port's limits are for all its threads together: a client
/// of eight threads wants eight loans and eight active requests. Processes that use one of the two variants talk to those
/// that use the other.
///
/// ```
/// use iceoryx2::prelude::*;
/// use std::{thread, time::Duration};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let root = std::env::temp_dir().join(format!("iox2-doc-threadsafe-{}", std::process::id()));
/// # let mut config = Config::default();
/// # config.global.set_root_path(&root);
/// let node = NodeBuilder::new().config(&config).create::<ipc_threadsafe::Service>()?;
/// let service = node
///     .service_builder(&"Doc/Threads".try_into()?)
///     .request_response::<u64, u64>()
///     .open_or_create()?;
/// let server = service.server_builder().create()?;
/// let client = service.client_builder().create()?;
///
/// thread::scope(|scope| -> Result<(), Box<dyn std::error::Error>> {
///     for _ in 0..2 {
///         scope.spawn(|| {
///             let request = server.blocking_receive()?;
///             request.send_copy(*request + 1)?;
///             Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
///         });
///     }
///     for number in [1, 41] {
///         assert_eq!(*client.call(number, Duration::from_secs(10))?, number + 1);
///     }
///     Ok(())
/// })?;
/// # drop((client, server, service, node));
/// # std::fs::remove_dir_all(&root)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Service;

impl super::Service for Service {
    type Mechanisms = iceoryx2_cal::Ipc;
    type Shared<T: Gated + 'static> = ThreadSafeShared<T>;
}
