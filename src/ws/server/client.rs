use std::{fmt, sync::Arc};

use super::{ClientId, Clients, proxy::canonical, slots::Stage};
use crate::{
    Socket, socket_getpeername,
    ws::{CloseFrame, Message, handshake::Request},
};

/// The client that a callback is about, and access to all others.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Message, server::Client};
///
/// /// Tells all others in the room.
/// fn onmessage(client: &mut Client<'_, String>, message: Message<'_>) {
///     let room = client.data();
///     for other in client.others().filter(|other| other.data() == room) {
///         other.send(message);
///     }
/// }
/// ```
pub struct Client<'a, D> {
    pub(super) clients: &'a mut Clients<D>,
    pub(super) place: u32,
}

/// Any client of the thread: to read its data and to send to it.
pub struct ClientRef<'a, D> {
    pub(super) clients: &'a Clients<D>,
    pub(super) place: u32,
}

impl<D> Client<'_, D> {
    /// Returns a reference like those to the other clients.
    #[must_use]
    pub fn as_ref(&self) -> ClientRef<'_, D> {
        ClientRef { clients: self.clients, place: self.place }
    }

    /// Returns its number.
    #[must_use]
    pub fn id(&self) -> ClientId {
        self.as_ref().id()
    }

    /// Returns its data.
    #[must_use]
    pub fn data(&self) -> &D {
        &self.clients.slots.slot(self.place).data
    }

    /// Returns its data, to change it.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut D {
        &mut self.clients.slots.slot_mut(self.place).data
    }

    /// Sends it a message; see [`ClientRef::send`].
    #[inline]
    pub fn send<'m>(&self, message: impl Into<Message<'m>>) {
        self.clients.send_to(self.place, message.into());
    }

    /// Closes its connection; see [`ClientRef::close`].
    pub fn close<'f>(&self, frame: impl Into<Option<CloseFrame<'f>>>) {
        self.as_ref().close(frame);
    }

    /// Ends its connection without a closing handshake; see [`ClientRef::terminate`].
    pub fn terminate(&self) {
        self.as_ref().terminate();
    }

    /// Returns how many bytes wait for it; see [`ClientRef::buffered_amount`].
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.as_ref().buffered_amount()
    }

    /// Returns its address and port; see [`ClientRef::address`].
    #[must_use]
    pub fn address(&self) -> Option<(String, i32)> {
        self.as_ref().address()
    }

    /// Returns the request that opened the connection; see [`ClientRef::request`].
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.as_ref().request()
    }

    /// Stops reading from it until [`resume`](Self::resume); see [`ClientRef::pause`].
    pub fn pause(&self) {
        self.as_ref().pause();
    }

    /// Reads from it again; see [`ClientRef::resume`].
    pub fn resume(&self) {
        self.as_ref().resume();
    }

    /// Returns whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.as_ref().is_paused()
    }

    /// Returns its subprotocol; see [`ClientRef::subprotocol`].
    #[must_use]
    pub fn subprotocol(&self) -> Option<String> {
        self.as_ref().subprotocol()
    }

    /// Subscribes it to a topic; see [`ClientRef::subscribe`].
    pub fn subscribe(&self, topic: &str) {
        self.as_ref().subscribe(topic);
    }

    /// Ends its subscription to a topic; see [`ClientRef::unsubscribe`].
    pub fn unsubscribe(&self, topic: &str) {
        self.as_ref().unsubscribe(topic);
    }

    /// Returns whether it has subscribed to the topic.
    #[must_use]
    pub fn is_subscribed(&self, topic: &str) -> bool {
        self.as_ref().is_subscribed(topic)
    }

    /// Returns the topics that it has subscribed to.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<str>> {
        self.as_ref().topics()
    }

    /// Sends a message to all subscribers of a topic, on every thread, including this client if it has subscribed.
    pub fn publish<'m>(&self, topic: &str, message: impl Into<Message<'m>>) {
        self.clients.publish(topic, message);
    }

    /// Sends a message to all other subscribers of a topic, on every thread.
    pub fn publish_others<'m>(&self, topic: &str, message: impl Into<Message<'m>>) {
        self.clients.publish_but(Some(self.place), topic, message.into());
    }

    /// Sends a message to all clients, on every thread, including this one.
    pub fn broadcast<'m>(&self, message: impl Into<Message<'m>>) {
        self.clients.broadcast(message);
    }

    /// Sends a message to all other clients, on every thread.
    pub fn broadcast_others<'m>(&self, message: impl Into<Message<'m>>) {
        self.clients.broadcast_but(Some(self.place), message.into());
    }

    /// Returns the other clients of the thread.
    pub fn others(&self) -> impl Iterator<Item = ClientRef<'_, D>> {
        self.clients.iter().filter(|other| other.place != self.place)
    }

    /// Returns all clients of the thread.
    #[must_use]
    pub fn clients(&self) -> &Clients<D> {
        self.clients
    }

    /// Returns all clients of the thread, to change their data.
    #[must_use]
    pub fn clients_mut(&mut self) -> &mut Clients<D> {
        self.clients
    }
}

