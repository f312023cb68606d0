use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use super::{
    Client, ClientId, ClientRef, Handle, Timer,
    handle::{Shared, Thread},
    inbox::Parcel,
    metrics::Counters,
    slots::{Connection, Slots, Stage},
    timers::Timers,
    topics::Topics,
    turn::Turn,
};
use crate::ws::{CloseCode, CloseFrame, Message, Timeout, WebSocketError, handshake::Request};

/// All clients of a thread.
///
/// On a server with one thread these are all clients. With more, [`broadcast`](Self::broadcast),
/// [`publish`](Self::publish), [`send`](Self::send), [`close`](Self::close) and [`terminate`](Self::terminate) reach the clients of
/// the other threads too; [`iter`](Self::iter) and [`get`](Self::get) do not.
#[derive(Debug)]
pub struct Clients<D> {
    pub(super) slots: Slots<D>,
    /// The places of those who are open.
    pub(super) open: RefCell<Vec<u32>>,
    pub(super) turn: RefCell<Turn>,
    pub(super) topics: RefCell<Topics>,
    /// How many one client may have.
    pub(super) max_topics: usize,
    /// Who ends with this turn, and why.
    pub(super) ended: RefCell<VecDeque<(u32, Ended)>>,
    pub(super) timers: RefCell<Timers>,
    /// What the other threads are told at the end of the turn.
    pub(super) parcels: RefCell<Vec<Parcel>>,
    /// How many bytes these are.
    pub(super) posted: Cell<usize>,
    /// Who has nothing waiting any more, and is to be told: in the next turn at the latest.
    pub(super) drained: RefCell<Vec<ClientId>>,
    /// Who is heard again.
    pub(super) resumed: RefCell<Vec<u32>>,
    /// One of these has something, or a place was left: the end of a turn looks here and not at each of them.
    pub(super) unfinished: Cell<bool>,
    /// Whom proxies speak for.
    pub(super) announced: HashMap<u32, SocketAddr>,
    /// With what they came, when that is kept.
    pub(super) requests: HashMap<u32, Request>,
    pub(super) shared: Arc<Shared>,
    /// What this thread shows the others.
    pub(super) own: Arc<Thread>,
    pub(super) thread: u16,
}

/// Why a client is not served any more.
#[derive(Debug)]
pub(super) enum Ended {
    /// By the peer's Close frame, or the end of the stream.
    Closed(CloseCode, Box<str>),
    /// By our own.
    Closing(Option<(CloseCode, Box<str>)>),
    Failed(WebSocketError),
    /// At once, as the application wants.
    Terminated,
    /// The peer has reset the connection, or left without reading: what it sent before is still to be heard.
    Lost,
}

impl<D: Default> Clients<D> {
    pub(super) fn new(shared: Arc<Shared>, thread: u16, max_topics: usize) -> Self {
        let own = Arc::clone(&shared.threads()[usize::from(thread)]);
        Self {
            slots: Slots::new(),
            open: RefCell::default(),
            turn: RefCell::default(),
            topics: RefCell::new(Topics::new(Arc::clone(&own.topics))),
            max_topics,
            ended: RefCell::default(),
            timers: RefCell::default(),
            parcels: RefCell::default(),
            posted: Cell::default(),
            drained: RefCell::default(),
            resumed: RefCell::default(),
            unfinished: Cell::default(),
            announced: HashMap::new(),
            requests: HashMap::new(),
            own,
            shared,
            thread,
        }
    }
}

