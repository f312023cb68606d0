//! Closing a socket whose descriptor's number must stay taken.
#![allow(unsafe_code, reason = "system calls")]

use std::io;
use std::net::Shutdown;
use std::ops::Deref;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use socket2::Socket;

/// What a `Socket` keeps.
pub(crate) type Handle = Socket;

/// A call in progress. It costs nothing here, as a descriptor outlives every clone; a handle of Windows does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use<'a>(&'a Socket);

impl Deref for Use<'_> {
    type Target = Socket;

    #[inline]
    fn deref(&self) -> &Socket {
        self.0
    }
}

pub(crate) fn handle(socket: Socket) -> Handle {
    socket
}

/// A number that no other socket has as long as a clone lives: that of the descriptor.
#[inline]
pub(crate) fn number(handle: &Handle) -> u64 {
    handle.as_raw_fd().try_into().unwrap_or_default()
}

#[inline]
pub(crate) fn raw(handle: &Handle) -> RawFd {
    handle.as_raw_fd()
}

/// Begins a call.
#[inline]
#[allow(clippy::unnecessary_wraps, reason = "a socket may be closed elsewhere")]
pub(crate) fn enter(handle: &Handle) -> Option<Use<'_>> {
    Some(Use(handle))
}

/// Gives up the descriptor.
#[allow(clippy::unnecessary_wraps, reason = "it may be closed elsewhere")]
pub(crate) fn into_socket(handle: Handle) -> Option<Socket> {
    Some(handle)
}

/// Closes the connection behind `socket` while its descriptor number stays taken, so that nobody else can be handed
/// that number as long as a clone could still use it.
pub(crate) fn close(socket: &Handle) {
    if try_close(socket).is_err() {
        // Without a descriptor to put in its place, the connection can still be ended now; the last clone closes it.
        let _ = socket.shutdown(Shutdown::Both);
    }
}

fn try_close(socket: &Socket) -> io::Result<()> {
    static DEAD: OnceLock<OwnedFd> = OnceLock::new();
    let dead = match DEAD.get() {
        Some(dead) => dead,
        None => match dead_descriptor()? {
            Dead::Nowhere(opened) => DEAD.get_or_init(|| opened),
            #[cfg(target_os = "linux")]
            Dead::Root(opened) => return replace(&opened, socket),
        },
    };
    replace(dead, socket)
}

/// Puts `dead` in the place of the socket's descriptor.
fn replace(dead: &OwnedFd, socket: &Socket) -> io::Result<()> {
    // SAFETY: both descriptors are open for the whole call, and the one replaced belongs to `socket` alone.
    let result = unsafe { replace_descriptor(dead.as_raw_fd(), socket.as_raw_fd()) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(not(any(target_os = "android", target_vendor = "apple")))]
unsafe fn replace_descriptor(from: RawFd, to: RawFd) -> i32 {
    // SAFETY: the caller owns both.
    unsafe { libc::dup3(from, to, libc::O_CLOEXEC) }
}

/// The libc crate does not have Android's `dup3`.
#[cfg(target_os = "android")]
unsafe fn replace_descriptor(from: RawFd, to: RawFd) -> i32 {
    // SAFETY: the caller owns both.
    unsafe { libc::syscall(libc::SYS_dup3, from, to, libc::O_CLOEXEC) }.try_into().unwrap_or(-1)
}

#[cfg(target_vendor = "apple")]
unsafe fn replace_descriptor(from: RawFd, to: RawFd) -> i32 {
    // SAFETY: the caller owns both.
    unsafe { libc::dup2(from, to) }
}

/// A descriptor to put in a socket's place.
enum Dead {
    /// It leads nowhere, and may stay open.
    Nowhere(OwnedFd),
    /// It leads to the root directory, which may be the way out of a later chroot: it is not kept.
    #[cfg(target_os = "linux")]
    Root(OwnedFd),
}

/// The reading end of a pipe whose other end is closed.
fn pipe() -> io::Result<OwnedFd> {
    let mut ends = [-1; 2];
    // SAFETY: there is room for two descriptors.
    #[cfg(not(target_vendor = "apple"))]
    let result = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
    // SAFETY: there is room for two descriptors.
    #[cfg(target_vendor = "apple")]
    let result = unsafe { libc::pipe(ends.as_mut_ptr()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just given them to us.
    let [reader, _writer] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
    // SAFETY: the descriptor is open, and the call cannot harm it.
    #[cfg(target_vendor = "apple")]
    unsafe {
        libc::fcntl(reader.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC)
    };
    Ok(reader)
}

/// A pipe that nobody can write to, where there is no `O_PATH`: it can neither be bound nor connected, and every socket call on
/// it is an error.
#[cfg(not(target_os = "linux"))]
fn dead_descriptor() -> io::Result<Dead> {
    pipe().map(Dead::Nowhere)
}

/// An `O_PATH` descriptor, on which every call is EBADF and poll(2) answers POLLNVAL, of a pipe that is closed already.
///
/// It is opened through /proc. In a jail without it `open_tree(2)` does the same; it is not the first choice, for where system
/// calls are filtered it may end the process. Where neither can be, the root directory has to do.
#[cfg(target_os = "linux")]
fn dead_descriptor() -> io::Result<Dead> {
    let pipe = pipe()?;
    let path = std::ffi::CString::new(format!("/proc/self/fd/{}", pipe.as_raw_fd()))?;
    // SAFETY: the path is a C string.
    let opened = owned(unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) });
    // What is mounted on /proc may be anything.
    let opened = opened.ok().filter(|opened| is_same(opened, &pipe)).or_else(|| {
        let flags = libc::O_CLOEXEC | libc::AT_EMPTY_PATH; // OPEN_TREE_CLOEXEC is the former
        // SAFETY: the path is a C string.
        let opened = unsafe { libc::syscall(libc::SYS_open_tree, pipe.as_raw_fd(), c"".as_ptr(), flags) };
        owned(opened.try_into().unwrap_or(-1)).ok()
    });
    if let Some(opened) = opened {
        return Ok(Dead::Nowhere(opened));
    }
    // SAFETY: the path is a C string.
    owned(unsafe { libc::open(c"/".as_ptr(), libc::O_PATH | libc::O_CLOEXEC) }).map(Dead::Root)
}

/// Takes over a descriptor that a system call has returned.
#[cfg(target_os = "linux")]
fn owned(descriptor: RawFd) -> io::Result<OwnedFd> {
    match descriptor {
        // SAFETY: the caller has just got it from the system.
        0.. => Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(target_os = "linux")]
fn is_same(opened: &OwnedFd, pipe: &OwnedFd) -> bool {
    let identity = |descriptor: RawFd| {
        // SAFETY: integers are all that a stat is made of.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: there is room for one stat.
        (unsafe { libc::fstat(descriptor, &raw mut stat) } == 0).then_some((stat.st_dev, stat.st_ino))
    };
    let opened = identity(opened.as_raw_fd());
    opened.is_some() && opened == identity(pipe.as_raw_fd())
}
