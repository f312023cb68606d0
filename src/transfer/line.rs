//! `PHP_NORMAL_READ`: one line at a time, with two system calls where PHP makes one for each byte.

use std::io;

use crate::sys;

/// How much is looked at first: nearly every line ends within, and what lies queued behind it is not copied in vain.
const FIRST_LOOK: usize = 4096;

/// Reads up to and including the next `\n` or `\r`, at most `length` bytes; of a packet or datagram at most what is in it.
///
/// It looks at what has arrived with `MSG_PEEK`, then takes exactly the line: what follows stays for the next call,
/// whatever that is. Where the stream has ended, `is_nonblocking` is asked how to tell it.
pub(super) fn read(socket: &socket2::Socket, length: usize, is_nonblocking: impl Fn() -> bool) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut is_stream = None;
    while line.len() < length {
        match read_piece(socket, &mut line, length, &mut is_stream) {
            Ok(Piece::More) => {}
            Ok(Piece::Complete) => break,
            Ok(Piece::End) if line.is_empty() && !is_nonblocking() => {
                return Err(io::Error::from_raw_os_error(crate::SOCKET_ECONNRESET));
            }
            Ok(Piece::End) => break,
            Err(error) if line.is_empty() => return Err(error),
            // The text goes out now; the next call waits again, or tells that the connection has ended.
            Err(_) => break,
        }
    }
    Ok(line)
}

enum Piece {
    Complete,
    More,
    End,
}

/// `is_stream` is asked for once, and only where a line is not there whole.
fn read_piece(
    socket: &socket2::Socket,
    line: &mut Vec<u8>,
    length: usize,
    is_stream: &mut Option<bool>,
) -> io::Result<Piece> {
    let start = line.len();
    // Each look is as long as what has come so far: calls and memory grow with the line, not with `length`.
    let mut look = (length - start).min(start.max(FIRST_LOOK));
    let (wanted, whole) = loop {
        if peek(socket, line, look)? == 0 {
            // An empty datagram must leave the queue; on a stream this changes nothing.
            sys::append(socket, line, 1, 0)?;
            return Ok(Piece::End);
        }
        let seen = line.len() - start;
        let end = line[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        line.truncate(start);
        if let Some(end) = end {
            break (end + 1, true);
        }
        // Between packets there is a boundary, and what is not taken of one is lost.
        let whole = !*is_stream.get_or_insert_with(|| self::is_stream(socket));
        if !whole || seen < look || look == length - start {
            break (seen, whole);
        }
        look = (length - start).min(look.saturating_mul(2));
    };
    // Another thread may have been quicker, so that what arrives is not what was seen: its last byte decides.
    sys::append(socket, line, wanted, 0)?;
    Ok(match line[start..].last() {
        Some(b'\n' | b'\r') => Piece::Complete,
        Some(_) if whole => Piece::Complete,
        Some(_) => Piece::More,
        None => Piece::End,
    })
}

/// Appends at most `length` bytes of what has arrived without taking them, and waits where there is nothing.
///
/// It waits for one byte, as PHP does, since `SO_RCVLOWAT` may ask for more than the line has.
fn peek(socket: &socket2::Socket, line: &mut Vec<u8>, length: usize) -> io::Result<usize> {
    loop {
        match sys::append(socket, line, length, crate::MSG_PEEK | sys::MSG_DONTWAIT) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && sys::MSG_DONTWAIT != 0 => {}
            answer => return answer,
        }
        let start = line.len();
        if sys::append(socket, line, 1, crate::MSG_PEEK)? == 0 {
            return Ok(0);
        }
        line.truncate(start);
    }
}

fn is_stream(socket: &socket2::Socket) -> bool {
    socket.r#type().is_ok_and(|r#type| r#type == socket2::Type::STREAM)
}
