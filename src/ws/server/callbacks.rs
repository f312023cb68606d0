use std::fmt;

use super::{Answer, Client, Clients, Handler, Timer};
use crate::ws::{CloseFrame, Message, WebSocketError, handshake::Request};

type OnStart<D> = Box<dyn FnMut(&mut Clients<D>)>;
type OnRequest<D> = Box<dyn FnMut(&mut Client<'_, D>, &Request) -> Answer>;
type OnClient<D> = Box<dyn FnMut(&mut Client<'_, D>)>;
type OnMessage<D> = Box<dyn FnMut(&mut Client<'_, D>, Message<'_>)>;
type OnClose<D> = Box<dyn FnMut(&mut Client<'_, D>, Result<CloseFrame<'_>, &WebSocketError>)>;
type OnTimer<D> = Box<dyn FnMut(&mut Clients<D>, Timer)>;

/// A [`Handler`] made of closures, for a server whose callbacks share no state; those that are not set do what [`Handler`] does by
/// default.
///
/// `D` is the data of each client: nothing with [`new`](Callbacks::new), any type with [`with_data`](Callbacks::with_data).
///
/// # Examples
/// ```no_run
/// use php_sockets::ws::server::{Callbacks, Server};
///
/// fn main() -> Result<(), php_sockets::ws::WebSocketError> {
///     let echo = Callbacks::new().onmessage(|client, message| client.send(message));
///     Server::bind("127.0.0.1", 9002)?.run(echo)
/// }
/// ```
pub struct Callbacks<D = ()> {
    onstart: OnStart<D>,
    onrequest: OnRequest<D>,
    onopen: OnClient<D>,
    onmessage: OnMessage<D>,
    onclose: OnClose<D>,
    ondrain: OnClient<D>,
    onwake: OnClient<D>,
    ontimer: OnTimer<D>,
}

impl Callbacks {
    /// Creates a handler that does nothing, for clients without data.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a handler that does nothing, for clients with data of type `D`.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::server::{Answer, Callbacks};
    ///
    /// let greeter = Callbacks::with_data::<String>()
    ///     .onrequest(|client, request| {
    ///         *client.data_mut() = request.query("name").unwrap_or_default().into();
    ///         Answer::upgrade()
    ///     })
    ///     .onopen(|client| client.send(client.data()));
    /// # let _ = greeter;
    /// ```
    #[must_use]
    pub fn with_data<D>() -> Callbacks<D> {
        Callbacks::default()
    }
}

impl<D> Default for Callbacks<D> {
    fn default() -> Self {
        Self {
            onstart: Box::new(|_| ()),
            onrequest: Box::new(|_, _| Answer::upgrade()),
            onopen: Box::new(|_| ()),
            onmessage: Box::new(|_, _| ()),
            onclose: Box::new(|_, _| ()),
            ondrain: Box::new(|_| ()),
            onwake: Box::new(|_| ()),
            ontimer: Box::new(|_, _| ()),
        }
    }
}

/// The callbacks.
impl<D> Callbacks<D> {
    /// Sets [`Handler::onstart`].
    #[must_use]
    pub fn onstart(mut self, callback: impl FnMut(&mut Clients<D>) + 'static) -> Self {
        self.onstart = Box::new(callback);
        self
    }

    /// Sets [`Handler::onrequest`].
    #[must_use]
    pub fn onrequest(mut self, callback: impl FnMut(&mut Client<'_, D>, &Request) -> Answer + 'static) -> Self {
        self.onrequest = Box::new(callback);
        self
    }

    /// Sets [`Handler::onopen`].
    #[must_use]
    pub fn onopen(mut self, callback: impl FnMut(&mut Client<'_, D>) + 'static) -> Self {
        self.onopen = Box::new(callback);
        self
    }

    /// Sets [`Handler::onmessage`].
    #[must_use]
    pub fn onmessage(mut self, callback: impl FnMut(&mut Client<'_, D>, Message<'_>) + 'static) -> Self {
        self.onmessage = Box::new(callback);
        self
    }

    /// Sets [`Handler::onclose`].
    #[must_use]
    pub fn onclose(
        mut self,
        callback: impl FnMut(&mut Client<'_, D>, Result<CloseFrame<'_>, &WebSocketError>) + 'static,
    ) -> Self {
        self.onclose = Box::new(callback);
        self
    }

    /// Sets [`Handler::ondrain`].
    #[must_use]
    pub fn ondrain(mut self, callback: impl FnMut(&mut Client<'_, D>) + 'static) -> Self {
        self.ondrain = Box::new(callback);
        self
    }

    /// Sets [`Handler::onwake`].
    #[must_use]
    pub fn onwake(mut self, callback: impl FnMut(&mut Client<'_, D>) + 'static) -> Self {
        self.onwake = Box::new(callback);
        self
    }

    /// Sets [`Handler::ontimer`].
    #[must_use]
    pub fn ontimer(mut self, callback: impl FnMut(&mut Clients<D>, Timer) + 'static) -> Self {
        self.ontimer = Box::new(callback);
        self
    }
}

impl<D> fmt::Debug for Callbacks<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").finish_non_exhaustive()
    }
}

impl<D: Default> Handler for Callbacks<D> {
    type Data = D;

    fn onstart(&mut self, clients: &mut Clients<D>) {
        (self.onstart)(clients);
    }

    fn onrequest(&mut self, client: &mut Client<'_, D>, request: &Request) -> Answer {
        (self.onrequest)(client, request)
    }

    fn onopen(&mut self, client: &mut Client<'_, D>) {
        (self.onopen)(client);
    }

    fn onmessage(&mut self, client: &mut Client<'_, D>, message: Message<'_>) {
        (self.onmessage)(client, message);
    }

    fn onclose(&mut self, client: &mut Client<'_, D>, closed: Result<CloseFrame<'_>, &WebSocketError>) {
        (self.onclose)(client, closed);
    }

    fn ondrain(&mut self, client: &mut Client<'_, D>) {
        (self.ondrain)(client);
    }

    fn onwake(&mut self, client: &mut Client<'_, D>) {
        (self.onwake)(client);
    }

    fn ontimer(&mut self, clients: &mut Clients<D>, timer: Timer) {
        (self.ontimer)(clients, timer);
    }
}