impl<D> Clients<D> {
    /// Returns how many clients are open on this thread; [`Handle::count`] counts those of all threads.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.borrow().len()
    }

    /// Returns whether no client is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.borrow().is_empty()
    }

    /// Returns the clients that are open, in no particular order. They can be sent to and closed meanwhile; to change what they
    /// carry see [`iter_mut`](Self::iter_mut), or keep it in a [`Cell`].
    pub fn iter(&self) -> impl Iterator<Item = ClientRef<'_, D>> {
        self.slots.places().filter_map(|place| {
            let flags = &self.slots.slot(place).flags;
            flags.is_served().then_some(ClientRef { clients: self, place })
        })
    }

    /// Returns the data of each client of this thread with the client's number, in no particular order.
    ///
    /// # Examples
    /// A step of a game:
    /// ```
    /// use php_sockets::ws::server::Clients;
    ///
    /// struct Player {
    ///     place: f32,
    ///     speed: f32,
    /// }
    ///
    /// fn step(clients: &mut Clients<Player>) {
    ///     for (_, player) in clients.iter_mut() {
    ///         player.place += player.speed;
    ///     }
    /// }
    /// # let _ = step;
    /// ```
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ClientId, &mut D)> {
        self.slots.served_mut(self.thread)
    }

    /// Returns how many clients are subscribed to a topic, on all threads.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::server::Clients;
    ///
    /// /// Tells a room how many it has.
    /// fn count(clients: &Clients<()>, room: &str) {
    ///     clients.publish(room, &format!("{} are here", clients.subscriber_count(room)));
    /// }
    /// ```
    #[must_use]
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.shared.subscriber_count(topic)
    }

    /// Returns the clients of this thread that are subscribed to a topic, in no particular order.
    ///
    /// [`subscriber_count`](Self::subscriber_count) also counts those of other threads.
    pub fn subscribers(&self, topic: &str) -> impl Iterator<Item = ClientRef<'_, D>> {
        // The list changes when whoever goes through it has somebody subscribe.
        let places = self.topics.borrow().get(topic).map_or_else(Vec::new, |(_, places)| places.to_vec());
        let clients = places.into_iter().map(|place| ClientRef { clients: self, place });
        clients.filter(|client| self.slots.slot(client.place).flags.is_served())
    }

    /// Returns a client of this thread, unless it has left.
    #[must_use]
    pub fn get(&self, id: ClientId) -> Option<ClientRef<'_, D>> {
        Some(ClientRef { clients: self, place: self.find(id)? })
    }

    /// Returns a client of this thread as a callback about it has it, unless it has left: for a timer that does what such a callback
    /// does.
    ///
    /// # Examples
    /// Each client gets what waits for it, at the pace at which it reads:
    /// ```
    /// use std::{collections::VecDeque, time::Duration};
    /// use php_sockets::ws::server::{Callbacks, Client};
    ///
    /// fn go_on(client: &mut Client<'_, VecDeque<String>>) {
    ///     while client.buffered_amount() < 64 << 10 {
    ///         let Some(line) = client.data_mut().pop_front() else { return };
    ///         client.send(&line);
    ///     }
    /// }
    ///
    /// let callbacks = Callbacks::with_data()
    ///     .onstart(|clients| {
    ///         clients.every(Duration::from_secs(1));
    ///     })
    ///     .ontimer(|clients, _| {
    ///         let ids: Vec<_> = clients.iter().map(|client| client.id()).collect();
    ///         for id in ids {
    ///             clients.get_mut(id).iter_mut().for_each(go_on);
    ///         }
    ///     })
    ///     .ondrain(go_on);
    /// # let _ = callbacks;
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, id: ClientId) -> Option<Client<'_, D>> {
        let place = self.find(id)?;
        Some(Client { clients: self, place })
    }

    /// Returns the data of a client of this thread, unless it has left.
    #[must_use]
    pub fn data_mut(&mut self, id: ClientId) -> Option<&mut D> {
        let place = self.find(id)?;
        Some(&mut self.slots.slot_mut(place).data)
    }

    /// Sends a message to a client on any thread; does nothing if it has left.
    pub fn send<'m>(&self, id: ClientId, message: impl Into<Message<'m>>) {
        if let Some(place) = self.find(id) {
            self.send_to(place, message.into());
        } else if id.thread() != usize::from(self.thread) {
            self.prepare(message.into(), |clients, prepared| clients.post(Parcel::Send(id, prepared)));
        }
    }

    /// Closes the connection of a client on any thread, with a code and a reason or without.
    pub fn close<'f>(&self, id: ClientId, frame: impl Into<Option<CloseFrame<'f>>>) {
        let frame = frame.into();
        if let Some(place) = self.find(id) {
            self.close_at(place, frame);
        } else if id.thread() != usize::from(self.thread) {
            self.post(Parcel::Close(id, frame.map(|frame| (frame.code, frame.reason.into()))));
        }
    }

    /// Ends the connection of a client on any thread without a closing handshake; see [`ClientRef::terminate`].
    pub fn terminate(&self, id: ClientId) {
        if id.thread() != usize::from(self.thread) {
            self.post(Parcel::Terminate(id));
        } else if let Some(place) = self.slots.find_connected(id) {
            self.terminate_at(place);
        }
    }

    /// Sends a message to all subscribers of a topic, on every thread.
    ///
    /// It is encoded once and compressed once. Each receiver gets what one thread publishes in the order in which it was published;
    /// what two threads publish may reach two receivers in different orders. If all must see one order, publish by a
    /// [`Handle`] while you hold a lock. A message from another thread that is on its way also reaches who subscribes meanwhile.
    pub fn publish<'m>(&self, topic: &str, message: impl Into<Message<'m>>) {
        self.publish_but(None, topic, message.into());
    }

    /// Sends a message to all clients, on every thread, as [`publish`](Self::publish) does.
    pub fn broadcast<'m>(&self, message: impl Into<Message<'m>>) {
        self.broadcast_but(None, message.into());
    }

    /// Starts a timer that calls [`Handler::ontimer`](super::Handler::ontimer) once, after `delay`.
    pub fn after(&self, delay: Duration) -> Timer {
        self.timers.borrow_mut().after(delay)
    }

    /// Starts a timer that calls [`Handler::ontimer`](super::Handler::ontimer) again and again, every `period`; calls that were
    /// missed are skipped. The shortest period is a millisecond.
    ///
    /// Each thread has its own timers, while a broadcast reaches the clients of all threads: send what everybody should get once
    /// from one thread only.
    ///
    /// ```
    /// use std::time::Duration;
    /// use php_sockets::ws::server::Callbacks;
    ///
    /// let clock = || {
    ///     Callbacks::new()
    ///         .onstart(|clients| {
    ///             if clients.thread() == 0 {
    ///                 clients.every(Duration::from_secs(1));
    ///             }
    ///         })
    ///         .ontimer(|clients, _| clients.broadcast("a second has gone by"))
    /// };
    /// # let _ = clock;
    /// ```
    pub fn every(&self, period: Duration) -> Timer {
        self.timers.borrow_mut().every(period)
    }

    /// Ends a timer; does nothing if it has already ended.
    pub fn cancel(&self, timer: Timer) {
        self.timers.borrow_mut().cancel(timer);
    }

    /// Returns a handle to the server, for other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Returns the number of this thread, counted from 0.
    #[must_use]
    pub fn thread(&self) -> usize {
        self.thread.into()
    }

    pub(super) fn id(&self, place: u32) -> ClientId {
        self.slots.id(self.thread, place)
    }

    /// Does something with a client's connection, if it has one.
    #[inline]
    pub(super) fn with<T>(
        &self,
        place: u32,
        act: impl FnOnce(&mut Connection) -> Result<T, WebSocketError>,
    ) -> Result<T, WebSocketError> {
        match &mut *self.slots.slot(place).stage.borrow_mut() {
            Stage::Open(connection) => act(connection),
            _ => Err(WebSocketError::Closed),
        }
    }

    #[inline]
    pub(super) fn has_timers(&self) -> bool {
        !self.timers.borrow().is_empty()
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.own.counters
    }

    pub(super) fn find(&self, id: ClientId) -> Option<u32> {
        if id.thread() == usize::from(self.thread) { self.slots.find(id) } else { None }
    }
}

/// Counts the end of a client.
pub(super) fn count(counters: &Counters, error: &WebSocketError) {
    match error {
        WebSocketError::Unsendable(_) | WebSocketError::Timeout(Timeout::Send) => counters.dropped_slow.add(1),
        WebSocketError::Timeout(_) => counters.dropped_silent.add(1),
        WebSocketError::Protocol(_) => counters.dropped_protocol.add(1),
        _ => {}
    }
}
