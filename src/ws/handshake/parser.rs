use std::{borrow::Cow, mem::MaybeUninit};

use super::{Error, Request, Response, head::Head, token};
use crate::ws::Status;

/// The longest head that is read by default, in bytes: 16 KiB.
pub const MAX_HEAD: usize = 16 * 1024;

/// The most header fields that a head may have.
pub const MAX_HEADERS: usize = 100;

/// Finds and parses the head of one request or response in input that grows.
///
/// Each call is given everything received so far. Only the new bytes are looked at, for the head's end; the head is
/// parsed once, when it is complete. So reading it byte by byte takes linear time.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Status, handshake::Parser};
///
/// let received = b"GET /?room=1 HTTP/1.1\r\nHost: example.com\r\n\r\nmore";
/// let mut parser = Parser::new();
/// assert_eq!(parser.request(&received[..10])?, Status::Partial);
/// let Status::Complete(request, consumed) = parser.request(received)? else { panic!("incomplete") };
/// assert_eq!((request.method(), request.target()), ("GET", "/?room=1"));
/// assert_eq!(&received[consumed..], b"more");
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Parser {
    max_head: usize,
    /// How many bytes are known to be before the end of the head.
    scanned: usize,
    /// Where the line of the byte at `scanned` starts.
    line: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// Creates a parser for one head of at most [`MAX_HEAD`] bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_max_head(MAX_HEAD)
    }

    /// Creates a parser for one head of at most `max_head` bytes.
    #[must_use]
    pub const fn with_max_head(max_head: usize) -> Self {
        Self { max_head, scanned: 0, line: 0 }
    }

    /// Looks for a complete request at the start of `input`, which is all that was received so far.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::HeadTooLarge`], [`Error::TooManyHeaders`], [`Error::HttpVersion`], or
    /// [`Error::Host`] when a request of HTTP/1.1 has not exactly one `Host`. A server answers with
    /// [`Error::response`] and closes.
    pub fn request(&mut self, input: &[u8]) -> Result<Status<Request>, Error> {
        let Some(end) = self.find_end(input)? else {
            return Ok(Status::Partial);
        };
        let text = to_text(&input[..end]);
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut []);
        require_complete(parsed.parse_with_uninit_headers(text.as_bytes(), &mut headers), text.len())?;
        Ok(Status::Complete(Request::parsed(Head::parsed(&text, parsed.headers))?, end))
    }

    /// Looks for a complete response head at the start of `input`, which is all that was received so far.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::HeadTooLarge`], [`Error::TooManyHeaders`] or [`Error::HttpVersion`].
    pub fn response(&mut self, input: &[u8]) -> Result<Status<Response>, Error> {
        let Some(end) = self.find_end(input)? else {
            return Ok(Status::Partial);
        };
        let text = to_text(&input[..end]);
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let result = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut parsed,
            text.as_bytes(),
            &mut headers,
        );
        require_complete(result, text.len())?;
        if parsed.version != Some(1) {
            return Err(Error::HttpVersion);
        }
        let Some(status) = parsed.code else {
            return Err(Error::Malformed("no status line"));
        };
        Ok(Status::Complete(Response::parsed(Head::parsed(&text, parsed.headers), status), end))
    }

    /// Returns how many bytes the head has, with its empty line, once that is among the input.
    fn find_end(&mut self, input: &[u8]) -> Result<Option<usize>, Error> {
        // A peer that speaks another protocol, say TLS, is not waited for.
        if input.first().is_some_and(|&byte| byte != b'\r' && !token::is_token_byte(byte)) {
            return Err(Error::Malformed("start line"));
        }
        let limit = input.len().min(self.max_head);
        while let Some(length) =
            input.get(self.scanned..limit).and_then(|new| new.iter().position(|&byte| byte == b'\n'))
        {
            let end = self.scanned + length;
            let Some(line) = input.get(self.line..end).and_then(|line| line.strip_suffix(b"\r")) else {
                return Err(Error::Malformed("a line ends without a carriage return"));
            };
            // One empty line before the first line is ignored (RFC 9112, section 2.2).
            if line.is_empty() && self.line > 0 {
                return Ok(Some(end + 1));
            }
            self.line = end + 1;
            self.scanned = end + 1;
        }
        self.scanned = limit;
        if limit == self.max_head { Err(Error::HeadTooLarge(self.max_head)) } else { Ok(None) }
    }
}

/// The text of a head; what is not UTF-8 becomes U+FFFD, which no field that the handshake reads may hold.
fn to_text(head: &[u8]) -> Cow<'_, str> {
    // The lossy conversion looks at each byte, this one at words.
    std::str::from_utf8(head).map_or_else(|_| String::from_utf8_lossy(head), Cow::Borrowed)
}

fn require_complete(result: httparse::Result<usize>, len: usize) -> Result<(), Error> {
    match result {
        Ok(httparse::Status::Complete(consumed)) if consumed == len => Ok(()),
        Ok(_) => Err(Error::Malformed("line end")),
        Err(httparse::Error::TooManyHeaders) => Err(Error::TooManyHeaders),
        Err(httparse::Error::Version) => Err(Error::HttpVersion),
        Err(httparse::Error::HeaderName) => Err(Error::Malformed("header name")),
        Err(httparse::Error::HeaderValue) => Err(Error::Malformed("header value")),
        Err(httparse::Error::Status) => Err(Error::Malformed("status")),
        Err(httparse::Error::NewLine) => Err(Error::Malformed("line end")),
        Err(httparse::Error::Token) => Err(Error::Malformed("start line")),
    }
}
