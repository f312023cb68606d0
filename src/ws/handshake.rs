//! The opening handshake (RFC 6455, section 4), without I/O: bytes in, a decision and bytes out.
//!
//! Both roles work the same way: a [`Server`] or a [`Client`] is configured once with what connections should be like; a [`Parser`]
//! finds the peer's head in what was received so far; the results are the bytes to send and what was [`Negotiated`].
//!
//! ```
//! use php_sockets::ws::{Status, handshake::{Client, Parser, Server, Url}};
//!
//! // The client's request, as bytes.
//! let client = Client::new().subprotocols(["chat"])?;
//! let request = client.request(&Url::parse("ws://example.com/chat")?)?;
//!
//! // The server reads it (here in one piece) and answers.
//! let server = Server::new().subprotocols(["superchat", "chat"])?;
//! let Status::Complete(parsed, consumed) = Parser::new().request(request.as_bytes())? else { panic!("incomplete") };
//! assert_eq!(consumed, request.as_bytes().len());
//! assert_eq!(parsed.target(), "/chat");
//! let (response, negotiated) = server.accept(&parsed)?;
//! assert_eq!(negotiated.subprotocol.as_deref(), Some("chat"));
//!
//! // The client checks the answer.
//! let response = response.into_bytes();
//! let Status::Complete(response, _) = Parser::new().response(&response)? else { panic!("incomplete") };
//! assert_eq!(request.verify(&response)?, negotiated);
//! # Ok::<(), php_sockets::ws::handshake::Error>(())
//! ```
//!
//! # A server's answers
//! | The request | Status | [`Error`] |
//! |---|---|---|
//! | is not HTTP, lacks `Host`, `Connection` or a valid key, has a body, ... | 400 | [`Malformed`](Error::Malformed) and most others |
//! | comes from a page of another origin | 403 | [`Origin`](Error::Origin) |
//! | is not a GET | 405 | [`Method`](Error::Method) |
//! | has a body over what [`Acceptor::max_body`](super::Acceptor::max_body) says | 413 | [`BodyTooLarge`](Error::BodyTooLarge) |
//! | does not ask for WebSocket, asks by HTTP/1.0, or for another version than 13 | 426 | [`NoUpgrade`](Error::NoUpgrade), [`Version`](Error::Version) |
//! | has a head over 16 KiB or over 100 header fields, or what [`Server`] is set to | 431 | [`HeadTooLarge`](Error::HeadTooLarge), [`TooManyHeaders`](Error::TooManyHeaders) |
//! | is of another HTTP version than 1.1 and 1.0 | 505 | [`HttpVersion`](Error::HttpVersion) |
//!
//! After any of them close the connection: what follows a refused head is not another request.

mod authority;
mod client;
mod content;
mod date;
mod deflate;
mod error;
mod extensions;
mod head;
mod key;
mod limits;
mod origin;
mod parser;
mod percent;
mod request;
mod response;
mod server;
mod token;
mod url;

pub(super) use authority::{Authority, without_zone};
pub use client::{Client, ClientRequest};
pub(super) use content::Content;
pub use content::MAX_RESPONSE_BODY;
pub use error::Error;
pub use extensions::{Extension, Extensions};
pub use key::accept_key;
pub(super) use limits::MAX_INTERIM;
pub use limits::{Limits, MAX_HEAD, MAX_HEADERS};
pub use origin::OriginPolicy;
pub use parser::Parser;
pub use request::Request;
pub use response::Response;
pub use server::Server;
pub use url::Url;

use super::deflate::Parameters;

/// What both peers agreed on in the opening handshake.
///
/// See [RFC 6455, section 4.2.2](https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// The subprotocol in use.
    pub subprotocol: Option<String>,
    /// The parameters of permessage-deflate, if it is in use.
    pub deflate: Option<Parameters>,
}
