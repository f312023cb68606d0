use std::borrow::Cow;

use super::{Error, head::Head, percent, token};

/// A request that a server received, from a WebSocket client or any other HTTP client.
///
/// Created by [`Parser::request`](super::Parser::request), or by [`new`](Self::new) from what another HTTP server has parsed.
/// Header values are text, in which bytes that are not UTF-8 become U+FFFD.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Status, handshake::Parser};
///
/// let bytes = b"GET /chat?room=%E4%B8%80 HTTP/1.1\r\nHost: example.com\r\nCookie: a=b; session=1\r\n\r\n";
/// let Status::Complete(request, _) = Parser::new().request(bytes)? else { panic!("incomplete") };
/// assert_eq!((request.path(), request.query("room").as_deref()), ("/chat", Some("一")));
/// assert_eq!((request.header("host"), request.cookie("session")), (Some("example.com"), Some("1")));
/// assert!(!request.is_upgrade());
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    head: Head,
    body: Vec<u8>,
}

impl Request {
    /// Creates an HTTP/1.1 request from what another HTTP server (hyper, axum, ...) has parsed: the method, the target, and all
    /// header fields.
    ///
    /// [`Server::accept`](super::Server::accept) then decides on it as on one that this crate has read. The other server remains
    /// responsible for the head's limits and deadlines, and for refusing HTTP/1.0 requests.
    ///
    /// # Errors
    /// [`Error::InvalidHeader`] if a part contains a character that is not allowed there, [`Error::Malformed`] if the target is neither a
    /// path nor a URL, [`Error::Host`] if there is not exactly one `Host`.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::handshake::{OriginPolicy, Request, Server};
    ///
    /// // With hyper or axum: Request::new(request.method(), request.uri().to_string(), request.headers())
    /// let headers = [
    ///     ("host", "example.com"),
    ///     ("origin", "https://example.com"),
    ///     ("upgrade", "websocket"),
    ///     ("connection", "keep-alive, Upgrade"),
    ///     ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ///     ("sec-websocket-version", "13"),
    ///     ("sec-websocket-protocol", "superchat, chat"),
    /// ];
    /// let request = Request::new("GET", "/chat", headers)?;
    /// let server = Server::new().origin(OriginPolicy::list(["https://example.com"])).subprotocols(["chat"])?;
    /// let (response, negotiated) = server.accept(&request)?;
    /// // Give these to the other server, then `negotiated` to `Connection::new` or `Protocol`.
    /// assert_eq!(response.status(), 101);
    /// for (name, value) in response.headers() {
    ///     println!("{name}: {value}");
    /// }
    /// assert_eq!(negotiated.subprotocol.as_deref(), Some("chat"));
    /// # Ok::<(), php_sockets::ws::handshake::Error>(())
    /// ```
    pub fn new<N: AsRef<str>, V: AsRef<[u8]>>(
        method: impl AsRef<str>,
        target: impl AsRef<str>,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let (method, target) = (method.as_ref(), target.as_ref());
        let ends_word = |char: char| char.is_ascii_whitespace() || char.is_ascii_control();
        if !token::is_token(method) || target.is_empty() || target.contains(ends_word) {
            return Err(Error::InvalidHeader);
        }
        let mut head = Head::new(format_args!("{method} {target} HTTP/1.1"));
        for (name, value) in headers {
            head.push(name.as_ref(), token::trim(&String::from_utf8_lossy(value.as_ref())))?;
        }
        Self::parsed(head)
    }

    pub(super) fn parsed(head: Head) -> Result<Self, Error> {
        let request = Self { head, body: Vec::new() };
        if !request.has_proper_target() {
            return Err(Error::Malformed("target"));
        }
        // A server must refuse these whatever the request is for (RFC 9112, section 3.2).
        let host = request.head.single("Host", Error::Host)?;
        if host.is_none() && request.is_http_1_1() {
            return Err(Error::Host);
        }
        Ok(request)
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The forms of RFC 9112, section 3.2: a path, a URL, `*`, or what CONNECT is to be connected to.
    fn has_proper_target(&self) -> bool {
        let target = self.target();
        target.starts_with('/') || target == "*" || target.contains("://") || self.method() == "CONNECT"
    }

    fn is_http_1_1(&self) -> bool {
        self.head.start_line().ends_with("HTTP/1.1")
    }

    /// Returns the method: `"GET"`, `"POST"`, ...
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.start_line().split(' ').next().unwrap_or_default()
    }

