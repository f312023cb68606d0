use super::{Answer, Client, Clients, Timer};
use crate::ws::{CloseFrame, Message, WebSocketError, handshake::Request};

/// What a [`Server`](super::Server) calls: the application, with its state.
///
/// Every method has a default that does nothing (a request is accepted). What is sent within a callback leaves at the end
/// of the [turn](super::Server#turns), and who is closed stays until then.
///
/// The names are those of Workerman and the browser. A server without state of its own is written with
/// [`Callbacks`](super::Callbacks) instead.
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
    /// What each client carries; it begins as the default.
    type Data: Default;

    /// The thread begins, one of several perhaps: the place for [timers](Clients::every).
    fn onstart(&mut self, clients: &mut Clients<Self::Data>) {
        let _ = clients;
    }

    /// An HTTP request has come: a page to be answered, or one who wants a WebSocket. Its head, that is: a body is thrown
    /// away. A response is not meant to be large: all of it waits in memory for a client that takes it slowly, a minute
    /// and [so many bytes](super::Server::answer_limit) at most.
    ///
    /// A request for a WebSocket that is no proper one (400), or comes from a foreign page (403), has been refused before: its
    /// cookies are not looked at. [`Answer::upgrade`], the default, goes on with the opening handshake; a request that wants
    /// something else is answered 426 then. What is found out about the client is put into its
    /// [data](Client::data_mut), as the request is dropped after this unless the server
    /// [keeps it](super::Server::keep_requests). It is not open yet: what is sent to it now, and a subscription, goes nowhere, and when it leaves before it is open
    /// the data is dropped without an [`onclose`](Self::onclose). What is counted here is given back by a [`Drop`] of the data's.
    fn onrequest(&mut self, client: &mut Client<'_, Self::Data>, request: &Request) -> Answer {
        let _ = (client, request);
        Answer::upgrade()
    }

    /// A client is there.
    fn onopen(&mut self, client: &mut Client<'_, Self::Data>) {
        let _ = client;
    }

    /// A client has sent a message, [`Message::Text`] or [`Message::Binary`]; with
    /// [`Config::report_control`](crate::ws::Config) also Pings and Pongs.
    fn onmessage(&mut self, client: &mut Client<'_, Self::Data>, message: Message<'_>) {
        let _ = (client, message);
    }

    /// A client is gone, once for each [`onopen`](Self::onopen): its data is still there, in its topics it is not any more.
    ///
    /// `closed` is the Close frame, the client's or, when [`Client::close`] came first, the server's: 1005 stands for a
    /// frame without a code, 1006 for the end of the connection without a frame. Or it is the error that ended it: of
    /// the protocol, a deadline, or [`Unsendable::BufferFull`](crate::ws::Unsendable) for one who read too slowly.
    fn onclose(&mut self, client: &mut Client<'_, Self::Data>, closed: Result<CloseFrame<'_>, &WebSocketError>) {
        let _ = (client, closed);
    }

    /// All that waited for a client has left: who sends as long as [`Client::buffered_amount`] is small enough goes on here.
    ///
    /// It is called when something had to wait over the end of a turn, and when `buffered_amount` has told of something that
    /// waited for that alone.
    ///
    /// ```
    /// use php_sockets::ws::server::Client;
    ///
    /// /// The rest of a long answer. Called by `onmessage`, which puts it there, and by `ondrain`.
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

    /// Another thread has [woken](super::Handle::wake) the client: what it has left for it is to be taken.
    fn onwake(&mut self, client: &mut Client<'_, Self::Data>) {
        let _ = client;
    }

    /// A timer's time has come.
    fn ontimer(&mut self, clients: &mut Clients<Self::Data>, timer: Timer) {
        let _ = (clients, timer);
    }
}