impl<'a, D> ClientRef<'a, D> {
    /// Returns its number, which is never used again for another client.
    #[must_use]
    pub fn id(&self) -> ClientId {
        self.clients.id(self.place)
    }

    /// Returns its data.
    #[must_use]
    pub fn data(&self) -> &'a D {
        &self.clients.slots.slot(self.place).data
    }

    /// Sends it a message; [`Message::Close`] is [`close`](Self::close).
    ///
    /// It leaves at the end of the turn, together with everything else that the turn sends to this client; a message of 8 KiB or
    /// more leaves at once. If the client has left, or is being closed, nothing happens. If more waits for it than
    /// [`Config::send_buffer_limit`](crate::ws::Config::send_buffer_limit), [`Config::overflow`](crate::ws::Config::overflow)
    /// decides: by default a server drops the client and calls `onclose`. A Ping or Pong of more than 125 bytes, the only kind
    /// of message that can be invalid, is not sent but [counted](super::Metrics::unsendable).
    pub fn send<'m>(&self, message: impl Into<Message<'m>>) {
        self.clients.send_to(self.place, message.into());
    }

    /// Closes its connection at the end of the turn, with a code and a reason or without; `onclose` is called then.
    ///
    /// What was sent to it before leaves first. What it still sends is ignored. A code that must not be sent, or a reason of more
    /// than 123 bytes, is left out and [counted](super::Metrics::unsendable).
    pub fn close<'f>(&self, frame: impl Into<Option<CloseFrame<'f>>>) {
        self.clients.close_at(self.place, frame.into());
    }

    /// Ends its connection at the end of the turn without a closing handshake, as npm's `ws` does: for a client that misbehaves, or
    /// takes too long for [`close`](Self::close).
    ///
    /// What was sent to it and has not left, in this turn too, is dropped; what the system has taken may still arrive. What it
    /// still sends is ignored. If it is open, `onclose` is called then, with 1006 ([`CloseFrame::ABNORMAL`]); after `close` in
    /// the same turn that is still so. In [`onrequest`](super::Handler::onrequest) it gets no answer, whatever that returns.
    /// A client whose answer is [postponed](super::Answer::later) or still being written, or whose closing handshake is under
    /// way, ends too, by its number ([`Clients::terminate`], [`Handle::terminate`](super::Handle::terminate)).
    ///
    /// # Examples
    /// A client that is closed has a second to leave:
    /// ```
    /// use std::{collections::HashMap, time::Duration};
    /// use php_sockets::ws::{CloseCode, CloseFrame, Message, WebSocketError, server::{Client, ClientId, Clients, Handler, Timer}};
    ///
    /// #[derive(Default)]
    /// struct Game {
    ///     leaving: HashMap<Timer, ClientId>,
    /// }
    ///
    /// impl Handler for Game {
    ///     type Data = ();
    ///
    ///     fn onmessage(&mut self, client: &mut Client<'_, ()>, message: Message<'_>) {
    ///         if message != Message::Text("move") {
    ///             client.close(CloseFrame { code: CloseCode::POLICY_VIOLATION, reason: "that is no move" });
    ///             self.leaving.insert(client.clients().after(Duration::from_secs(1)), client.id());
    ///         }
    ///     }
    ///
    ///     fn ontimer(&mut self, clients: &mut Clients<()>, timer: Timer) {
    ///         self.leaving.remove(&timer).into_iter().for_each(|id| clients.terminate(id));
    ///     }
    /// }
    /// ```
    pub fn terminate(&self) {
        self.clients.terminate_at(self.place);
    }

    /// Returns how many bytes wait for it: what this turn has sent to it so far, and what was sent before and is not written yet.
    ///
    /// If it is not 0, [`ondrain`](super::Handler::ondrain) is called as soon as all of it has been written. It is [`usize::MAX`]
    /// if nothing can be sent, because the client is being closed, has left or is not open yet; so a loop that sends while this is
    /// below some number smaller than [`Config::send_buffer_limit`](crate::ws::Config::send_buffer_limit) always ends.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.clients.buffered_amount(self.place)
    }

    /// Returns its address and port, as [`socket_getpeername`] or a trusted proxy gives them
    /// ([`proxy_protocol`](super::Server::proxy_protocol), [`forwarded_for`](super::Server::forwarded_for)); `None` if it has left.
    ///
    /// An address has one form, whatever way the client comes, so that texts can be compared: that of IPv4 for a client of IPv4, also
    /// where the socket is one of IPv6 (`192.0.2.1`, not `::ffff:192.0.2.1` as [`socket_getpeername`] has it), and otherwise the
    /// shortest. A link-local one has its scope behind it (`fe80::1%eth0`); whoever bans a client of IPv6 should ban its network,
    /// usually the first 64 bits.
    #[must_use]
    pub fn address(&self) -> Option<(String, i32)> {
        if let Some(address) = self.clients.announced.get(&self.place) {
            return Some((address.ip().to_string(), address.port().into()));
        }
        let (address, port) = self.with_socket(|socket| socket_getpeername(socket).ok()).flatten()?;
        Some((canonical(address), port))
    }

    /// Returns the request that opened the connection, if the server [keeps requests](super::Server::keep_requests): from
    /// [`onopen`](super::Handler::onopen) to [`onclose`](super::Handler::onclose).
    #[must_use]
    pub fn request(&self) -> Option<&'a Request> {
        self.clients.requests.get(&self.place)
    }

    /// Stops reading from it until [`resume`](Self::resume): for an application that cannot keep up with what it sends.
    ///
    /// What it sends meanwhile fills the system's buffers, here and then at the client, which has to wait; at most 128 KiB and the
    /// message in progress are held in this process. Messages can still be sent to it. Its deadlines stop and start anew with
    /// `resume`; until then a Close frame or the end of the connection goes unnoticed, only a reset ends it. A client that is
    /// not open cannot be paused.
    ///
    /// # Examples
    /// One question at a time, answered by another thread:
    /// ```
    /// use std::sync::mpsc::Sender;
    /// use php_sockets::ws::{Message, server::{Callbacks, ClientId, Handle}};
    ///
    /// fn questions(work: Sender<(ClientId, String)>) -> Callbacks {
    ///     Callbacks::new().onmessage(move |client, message| {
    ///         let Message::Text(question) = message else { return };
    ///         client.pause();
    ///         work.send((client.id(), question.to_owned())).expect("somebody works");
    ///     })
    /// }
    ///
    /// /// Called by the thread that works.
    /// fn answer(handle: &Handle, id: ClientId, answer: &str) {
    ///     handle.send(id, answer).expect("there is room");
    ///     handle.resume(id);
    /// }
    /// # let _ = (questions, answer);
    /// ```
    pub fn pause(&self) {
        self.clients.pause(self.place);
    }

    /// Reads from it again. Messages that have already arrived are delivered at the end of the turn.
    pub fn resume(&self) {
        self.clients.resume(self.place);
    }

    /// Returns whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.clients.slots.slot(self.place).flags.is_paused()
    }

    /// Returns the subprotocol that was negotiated.
    #[must_use]
    pub fn subprotocol(&self) -> Option<String> {
        match &*self.clients.slots.slot(self.place).stage.borrow() {
            Stage::Open(connection) => connection.subprotocol().map(str::to_owned),
            _ => None,
        }
    }

    fn with_socket<T>(&self, look: impl FnOnce(&Socket) -> T) -> Option<T> {
        self.clients.slots.slot(self.place).watcher.as_ref().map(|watcher| look(watcher.handle()))
    }

    /// Subscribes it to a topic, which need not exist. Subscriptions beyond
    /// [`Server::max_topics`](super::Server::max_topics), or to a name of more than 1,024 bytes, are ignored and
    /// [counted](super::Metrics::refused_topic).
    pub fn subscribe(&self, topic: &str) {
        self.clients.subscribe(self.place, topic);
    }

    /// Ends its subscription to a topic. All its subscriptions end when it leaves.
    pub fn unsubscribe(&self, topic: &str) {
        self.clients.unsubscribe(self.place, topic);
    }

    /// Returns whether it has subscribed to the topic.
    #[must_use]
    pub fn is_subscribed(&self, topic: &str) -> bool {
        self.clients.is_subscribed(self.place, topic)
    }

    /// Returns the topics that it has subscribed to.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<str>> {
        self.clients.topics(self.place)
    }
}

impl<D> Clone for ClientRef<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for ClientRef<'_, D> {}

impl<D: fmt::Debug> fmt::Debug for Client<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id()).field("data", self.data()).finish_non_exhaustive()
    }
}

impl<D: fmt::Debug> fmt::Debug for ClientRef<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientRef").field("id", &self.id()).field("data", self.data()).finish_non_exhaustive()
    }
}