    /// Returns the target as it was sent: `"/chat?room=1"`, or a whole URL from a client that takes this for a proxy.
    #[must_use]
    pub fn target(&self) -> &str {
        self.head.start_line().split(' ').nth(1).unwrap_or_default()
    }

    /// Returns the target's path as it was sent, without a query: `"/chat"`; what is not ASCII is percent-encoded in it.
    ///
    /// It may hold `..`, and joined to a folder's name it is a path of its own: look a file up in a list of those that you serve.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query().0
    }

    /// Returns the target's query as it was sent, without the question mark: `Some("room=1")`.
    #[must_use]
    pub fn query_string(&self) -> Option<&str> {
        self.path_and_query().1
    }

    /// Returns the first value with this name in the query, decoded: `"a b"` of `?name=a+b` or `?name=a%20b`.
    ///
    /// Like `$_GET['name']` in PHP and `URLSearchParams.get` in JavaScript; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = self.query_string()?.split('&').filter(|pair| !pair.is_empty());
        let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|pair| percent::decode_form(pair.0) == name).map(|pair| percent::decode_form(pair.1))
    }

    /// Returns the value of the first cookie with this name, as it was sent: `"1"` of `Cookie: a=b; session=1`.
    ///
    /// See [RFC 6265, section 4.2](https://www.rfc-editor.org/rfc/rfc6265#section-4.2).
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.head.all("Cookie").flat_map(|cookies| cookies.split(';'));
        let mut pairs = cookies.filter_map(|cookie| cookie.split_once('='));
        pairs.find(|pair| token::trim(pair.0) == name).map(|pair| token::trim(pair.1))
    }

    fn path_and_query(&self) -> (&str, Option<&str>) {
        let target = self.target();
        let target = match target.split_once("://") {
            // The absolute form (RFC 9112, section 3.2.2): the path starts behind the authority, or is left out.
            Some((_, rest)) if !target.starts_with('/') => rest.find(['/', '?']).map_or("/", |at| &rest[at..]),
            _ => target,
        };
        match target.split_once('?') {
            Some(("", query)) => ("/", Some(query)),
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        }
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

    /// Returns whether the client asks for WebSocket: `websocket` is listed in `Upgrade`. In an HTTP/1.0 request
    /// that does not count ([RFC 9110, section 7.8](https://www.rfc-editor.org/rfc/rfc9110#section-7.8)).
    ///
    /// An application may answer any other request as it likes; [`Server::accept`](super::Server::accept) refuses it with 426.
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        self.is_http_1_1() && self.head.lists("Upgrade", "websocket")
    }

    /// Returns the subprotocols that the client offers, its favourite first.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        self.head.all("Sec-WebSocket-Protocol").flat_map(token::elements)
    }

    /// Returns the body: what `curl -d` or a webhook sends. It is empty unless
    /// [`Acceptor::max_body`](crate::ws::Acceptor::max_body) or the method of that name of a `Server` has bodies read.
    ///
    /// Like `file_get_contents('php://input')` in PHP. The field `Content-Type` says what the bytes are.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(in crate::ws) fn set_body(&mut self, body: Vec<u8>) {
        self.body = body;
    }

    /// Says whether the client waits for "100 Continue" before it goes on. In an HTTP/1.0 request it does not
    /// (RFC 9110, section 10.1.1).
    pub(in crate::ws) fn expects_continue(&self) -> bool {
        self.is_http_1_1() && self.head.lists("Expect", "100-continue")
    }

    /// Says whether a body comes in chunks, and in no other coding (RFC 9112, section 6.1).
    pub(super) fn is_chunked(&self) -> bool {
        let coding = self.head.single("Transfer-Encoding", Error::TransferEncoding);
        self.is_http_1_1() && matches!(coding, Ok(Some(coding)) if coding.eq_ignore_ascii_case("chunked"))
    }

    /// Returns what [`content_length`](Self::content_length) does, and refuses what is said twice, be it the same.
    pub(super) fn only_content_length(&self) -> Result<u64, Error> {
        self.head.single("Content-Length", Error::ContentLength)?;
        self.content_length()
    }

    /// Returns how many bytes of body follow the head.
    ///
    /// # Errors
    /// [`Error::TransferEncoding`] (411) if the length is not known in advance, [`Error::ContentLength`] (400) if it is not a number,
    /// or there are several that differ.
    pub fn content_length(&self) -> Result<u64, Error> {
        if self.header("Transfer-Encoding").is_some() {
            return Err(Error::TransferEncoding);
        }
        let mut length = None;
        for value in self.head.all("Content-Length") {
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse::<u64>().ok().filter(|_| is_number).ok_or(Error::ContentLength)?;
            if length.replace(number).is_some_and(|other| other != number) {
                return Err(Error::ContentLength);
            }
        }
        Ok(length.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Parser;
    use super::*;
    use crate::ws::Status;

    fn request(target: &str, headers: &str) -> Result<Request, Error> {
        let bytes = format!("GET {target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        match Parser::new().request(bytes.as_bytes())? {
            Status::Complete(request, _) => Ok(request),
            Status::Partial => unreachable!("the head is complete"),
        }
    }

    #[test]
    fn targets_split_into_path_and_query() -> Result<(), Error> {
        for (target, path, query) in [
            ("/", "/", None),
            ("/chat?room=1&a=/b?c", "/chat", Some("room=1&a=/b?c")),
            ("/?", "/", Some("")),
            ("/a://b", "/a://b", None),
            ("http://example.com/a?b", "/a", Some("b")),
            ("http://example.com", "/", None),
            ("http://example.com?b=/c", "/", Some("b=/c")),
            ("*", "*", None),
            ("/聊天?室=一", "/聊天", Some("室=一")),
        ] {
            let request = request(target, "")?;
            assert_eq!((request.target(), request.path(), request.query_string()), (target, path, query));
        }
        Ok(())
    }

    #[test]
    fn parameters_and_cookies_are_found_by_name() -> Result<(), Error> {
        let cookies = "Cookie: a=1;b = 2 ; c=\"3=4\";d\r\nX: y\r\ncookie: a=5; e=6\r\n";
        let request = request("/?a=1&a=2&b&&=c&%61%3D=%E4%B8%80+%zz&d==&e=%ff", cookies)?;
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("")),
            ("", Some("c")),
            ("a=", Some("一 %zz")),
            ("d", Some("=")),
            ("e", Some("\u{fffd}")),
            ("A", None),
            ("x", None),
        ] {
            assert_eq!(request.query(name).as_deref(), value, "{name}");
        }
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("2")),
            ("c", Some("\"3=4\"")),
            ("d", None),
            ("e", Some("6")),
            ("", None),
            ("A", None),
        ] {
            assert_eq!(request.cookie(name), value, "{name}");
        }
        Ok(())
    }

    #[test]
    fn the_body_has_one_length() -> Result<(), Error> {
        for (headers, length) in [
            ("", Ok(0)),
            ("Content-Length: 0\r\n", Ok(0)),
            ("content-length: 18446744073709551615\r\n", Ok(u64::MAX)),
            ("Content-Length: 7\r\nContent-Length: 7\r\n", Ok(7)),
            ("Content-Length: 7\r\nContent-Length: 8\r\n", Err(Error::ContentLength)),
            ("Content-Length: 18446744073709551616\r\n", Err(Error::ContentLength)),
            ("Content-Length: +5\r\n", Err(Error::ContentLength)),
            ("Content-Length: -5\r\n", Err(Error::ContentLength)),
            ("Content-Length: 5, 5\r\n", Err(Error::ContentLength)),
            ("Content-Length:\r\n", Err(Error::ContentLength)),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", Err(Error::TransferEncoding)),
        ] {
            assert_eq!(request("/", headers)?.content_length(), length, "{headers:?}");
        }
        Ok(())
    }
}
