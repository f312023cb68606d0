use std::time::SystemTime;

use super::{Error, date::http_date, head::Head};

/// An HTTP response: one that a client received, or one that a server builds.
///
/// # Examples
/// A page, for a plain request on the same port:
/// ```
/// use php_sockets::ws::handshake::Response;
///
/// let response = Response::new(200).with_header("Cache-Control", "no-store")?.with_html("<h1>你好</h1>");
/// assert_eq!(
///     String::from_utf8(response.into_bytes()).expect("a text"),
///     "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: no-store\r\n\
///      Content-Type: text/html; charset=utf-8\r\nContent-Length: 15\r\n\r\n<h1>你好</h1>"
/// );
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    head: Head,
    body: Vec<u8>,
}

/// Fields that say where the message ends, which the response writes itself.
const RESERVED: [&str; 3] = ["Connection", "Content-Length", "Transfer-Encoding"];

impl Response {
    /// Creates an empty response with this status and `Connection: close`: nothing else may be sent on the connection. A status
    /// outside 100 to 599 does not exist in HTTP and becomes 500; so does one of 100 to 199, as behind such a response the client
    /// waits for another one. The answer 101 comes from [`Server::accept`](super::Server::accept).
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self::with_connection(status, "close")
    }

    fn with_connection(status: u16, connection: &str) -> Self {
        let status = if matches!(status, 200..=599) { status } else { 500 };
        let mut head = Head::new(format_args!("HTTP/1.1 {status} {}", reason(status)));
        head.append("Connection", &[connection]);
        Self { status, head, body: Vec::new() }
    }

    /// Creates the answer to a faulty request.
    pub(super) fn refusal(status: u16, headers: &[(&str, &str)], text: &str) -> Self {
        // Who sends Upgrade lists it as an option of the connection (RFC 9110, section 7.8).
        let connection = if status == 426 { "close, Upgrade" } else { "close" };
        let mut response = Self::with_connection(status, connection);
        for (name, value) in headers {
            response.head.append(name, &[value]);
        }
        response.with_text(text)
    }

    /// Creates the answer 101, which has no body.
    pub(super) fn switching(head: Head) -> Self {
        Self { status: 101, head, body: Vec::new() }
    }

    pub(super) fn parsed(head: Head, status: u16) -> Self {
        Self { status, head, body: Vec::new() }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn is_http_1_1(&self) -> bool {
        self.head.start_line().starts_with("HTTP/1.1 ")
    }

    /// Adds a header field.
    ///
    /// # Errors
    /// [`Error::InvalidHeader`] for a name that is not a token or a value with control characters;
    /// [`Error::ReservedHeader`] for `Connection`, `Content-Length`, `Transfer-Encoding`, and, in the answer to an
    /// upgrade, for what the handshake itself answers: `Upgrade` and `Sec-WebSocket-*`.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if is_reserved(name, &RESERVED) || self.status == 101 && is_handshake(name) {
            return Err(Error::ReservedHeader);
        }
        self.head.push(name, value)?;
        Ok(self)
    }

    /// Adds the time, unless the response has one: who has a clock tells it.
    pub(in crate::ws) fn dated(mut self, now: SystemTime) -> Self {
        if self.header("Date").is_none() {
            self.head.append("Date", &[&http_date(now)]);
        }
        self
    }

    /// Sets the body. A response with status 101 has none.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a text as the body, and a `Content-Type` for it unless there is one.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        self.typed("text/plain; charset=utf-8", text.into())
    }

    /// Sets an HTML page as the body, and a `Content-Type` for it unless there is one. Escape what comes from users.
    #[must_use]
    pub fn with_html(self, page: impl Into<String>) -> Self {
        self.typed("text/html; charset=utf-8", page.into())
    }

    fn typed(mut self, content_type: &str, body: String) -> Self {
        if self.header("Content-Type").is_none() {
            self.head.append("Content-Type", &[content_type]);
        }
        self.with_body(body)
    }

    /// Returns the body. Of a response that a client received it is as much as was read
    /// ([`Opening`](crate::ws::Opening) reads at most 64 KiB).
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Removes the body but keeps its length: the response to a HEAD request for which a GET would get this one
    /// ([RFC 9110, section 9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2)).
    ///
    /// [`Upgrade::respond`](crate::ws::Upgrade::respond) does it automatically.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::handshake::Response;
    ///
    /// let response = Response::new(200).with_body("你好").head_only();
    /// assert_eq!(response.into_bytes(), b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\n");
    /// ```
    #[must_use]
    pub fn head_only(mut self) -> Self {
        self.tell_length();
        self.body.clear();
        self
    }

    /// Some statuses have no body (RFC 9110, section 6.4.1).
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }

    fn tell_length(&mut self) {
        if self.has_body() && self.header("Content-Length").is_none() {
            self.head.append("Content-Length", &[&self.body.len().to_string()]);
        }
    }

    /// Returns whether another response follows, which is the one that counts: as "100 Continue" (RFC 9110, section 15.2).
    pub(in crate::ws) fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// Returns the status: 101 for an accepted upgrade.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of the first header field with this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.all(name).next()
    }

    /// Returns all header fields, in order, as (name, value).
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.iter()
    }

    /// Returns the bytes to send: the head, with the body's `Content-Length`, and the body.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.tell_length();
        let has_body = self.has_body();
        let mut bytes = self.head.into_bytes();
        if has_body {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

pub(super) fn is_reserved(name: &str, reserved: &[&str]) -> bool {
    reserved.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// True for the fields with which the handshake itself speaks.
pub(super) fn is_handshake(name: &str) -> bool {
    const PREFIX: &str = "Sec-WebSocket-";
    name.eq_ignore_ascii_case("Upgrade")
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        // The reason may be empty; the space in front of it stays (RFC 9112, section 4).
        _ => "",
    }
}
