use super::{Error, Request, Response, token};

#[cfg(test)]
mod tests;

/// How much of a response's content is read, in bytes: 64 KiB.
pub const MAX_RESPONSE_BODY: usize = 64 * 1024;

/// How many bytes the framing of chunks, their extensions and the trailer may have beyond what is usual.
const MAX_EXCESS: usize = 16 * 1024;
/// What is usual for a chunk; its own bytes count too, so that a long one may have a long extension.
const USUAL: usize = 16;

/// The content of a message on its way in, as far as it is kept.
///
/// A server is strict, as a proxy in front may understand otherwise what two can understand differently: what that takes for a body
/// could be a request here. A client takes a fault as the end, and does not read more than what is kept: the response is the last
/// that comes.
#[derive(Debug)]
pub(in crate::ws) struct Content {
    expects: Expects,
    bytes: Vec<u8>,
    /// How many bytes are kept.
    most: usize,
    is_strict: bool,
    /// How many bytes of framing there were, less what is usual.
    excess: usize,
}

/// What comes next (RFC 9112, sections 6.3 and 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    /// So many bytes.
    Bytes(u64),
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    ChunkEndFeed,
    /// Another digit of a chunk's size, which begins with this.
    Size(Option<u64>),
    /// An extension, of a chunk of this size.
    Extension(u64),
    ExtensionText(u64),
    SizeFeed(u64),
    /// A field of the trailer, or its end.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerFeed,
    LastFeed,
    Nothing,
    /// Nothing either, as this is wrong with it.
    Fault(Error),
}

impl Expects {
    /// What comes behind this byte of a chunk's framing; `None` if it may not be there.
    fn after(self, byte: u8, is_strict: bool) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size(size), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16)?;
                Self::Size(Some(size.unwrap_or(0).checked_mul(16)?.checked_add(digit.into())?))
            }
            (Self::Size(Some(size)) | Self::Extension(size), b' ' | b'\t') => Self::Extension(size),
            (Self::Size(Some(size)) | Self::Extension(size), b';') => Self::ExtensionText(size),
            (Self::ExtensionText(size), byte) if is_text(byte) => Self::ExtensionText(size),
            (Self::Size(Some(size)) | Self::ExtensionText(size), b'\r') => Self::SizeFeed(size),
            // Old servers fill the line up.
            (Self::Extension(size), b'\r') if !is_strict => Self::SizeFeed(size),
            (Self::SizeFeed(0), b'\n') => Self::Trailer,
            (Self::SizeFeed(size), b'\n') => Self::Chunk(size),
            (Self::ChunkEnd, b'\r') => Self::ChunkEndFeed,
            (Self::ChunkEndFeed, b'\n') => Self::Size(None),
            (Self::Trailer, b'\r') => Self::LastFeed,
            (Self::LastFeed, b'\n') => Self::Nothing,
            (Self::Trailer | Self::TrailerName, byte) if token::is_token_byte(byte) => Self::TrailerName,
            (Self::TrailerName, b':') => Self::TrailerValue,
            (Self::TrailerValue, byte) if is_text(byte) => Self::TrailerValue,
            (Self::TrailerValue, b'\r') => Self::TrailerFeed,
            (Self::TrailerFeed, b'\n') => Self::Trailer,
            _ => return None,
        })
    }
}

/// True for what may be in a line: no control character but the tab.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

impl Content {
    fn new(expects: Expects, most: usize, is_strict: bool) -> Self {
        let mut content = Self { expects, bytes: Vec::new(), most, is_strict, excess: 0 };
        if let Expects::Bytes(length) = expects {
            content.begin(length);
            content.most = most.min(usize::try_from(length).unwrap_or(usize::MAX));
        }
        content
    }

    /// That of a response, of which [`MAX_RESPONSE_BODY`] bytes are kept.
    pub(in crate::ws) fn of_response(response: &Response) -> Self {
        let expects = if !response.has_body() {
            Expects::Nothing
        } else if response.head().lists("Transfer-Encoding", "chunked") {
            Expects::Size(None)
        } else {
            // Without a length it ends with the stream.
            let length = response.header("Content-Length").and_then(|length| length.parse().ok());
            Expects::Bytes(length.unwrap_or(u64::MAX))
        };
        Self::new(expects, MAX_RESPONSE_BODY, false)
    }

