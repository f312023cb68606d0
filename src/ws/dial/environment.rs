//! The proxy that the environment names, as curl and others read it.

use std::net::IpAddr;

use super::Proxy;
use crate::ws::handshake::{self, Url, without_zone};

/// Returns the proxy for a URL: `http_proxy` for `ws`, `https_proxy` for `wss`, else `all_proxy`, unless `no_proxy` lists the
/// host. Each also in capitals, except `HTTP_PROXY`, which a CGI program's client could set ("httpoxy").
pub(in crate::ws) fn proxy(url: &Url, var: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, handshake::Error> {
    let var = |name: &str| var(name).filter(|value| !value.is_empty());
    let either = |name: &str| var(name).or_else(|| var(&name.to_ascii_uppercase()));
    if either("no_proxy").is_some_and(|list| lists(&list, without_zone(url.host()), url.port())) {
        return Ok(None);
    }
    let own = if url.is_secure() { either("https_proxy") } else { var("http_proxy") };
    own.or_else(|| either("all_proxy")).map(|proxy| Proxy::parse(&proxy)).transpose()
}

/// Says whether a list names the host: itself, a domain that it is in, a network of addresses, or all with `*`.
fn lists(list: &str, host: &str, port: u16) -> bool {
    list.split([',', ' ']).any(|entry| names(entry, host, port))
}

fn names(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let (Some((network, bits)), Ok(address)) = (entry.split_once('/'), host.parse()) {
        return network.parse().is_ok_and(|network| bits.parse().is_ok_and(|bits| is_in(address, network, bits)));
    }
    // A colon that is not the only one belongs to an IPv6 address without brackets.
    let (entry, only) = match entry.rsplit_once(':') {
        Some((entry, digits)) if entry.ends_with(']') || !entry.contains(':') => (entry, digits.parse().ok()),
        _ => (entry, None),
    };
    if only.is_some_and(|only: u16| only != port) {
        return false;
    }
    let entry = entry.trim_start_matches("*.").trim_matches(['.', '[', ']']);
    let is_address = host.parse::<IpAddr>().is_ok();
    let is_below = || {
        let domain = host.len().checked_sub(entry.len()).and_then(|at| host.get(at..).zip(host.get(..at)));
        domain.is_some_and(|(domain, below)| domain.eq_ignore_ascii_case(entry) && below.ends_with('.'))
    };
    !entry.is_empty() && (host.eq_ignore_ascii_case(entry) || !is_address && is_below())
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            (address.to_bits() ^ network.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            (address.to_bits() ^ network.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_others_read_them() -> Result<(), handshake::Error> {
        for (variables, url, expected) in [
            (&[][..], "ws://a/", None),
            (&[("http_proxy", "http://p:1")], "ws://a/", Some("http://p:1")),
            (&[("http_proxy", "p:1/")], "ws://a/", Some("http://p:1")),
            (&[("http_proxy", "p:1")], "wss://a/", None),
            (&[("HTTP_PROXY", "p:1")], "ws://a/", None),
            (&[("https_proxy", "p:1")], "wss://a/", Some("http://p:1")),
            (&[("HTTPS_PROXY", "p:1")], "wss://a/", Some("http://p:1")),
            (&[("ALL_PROXY", "socks5://p")], "ws://a/", Some("socks5://p:1080")),
            (&[("all_proxy", "socks5h://p"), ("http_proxy", "q")], "ws://a/", Some("http://q:80")),
            (&[("all_proxy", "p"), ("http_proxy", "")], "ws://a/", Some("p")),
            (&[("all_proxy", "p"), ("no_proxy", "b, a")], "ws://a/", None),
            (&[("all_proxy", "p"), ("NO_PROXY", "*")], "ws://a/", None),
            (&[("all_proxy", "p"), ("no_proxy", "fe80::/10")], "ws://[fe80::1%25eth0]/", None),
        ] {
            let var =
                |name: &str| variables.iter().find(|variable| variable.0 == name).map(|variable| variable.1.to_owned());
            let expected = expected.map(Proxy::parse).transpose()?;
            assert_eq!(proxy(&Url::parse(url)?, var)?, expected, "{variables:?} {url}");
        }
        let var = |name: &str| (name == "http_proxy").then(|| "ftp://p".to_owned());
        assert!(matches!(proxy(&Url::parse("ws://a/")?, var), Err(handshake::Error::ProxyUrl(_))));
        Ok(())
    }

    #[test]
    fn a_list_names_hosts_domains_and_networks() {
        for (list, host, named) in [
            ("", "a", false),
            (",", "a", false),
            (".", "a", false),
            ("a", "a", true),
            ("b,a", "a", true),
            ("b  a", "a", true),
            ("A.example", "a.EXAMPLE", true),
            ("example.com", "a.example.com", true),
            (".example.com", "a.example.com", true),
            ("*.example.com", "a.example.com", true),
            (".example.com", "example.com", true),
            ("example.com", "badexample.com", false),
            ("example.com", "example.com.evil", false),
            ("a:81", "a", true),
            ("a:80", "a", false),
            ("0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1:81", "127.0.0.1", true),
            ("127.0.0.0/8", "127.1.2.3", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("127.0.0.0/33", "127.0.0.1", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("127.0.0.1/32", "127.0.0.2", false),
            ("::1", "::1", true),
            ("[::1]:81", "::1", true),
            ("[::1]:82", "::1", false),
            ("fe80::/10", "fe80::1", true),
            ("::/0", "1.2.3.4", false),
        ] {
            assert_eq!(lists(list, host, 81), named, "{list:?} {host}");
        }
    }
}
