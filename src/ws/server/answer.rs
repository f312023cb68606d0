use std::time::Duration;

use crate::ws::handshake::{Error, Response};

/// The answer to an HTTP request: the opening handshake goes on, or a response, or there will be an answer later.
///
/// # Examples
/// ```
/// use php_sockets::ws::{handshake::Response, server::Answer};
///
/// let welcome = Answer::upgrade().with_header("Set-Cookie", "visited=1")?;
/// let stranger = Answer::from(Response::new(401));
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Answer(pub(super) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Upgrade(Acceptance),
    Respond(Response),
    /// At the latest when this time is over.
    Later(Duration),
}

/// What the application adds to the answer to an opening handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Acceptance {
    pub(super) fields: Vec<(String, String)>,
    /// Instead of what the server's list says.
    pub(super) subprotocol: Option<String>,
}

impl Answer {
    /// Goes on with the opening handshake.
    pub fn upgrade() -> Self {
        Self(Kind::Upgrade(Acceptance::default()))
    }

    /// Chooses the subprotocol for this client, whatever list the [server](super::Server::handshake) has: by the request's path, say, or
    /// because a server behind this one has chosen it. If the client does not [offer](crate::ws::handshake::Request::subprotocols) it,
    /// none is chosen. It has no effect on other answers than [`upgrade`](Self::upgrade).
    ///
    /// # Errors
    /// [`Error::InvalidSubprotocol`]: it is not a token.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::{handshake::Response, server::{Answer, Callbacks}};
    ///
    /// // Devices speak MQTT and nothing else.
    /// let callbacks = Callbacks::new().onrequest(|_, request| match request.path() {
    ///     "/devices" if request.subprotocols().any(|offered| offered == "mqtt") => {
    ///         Answer::upgrade().with_subprotocol("mqtt").expect("a token")
    ///     }
    ///     "/devices" => Response::new(400).with_text("the subprotocol mqtt is required").into(),
    ///     _ => Answer::upgrade(),
    /// });
    /// # let _ = callbacks;
    /// ```
    pub fn with_subprotocol(mut self, subprotocol: &str) -> Result<Self, Error> {
        // Fails here rather than where the answer is built.
        crate::ws::handshake::Server::new().subprotocols([subprotocol])?;
        if let Kind::Upgrade(acceptance) = &mut self.0 {
            acceptance.subprotocol = Some(subprotocol.to_owned());
        }
        Ok(self)
    }

    /// Postpones the answer: [`Handler::onrequest`] is called again with the same request as soon as another thread
    /// [wakes](super::Handle::wake) the client, or after this time, which is checked once a second: after zero with the next check.
    ///
    /// For an answer that takes time to find, in a database for instance, or that waits for an event (long polling). Until then
    /// nothing is read from the client, so that it may go unnoticed if it leaves. Keep what the next call needs in the client's
    /// [data](super::Client::data_mut). If the server stops first, the client is answered with 503.
    ///
    /// # Examples
    /// Another thread looks a token up while the server goes on serving:
    /// ```
    /// use std::{sync::mpsc::{Receiver, channel}, thread, time::Duration};
    /// use php_sockets::ws::{handshake::Response, server::{Answer, Callbacks}};
    ///
    /// /// Asks the database.
    /// fn user_of(token: &str) -> Option<String> {
    ///     (token == "t0ken").then(|| "小明".to_owned())
    /// }
    ///
    /// let callbacks = Callbacks::with_data::<Option<Receiver<Option<String>>>>().onrequest(|client, request| {
    ///     let Some(answer) = client.data() else {
    ///         let token = request.query("token").unwrap_or_default().into_owned();
    ///         let (sender, answer) = channel();
    ///         *client.data_mut() = Some(answer);
    ///         let (id, handle) = (client.id(), client.clients().handle());
    ///         thread::spawn(move || {
    ///             if sender.send(user_of(&token)).is_ok() {
    ///                 handle.wake(id);
    ///             }
    ///         });
    ///         return Answer::later(Duration::from_secs(5));
    ///     };
    ///     match answer.try_recv() {
    ///         Ok(Some(_)) => Answer::upgrade(),
    ///         Ok(None) => Response::new(401).into(),
    ///         Err(_) => Response::new(504).into(), // the database is too slow
    ///     }
    /// });
    /// # let _ = callbacks;
    /// ```
    ///
    /// [`Handler::onrequest`]: super::Handler::onrequest
    pub fn later(within: Duration) -> Self {
        Self(Kind::Later(within))
    }

    /// Adds a header field to the answer, such as a cookie. It has no effect on [`Answer::later`].
    ///
    /// # Errors
    /// Those of [`Response::with_header`].
    pub fn with_header(self, name: &str, value: &str) -> Result<Self, Error> {
        Ok(Self(match self.0 {
            Kind::Respond(response) => Kind::Respond(response.with_header(name, value)?),
            Kind::Upgrade(mut acceptance) => {
                // Fails here rather than where the answer is built.
                crate::ws::handshake::Server::new().header(name, value)?;
                acceptance.fields.push((name.to_owned(), value.to_owned()));
                Kind::Upgrade(acceptance)
            }
            later @ Kind::Later(_) => later,
        }))
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self(Kind::Respond(response))
    }
}
