//! One exchange as bytes: a request that tests bend, a server's answer to it, a client's view of a response.

use php_sockets::ws::{
    Status,
    handshake::{Client, ClientRequest, Error, Negotiated, Parser, Server, Url},
};

/// The key of RFC 6455, section 1.3.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The answer to it.
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A start line and header fields, valid until a test changes them.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) line: String,
    fields: Vec<(String, String)>,
}

impl Head {
    /// A valid request of a client that is no browser.
    pub(crate) fn request() -> Self {
        Self { line: "GET /chat HTTP/1.1".into(), fields: Vec::new() }
            .with("Host", "server.example.com")
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Key", KEY)
            .with("Sec-WebSocket-Version", "13")
    }

    /// The valid response to a request with [`KEY`].
    pub(crate) fn response() -> Self {
        Self { line: "HTTP/1.1 101 Switching Protocols".into(), fields: Vec::new() }
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Accept", ACCEPT)
    }

    pub(crate) fn line(mut self, line: &str) -> Self {
        self.line = line.into();
        self
    }

    /// Adds a field, also a second one of a name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.0 != name);
        self
    }

    /// Replaces a field.
    pub(crate) fn but(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.fields {
            text += &format!("{name}: {value}\r\n");
        }
        (text + "\r\n").into_bytes()
    }
}

/// What a server made of some bytes, and the HTTP answer that it sends.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) result: Result<Negotiated, Error>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn status(&self) -> &str {
        self.text.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn error(&self) -> Option<Error> {
        self.result.as_ref().err().copied()
    }

    /// The values of all header fields of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let head = self.text.split_once("\r\n\r\n").map_or("", |(head, _)| head);
        let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        fields.filter(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1).collect()
    }
}

/// Lets a server answer to bytes that hold a whole head, or more than any head may have.
pub(crate) fn answer_bytes(server: &Server, bytes: &[u8]) -> Answer {
    let parsed = match Parser::new().request(bytes) {
        Ok(Status::Complete(request, _)) => server.accept(&request),
        Ok(Status::Partial) => panic!("the head is incomplete"),
        Err(error) => Err(error),
    };
    let (response, result) = match parsed {
        Ok((response, negotiated)) => (response, Ok(negotiated)),
        Err(error) => (error.response(), Err(error)),
    };
    Answer { result, text: String::from_utf8(response.into_bytes()).expect("an answer in UTF-8") }
}

pub(crate) fn answer(server: &Server, head: &Head) -> Answer {
    answer_bytes(server, &head.bytes())
}

/// The answer of a server without any configuration.
pub(crate) fn default_answer(head: &Head) -> Answer {
    answer(&Server::new(), head)
}

/// A client's request with [`KEY`].
pub(crate) fn client_request(client: &Client) -> ClientRequest {
    let url = Url::parse("ws://server.example.com/chat").expect("a valid URL");
    client.request_with_key(&url, *b"the sample nonce")
}

/// Lets a client check a response.
pub(crate) fn verify(client: &Client, response: &Head) -> Result<Negotiated, Error> {
    match Parser::new().response(&response.bytes())? {
        Status::Complete(response, _) => client_request(client).verify(&response),
        Status::Partial => panic!("the head is incomplete"),
    }
}
