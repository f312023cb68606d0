use super::{
    Error, Limits, Negotiated, OriginPolicy, Parser, Request, Response,
    head::Head,
    key::{accept_key, is_key},
    token,
};
use crate::ws::deflate::Parameters;

/// What a server accepts and chooses in the opening handshake.
///
/// By default: clients without an `Origin` and pages of the same origin, no subprotocol, no compression, a head of at most
/// 16 KiB and 100 fields.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Status, handshake::{Error, OriginPolicy, Parser, Server}};
///
/// let server = Server::new()
///     .origin(OriginPolicy::list(["https://example.com"]))
///     .subprotocols(["chat"])?
///     .header("Server", "chat/1.0")?;
///
/// let request = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nOrigin: https://evil.example\r\n\
///     Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// let Status::Complete(request, _) = Parser::new().request(request)? else { panic!("incomplete") };
/// let answer = match server.accept(&request) {
///     Ok((response, _negotiated)) => response,
///     Err(error) => error.response(),
/// };
/// assert_eq!(answer.status(), 403);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Server {
    origin: OriginPolicy,
    subprotocols: Vec<String>,
    headers: Vec<(String, String)>,
    deflate: Option<Parameters>,
    limits: Limits,
}

impl Server {
    /// Creates a server with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how large a request's head may be. A larger one is answered with 431.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Creates a parser for one request within this server's limits.
    #[must_use]
    pub fn parser(&self) -> Parser {
        Parser::with_limits(self.limits)
    }

    /// Sets which origins are accepted.
    #[must_use]
    pub fn origin(mut self, policy: OriginPolicy) -> Self {
        self.origin = policy;
        self
    }

    /// Sets the subprotocols that the server supports. The first in the client's list, which is in order of preference, that the
    /// server supports is chosen; if there is none, the connection has no subprotocol.
    ///
    /// # Errors
    /// [`Error::InvalidSubprotocol`] if one is not a token or occurs twice.
    pub fn subprotocols<T: Into<String>>(mut self, subprotocols: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        self.subprotocols = token::unique(subprotocols)?;
        Ok(self)
    }

    /// Adds a header field to every response that accepts an upgrade. To add one to a single response see
    /// [`Response::with_header`].
    ///
    /// # Errors
    /// As those of [`Response::with_header`].
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        Response::switching(Head::new(format_args!(""))).with_header(name, value)?;
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Accepts permessage-deflate with parameters within these.
    ///
    /// # Errors
    /// [`Error::InvalidWindowBits`] if window bits are not 9 to 15.
    #[cfg(feature = "deflate")]
    pub fn deflate(mut self, wish: Parameters) -> Result<Self, Error> {
        self.deflate = Some(wish.validated()?);
        Ok(self)
    }

    /// Decides on a request: returns the 101 response to send, and what was negotiated.
    ///
    /// # Errors
    /// What is wrong with the request; [`Error::response`] is the response to send before closing.
    pub fn accept(&self, request: &Request) -> Result<(Response, Negotiated), Error> {
        let head = request.head();
        if request.method() != "GET" {
            return Err(Error::Method);
        }
        // A body would be read as frames, or by a proxy as another request.
        if request.content_length() != Ok(0) {
            return Err(Error::Body);
        }
        if !request.is_upgrade() {
            return Err(Error::NoUpgrade);
        }
        if !head.lists("Connection", "Upgrade") {
            return Err(Error::NoConnectionUpgrade);
        }
        if head.single("Sec-WebSocket-Version", Error::Version)? != Some("13") {
            return Err(Error::Version);
        }
        let key = head.single("Sec-WebSocket-Key", Error::Key)?.filter(|key| is_key(key)).ok_or(Error::Key)?;
        if !self.origin.accepts(request) {
            return Err(Error::Origin);
        }
        let subprotocol = self.choose_subprotocol(head)?;
        let deflate = Parameters::choose(self.deflate, head.all("Sec-WebSocket-Extensions"))?;

        let mut head = Head::new(format_args!("HTTP/1.1 101 Switching Protocols"));
        head.append("Upgrade", &["websocket"]);
        head.append("Connection", &["Upgrade"]);
        head.append("Sec-WebSocket-Accept", &[&accept_key(key)]);
        if let Some(subprotocol) = subprotocol {
            head.append("Sec-WebSocket-Protocol", &[subprotocol]);
        }
        if let Some((_, text)) = &deflate {
            head.append("Sec-WebSocket-Extensions", &[text]);
        }
        for (name, value) in &self.headers {
            head.append(name, &[value]);
        }
        let negotiated = Negotiated {
            subprotocol: subprotocol.map(str::to_owned),
            deflate: deflate.map(|(parameters, _)| parameters),
        };
        Ok((Response::switching(head), negotiated))
    }

    fn choose_subprotocol(&self, head: &Head) -> Result<Option<&str>, Error> {
        let mut chosen = None;
        for offered in head.all("Sec-WebSocket-Protocol").flat_map(token::elements) {
            if !token::is_token(offered) {
                return Err(Error::Subprotocol);
            }
            chosen = chosen.or_else(|| self.subprotocols.iter().find(|own| *own == offered));
        }
        Ok(chosen.map(String::as_str))
    }
}
