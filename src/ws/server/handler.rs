use super::{Answer, Client, Clients, Timer};
use crate::ws::{CloseFrame, Message, WebSocketError, handshake::Request};

/// What a [`Server`](super::Server) calls: the application, with its state.
///
/// Every method has a default that does nothing (`onrequest` accepts the request). What a callback sends leaves at the end of the
/// [turn](super::Server#turns), and a client that it closes stays until then.
///
/// The names are those of Workerman and the browser. A server without state can use [`Callbacks`](super::Callbacks) instead.
///
/// # Examples
/// ```
/// use php_sockets::ws::{CloseFrame, WebSocketError, Message, server::{Client, Handler}};
///
/// /// Tells everybody how many messages there have been.
/// struct Counter(u64);
///
/// impl Handler for Counter {
///     type Data = ();
///
///     fn onmessage(&mut self, client: &mut Client<'_, ()>, _: Message<'_>) {
///         self.0 += 1;
///         client.broadcast(&self.0.to_string());
///     }
/// }
/// ```
pub trait Handler {
    /// The data of each client; it starts as the default.
    type Data: Default;

    /// Called once on each thread before anything else: the place to start [timers](Clients::every).
    fn onstart(&mut self, clients: &mut Clients<Self::Data>) {
        let _ = clients;
    }

    /// An HTTP request has arrived, for a page or for a WebSocket. It has its [body](Request::body) if the server
    /// [reads bodies](super::Server::max_body); by default only its head is passed, and a body is thrown away. A response should not
    /// be large: all of it stays in memory while the client reads it, for at most a minute and
    /// [this many bytes](super::Server::answer_limit).
    ///
    /// Requests for a WebSocket that are malformed (400) or come from a page of another origin (403) are refused before this is
    /// called. [`Answer::upgrade`], the default, continues the opening handshake; if the request does not ask for a WebSocket, it
    /// is answered with 426. An answer that takes time to find is given [later](Answer::later). Store what you learn about the
    /// client in its [data](Client::data_mut): the request is dropped afterwards, unless the server
    /// [keeps it](super::Server::keep_requests).
    ///
    /// The client is not open yet: messages and subscriptions have no effect now. If it leaves before it is open, its data is
    /// dropped without a call of [`onclose`](Self::onclose); implement [`Drop`] for the data to undo what was counted here.
    fn onrequest(&mut self, client: &mut Client<'_, Self::Data>, request: &Request) -> Answer {
        let _ = (client, request);
        Answer::upgrade()
    }

    /// A client has completed the opening handshake: it can be sent to.
    fn onopen(&mut self, client: &mut Client<'_, Self::Data>) {
        let _ = client;
    }

    /// A client has sent a message, [`Message::Text`] or [`Message::Binary`]; with
    /// [`Config::report_control`](crate::ws::Config) also Pings and Pongs.
    fn onmessage(&mut self, client: &mut Client<'_, Self::Data>, message: Message<'_>) {
        let _ = (client, message);
    }

    /// A client has left. Called once for each [`onopen`](Self::onopen); its data is still there, its subscriptions have ended.
    ///
    /// `closed` is the Close frame, the client's or, if [`Client::close`] came first, the server's: 1005 stands for a frame without
    /// a code, 1006 for the end of the connection without a frame, or by [`Client::terminate`]. Or it is the error that ended the connection: a violation of
    /// the protocol, a deadline, or [`Unsendable::BufferFull`](crate::ws::Unsendable) for a client that read too slowly. All that
    /// has come from a client that reset the connection, or left without reading, is heard before.
    fn onclose(&mut self, client: &mut Client<'_, Self::Data>, closed: Result<CloseFrame<'_>, &WebSocketError>) {
        let _ = (client, closed);
    }

    /// Everything that waited for a client has been sent: the place to continue sending after stopping because
    /// [`Client::buffered_amount`] was too large.
    ///
    /// It is called if something had to wait beyond the end of a turn, or if `buffered_amount` returned more than 0 in the turn.
    ///
    /// ```
    /// use php_sockets::ws::server::Client;
    ///
    /// /// Sends the rest of a long answer. Called by `onmessage`, which stores it, and by `ondrain`.
    /// fn go_on(client: &mut Client<'_, std::collections::VecDeque<String>>) {
    ///     while client.buffered_amount() < 64 << 10 {
    ///         let Some(line) = client.data_mut().pop_front() else { return };
    ///         client.send(&line);
    ///     }
    /// }
    /// ```
    fn ondrain(&mut self, client: &mut Client<'_, Self::Data>) {
        let _ = client;
    }

    /// Another thread has [woken](super::Handle::wake) the client, and may have left something for it.
    fn onwake(&mut self, client: &mut Client<'_, Self::Data>) {
        let _ = client;
    }

    /// A timer has expired.
    fn ontimer(&mut self, clients: &mut Clients<Self::Data>, timer: Timer) {
        let _ = (clients, timer);
    }
}
