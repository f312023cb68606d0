use std::{fmt, sync::Arc};

use super::{Error, Request};

type Predicate = dyn Fn(Option<&str>, &Request) -> bool + Send + Sync;

/// Which origins a server accepts connections from.
///
/// A browser lets any page open a WebSocket to any server, and sends the user's cookies along; the `Origin` header, which a page
/// cannot forge, tells the server which page it was. Other clients usually send none, and could send anything.
///
/// See [RFC 6455, section 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2).
///
/// # Examples
/// ```
/// use php_sockets::ws::handshake::{OriginPolicy, Server};
///
/// let server = Server::new().origin(OriginPolicy::list(["https://example.com", "http://localhost:8080"]));
/// let server = Server::new().origin(OriginPolicy::custom(|origin, _request| {
///     origin.is_some_and(|origin| origin.ends_with(".example.com"))
/// }));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum OriginPolicy {
    /// Accepts clients that send no `Origin`, and pages from the host and port in the request's `Host`. Whether the page was loaded by
    /// http or https makes no difference, since TLS may end at a proxy.
    #[default]
    SameOrigin,
    /// Accepts clients that send no `Origin`, and pages from exactly these origins, each written as
    /// `"https://example.com"` or `"http://localhost:8080"`. Unlike [`SameOrigin`](Self::SameOrigin) it also keeps out pages that reach
    /// a private server through a host name of their own (DNS rebinding).
    List(Arc<[String]>),
    /// Accepts everyone: any web page may connect in its visitor's name.
    Any,
    /// Asks a function.
    Custom(Arc<Predicate>),
}

impl OriginPolicy {
    /// Creates a [`List`](Self::List). A trailing slash, as in a copied address, and the scheme's own port (`https://example.com:443`)
    /// are ignored; browsers send neither.
    #[must_use]
    pub fn list<T: Into<String>>(origins: impl IntoIterator<Item = T>) -> Self {
        let origin = |origin: T| -> String {
            let mut origin = origin.into();
            origin.truncate(origin.trim_end_matches('/').len());
            origin
        };
        Self::List(origins.into_iter().map(origin).collect())
    }

    /// Creates a policy that asks a function, which is given the `Origin`, if there is one, and the request.
    #[must_use]
    pub fn custom(accept: impl Fn(Option<&str>, &Request) -> bool + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(accept))
    }

    /// Returns whether this policy accepts a request, for a [`custom`](Self::custom) policy that builds on another one. No policy
    /// accepts a request with several origins.
    ///
    /// ```
    /// use php_sockets::ws::handshake::{OriginPolicy, Server};
    ///
    /// let own = OriginPolicy::SameOrigin;
    /// let server = Server::new().origin(OriginPolicy::custom(move |origin, request| {
    ///     own.accepts(request) || {
    ///         eprintln!("a page of {origin:?} was refused");
    ///         false
    ///     }
    /// }));
    /// ```
    #[must_use]
    pub fn accepts(&self, request: &Request) -> bool {
        let Ok(origin) = request.head().single("Origin", Error::Origin) else { return false };
        match (self, origin) {
            (Self::Custom(accept), _) => accept(origin, request),
            (Self::Any, _) | (_, None) => true,
            (Self::SameOrigin, Some(origin)) => is_same(origin, request.header("Host").unwrap_or_default()),
            (Self::List(origins), Some(origin)) => {
                let origin = without_default_port(origin);
                origins.iter().any(|other| without_default_port(other).eq_ignore_ascii_case(origin))
            }
        }
    }
}

/// The port that an origin's scheme has when none is told, with the colon; `None` for another scheme than the web's.
fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        _ if scheme.eq_ignore_ascii_case("http") => Some(":80"),
        _ if scheme.eq_ignore_ascii_case("https") => Some(":443"),
        _ => None,
    }
}

/// An origin as browsers write it (RFC 6454, section 6.2).
fn without_default_port(origin: &str) -> &str {
    let port = origin.split_once("://").and_then(|(scheme, _)| default_port(scheme));
    port.and_then(|port| origin.strip_suffix(port)).unwrap_or(origin)
}

/// True when an origin's host and port are those of a `Host` header.
fn is_same(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let Some(default_port) = default_port(scheme) else { return false };
    let normal = |authority| str::strip_suffix(authority, default_port).unwrap_or(authority);
    !normal(host).is_empty() && normal(authority).eq_ignore_ascii_case(normal(host))
}

impl fmt::Debug for OriginPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameOrigin => f.write_str("SameOrigin"),
            Self::List(origins) => f.debug_tuple("List").field(origins).finish(),
            Self::Any => f.write_str("Any"),
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OriginPolicy, is_same};
    use crate::ws::handshake::{Error, Request};

    #[test]
    fn a_list_compares_origins_as_browsers_write_them() -> Result<(), Error> {
        for (listed, origin, accepts) in [
            ("https://a.example", "https://a.example", true),
            ("https://a.example/", "HTTPS://A.example", true),
            ("https://a.example:443", "https://a.example", true),
            ("http://a.example:80/", "http://a.example", true),
            ("http://a.example", "http://a.example:80", true),
            ("http://[::1]:80", "http://[::1]", true),
            ("https://a.example:80", "https://a.example", false),
            ("https://a.example", "https://a.example:8443", false),
            ("https://a.example", "https://a.example:443.evil", false),
            ("https://a.example", "http://a.example", false),
            ("app://a:80", "app://a", false),
            ("null", "null", true),
        ] {
            let request = Request::new("GET", "/", [("host", "b"), ("origin", origin)])?;
            for policy in
                [OriginPolicy::list([listed]), OriginPolicy::List([listed.trim_end_matches('/').to_owned()].into())]
            {
                assert_eq!(policy.accepts(&request), accepts, "{listed} {origin}");
            }
        }
        Ok(())
    }

    #[test]
    fn same_origin_compares_host_and_port() {
        for (origin, host) in [
            ("http://example.com", "example.com"),
            ("https://example.com", "example.com"),
            ("http://example.com", "EXAMPLE.com:80"),
            ("HTTPS://Example.com", "example.com:443"),
            ("http://127.0.0.1:8001", "127.0.0.1:8001"),
            ("http://[::1]:8001", "[::1]:8001"),
        ] {
            assert!(is_same(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "example.com"),
            ("", ""),
            ("http://", ""),
            ("http://:80", ":80"),
            ("http://example.com", "example.com:8001"),
            ("http://example.com:8001", "example.com"),
            ("http://example.com", "example.com:443"),
            ("http://example.com.evil.com", "example.com"),
            ("http://evil.com/example.com", "example.com"),
            ("http://evil.com@example.com", "example.com"),
            ("chrome-extension://example.com", "example.com"),
            ("http://localhost:8001", "127.0.0.1:8001"),
            ("http://聊天.com", "xn--example.com"),
        ] {
            assert!(!is_same(origin, host), "{origin} {host}");
        }
    }
}
