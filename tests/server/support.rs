//! Clients of a server that runs, which do not wait for ever.

use php_sockets::{
    ws::{Connection, Connector, Message, Transport, WebSocketError},
    *,
};

pub(crate) use crate::running::{LONG, Running, eventually};

impl Running {
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn client(&self) -> Result<Client, WebSocketError> {
        self.client_at("")
    }

    pub(crate) fn client_at(&self, target: &str) -> Result<Client, WebSocketError> {
        self.client_of(&Connector::new(), target)
    }

    pub(crate) fn client_of(&self, connector: &Connector, target: &str) -> Result<Client, WebSocketError> {
        let mut connection = connector.connect(&(self.url() + target))?;
        connection.set_read_timeout(Some(LONG))?;
        Ok(Client { connection, buffer: Vec::new() })
    }
}

/// A blocking client.
pub(crate) struct Client {
    pub(crate) connection: Connection<Transport>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn send<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        self.connection.send(message)
    }

    /// The next message as a text, `[3 bytes]` for bytes, and `1001 reason` for a Close.
    pub(crate) fn hear(&mut self) -> Result<String, WebSocketError> {
        Ok(match self.connection.read(&mut self.buffer)? {
            Message::Text(text) => text.to_owned(),
            Message::Close(None) => "1005".to_owned(),
            Message::Close(Some(frame)) => format!("{} {}", frame.code, frame.reason).trim_end().to_owned(),
            message => format!("[{} bytes]", message.as_bytes().len()),
        })
    }
}

/// Sends an HTTP request and returns the whole answer.
pub(crate) fn request(server: &Running, head: &str) -> Result<String> {
    let socket = server.socket()?;
    socket_write(&socket, format!("{head}\r\nHost: 127.0.0.1\r\n\r\n"), None)?;
    rest(&socket)
}

/// Reads to the end of the stream.
pub(crate) fn rest(socket: &Socket) -> Result<String> {
    let mut answer = Vec::new();
    loop {
        let bytes = socket_read(socket, 64 << 10, None)?;
        if bytes.is_empty() {
            return Ok(String::from_utf8_lossy(&answer).into_owned());
        }
        answer.extend(bytes);
    }
}

/// Sends 20 MiB with a length and in a chunk, reading nothing meanwhile: what is sent with, and the answer.
pub(crate) fn upload(server: &Running) -> Result<[(&'static str, String); 2]> {
    const LENGTH: &str = "Content-Length: 20971520";
    const CHUNKED: &str = "Transfer-Encoding: chunked";
    let large = vec![b'x'; 20 << 20];
    let chunk = [b"1400000\r\n", &large[..], b"\r\n0\r\n\r\n"].concat();
    let answer = |head: &str, body: &[u8]| {
        let socket = server.socket()?;
        socket_write(&socket, format!("POST /up HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n"), None)?;
        let mut sent = 0;
        while sent < body.len() {
            sent += socket_write(&socket, &body[sent..], None)?;
        }
        socket_shutdown(&socket, SHUT_WR)?;
        rest(&socket)
    };
    Ok([(LENGTH, answer(LENGTH, &large)?), (CHUNKED, answer(CHUNKED, &chunk)?)])
}

/// A request for a WebSocket.
pub(crate) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A client's frame with the mask 0.
pub(crate) fn frame(first: u8, payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    [&[first, 0x80 | length, 0, 0, 0, 0], payload.as_bytes()].concat()
}

/// A listening socket, and one that keeps its port when it is closed: nobody else is given it.
pub(crate) fn kept_listener() -> Result<(Socket, Socket)> {
    let bound = |port: i32| {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&socket, SOL_SOCKET, SO_REUSEADDR, 1)?;
        socket_bind(&socket, "127.0.0.1", port)?;
        Ok::<_, Error>(socket)
    };
    let keeper = bound(0)?;
    let listener = bound(socket_getsockname(&keeper)?.1)?;
    socket_listen(&listener, SOMAXCONN)?;
    Ok((listener, keeper))
}
