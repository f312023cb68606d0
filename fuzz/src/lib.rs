//! What the targets share.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
};

use php_sockets::ws::{
    Acceptor, Config, Connection, Message, Protocol, Role, Stream, deflate::Parameters, handshake::Request,
};

/// The most bytes that a fuzzed server accepts as a body.
pub const MAX_BODY: usize = 1000;

/// The most bytes that a fuzzed endpoint accepts as a message.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Creates an endpoint with small limits.
pub fn endpoint(role: Role, deflate: Option<Parameters>) -> Protocol {
    let config = Config::new(role).max_message(MAX_MESSAGE).report_control(true);
    Protocol::with_deflate(role, config, deflate)
}

/// Feeds an endpoint pieces of input; returns every message and the error that ended it, as text, and what it sends.
///
/// Masks are random, so of a client's output only the length is told.
pub fn receive<'a>(
    role: Role,
    deflate: Option<Parameters>,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<String>, Vec<u8>, usize) {
    let mut endpoint = endpoint(role, deflate);
    let mut buffer = Vec::new();
    let mut log = Vec::new();
    let mut failed = false;
    for piece in pieces {
        endpoint.feed(piece);
        while let Some(message) = endpoint.next(&mut buffer).transpose() {
            match message {
                Ok(message) => {
                    assert!(!failed, "nothing is delivered after an error");
                    assert!(message.as_bytes().len() <= MAX_MESSAGE, "the limit holds");
                    log.push(format!("{message:?}"));
                }
                Err(error) => {
                    if !std::mem::replace(&mut failed, true) {
                        // Of several faults of one compressed message any may be found first.
                        log.push(deflate.map_or_else(|| error.to_string(), |_| "error".into()));
                    }
                    break;
                }
            }
        }
    }
    let output = endpoint.output();
    let bytes = if role == Role::Server { output } else { &[] };
    (log, bytes.to_vec(), output.len())
}

/// A non-blocking stream: what was put in can be read, what is written is kept.
#[derive(Default)]
struct Memory {
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Read for Memory {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = space.len().min(self.input.len());
        space[..count].copy_from_slice(&self.input[..count]);
        self.input.drain(..count);
        Ok(count)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Memory {
    fn is_blocking(&self) -> Option<bool> {
        Some(false)
    }
}

/// Does what [`receive`] does, by a connection over a stream.
fn receive_by_connection<'a>(
    role: Role,
    deflate: Option<Parameters>,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<String>, Vec<u8>, usize) {
    let mut connection = Connection::new(Memory::default(), endpoint(role, deflate));
    let mut buffer = Vec::new();
    let mut log = Vec::new();
    for piece in pieces {
        connection.stream_mut().input.extend_from_slice(piece);
        while connection.receive().expect("memory can be read") > 0 {
            while let Some(message) = connection.next(&mut buffer).transpose() {
                match message {
                    Ok(message) => log.push(format!("{message:?}")),
                    Err(error) => {
                        log.push(deflate.map_or_else(|| error.to_string(), |_| "error".into()));
                        break;
                    }
                }
            }
        }
    }
    let _ = connection.flush();
    let output = &connection.stream().output;
    let bytes = if role == Role::Server { &output[..] } else { &[] };
    (log, bytes.to_vec(), output.len())
}

/// Receives the messages part by part, through the endpoint's own memory; returns those that were complete, as text.
///
/// There is no limit: the input is what bounds them, or for compressed ones [`MAX_MESSAGE`] here.
fn receive_parts<'a>(role: Role, deflate: Option<Parameters>, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut endpoint = endpoint(role, deflate);
    let mut buffer = Vec::new();
    let (mut assembled, mut log) = (Vec::new(), Vec::new());
    for mut piece in pieces {
        while !piece.is_empty() {
            endpoint.read_from(&mut piece).expect("memory can be read");
            while let Ok(Some(part)) = endpoint.next_part(&mut buffer) {
                let (part, is_last) = (part.message(), part.is_last());
                assert!(part.as_bytes().len() <= 64 * 1024, "a part is short");
                if !part.is_data() {
                    log.push(format!("{part:?}"));
                    continue;
                }
                assembled.extend_from_slice(part.as_bytes());
                if assembled.len() > MAX_MESSAGE {
                    return log;
                }
                if is_last {
                    let message = match part {
                        Message::Text(_) => Message::Text(std::str::from_utf8(&assembled).expect("parts are text")),
                        _ => Message::Binary(&assembled),
                    };
                    log.push(format!("{message:?}"));
                    assembled.clear();
                }
            }
        }
    }
    log
}

/// Asserts that input arrives the same in one piece, in two, byte by byte, and part by part. The first byte says where to
/// split.
pub fn receive_in_pieces(role: Role, deflate: Option<Parameters>, data: &[u8]) {
    let Some((&split, input)) = data.split_first() else {
        return;
    };
    let whole = receive(role, deflate, std::iter::once(input));
    let (first, second) = input.split_at(usize::from(split).min(input.len()));
    assert_eq!(receive(role, deflate, [first, second].into_iter()), whole);
    assert_eq!(receive(role, deflate, input.chunks(1)), whole);
    assert_eq!(receive_by_connection(role, deflate, std::iter::once(input)), whole);
    assert_eq!(receive_by_connection(role, deflate, input.chunks(1)), whole);
    // An error, which has no parenthesis, comes last.
    let messages: Vec<_> = whole.0.iter().filter(|told| told.contains('(')).collect();
    for parts in [
        receive_parts(role, deflate, std::iter::once(input)),
        receive_parts(role, deflate, [first, second].into_iter()),
        receive_parts(role, deflate, input.chunks(1)),
    ] {
        // Only an error ends the whole messages earlier: at a limit that parts have not.
        assert!(parts.len() == messages.len() || parts.len() > messages.len() && messages.len() < whole.0.len());
        assert!(parts.iter().zip(messages.iter().copied()).all(|(part, message)| part == message));
    }
}

/// A non-blocking stream that gives these pieces, one a turn.
struct Pieces(VecDeque<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.front_mut().filter(|piece| !piece.is_empty()) else {
            self.0.pop_front();
            return Err(ErrorKind::WouldBlock.into());
        };
        let count = space.len().min(piece.len());
        space[..count].copy_from_slice(&piece[..count]);
        piece.drain(..count);
        Ok(count)
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Pieces {
    fn is_blocking(&self) -> Option<bool> {
        Some(false)
    }

    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.read(space)
    }
}

/// Reads a request with its body from pieces, and returns it with what follows; `None` when it is not complete.
///
/// # Errors
/// Why it is refused, as text.
pub fn read_request<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Option<(Request, Vec<u8>)>, String> {
    let pieces: VecDeque<_> = pieces.map(<[u8]>::to_vec).collect();
    let mut upgrade = Acceptor::new().max_body(MAX_BODY).upgrade(Pieces(pieces));
    while upgrade.read().map_err(|error| error.to_string())?.is_none() {
        if upgrade.stream().is_none_or(|stream| stream.0.is_empty()) {
            return Ok(None);
        }
    }
    let (stream, request, mut rest) = upgrade.into_parts();
    rest.extend(stream.into_iter().flat_map(|stream| stream.0).flatten());
    Ok(request.map(|request| (request, rest)))
}
