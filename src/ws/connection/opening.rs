use std::{io, time::Instant};

use super::Connection;
use crate::{
    Socket,
    ws::{
        Interest, Role, Stream, WebSocketError,
        exchange::Exchange,
        handshake::{self, ClientRequest, Content, MAX_INTERIM, Parser, Response},
    },
};

/// An opening handshake in progress on the client's side, over a stream of your own: TLS, a tunnel, a non-blocking socket.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Connection, Connector, handshake::Url}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = Url::parse(&format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1))?;
/// # let server = std::thread::spawn(move || Connection::accept(socket_accept(&listener).expect("a client")));
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&socket, url.host(), i32::from(url.port()))?;
/// socket_set_nonblock(&socket)?;
/// let mut opening = Connector::new().open(socket.clone(), &url)?;
/// let connection = loop {
///     if let Some(connection) = opening.advance()? {
///         break connection;
///     }
///     socket_select(&mut vec![socket.clone()], None, None, 1, None)?;
/// };
/// assert!(connection.is_open());
/// # server.join().expect("no panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Opening<S = Socket> {
    exchange: Exchange<S>,
    request: ClientRequest,
    interim: u32,
    response: Option<Box<Response>>,
    /// That of a refusal.
    content: Option<Content>,
}

impl<S: Stream> Opening<S> {
    pub(super) fn new(mut exchange: Exchange<S>, request: ClientRequest) -> Self {
        exchange.queue(request.as_bytes().to_vec());
        Self { exchange, request, interim: 0, response: None, content: None }
    }

    /// Continues the handshake; returns `None` if a non-blocking stream has to wait, for what [`interest`](Self::interest) says.
    ///
    /// A server may send messages right after its response, which are then already read: call [`Connection::next`] before you wait
    /// for the stream for the first time.
    ///
    /// # Errors
    /// [`WebSocketError::Refused`] with the server's answer, [`WebSocketError::Handshake`] if that is invalid,
    /// [`Timeout::Handshake`](crate::ws::Timeout::Handshake), [`WebSocketError::Io`], with
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the server left; [`WebSocketError::Closed`] after any of them.
    pub fn advance(&mut self) -> Result<Option<Connection<S>>, WebSocketError> {
        if !self.exchange.flush()? {
            return Ok(None);
        }
        while self.content.is_none() {
            let response = match self.exchange.read_head(Parser::response) {
                Err(WebSocketError::Closed) if self.exchange.stream().is_some() => return Err(left().into()),
                result => result?,
            };
            let Some(response) = response else { return Ok(None) };
            if response.is_interim() {
                self.interim += 1;
                if self.interim > MAX_INTERIM {
                    return Err(handshake::Error::Malformed("too many answers before the last").into());
                }
                continue;
            }
            let response = self.response.insert(Box::new(response));
            match self.request.verify(response) {
                Ok(negotiated) => {
                    let (stream, protocol) = self.exchange.finish(Role::Client, negotiated)?;
                    return Ok(Some(Connection::new(stream, protocol)));
                }
                Err(handshake::Error::Status(_)) => self.content = Some(Content::of_response(response)),
                Err(error) => {
                    self.exchange.end();
                    return Err(error.into());
                }
            }
        }
        self.read_content()
    }

    /// Reads what a refusal says, as far as it comes in time.
    fn read_content(&mut self) -> Result<Option<Connection<S>>, WebSocketError> {
        let (Some(response), Some(content)) = (&mut self.response, &mut self.content) else {
            return Err(WebSocketError::Closed);
        };
        if matches!(self.exchange.read_content(content, usize::MAX), Ok(false)) {
            return Ok(None);
        }
        self.exchange.end();
        let content = self.content.take().map(|mut content| content.take_bytes()).unwrap_or_default();
        **response = response.as_ref().clone().with_body(content);
        Err(WebSocketError::Refused(response.clone()))
    }

    /// Returns whether part of the request, or of the stream's own handshake, is still to be written.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.exchange.waits_to_write()
    }

    /// Returns what to wait for before the next [`advance`](Self::advance).
    #[must_use]
    pub fn interest(&self) -> Interest {
        if self.wants_write() { Interest::Write } else { Interest::Read }
    }

    /// Returns the server's response, once it has arrived.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.response.as_deref()
    }

    /// Returns the stream, until it becomes a connection.
    #[must_use]
    pub fn stream(&self) -> Option<&S> {
        self.exchange.stream()
    }

    /// Returns when the server's time is over. A non-blocking client then calls [`advance`](Self::advance), which fails.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.exchange.deadline()
    }
}

#[cold]
fn left() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server ended the connection before its answer was complete")
}
