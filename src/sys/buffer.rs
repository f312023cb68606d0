//! Receiving into the spare capacity of a `Vec`, so that nothing is zeroed first.
#![allow(unsafe_code, reason = "a Vec's length can only be set over uninitialised bytes with unsafe code")]

use std::io;
use std::mem::MaybeUninit;

use socket2::{SockAddr, Socket};

/// Replaces `data` with at most `length` bytes received with recv(2), and returns what the system call returned.
///
/// With `MSG_TRUNC` that is the length of the datagram, which may be greater than `data.len()`, or of what TCP has discarded.
pub(crate) fn receive(socket: &Socket, data: &mut Vec<u8>, length: usize, flags: i32) -> io::Result<usize> {
    replace(data, length, flags, |spare| Ok((socket.recv_with_flags(spare, flags)?, ()))).map(|(received, ())| received)
}

/// Does the same with recvfrom(2), and returns the sender's address too.
pub(crate) fn receive_from(
    socket: &Socket,
    data: &mut Vec<u8>,
    length: usize,
    flags: i32,
) -> io::Result<(usize, SockAddr)> {
    replace(data, length, flags, |spare| socket.recv_from_with_flags(spare, flags))
}

/// Adds at most `length` bytes received with recv(2) to `data`, and returns their number.
pub(crate) fn append(socket: &Socket, data: &mut Vec<u8>, length: usize, flags: i32) -> io::Result<usize> {
    extend(data, length, flags, |spare| Ok((socket.recv_with_flags(spare, flags)?, ()))).map(|(received, ())| received)
}

/// Receives into memory that is initialised already with recv(2), and returns how many bytes came.
#[cfg(feature = "ws")]
pub(crate) fn receive_into(socket: &Socket, space: &mut [u8], flags: i32) -> io::Result<usize> {
    // SAFETY: `MaybeUninit<u8>` has the layout of `u8`, and the system call leaves every byte initialised.
    let space = unsafe { &mut *(std::ptr::from_mut(space) as *mut [MaybeUninit<u8>]) };
    socket.recv_with_flags(space, flags)
}

/// Empties `data`, lets `receive` fill at most `length` bytes of its spare capacity, and sets the new length.
///
/// On an error `data` is left empty; its capacity stays in any case.
pub(super) fn replace<T>(
    data: &mut Vec<u8>,
    length: usize,
    flags: i32,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, T)>,
) -> io::Result<(usize, T)> {
    data.clear();
    extend(data, length, flags, receive)
}

/// Lets `receive` fill at most `length` bytes of the spare capacity of `data`, and adds them to it.
///
/// With a flag of `MSG_UNWRITTEN` the bytes are zeroes first: the system counts some then that it does not write.
fn extend<T>(
    data: &mut Vec<u8>,
    length: usize,
    flags: i32,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, T)>,
) -> io::Result<(usize, T)> {
    data.try_reserve(length).map_err(|_| io::Error::from_raw_os_error(super::ENOMEM))?;
    let spare = &mut data.spare_capacity_mut()[..length];
    if flags & super::MSG_UNWRITTEN != 0 {
        spare.fill(MaybeUninit::new(0));
    }
    let (received, rest) = receive(spare)?;
    // SAFETY: `length` bytes of capacity are there behind the old ones. With `MSG_UNWRITTEN` they have all been written above;
    // without, the system call has written the first `received` of them, and reports no more than `length`.
    unsafe { data.set_len(data.len() + received.min(length)) };
    Ok((received, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::MSG_UNWRITTEN;

    /// Writes `bytes` as a system call would, and says that there were `count`.
    fn writes(bytes: &[u8], count: usize) -> impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, ())> {
        move |spare| {
            spare.iter_mut().zip(bytes).for_each(|(place, byte)| _ = place.write(*byte));
            Ok((count, ()))
        }
    }

    #[test]
    fn what_was_written_is_there_and_nothing_else() -> io::Result<()> {
        let mut data = b"old".to_vec();
        assert_eq!(replace(&mut data, 100, 0, writes(b"Hello", 5))?.0, 5);
        assert_eq!(data, b"Hello");
        extend(&mut data, 100, 0, writes(b", world", 7))?;
        assert_eq!(data, b"Hello, world");
        // A datagram may be longer than the room for it.
        assert_eq!(replace(&mut data, 3, 0, writes(b"Hello", 5))?.0, 5);
        assert_eq!(data, b"Hel");
        extend(&mut data, 0, 0, writes(b"", 0))?;
        assert_eq!(data, b"Hel");
        Ok(())
    }

    #[test]
    fn what_is_counted_and_not_written_is_zeroes() -> io::Result<()> {
        let mut data = b"Hello, world".to_vec();
        assert_eq!(replace(&mut data, 5, MSG_UNWRITTEN, writes(b"", 9))?.0, 9);
        assert_eq!(data, [0; 5]);
        Ok(())
    }

    #[test]
    fn an_error_leaves_nothing_but_the_memory() {
        let mut data = b"Hello".to_vec();
        let memory = data.as_ptr();
        let error = replace::<()>(&mut data, 5, 0, |_| Err(io::ErrorKind::WouldBlock.into()));
        assert!(error.is_err() && data.is_empty() && data.as_ptr() == memory);
        let error = replace(&mut data, usize::MAX, 0, writes(b"", 0)).expect_err("so much memory there is not");
        assert_eq!(error.raw_os_error(), Some(crate::sys::ENOMEM));
    }
}
