use std::{borrow::Cow, mem::MaybeUninit};

use super::{Error, Limits, MAX_HEADERS, Request, Response, head::Head, token};
use crate::ws::Status;

/// Finds and parses the head of a request or response in growing input.
///
/// Pass everything received so far to each call. Only the new bytes are searched for the head's end, and the head is parsed once, when
/// it is complete; so even reading byte by byte takes linear time.
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
    limits: Limits,
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
    /// Creates a parser for one head within the default limits.
    ///
    /// [`Server::parser`](super::Server::parser) and [`Client::parser`](super::Client::parser) create one with their limits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// Creates a parser for one head within these limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, scanned: 0, line: 0 }
    }

    /// Prepares for the head behind the one that was found.
    pub(in crate::ws) fn restart(&mut self) {
        *self = Self::with_limits(self.limits);
    }

    /// Looks for a complete request at the start of `input`, which is all that was received so far.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::HeadTooLarge`], [`Error::TooManyHeaders`], [`Error::HttpVersion`], or
    /// [`Error::Host`] if an HTTP/1.1 request does not have exactly one `Host`. A server should answer with [`Error::response`] and
    /// close the connection.
    pub fn request(&mut self, input: &[u8]) -> Result<Status<Request>, Error> {
        let Some(end) = self.find_end(input)? else {
            return Ok(Status::Partial);
        };
        let text = to_text(&input[..end]);
        with_room(self.limits.headers, &text, |headers| {
            let mut parsed = httparse::Request::new(&mut []);
            let result = parsed.parse_with_uninit_headers(text.as_bytes(), headers);
            self.require_complete(result, &text)?;
            Ok(Status::Complete(Request::parsed(Head::parsed(&text, parsed.headers))?, end))
        })
    }

    /// Looks for a complete response head at the start of `input`, which is all that was received so far.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::HeadTooLarge`], [`Error::TooManyHeaders`] or [`Error::HttpVersion`].
    pub fn response(&mut self, input: &[u8]) -> Result<Status<Response>, Error> {
        // A server of mail, say, greets in a line and waits.
        let start = match input {
            [b'\r'] => &[],
            [b'\r', b'\n', start @ ..] | start => start,
        };
        if start.iter().zip(b"HTTP/").any(|(byte, expected)| byte != expected) {
            return Err(Error::Malformed("start line"));
        }
        let Some(end) = self.find_end(input)? else {
            return Ok(Status::Partial);
        };
        let text = to_text(&input[..end]);
        with_room(self.limits.headers, &text, |headers| {
            let mut parsed = httparse::Response::new(&mut []);
            let result = httparse::ParserConfig::default().parse_response_with_uninit_headers(
                &mut parsed,
                text.as_bytes(),
                headers,
            );
            self.require_complete(result, &text)?;
            let Some(status) = parsed.code else {
                return Err(Error::Malformed("no status line"));
            };
            Ok(Status::Complete(Response::parsed(Head::parsed(&text, parsed.headers), status), end))
        })
    }

    /// Returns how many bytes the head has, with its empty line, once that is among the input.
    fn find_end(&mut self, input: &[u8]) -> Result<Option<usize>, Error> {
        // A peer that speaks another protocol, say TLS, is not waited for.
        if input.first().is_some_and(|&byte| byte != b'\r' && !token::is_token_byte(byte)) {
            return Err(Error::Malformed("start line"));
        }
        let limit = input.len().min(self.limits.head);
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
        if limit == self.limits.head { Err(Error::HeadTooLarge(limit)) } else { Ok(None) }
    }

    fn require_complete(&self, result: httparse::Result<usize>, text: &str) -> Result<(), Error> {
        match result {
            Ok(httparse::Status::Complete(consumed)) if consumed == text.len() => Ok(()),
            Ok(_) => Err(Error::Malformed("line end")),
            Err(httparse::Error::TooManyHeaders) => Err(Error::TooManyHeaders(self.limits.headers)),
            Err(httparse::Error::Version) if names_version(text) => Err(Error::HttpVersion),
            Err(httparse::Error::HeaderName) => Err(Error::Malformed("header name")),
            Err(httparse::Error::HeaderValue) => Err(Error::Malformed("header value")),
            Err(httparse::Error::Status) => Err(Error::Malformed("status")),
            Err(httparse::Error::NewLine) => Err(Error::Malformed("line end")),
            Err(httparse::Error::Version | httparse::Error::Token) => Err(Error::Malformed("start line")),
        }
    }
}

/// The text of a head; what is not UTF-8 becomes U+FFFD, which no field that the handshake reads may hold.
fn to_text(head: &[u8]) -> Cow<'_, str> {
    // The lossy conversion looks at each byte, this one at words.
    std::str::from_utf8(head).map_or_else(|_| String::from_utf8_lossy(head), Cow::Borrowed)
}

/// Calls `parse` with places for the header fields: `max`, or one a line where that is less.
fn with_room<'t, T>(max: usize, text: &'t str, parse: impl FnOnce(&mut [MaybeUninit<httparse::Header<'t>>]) -> T) -> T {
    let count = if max <= MAX_HEADERS { max } else { max.min(text.bytes().filter(|&byte| byte == b'\n').count()) };
    match [const { MaybeUninit::uninit() }; MAX_HEADERS].get_mut(..count) {
        Some(headers) => parse(headers),
        None => parse(&mut vec![MaybeUninit::uninit(); count]),
    }
}

/// Returns whether the start line is one of HTTP, `GET / HTTP/2.0` or `HTTP/2.0 200`, and only the version another one. Any
/// other line is malformed.
fn names_version(text: &str) -> bool {
    let line = text.trim_start_matches("\r\n").split('\r').next().unwrap_or_default();
    let is_version = |word: &str| {
        word.strip_prefix("HTTP/").is_some_and(|version| {
            matches!(version.as_bytes(), [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
        })
    };
    let words: Vec<_> = line.splitn(4, ' ').collect();
    matches!(*words, [method, target, version] if is_version(version) && !method.is_empty() && !target.is_empty())
        || words.first().is_some_and(|word| is_version(word))
}