    /// That of a request, which may have so many bytes; `None` if it has none. What is wrong with it [`feed`](Self::feed) says.
    pub(in crate::ws) fn of_request(request: &Request, most: usize) -> Option<Self> {
        let expects = match (request.header("Transfer-Encoding"), request.header("Content-Length")) {
            (None, None) => return None,
            (Some(_), Some(_)) => Err(Error::MalformedBody("both Transfer-Encoding and Content-Length")),
            (Some(_), None) if request.is_chunked() => Ok(Expects::Size(None)),
            (Some(_), None) => Err(Error::MalformedBody("the Transfer-Encoding must be chunked, in HTTP/1.1")),
            (None, Some(_)) => request.only_content_length().map(Expects::Bytes),
        };
        Some(Self::new(expects.unwrap_or_else(Expects::Fault), most, true))
    }

    /// Takes what belongs to the content off the front of `input`; returns how many bytes those were.
    ///
    /// # Errors
    /// What is wrong with it, in this call and in all later ones.
    pub(in crate::ws) fn feed(&mut self, input: &[u8]) -> Result<usize, Error> {
        let mut rest = input;
        while !self.is_complete() {
            rest = match self.expects {
                Expects::Fault(error) => return Err(error),
                Expects::Bytes(left) | Expects::Chunk(left) if !rest.is_empty() => {
                    let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let (part, rest) = rest.split_at(count);
                    self.keep(part);
                    self.expect_less(u64::try_from(count).unwrap_or(left));
                    rest
                }
                _ => {
                    let Some((&byte, rest)) = rest.split_first() else { break };
                    self.step(byte);
                    rest
                }
            };
        }
        Ok(input.len() - rest.len())
    }

    /// Returns whether nothing more is to be read: it is whole, or all that is kept of it is there.
    pub(in crate::ws) fn is_complete(&self) -> bool {
        self.expects == Expects::Nothing || !self.is_strict && self.bytes.len() >= self.most
    }

    /// Takes what has come.
    pub(in crate::ws) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Goes on behind a byte of a chunk's framing.
    fn step(&mut self, byte: u8) {
        let next = self.expects.after(byte, self.is_strict);
        self.expects = next.unwrap_or(Expects::Fault(Error::MalformedBody("what frames a chunk")));
        self.excess += 1;
        if let Expects::Chunk(length) = self.expects {
            self.excess =
                self.excess.saturating_sub(USUAL.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)));
            self.begin(length);
        } else if self.excess > MAX_EXCESS {
            self.expects = Expects::Fault(Error::MalformedBody("too many extensions of chunks, or too long a trailer"));
        }
    }

    /// So many bytes are announced.
    fn begin(&mut self, length: u64) {
        let room = u64::try_from(self.most - self.bytes.len()).unwrap_or(u64::MAX);
        if self.is_strict && length > room {
            self.expects = Expects::Fault(Error::BodyTooLarge(self.most));
        } else {
            self.expect_less(0);
        }
    }

    /// So many of the bytes that were announced have come.
    fn expect_less(&mut self, count: u64) {
        self.expects = match self.expects {
            Expects::Bytes(left) if left == count => Expects::Nothing,
            Expects::Bytes(left) => Expects::Bytes(left - count),
            Expects::Chunk(left) if left == count => Expects::ChunkEnd,
            Expects::Chunk(left) => Expects::Chunk(left - count),
            other => other,
        };
    }

    /// Keeps a part, in memory that grows with what has come, and never beyond what is kept.
    fn keep(&mut self, part: &[u8]) {
        let kept = &part[..part.len().min(self.most - self.bytes.len())];
        let needed = self.bytes.len() + kept.len();
        if needed > self.bytes.capacity() {
            let capacity = self.bytes.capacity().saturating_mul(2).min(self.most).max(needed);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(kept);
    }
}
