use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    ClientId, Metrics,
    inbox::{Inbox, Parcel},
    metrics::{Counter, Counters},
    topics::Directory,
};
use crate::{
    poll::Notifier,
    ws::{CloseCode, CloseFrame, Message, Prepared, Unsendable, WebSocketError},
};

/// What all threads of a server, and its handles, have in common.
#[derive(Debug, Default)]
pub(super) struct Shared {
    threads: OnceLock<(Box<[Arc<Thread>]>, InboxLimit)>,
    /// The code to close with, and over how many milliseconds: 0 while nobody has said stop.
    stop: AtomicU64,
    has_ended: AtomicBool,
    /// A thread has ended by a panic or an error: the others end at once.
    is_aborted: AtomicBool,
    /// Why nobody could be let in any more.
    failure: OnceLock<crate::Error>,
    /// How many connections come from where, when that is limited.
    addresses: Mutex<HashMap<IpAddr, u32>>,
}

/// The most bytes of an inbox.
type InboxLimit = usize;

/// What a thread shows the others.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) inbox: Inbox,
    pub(super) counters: Counters,
    /// How many of the connections found no room.
    pub(super) turned_away: Counter,
    pub(super) topics: Arc<Directory>,
}

impl Thread {
    pub(super) fn new(notifier: Notifier) -> Arc<Self> {
        Arc::new(Self {
            inbox: Inbox::new(notifier),
            counters: Counters::default(),
            turned_away: Counter::default(),
            topics: Arc::default(),
        })
    }
}

impl Shared {
    /// Enters the threads, once. The server has ended when what this returns is dropped.
    pub(super) fn start(&self, threads: Box<[Arc<Thread>]>, inbox_limit: InboxLimit) -> Running<'_> {
        let _ = self.threads.set((threads, inbox_limit));
        Running(self)
    }

    pub(super) fn threads(&self) -> &[Arc<Thread>] {
        self.threads.get().map_or(&[], |(threads, _)| threads)
    }

    /// Has all threads end at once.
    pub(super) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Release);
        self.threads().iter().for_each(|thread| thread.inbox.wake());
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Acquire)
    }

    /// Has all threads stop, as nobody can be let in any more.
    pub(super) fn fail(&self, error: crate::Error) {
        let _ = self.failure.set(error);
        self.stop(CloseCode::GOING_AWAY, Duration::ZERO);
    }

    /// What is to be told when all threads have stopped.
    pub(super) fn outcome(&self) -> Result<(), WebSocketError> {
        self.failure.get().map_or(Ok(()), |error| Err(error.clone().into()))
    }

    /// How many have subscribed to a topic on all threads, about.
    pub(super) fn subscriber_count(&self, topic: &str) -> usize {
        self.threads().iter().map(|thread| thread.topics.count(topic)).sum()
    }

    /// Puts parcels into the inboxes of all threads but one.
    pub(super) fn put(&self, parcels: &[Parcel], own: Option<usize>) {
        if self.has_ended.load(Ordering::Acquire) {
            return;
        }
        let Some((threads, limit)) = self.threads.get() else { return };
        let limit = *limit;
        let others = threads.iter().enumerate().filter(|(number, _)| Some(*number) != own);
        for (number, thread) in others {
            let is_for_it = |parcel: &Parcel| parcel.is_for(number);
            if parcels.iter().all(is_for_it) {
                thread.inbox.put(parcels, limit);
            } else {
                let own: Vec<_> = parcels.iter().filter(|parcel| is_for_it(parcel)).cloned().collect();
                if !own.is_empty() {
                    thread.inbox.put(&own, limit);
                }
            }
        }
    }

    /// Puts what a handle has, a parcel for each thread at most, into all inboxes that it is for, or into none when one of
    /// them has no room.
    ///
    /// Half of each is left to the threads, which cannot wait.
    fn offer(&self, parcels: &[Parcel]) -> Result<(), Unsendable> {
        if self.has_ended.load(Ordering::Acquire) {
            return Ok(());
        }
        let Some((threads, limit)) = self.threads.get() else { return Ok(()) };
        let mut rooms = Vec::new();
        // In the threads' order: so no two wait for each other.
        for (number, thread) in threads.iter().enumerate() {
            if let Some(parcel) = parcels.iter().find(|parcel| parcel.is_for(number)) {
                rooms.push((thread.inbox.room(parcel.size(), limit / 2).ok_or(Unsendable::BufferFull)?, parcel));
            }
        }
        rooms.into_iter().for_each(|(room, parcel)| room.fill(parcel.clone()));
        Ok(())
    }

    /// How many connections there are on all threads that were not turned away, about.
    pub(super) fn connections(&self) -> usize {
        let let_in = |thread: &Arc<Thread>| thread.counters.connections.get().saturating_sub(thread.turned_away.get());
        usize::try_from(self.threads().iter().map(let_in).sum::<u64>()).unwrap_or(usize::MAX)
    }

    /// Counts a newcomer from an address, unless there are `most` already.
    pub(super) fn enter_address(&self, address: IpAddr, most: u32) -> bool {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = addresses.get(&address).copied().unwrap_or_default() < most;
        if has_room {
            *addresses.entry(address).or_default() += 1;
        }
        has_room
    }

    pub(super) fn leave_address(&self, address: IpAddr) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&address);
            }
        }
    }

    fn stop(&self, code: CloseCode, over: Duration) {
        let milliseconds = u64::try_from(over.as_millis()).unwrap_or(u64::MAX).min(u64::MAX >> 16);
        // The first word counts, unless one has less time.
        let _ = self.stop.fetch_update(Ordering::AcqRel, Ordering::Acquire, |stop| {
            (stop == 0 || milliseconds < stop >> 16).then_some(milliseconds << 16 | u64::from(code.0))
        });
        self.threads().iter().for_each(|thread| thread.inbox.wake());
    }

    /// Returns what [`Shared::stop`] was told.
    pub(super) fn stopping(&self) -> Option<(CloseCode, Duration)> {
        match self.stop.load(Ordering::Acquire) {
            0 => None,
            stop => Some((CloseCode((stop & 0xFFFF) as u16), Duration::from_millis(stop >> 16))),
        }
    }
}

