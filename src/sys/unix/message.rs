//! recvmsg(2), and control messages in the system's layout.
#![allow(unsafe_code, reason = "system calls, and descriptors that arrive as numbers")]
#![allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "the types differ from system to system")]

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::{io, mem, slice};

use libc::cmsghdr;
use socket2::{SockAddr, SockAddrStorage, Socket};

/// What recvmsg(2) has received beside the data.
pub(crate) struct Received {
    /// What the call returned: with `MSG_TRUNC` the datagram's length, which may be greater than the buffer's.
    pub(crate) length: usize,
    /// The sender's address, if it was asked for and there is one.
    pub(crate) name: Option<SockAddr>,
    pub(crate) control: Vec<Control>,
    pub(crate) flags: i32,
}

/// A control message.
pub(crate) enum Control {
    /// Descriptors, which belong to us from here on; `SOL_SOCKET` is the level.
    Descriptors {
        r#type: i32,
        descriptors: Vec<OwnedFd>,
    },
    Other {
        level: i32,
        r#type: i32,
        data: Vec<u8>,
    },
}

/// Makes received descriptors close-on-exec.
#[cfg(not(target_vendor = "apple"))]
const MSG_CMSG_CLOEXEC: i32 = libc::MSG_CMSG_CLOEXEC;
/// There is no such flag here: it is done afterwards.
#[cfg(target_vendor = "apple")]
const MSG_CMSG_CLOEXEC: i32 = 0;

/// The flag that a socket of `family` receives with. One of `AF_PACKET` brings no descriptors, and refuses it.
#[cfg(target_os = "linux")]
fn receive_flag(family: i32) -> i32 {
    if family == libc::AF_PACKET { 0 } else { MSG_CMSG_CLOEXEC }
}
#[cfg(not(target_os = "linux"))]
fn receive_flag(_family: i32) -> i32 {
    MSG_CMSG_CLOEXEC
}

/// Receives a message: replaces `data` with at most `size` bytes, and gives control messages `control_size` bytes of room.
pub(crate) fn receive_message(
    socket: &Socket,
    family: i32,
    data: &mut Vec<u8>,
    size: usize,
    with_name: bool,
    control_size: usize,
    flags: i32,
) -> io::Result<Received> {
    let mut control = Vec::<u8>::new();
    control.try_reserve_exact(control_size).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    let mut name = SockAddrStorage::zeroed();
    // SAFETY: integers and null pointers are all that a msghdr is made of.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    if with_name {
        message.msg_name = (&raw mut name).cast();
        message.msg_namelen = name.size_of();
    }
    let added = receive_flag(family) & !flags;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = control_size.try_into().unwrap_or_default();
    let (length, ()) = super::super::buffer::replace(data, size, flags, |spare| {
        let mut part = libc::iovec { iov_base: spare.as_mut_ptr().cast(), iov_len: spare.len() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        // SAFETY: each pointer of the message leads to as many writable bytes as the length beside it says.
        let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags | added) };
        // The part lives no longer.
        message.msg_iov = std::ptr::null_mut();
        usize::try_from(length).map(|length| (length, ())).map_err(|_| io::Error::last_os_error())
    })?;
    let written = (message.msg_controllen as usize).min(control_size);
    // SAFETY: the system has put so many bytes of control messages there, a moment ago, and they are read this once.
    let control = unsafe { control_messages(control.as_ptr(), written) };
    let name_length = message.msg_namelen.min(name.size_of());
    Ok(Received {
        length,
        // SAFETY: the storage was zeroed, and the system has written an address of this length into it.
        name: (with_name && name_length > 0).then(|| unsafe { SockAddr::new(name, name_length) }),
        control,
        flags: message.msg_flags & !added,
    })
}

/// Bytes of a `timespec`.
#[cfg(target_os = "linux")]
pub(crate) const TIMESPEC_SIZE: usize = size_of::<libc::timespec>();

/// Reads the seconds and nanoseconds of a `timespec`; `None` where it is too short.
#[cfg(target_os = "linux")]
pub(crate) fn timespec(bytes: &[u8]) -> Option<(i64, i64)> {
    let bytes = bytes.get(..TIMESPEC_SIZE)?;
    // SAFETY: so many bytes are there, whatever their alignment, and integers are all that a timespec is made of.
    let time = unsafe { bytes.as_ptr().cast::<libc::timespec>().read_unaligned() };
    Some((time.tv_sec.into(), time.tv_nsec.into()))
}

/// What `CMSG_ALIGN` adds up to: the header's space, and the unit of the data's.
const HEADER: usize = space_of(0);
const UNIT: usize = space_of(1) - HEADER;

const fn space_of(length: u32) -> usize {
    // SAFETY: it only calculates.
    (unsafe { libc::CMSG_SPACE(length) }) as usize
}

/// Returns the bytes that a control message with `length` bytes of data takes, its padding included: `CMSG_SPACE`.
pub(crate) fn control_space(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(UNIT)?.checked_add(HEADER)
}

/// The types whose data the system has opened: beside `SCM_RIGHTS` on Linux `SCM_PIDFD`, the sender's process, which
/// `SO_PASSPIDFD` asks for and the libc crate does not have.
#[cfg(target_os = "linux")]
const CARRIERS: &[i32] = &[libc::SCM_RIGHTS, 4];
#[cfg(not(target_os = "linux"))]
const CARRIERS: &[i32] = &[libc::SCM_RIGHTS];

