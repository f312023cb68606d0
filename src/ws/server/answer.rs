use crate::ws::handshake::{Error, Response};

/// The answer to an HTTP request: the opening handshake goes on, or a response.
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
    /// With these header fields more.
    Upgrade(Vec<(String, String)>),
    Respond(Response),
}

impl Answer {
    /// Goes on with the opening handshake.
    pub fn upgrade() -> Self {
        Self(Kind::Upgrade(Vec::new()))
    }

    /// Adds a header field to the answer, such as a cookie.
    ///
    /// # Errors
    /// Those of [`Response::with_header`].
    pub fn with_header(self, name: &str, value: &str) -> Result<Self, Error> {
        Ok(Self(match self.0 {
            Kind::Respond(response) => Kind::Respond(response.with_header(name, value)?),
            Kind::Upgrade(mut fields) => {
                // Fails here rather than where the answer is built.
                crate::ws::handshake::Server::new().header(name, value)?;
                fields.push((name.to_owned(), value.to_owned()));
                Kind::Upgrade(fields)
            }
        }))
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self(Kind::Respond(response))
    }
}