/// A server that runs, until this is dropped: by a panic as well.
#[derive(Debug)]
#[must_use]
pub(super) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.has_ended.store(true, Ordering::Release);
        for thread in self.0.threads() {
            thread.inbox.clear();
            thread.counters.end();
            thread.topics.clear();
        }
    }
}

/// A handle to a server for any other thread: cheap to clone, and harmless once the server has ended.
///
/// Before the server runs there are no clients, so that messages reach nobody; but a [`stop`](Self::stop) is remembered.
///
/// # Bounds
/// Messages from handles fill at most half of what may wait for a thread ([`Server::inbox_limit`](super::Server::inbox_limit)).
/// Beyond that a call fails with [`Unsendable::BufferFull`]: send again a little later, skip the message, or close the clients that
/// would miss it. [`close`](Self::close), [`terminate`](Self::terminate), [`resume`](Self::resume) and [`wake`](Self::wake) use the
/// other half; if that is full too, the client is closed with 1013.
///
/// # Examples
/// ```
/// use std::thread;
/// use php_sockets::ws::server::{Callbacks, Server};
///
/// let server = Server::bind("127.0.0.1", 0)?;
/// let handle = server.handle();
/// let news = thread::spawn(move || {
///     handle.broadcast("今日新闻").expect("there is room");
///     handle.stop();
/// });
/// server.run(Callbacks::new())?;
/// # news.join().expect("no panic");
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Handle(pub(super) Arc<Shared>);

