//! `PHP_NORMAL_READ`: one line at a time, with two system calls where PHP makes one for each byte.

use std::io;

use crate::sys;

/// How much is looked at first: nearly every line ends within, and what lies queued behind it is not copied in vain.
const FIRST_LOOK: usize = 4096;

/// Reads up to and including the next `\n` or `\r`, at most `length` bytes.
///
/// It looks at what has arrived with `MSG_PEEK`, then takes exactly the line: what follows stays for the next call,
/// whatever that is.
pub(super) fn read(socket: &socket2::Socket, length: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < length {
        match read_piece(socket, &mut line, length) {
            Ok(Piece::More) => {}
            Ok(Piece::Complete) => break,
            Ok(Piece::End) if line.is_empty() && !sys::is_nonblocking(socket) => {
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

fn read_piece(socket: &socket2::Socket, line: &mut Vec<u8>, length: usize) -> io::Result<Piece> {
    let start = line.len();
    // Each look is as long as what has come so far: calls and memory grow with the line, not with `length`.
    let look = (length - start).min(start.max(FIRST_LOOK));
    if sys::append(socket, line, look, crate::MSG_PEEK)? == 0 {
        // An empty datagram must leave the queue; on a stream this changes nothing.
        sys::append(socket, line, 1, 0)?;
        return Ok(Piece::End);
    }
    let end = line[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let wanted = end.map_or(line.len() - start, |end| end + 1);
    line.truncate(start);
    // Another thread may have been quicker, so that what arrives is not what was seen: its last byte decides.
    sys::append(socket, line, wanted, 0)?;
    Ok(match line[start..].last() {
        Some(b'\n' | b'\r') => Piece::Complete,
        Some(_) => Piece::More,
        None => Piece::End,
    })
}
