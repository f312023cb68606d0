use super::Response;

/// Why an opening handshake failed, or could not be started.
///
/// The variants up to [`Extensions`](Self::Extensions) are faults of a request, to which a server answers with
/// [`response`](Self::response). The next group are faults of a response, which a client detects, and the last group are invalid
/// arguments, detected before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The head is longer than the limit, [`MAX_HEAD`](super::MAX_HEAD) by default.
    #[error("the head is longer than {0} bytes")]
    HeadTooLarge(usize),
    /// The head has more header fields than the limit, [`MAX_HEADERS`](super::MAX_HEADERS) by default.
    #[error("the head has more than {0} header fields")]
    TooManyHeaders(usize),
    /// The head is not HTTP; the text says where.
    #[error("malformed HTTP head: {0}")]
    Malformed(&'static str),
    /// The head is of an HTTP version other than 1.1 and 1.0, or the response to an upgrade is not of 1.1.
    #[error("the HTTP version is not 1.1")]
    HttpVersion,
    /// The request's method is not GET.
    #[error("a WebSocket handshake is a GET request")]
    Method,
    /// The request has no `Host` header, or several.
    #[error("the request must have one Host header")]
    Host,
    /// The `Content-Length` is not one number.
    #[error("invalid Content-Length")]
    ContentLength,
    /// The request's body has no known length.
    #[error("a body must have a Content-Length")]
    TransferEncoding,
    /// The request has a body, which is not allowed in a WebSocket handshake.
    #[error("a WebSocket handshake has no body")]
    Body,
    /// The body is longer than the limit ([`Acceptor::max_body`](crate::ws::Acceptor::max_body)).
    #[error("the body is longer than {0} bytes")]
    BodyTooLarge(usize),
    /// Where the body ends is not said as in [RFC 9112, sections 6 and 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-6), or not
    /// beyond doubt; the text says what is wrong.
    #[error("malformed body: {0}")]
    MalformedBody(&'static str),
    /// `Upgrade: websocket` is missing, or does not count because the request is of HTTP/1.0
    /// ([RFC 9110, section 7.8](https://www.rfc-editor.org/rfc/rfc9110#section-7.8)).
    #[error("the header \"Upgrade: websocket\" is missing (does a proxy in between drop it, or speak HTTP/1.0?)")]
    NoUpgrade,
    /// `Connection: Upgrade` is missing.
    #[error("the header \"Connection: Upgrade\" is missing (does a proxy in between drop it?)")]
    NoConnectionUpgrade,
    /// `Sec-WebSocket-Version` is missing or not 13.
    #[error("the Sec-WebSocket-Version must be 13")]
    Version,
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes in base64.
    #[error("there must be one Sec-WebSocket-Key, of 16 bytes in base64")]
    Key,
    /// The page that opens the connection has an origin that the server does not accept.
    #[error("the Origin is not accepted")]
    Origin,
    /// `Sec-WebSocket-Protocol` is not a list of tokens.
    #[error("malformed Sec-WebSocket-Protocol")]
    Subprotocol,
    /// `Sec-WebSocket-Extensions` does not follow its grammar.
    #[error("malformed Sec-WebSocket-Extensions")]
    Extensions,

    /// The server answered with a status other than 101.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The response's `Sec-WebSocket-Accept` is missing, repeated, or not the one for the key.
    #[error("the Sec-WebSocket-Accept does not match the key")]
    Accept,
    /// The server chose a subprotocol that was not offered, or several.
    #[error("the server chose a subprotocol that was not offered")]
    UnexpectedSubprotocol,
    /// The server chose none of the subprotocols that were offered.
    #[error("the server chose none of the subprotocols that were offered")]
    NoSubprotocol,
    /// The server chose an extension that was not offered, or parameters that do not match the offer.
    #[error("the server chose an extension or a parameter that was not offered")]
    UnexpectedExtension,

    /// The URL is not a WebSocket URL; the text says why.
    #[error("invalid WebSocket URL: {0}")]
    Url(&'static str),
    /// The URL is not one of a supported proxy; the text says why.
    #[error("invalid proxy URL: {0}")]
    ProxyUrl(&'static str),
    /// A method, target or header name contains a character that is not allowed, or a header value contains a control character.
    #[error("invalid character in a header")]
    InvalidHeader,
    /// The header is one that the handshake itself writes.
    #[error("the handshake writes this header itself")]
    ReservedHeader,
    /// A subprotocol is not a token, or occurs twice.
    #[error("a subprotocol must be a token and be given once")]
    InvalidSubprotocol,
    /// Window bits are outside 9 to 15.
    #[error("window bits must be 9 to 15")]
    InvalidWindowBits,
    /// The operating system gave no random bytes for the key.
    #[error("no random bytes from the operating system")]
    Random,
}

impl Error {
    /// Returns the HTTP status with which a server answers this fault of a request: 400 for most, otherwise 403, 405, 411, 413,
    /// 426, 431 or 505.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Origin => 403,
            Self::Method => 405,
            Self::TransferEncoding => 411,
            Self::BodyTooLarge(_) => 413,
            Self::NoUpgrade | Self::Version => 426,
            Self::HeadTooLarge(_) | Self::TooManyHeaders(_) => 431,
            Self::HttpVersion => 505,
            _ => 400,
        }
    }

    /// Creates the response to this fault of a request: its [`status`](Self::status), the headers that belong to it, and the error's
    /// text as the body.
    ///
    /// ```
    /// use php_sockets::ws::handshake::Error;
    ///
    /// let response = String::from_utf8(Error::Version.response().into_bytes()).expect("a text");
    /// assert!(response.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
    /// assert!(response.contains("\r\nSec-WebSocket-Version: 13\r\n"));
    /// ```
    #[must_use]
    pub fn response(self) -> Response {
        let headers: &[(&str, &str)] = match self.status() {
            405 => &[("Allow", "GET")],
            426 => &[("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")],
            _ => &[],
        };
        Response::refusal(self.status(), headers, &format!("{self}\n"))
    }
}
