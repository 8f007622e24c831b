// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `file_server` and `file_client` agree on.
//!
//! ```text
//!     client ── RemotePath ──▶ server
//!            ◀── Chunk Data, offset 0 ──
//!            ◀── Chunk Data, offset 65,536 ──
//!                 …
//!            ◀── Chunk End, offset = size of the file ──   or Failed, with the reason as text
//! ```
//!
//! Nothing may get lost, so overflow is off: a server that is faster than its client sleeps until there is room. A
//! stream without an end was cut off, and the client must not keep what it got.

use core::fmt;
use iceoryx2::{
    active_request::ActiveRequest, pending_response::PendingResponse, prelude::*,
    service::port_factory::request_response::PortFactory,
};
use std::{
    error::Error,
    ffi::OsStr,
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::Path,
};

/// How long a path may be, in bytes.
pub const PATH_SIZE_MAX: usize = 4096;

/// How much of a file one response carries, in bytes.
pub const CHUNK_SIZE: usize = 64 * 1024;

/// A request: the path of a file, relative to the server's root.
#[derive(Clone, Copy, ZeroCopySend)]
#[repr(C)]
pub struct RemotePath {
    len: u32,
    bytes: [u8; PATH_SIZE_MAX],
}

impl RemotePath {
    /// Takes a path.
    ///
    /// # Errors
    /// Where it is too long: this payload has a fixed size.
    pub fn new(path: &Path) -> Result<Self, Box<dyn Error>> {
        let content = path.as_os_str().as_bytes();
        let mut bytes = [0; PATH_SIZE_MAX];
        bytes
            .get_mut(..content.len())
            .ok_or_else(|| format!("{path:?} is too long: at most {PATH_SIZE_MAX} bytes"))?
            .copy_from_slice(content);
        let len = content.len().try_into()?;
        Ok(Self { len, bytes })
    }

    /// The path. A length that cannot be is taken for the greatest that can: a client may have written anything.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(used(&self.bytes, self.len)))
    }
}

impl fmt::Debug for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().fmt(f)
    }
}

/// What a [`Chunk`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ZeroCopySend)]
#[repr(u32)]
enum Kind {
    /// A part of the file.
    Data,
    /// The file ended before this offset. Nothing follows.
    End,
    /// The server cannot send the file, or not go on; the content says why. Nothing follows.
    Failed,
}

/// A response: a part of a file, or its end.
#[derive(ZeroCopySend)]
#[repr(C)]
pub struct Chunk {
    kind: Kind,
    len: u32,
    offset: u64,
    data: [u8; CHUNK_SIZE],
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            kind: Kind::End,
            len: 0,
            offset: 0,
            data: [0; CHUNK_SIZE],
        }
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("kind", &self.kind)
            .field("len", &self.len)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl Chunk {
    /// The part of the file that begins at `offset`; `None` if the file ends there.
    ///
    /// # Errors
    /// Where the server says why there is no such part, or this is another part.
    pub fn part_at(&self, offset: u64) -> Result<Option<&[u8]>, Box<dyn Error>> {
        let content = used(&self.data, self.len);
        match self.kind {
            Kind::Failed => Err(String::from_utf8_lossy(content).into()),
            _ if self.offset != offset => Err("a part is missing: ask again".into()),
            Kind::Data => Ok(Some(content)),
            Kind::End => Ok(None),
        }
    }

    /// Reads the next part of `file`, which begins at `offset`, or its end. Returns the offset after it.
    ///
    /// # Errors
    /// What `file` says.
    pub fn fill(&mut self, file: &mut impl Read, offset: u64) -> io::Result<u64> {
        let len = loop {
            match file.read(&mut self.data) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.kind = if len == 0 { Kind::End } else { Kind::Data };
        self.offset = offset;
        self.len = u32::try_from(len).map_err(io::Error::other)?;
        Ok(offset.saturating_add(self.len.into()))
    }

    /// Says why the file cannot be sent.
    fn fail(&mut self, reason: &str) {
        self.kind = Kind::Failed;
        self.len = 0;
        for (to, from) in self.data.iter_mut().zip(reason.bytes()) {
            *to = from;
            self.len += 1;
        }
    }
}

fn used(bytes: &[u8], len: u32) -> &[u8] {
    bytes.get(..len as usize).unwrap_or(bytes)
}

/// A request in the server's hands.
pub type Request = ActiveRequest<ipc::Service, RemotePath, (), Chunk, ()>;

/// A request and its responses in the client's hands.
pub type Transfer = PendingResponse<ipc::Service, RemotePath, (), Chunk, ()>;

/// The service as both sides open it.
pub type Service = PortFactory<ipc::Service, RemotePath, (), Chunk, ()>;

/// Opens the service, or creates it.
///
/// # Errors
/// Where the service cannot be opened.
pub fn open(node: &Node<ipc::Service>) -> Result<Service, Box<dyn Error>> {
    let service = node
        .service_builder(&"Examples/FileTransfer".try_into()?)
        .request_response::<RemotePath, Chunk>()
        .enable_safe_overflow_for_requests(false)
        .enable_safe_overflow_for_responses(false)
        .max_active_requests_per_client(1)
        .max_response_buffer_size(8)
        // WHY: every server of a service gets every request, so two would both send the file.
        .max_servers(1)
        .max_clients(16)
        .open_or_create()?;
    Ok(service)
}

/// Tells the client why there is nothing, or no more. The client may be gone, or not have room; without a reason it still
/// sees that the stream ended before the file did.
pub fn tell(request: &Request, reason: &str) {
    if let Ok(mut chunk) = request.loan() {
        chunk.fail(reason);
        let _ = chunk.send();
    }
}