/// Takes the control messages out of a buffer.
///
/// # Safety
/// recvmsg(2) has written `length` bytes of control messages to `start`, and nobody has taken them yet.
unsafe fn control_messages(start: *const u8, length: usize) -> Vec<Control> {
    let mut found = Vec::new();
    let mut rest = 0..length;
    while rest.len() >= HEADER {
        // SAFETY: HEADER bytes are there, whatever their alignment, and the system has written them.
        let header = unsafe { start.add(rest.start).cast::<cmsghdr>().read_unaligned() };
        // A length that cannot be ends the list.
        let Some(size) = (header.cmsg_len as usize).checked_sub(HEADER).filter(|size| *size <= rest.len() - HEADER)
        else {
            break;
        };
        // SAFETY: `size` bytes of data are there behind the header, and the system has written them.
        let data = unsafe { slice::from_raw_parts(start.add(rest.start + HEADER), size) };
        found.push(if header.cmsg_level == libc::SOL_SOCKET && CARRIERS.contains(&header.cmsg_type) {
            // SAFETY: the system has opened these descriptors for us, and the caller says that they are taken once.
            Control::Descriptors { r#type: header.cmsg_type, descriptors: unsafe { descriptors(data) } }
        } else {
            Control::Other { level: header.cmsg_level, r#type: header.cmsg_type, data: data.to_vec() }
        });
        rest.start = rest.end.min(rest.start.saturating_add(control_space(size).unwrap_or(length)));
    }
    found
}

/// Takes over the descriptors of a message that carries some.
///
/// # Safety
/// Each number in `data` is an open descriptor that belongs to nobody else.
unsafe fn descriptors(data: &[u8]) -> Vec<OwnedFd> {
    data.chunks_exact(size_of::<i32>())
        .filter_map(|bytes| bytes.try_into().ok().map(i32::from_ne_bytes))
        .filter(|number| *number >= 0)
        // SAFETY: the caller's promise.
        .map(|number| unsafe { OwnedFd::from_raw_fd(number) })
        .inspect(close_on_exec)
        .collect()
}

/// Does nothing: `MSG_CMSG_CLOEXEC` has done it.
#[cfg(not(target_vendor = "apple"))]
fn close_on_exec(_descriptor: &OwnedFd) {}

/// Makes a descriptor close-on-exec.
#[cfg(target_vendor = "apple")]
fn close_on_exec(descriptor: &OwnedFd) {
    // SAFETY: the descriptor is open, and the call cannot harm it.
    unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
}

/// Appends a control message to `buffer`, as sendmsg(2) wants it.
pub(crate) fn push_control(buffer: &mut Vec<u8>, level: i32, r#type: i32, data: &[u8]) {
    let start = buffer.len();
    buffer.resize(start + HEADER + data.len().next_multiple_of(UNIT), 0);
    // SAFETY: integers are all that a cmsghdr is made of.
    let mut header: cmsghdr = unsafe { mem::zeroed() };
    header.cmsg_len = (HEADER + data.len()).try_into().unwrap_or_default();
    header.cmsg_level = level;
    header.cmsg_type = r#type;
    // SAFETY: HEADER bytes have been made there, whatever their alignment.
    unsafe { buffer.as_mut_ptr().add(start).cast::<cmsghdr>().write_unaligned(header) };
    buffer[start + HEADER..][..data.len()].copy_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a buffer as if recvmsg(2) had written it; none of these hold descriptors.
    fn read(buffer: &[u8]) -> Vec<(i32, i32, Vec<u8>)> {
        // SAFETY: the bytes are there, and hold no descriptors.
        let found = unsafe { control_messages(buffer.as_ptr(), buffer.len()) };
        found
            .into_iter()
            .map(|control| match control {
                Control::Other { level, r#type, data } => (level, r#type, data),
                Control::Descriptors { .. } => unreachable!("there are no descriptors"),
            })
            .collect()
    }

    #[test]
    fn what_is_pushed_is_read_however_it_is_cut() {
        let messages = [(41, 50, vec![1; 20]), (41, 52, vec![2; 4]), (1, 2, vec![3; 12]), (0, 0, Vec::new())];
        let mut buffer = Vec::new();
        for (level, r#type, data) in &messages {
            push_control(&mut buffer, *level, *r#type, data);
        }
        assert_eq!(Some(buffer.len()), messages.iter().map(|(.., data)| control_space(data.len())).sum());
        assert_eq!(read(&buffer), messages);
        for end in 0..buffer.len() {
            let found = read(&buffer[..end]);
            assert_eq!(found, messages[..found.len()], "cut at {end}");
        }
        // Wherever it lies in memory.
        for shift in 0..8 {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(&buffer);
            assert_eq!(read(&shifted[shift..]), messages);
        }
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_list() {
        let mut buffer = Vec::new();
        push_control(&mut buffer, 41, 50, &[1; 20]);
        push_control(&mut buffer, 41, 52, &[2; 4]);
        let header = control_space(20).expect("a small number");
        for length in [0, 1, HEADER - 1, HEADER + 9, 1 << 20, usize::MAX / 2, usize::MAX] {
            let mut broken = buffer.clone();
            // SAFETY: the header of the second message is there, whatever its alignment.
            unsafe {
                let second = broken.as_mut_ptr().add(header).cast::<cmsghdr>();
                let mut changed = second.read_unaligned();
                changed.cmsg_len = length.try_into().unwrap_or_default();
                second.write_unaligned(changed);
            }
            assert_eq!(read(&broken).len(), 1, "length {length}");
        }
    }
}