impl Handle {
    /// Sends a message to a client on any thread; does nothing if it has left.
    ///
    /// # Errors
    /// [`Unsendable::BufferFull`]: the server does not keep up, and nothing was sent ([bounds](Self#bounds)). Others: a Ping or Pong
    /// that is too long; a Close, for which there is [`close`](Self::close).
    pub fn send<'m>(&self, id: ClientId, message: impl Into<Message<'m>>) -> Result<(), Unsendable> {
        let prepared = Prepared::new(message)?;
        self.0.offer(&[Parcel::Send(id, prepared)])
    }

    /// Sends a message to several clients on any threads; it is encoded once.
    ///
    /// Each receiver gets messages in the order of the calls. If the order between several sending threads matters, hold a lock of
    /// your own around the calls.
    ///
    /// ```
    /// use php_sockets::ws::server::{ClientId, Handle};
    ///
    /// fn tell_room(handle: &Handle, room: &[ClientId]) {
    ///     handle.send_all(room.iter().copied(), "有人来了").expect("there is room");
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_all<'m>(
        &self,
        ids: impl IntoIterator<Item = ClientId>,
        message: impl Into<Message<'m>>,
    ) -> Result<(), Unsendable> {
        let prepared = Prepared::new(message)?;
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_by_key(|id| id.thread());
        let threads = ids.chunk_by(|one, other| one.thread() == other.thread());
        let parcels: Vec<_> = threads.map(|ids| Parcel::SendAll(ids.into(), prepared.clone())).collect();
        self.0.offer(&parcels)
    }

    /// Closes a client's connection.
    pub fn close<'f>(&self, id: ClientId, frame: impl Into<Option<CloseFrame<'f>>>) {
        let frame = frame.into().map(|frame| (frame.code, frame.reason.into()));
        self.0.put(&[Parcel::Close(id, frame)], None);
    }

    /// Ends a client's connection without a closing handshake; see [`ClientRef::terminate`](super::ClientRef::terminate).
    pub fn terminate(&self, id: ClientId) {
        self.0.put(&[Parcel::Terminate(id)], None);
    }

    /// Reads again from a client that was [paused](super::Client::pause).
    pub fn resume(&self, id: ClientId) {
        self.0.put(&[Parcel::Resume(id)], None);
    }

    /// Makes the server call [`Handler::onwake`](super::Handler::onwake) for a client, at least once after this call (calls until then
    /// are one), or
    /// [`Handler::onrequest`](super::Handler::onrequest) for one whose request is answered [later](super::Answer::later); does
    /// nothing if the client has left or is not open yet.
    ///
    /// It carries no data. Leave that where both threads find it, most simply in a channel that belongs to the client.
    ///
    /// ```
    /// use std::sync::mpsc::{Receiver, channel};
    /// use php_sockets::ws::server::Callbacks;
    ///
    /// /// Looks a user up in the database, which takes a while.
    /// fn user_of(token: &str) -> String {
    ///     token.to_uppercase()
    /// }
    ///
    /// /// Who says a token is asked to wait, and then greeted by name.
    /// #[derive(Default)]
    /// struct Visitor {
    ///     name: Option<String>,
    ///     answer: Option<Receiver<String>>,
    /// }
    ///
    /// let callbacks = Callbacks::with_data::<Visitor>()
    ///     .onmessage(|client, token| {
    ///         let token = String::from_utf8_lossy(token.as_bytes()).into_owned();
    ///         let (sender, answer) = channel();
    ///         client.data_mut().answer = Some(answer);
    ///         let (id, handle) = (client.id(), client.clients().handle());
    ///         std::thread::spawn(move || {
    ///             if sender.send(user_of(&token)).is_ok() {
    ///                 handle.wake(id);
    ///             }
    ///         });
    ///     })
    ///     .onwake(|client| {
    ///         let name = client.data().answer.as_ref().and_then(|answer| answer.try_recv().ok());
    ///         let Some(name) = name else { return };
    ///         client.send(&format!("hello {name}"));
    ///         client.data_mut().name = Some(name);
    ///     });
    /// # let _ = callbacks;
    /// ```
    pub fn wake(&self, id: ClientId) {
        self.0.put(&[Parcel::Wake(id)], None);
    }

    /// Sends a message to all subscribers of a topic, on every thread.
    ///
    /// Each receiver gets what one thread publishes in the order in which it was published.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn publish<'m>(&self, topic: &str, message: impl Into<Message<'m>>) -> Result<(), Unsendable> {
        let prepared = Prepared::new(message)?;
        self.0.offer(&[Parcel::Publish(Some(topic.into()), prepared)])
    }

    /// Sends a message to all clients, on every thread.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn broadcast<'m>(&self, message: impl Into<Message<'m>>) -> Result<(), Unsendable> {
        let prepared = Prepared::new(message)?;
        self.0.offer(&[Parcel::Publish(None, prepared)])
    }

    /// Returns how many clients are open.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::try_from(self.metrics().open).unwrap_or(usize::MAX)
    }

    /// Returns how many clients are subscribed to a topic, on all threads.
    #[must_use]
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.0.subscriber_count(topic)
    }

    /// Returns counts of what the server has done so far.
    ///
    /// ```
    /// use php_sockets::ws::server::Server;
    ///
    /// let server = Server::bind("127.0.0.1", 0)?;
    /// let metrics = server.handle().metrics();
    /// println!("{} clients, {} of them were too slow", metrics.open, metrics.dropped_slow);
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        self.0.threads().iter().for_each(|thread| thread.counters.add_to(&mut metrics));
        metrics
    }

    /// Stops the server: it accepts no more connections, closes every client with 1001, waits for the closing handshakes for at most
    /// [`Server::stop_timeout`](super::Server::stop_timeout), and then [`run`](super::Server::run) returns.
    pub fn stop(&self) {
        self.0.stop(CloseCode::GOING_AWAY, Duration::ZERO);
    }

    /// Stops the server so that another program can take its place: its clients are closed with 1012, spread over this time, so that
    /// they do not all reconnect at once; over zero all are closed now. A [`stop`](Self::stop), or a restart over less time, cuts it short.
    ///
    /// A connection that was accepted before and sends its request meanwhile is opened, and then closed like the others. Connections
    /// that are not accepted yet are served by the program that also holds the listening socket; with several threads see
    /// [`Server::share_listener`](super::Server::share_listener).
    pub fn restart(&self, over: Duration) {
        self.0.stop(CloseCode::SERVICE_RESTART, over);
    }
}
