use super::{
    Error, Limits, Negotiated, Parser, Response, Url,
    head::Head,
    key::{accept_key, encode_key, random_key},
    response::{is_handshake, is_reserved},
    token,
};
use crate::ws::deflate::Parameters;

/// What a client asks for in the opening handshake.
///
/// By default: no subprotocol, no compression, no headers beyond those of the handshake, and a response head of at most 16 KiB and
/// 100 fields.
///
/// # Examples
/// ```
/// use php_sockets::ws::handshake::{Client, Url};
///
/// let client = Client::new().subprotocols(["chat"])?.header("Cookie", "session=1")?;
/// let request = client.request(&Url::parse("ws://example.com:8080/chat?room=1")?)?;
/// let text = std::str::from_utf8(request.as_bytes()).expect("ASCII");
/// assert!(text.starts_with("GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8080\r\n"));
/// assert!(text.ends_with("Sec-WebSocket-Protocol: chat\r\nCookie: session=1\r\n\r\n"));
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Client {
    subprotocols: Vec<String>,
    headers: Vec<(String, String)>,
    offers: Vec<Parameters>,
    needs_subprotocol: bool,
    limits: Limits,
}

impl Client {
    /// Creates a client with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the subprotocols to offer, best first.
    ///
    /// # Errors
    /// [`Error::InvalidSubprotocol`] if one is not a token or occurs twice.
    pub fn subprotocols<T: Into<String>>(mut self, subprotocols: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        self.subprotocols = token::unique(subprotocols)?;
        Ok(self)
    }

    /// Rejects a response that chooses none of the offered subprotocols, as browsers do
    /// ([the WebSockets Standard](https://websockets.spec.whatwg.org/#concept-websocket-establish)). RFC 6455 leaves it to
    /// the client.
    #[must_use]
    pub fn require_subprotocol(mut self) -> Self {
        self.needs_subprotocol = true;
        self
    }

    /// Sets how large the head of the response may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Creates a parser for one response within this client's limits.
    #[must_use]
    pub fn parser(&self) -> Parser {
        Parser::with_limits(self.limits)
    }

    /// Adds a header field to the request: `Cookie`, `Authorization`, `Origin`, ...
    ///
    /// # Errors
    /// [`Error::InvalidHeader`] for a name that is not a token or a value with control characters;
    /// [`Error::ReservedHeader`] for those that the handshake writes itself: `Host`, `Upgrade`, `Connection`,
    /// `Content-Length`, `Transfer-Encoding` and `Sec-WebSocket-*`.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if is_handshake(name) || is_reserved(name, &["Host", "Connection", "Content-Length", "Transfer-Encoding"]) {
            return Err(Error::ReservedHeader);
        }
        Head::new(format_args!("")).push(name, value)?;
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Offers permessage-deflate with these parameters; called again, it adds a fallback offer.
    ///
    /// # Errors
    /// [`Error::InvalidWindowBits`] if window bits are not 9 to 15.
    #[cfg(feature = "deflate")]
    pub fn deflate(mut self, offer: Parameters) -> Result<Self, Error> {
        self.offers.push(offer.validated()?);
        Ok(self)
    }

    /// Creates a request for one connection, with a key from the operating system's random source. A URL with a user name
    /// adds `Authorization: Basic`, unless the client has such a header.
    ///
    /// A client should have only one opening handshake with a host in progress at a time (RFC 6455, section 4.1).
    ///
    /// # Errors
    /// [`Error::Random`] if the operating system gave no random bytes.
    pub fn request(&self, url: &Url) -> Result<ClientRequest, Error> {
        Ok(self.request_with_key(url, random_key()?))
    }

    /// Creates a request with the given key, which must be random and used only once.
    #[must_use]
    pub fn request_with_key(&self, url: &Url, key: [u8; 16]) -> ClientRequest {
        let key = encode_key(key);
        let mut head = Head::new(format_args!("GET {} HTTP/1.1", url.target()));
        head.append("Host", &[&url.authority()]);
        head.append("Upgrade", &["websocket"]);
        head.append("Connection", &["Upgrade"]);
        head.append("Sec-WebSocket-Key", &[&key]);
        head.append("Sec-WebSocket-Version", &["13"]);
        if !self.subprotocols.is_empty() {
            head.append("Sec-WebSocket-Protocol", &[&self.subprotocols.join(", ")]);
        }
        if !self.offers.is_empty() {
            let offers: Vec<_> = self.offers.iter().map(Parameters::offer).collect();
            head.append("Sec-WebSocket-Extensions", &[&offers.join(", ")]);
        }
        if let Some(value) = url.authorization().filter(|_| !self.has_authorization()) {
            head.append("Authorization", &[&value]);
        }
        for (name, value) in &self.headers {
            head.append(name, &[value]);
        }
        ClientRequest {
            bytes: head.into_bytes(),
            accept: accept_key(&key),
            subprotocols: self.subprotocols.clone(),
            offers: self.offers.clone(),
            needs_subprotocol: self.needs_subprotocol && !self.subprotocols.is_empty(),
        }
    }

    fn has_authorization(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
    }
}

/// A client's request for one connection, which can verify the response to it.
///
/// Created by [`Client::request`].
#[derive(Debug, Clone)]
pub struct ClientRequest {
    bytes: Vec<u8>,
    accept: String,
    subprotocols: Vec<String>,
    offers: Vec<Parameters>,
    needs_subprotocol: bool,
}

impl ClientRequest {
    /// Returns the bytes to send.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks a response to this request and returns what was negotiated.
    ///
    /// Responses with status 100 to 199 other than 101 may come before it and must be skipped
    /// ([RFC 9110, section 15.2](https://www.rfc-editor.org/rfc/rfc9110#section-15.2)): a new [`Parser`] finds the next one.
    ///
    /// # Errors
    /// [`Error::Status`] for any status but 101, which the application may handle as HTTP (401, 302, ...); otherwise what is wrong with
    /// the 101. Close the connection after either.
    pub fn verify(&self, response: &Response) -> Result<Negotiated, Error> {
        if response.status() != 101 {
            return Err(Error::Status(response.status()));
        }
        if !response.is_http_1_1() {
            return Err(Error::HttpVersion);
        }
        let head = response.head();
        let upgrade = head.single("Upgrade", Error::NoUpgrade)?;
        if !upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
            return Err(Error::NoUpgrade);
        }
        if !head.lists("Connection", "Upgrade") {
            return Err(Error::NoConnectionUpgrade);
        }
        if head.single("Sec-WebSocket-Accept", Error::Accept)? != Some(&self.accept) {
            return Err(Error::Accept);
        }
        let deflate = Parameters::verify(&self.offers, head.all("Sec-WebSocket-Extensions"))?;
        let subprotocol = head.single("Sec-WebSocket-Protocol", Error::UnexpectedSubprotocol)?.map(str::to_owned);
        if subprotocol.as_ref().is_some_and(|subprotocol| !self.subprotocols.contains(subprotocol)) {
            return Err(Error::UnexpectedSubprotocol);
        }
        if subprotocol.is_none() && self.needs_subprotocol {
            return Err(Error::NoSubprotocol);
        }
        Ok(Negotiated { subprotocol, deflate })
    }
}
