use super::{Error, head::Head};

/// A request that a server received, of a WebSocket client or of any other HTTP client.
///
/// Made by [`Parser::request`](super::Parser::request). Header values are text; bytes that are not UTF-8 read as U+FFFD.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Status, handshake::Parser};
///
/// let bytes = b"GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nCookie: session=1\r\n\r\n";
/// let Status::Complete(request, _) = Parser::new().request(bytes)? else { panic!("incomplete") };
/// assert_eq!((request.path(), request.query()), ("/chat", Some("room=1")));
/// assert_eq!(request.header("cookie"), Some("session=1"));
/// assert!(!request.is_upgrade());
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    head: Head,
}

impl Request {
    pub(super) fn parsed(head: Head) -> Result<Self, Error> {
        let request = Self { head };
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

    pub(super) fn is_http_1_1(&self) -> bool {
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

    /// Returns the target's path, without a query: `"/chat"`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query().0
    }

    /// Returns the target's query, without the question mark: `Some("room=1")`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query().1
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

    /// Returns the value of the first header field of this name, which is matched in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.all(name).next()
    }

    /// Returns all header fields, in order, as (name, value).
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.iter()
    }

    /// Returns whether the client asks for WebSocket: `websocket` is listed in `Upgrade`.
    ///
    /// Of any other request an application may make what it likes; [`Server::accept`](super::Server::accept) refuses it
    /// with 426.
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        self.head.lists("Upgrade", "websocket")
    }

    /// Returns how many bytes of body follow the head.
    ///
    /// # Errors
    /// [`Error::TransferEncoding`] (411) when the length is not known beforehand, [`Error::ContentLength`] (400) when it
    /// is no number, or several that differ.
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
            assert_eq!((request.target(), request.path(), request.query()), (target, path, query));
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
