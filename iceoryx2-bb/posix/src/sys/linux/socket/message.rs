// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages with handles.
//!
//! ```text
//!   control buffer   ┌ cmsghdr: length, SOL_SOCKET, SCM_RIGHTS ┬ number ┬ number ┬ ...
//! ```
//!
//! The kernel puts in as many descriptors as the buffer has room for and closes the others, so the length given to it
//! is exact to the byte. nix's wrapper loses the descriptors that did arrive when some did not; hence the bare call.

use crate::{
    Error, ErrorKind, Handle,
    handle::Descriptor,
    open_list,
    socket::{HANDLES_MAX, Message, Received},
    sys::{call::call, errno},
};
use core::{mem, ptr};
use nix::{
    errno::Errno,
    libc,
    sys::socket::{ControlMessage, MsgFlags, UnixAddr, sendmsg},
};
use std::{
    io::IoSlice,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
};

pub(crate) fn send(to: &Descriptor, message: &[u8], handles: &[&Handle]) -> Result<(), Error> {
    // WHY: an empty message looks to the receiver like the end.
    if message.is_empty() || handles.len() > HANDLES_MAX {
        return Err(errno::invalid_input("sendmsg"));
    }
    let fd = to.get("sendmsg")?;
    let mut numbers = [0; HANDLES_MAX];
    for (number, handle) in numbers.iter_mut().zip(handles) {
        *number = handle.descriptor().get("sendmsg")?.as_raw_fd();
    }
    let numbers = numbers.get(..handles.len()).unwrap_or(&[]);
    let rights = [ControlMessage::ScmRights(numbers)];
    let rights = if numbers.is_empty() { &[] } else { &rights[..] };
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    let bytes = [IoSlice::new(message)];
    call("sendmsg", || {
        sendmsg::<UnixAddr>(fd.as_raw_fd(), &bytes, rights, flags, None)
    })
    .map(drop)
}

pub(crate) fn receive(
    from: &Descriptor,
    buffer: &mut [u8],
    handles_max: usize,
) -> Result<Received, Error> {
    if buffer.is_empty() {
        return Err(errno::invalid_input("recvmsg"));
    }
    match receive_once(from, buffer, handles_max) {
        // WHY: the kernel says this, once, before it hands out what the peer had sent until then.
        Err(error) if error.kind() == ErrorKind::Disconnected => {
            receive_once(from, buffer, handles_max)
        }
        // WHY: the kernel looks for a message first and for the end then. What the peer sent in between, and closed, is
        // there now, and no more can come.
        Ok(Received::End) => receive_once(from, buffer, handles_max),
        result => result,
    }
    .or_else(|error| match error.kind() {
        ErrorKind::WouldBlock => Ok(Received::Nothing),
        ErrorKind::Disconnected => Ok(Received::End),
        _ => Err(error),
    })
}

fn receive_once(
    from: &Descriptor,
    buffer: &mut [u8],
    handles_max: usize,
) -> Result<Received, Error> {
    let mut control = Control::new(handles_max);
    let (arrival, entered) = open_list::creating(|list| {
        let arrival = recvmsg(from, buffer, &mut control)?;
        Ok((
            arrival,
            control
                .descriptors(arrival.control_len)
                .map(|fd| fd.map(|fd| list.enter(fd))),
        ))
    })?;
    if arrival.len == 0 {
        return Ok(Received::End);
    }
    let not_entered = entered.iter().flatten().any(Result::is_err);
    Ok(Received::Message(Message {
        len: arrival.len.min(buffer.len()),
        handles: entered
            .into_iter()
            .flatten()
            .flatten()
            .map(Handle::new)
            .collect(),
        handles_lost: not_entered || arrival.flags & libc::MSG_CTRUNC != 0,
        cut: arrival.flags & libc::MSG_TRUNC != 0,
    }))
}

/// What the kernel says of a message.
#[derive(Clone, Copy)]
struct Arrival {
    len: usize,
    control_len: usize,
    flags: i32,
}

fn recvmsg(from: &Descriptor, buffer: &mut [u8], control: &mut Control) -> Result<Arrival, Error> {
    let fd = from.get("recvmsg")?;
    call("recvmsg", || {
        let mut bytes = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        // SAFETY: a header of zeros is a valid one that says "nothing".
        let mut header: libc::msghdr = unsafe { mem::zeroed() };
        header.msg_iov = &raw mut bytes;
        header.msg_iovlen = 1;
        header.msg_control = control.bytes.as_mut_ptr().cast();
        header.msg_controllen = control.len as _;
        let flags = libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT;
        // SAFETY: the header leads to buffers that live over the call and are as long as it says.
        let result = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut header, flags) };
        Ok(Arrival {
            len: usize::try_from(Errno::result(result)?).unwrap_or(0),
            control_len: header.msg_controllen as usize,
            flags: header.msg_flags,
        })
    })
}

const HEADER_SIZE: usize = size_of::<libc::cmsghdr>();
const NUMBER_SIZE: usize = size_of::<RawFd>();
const CONTROL_SIZE: usize = HEADER_SIZE + HANDLES_MAX * NUMBER_SIZE;

/// Room for one control message with descriptors.
#[repr(C, align(8))]
struct Control {
    bytes: [u8; CONTROL_SIZE],
    len: usize,
}

const _: () = assert!(align_of::<libc::cmsghdr>() <= 8);
const _: () = assert!(HEADER_SIZE % align_of::<libc::cmsghdr>() == 0);

impl Control {
    fn new(handles_max: usize) -> Self {
        let len = HEADER_SIZE + handles_max.min(HANDLES_MAX) * NUMBER_SIZE;
        Self {
            bytes: [0; CONTROL_SIZE],
            len,
        }
    }

    /// Every descriptor in the first `len` bytes, in order. To be called once: from here on each is somebody's.
    fn descriptors(&self, len: usize) -> [Option<OwnedFd>; HANDLES_MAX] {
        let mut arrived = [const { None }; HANDLES_MAX];
        let mut places = arrived.iter_mut();
        let mut rest = self.bytes.get(..len).unwrap_or(&[]);
        while let Some((header, data, after)) = split_first(rest) {
            if header.cmsg_level == libc::SOL_SOCKET && header.cmsg_type == libc::SCM_RIGHTS {
                for (number, place) in data.chunks_exact(NUMBER_SIZE).zip(&mut places) {
                    *place = number
                        .try_into()
                        .ok()
                        .map(|number| own(RawFd::from_ne_bytes(number)));
                }
            }
            rest = after;
        }
        arrived
    }
}

/// The first control message: its header, its data, and what follows it.
fn split_first(control: &[u8]) -> Option<(libc::cmsghdr, &[u8], &[u8])> {
    let (header, _) = control.split_at_checked(HEADER_SIZE)?;
    // SAFETY: as many bytes as a header has, and a header is numbers only.
    let header = unsafe { ptr::read_unaligned(header.as_ptr().cast::<libc::cmsghdr>()) };
    let end = header.cmsg_len as usize;
    let data = control.get(HEADER_SIZE..end)?;
    let next = end.checked_next_multiple_of(align_of::<libc::cmsghdr>())?;
    Some((header, data, control.get(next..).unwrap_or(&[])))
}

fn own(number: RawFd) -> OwnedFd {
    // SAFETY: the kernel has just made it for us, and it is told to nobody else.
    unsafe { OwnedFd::from_raw_fd(number) }
}
