//! Closing a socket while clones of it are held.
//!
//! Windows cannot put something dead in the place of a handle, and gives the number of a closed one to the next socket. So
//! calls are counted: whoever is the last to leave a socket that was closed closes its handle, and nobody gets in behind
//! that. A handle that was lent out, which cannot be counted, is closed with the last clone; until then its connection is
//! shut down.
#![allow(unsafe_code, reason = "the handle is closed before its owner ends")]

use std::mem::ManuallyDrop;
use std::net::{Ipv4Addr, Shutdown, UdpSocket};
use std::ops::Deref;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, OwnedSocket, RawSocket};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use socket2::Socket;

/// A socket's handle, and how many use it.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Not to be used when `FREED` is set.
    socket: ManuallyDrop<Socket>,
    /// The calls in progress, and the flags below.
    state: AtomicU32,
    number: u64,
}

/// Nobody gets in any more.
const CLOSED: u32 = 1 << 31;
/// Somebody has the handle itself: it stays open as long as the `Handle`.
const LENT: u32 = 1 << 30;
/// The handle is closed.
const FREED: u32 = 1 << 29;

/// A call in progress.
#[derive(Debug)]
pub(crate) struct Use<'a>(&'a Handle);

/// What a `Socket` keeps.
pub(crate) fn handle(socket: Socket) -> Handle {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    Handle { socket: ManuallyDrop::new(socket), state: AtomicU32::new(0), number }
}

/// A number that no other socket has: that of a handle is used again while clones of its socket live.
pub(crate) fn number(handle: &Handle) -> u64 {
    handle.number
}

/// Begins a call, unless the socket is closed.
pub(crate) fn enter(handle: &Handle) -> Option<Use<'_>> {
    let before = handle.state.fetch_add(1, Ordering::SeqCst);
    let entered = Use(handle);
    (before & CLOSED == 0).then_some(entered)
}

/// The system's number for the handle; it may be another socket's once this one is closed.
pub(crate) fn raw(handle: &Handle) -> RawSocket {
    handle.socket.as_raw_socket()
}

/// Closes the connection; a call in progress goes on, and the handle with it.
pub(crate) fn close(handle: &Handle) {
    // Who asks for the handle later gets the dead one, which must be there.
    let flags = if dead().is_some() { CLOSED } else { CLOSED | LENT };
    let before = handle.state.fetch_or(flags, Ordering::SeqCst);
    if (before | flags) & LENT == 0 {
        handle.free(before | flags);
    } else {
        let _ = handle.socket.shutdown(Shutdown::Both);
    }
}

/// The handle for somebody who is not counted. When the socket is closed it is one of a socket that leads nowhere.
pub(crate) fn lend(handle: &Handle) -> BorrowedSocket<'_> {
    let lent = handle.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| {
        (state & CLOSED == 0 || state & LENT != 0).then_some(state | LENT)
    });
    match dead() {
        Some(dead) if lent.is_err() => dead.as_socket(),
        _ => handle.socket.as_socket(),
    }
}

/// Gives up the handle, unless it is closed.
pub(crate) fn into_socket(handle: Handle) -> Option<Socket> {
    let handle = ManuallyDrop::new(handle);
    let is_freed = handle.state.load(Ordering::SeqCst) & FREED != 0;
    // SAFETY: the handle is open and stays so: nobody else has it, and it is not dropped.
    (!is_freed).then(|| unsafe { Socket::from_raw_socket(handle.socket.as_raw_socket()) })
}

/// A socket that can neither connect nor be heard of: it is bound to the loopback interface, and shut down.
fn dead() -> Option<&'static UdpSocket> {
    static DEAD: OnceLock<UdpSocket> = OnceLock::new();
    if DEAD.get().is_none() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        // Connected to itself it hears nobody else.
        socket.connect(socket.local_addr().ok()?).ok()?;
        socket2::SockRef::from(&socket).shutdown(Shutdown::Both).ok()?;
        DEAD.get_or_init(|| socket);
    }
    DEAD.get()
}

impl Handle {
    /// Closes the handle if the state, in which somebody has left it, says that nobody needs it.
    fn free(&self, state: u32) {
        let freed = CLOSED | FREED;
        if state == CLOSED && self.state.compare_exchange(CLOSED, freed, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // SAFETY: the handle is open, and this thread alone has set `FREED`. Nobody is in a call, nobody enters one any
            // more, and it was not lent; whoever comes later sees one of the two flags before touching it.
            drop(unsafe { OwnedSocket::from_raw_socket(self.socket.as_raw_socket()) });
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if *self.state.get_mut() & FREED == 0 {
            // SAFETY: it is open, and this is its end.
            unsafe { ManuallyDrop::drop(&mut self.socket) };
        }
    }
}

impl Deref for Use<'_> {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.0.socket
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        let before = self.0.state.fetch_sub(1, Ordering::SeqCst);
        self.0.free(before - 1);
    }
}
