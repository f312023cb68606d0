//! Lookup of names and numbers, and the sockets made from it. Nothing here asks a name server.

use php_sockets::*;

fn explain(host: &str, service: Option<&str>, hints: AddrInfoHints) -> Result<Vec<AddrInfo>> {
    Ok(socket_addrinfo_lookup(host, service, hints)?.iter().map(socket_addrinfo_explain).collect())
}

#[test]
fn a_numeric_address_is_explained() -> Result<()> {
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
    let found = explain("127.0.0.1", Some("2000"), hints)?;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].ai_family, found[0].ai_socktype), (AF_INET, SOCK_STREAM));
    assert_eq!(found[0].ai_addr, Sockaddr::In { sin_port: 2000, sin_addr: "127.0.0.1".to_owned() });
    assert_eq!(found[0].ai_canonname, None);
    let found = explain("::1", Some("2000"), hints)?;
    assert_eq!(found[0].ai_addr, Sockaddr::In6 { sin6_port: 2000, sin6_addr: "::1".to_owned() });
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn without_hints_each_type_of_socket_comes_once() -> Result<()> {
    let found: Vec<_> = socket_addrinfo_lookup("127.0.0.1", "2000", None)?
        .iter()
        .map(socket_addrinfo_explain)
        .map(|info| (info.ai_socktype, info.ai_protocol))
        .collect();
    assert_eq!(found, [(SOCK_STREAM, SOL_TCP), (SOCK_DGRAM, SOL_UDP), (SOCK_RAW, 0)]);
    Ok(())
}

#[test]
#[cfg(any(target_os = "linux", windows))]
fn names_and_flags() -> Result<()> {
    let hints =
        AddrInfoHints { ai_flags: AI_CANONNAME, ai_family: AF_INET, ai_socktype: SOCK_DGRAM, ..Default::default() };
    let found = explain("localhost", None, hints)?;
    assert!(found[0].ai_canonname.is_some());
    #[cfg(target_os = "linux")]
    assert_eq!((found[0].ai_canonname.as_deref(), found[0].ai_flags), (Some("localhost"), AI_CANONNAME));
    assert_eq!(found[0].ai_addr, Sockaddr::In { sin_port: 0, sin_addr: "127.0.0.1".to_owned() });
    let hints = AddrInfoHints { ai_flags: AI_V4MAPPED | AI_NUMERICHOST, ai_family: AF_INET6, ..hints };
    let found = explain("127.0.0.1", None, hints)?;
    assert_eq!(found[0].ai_addr, Sockaddr::In6 { sin6_port: 0, sin6_addr: "::ffff:127.0.0.1".to_owned() });
    Ok(())
}

#[test]
fn a_failed_lookup_is_silent_and_tells_the_reason() {
    socket_clear_error(None);
    let hints = AddrInfoHints { ai_flags: AI_NUMERICHOST, ..Default::default() };
    let error = socket_addrinfo_lookup("not a number 没有", None, hints).expect_err("no address");
    assert!(matches!(error, Error::Lookup { code: EAI_NONAME, .. }));
    assert!(error.is_silent());
    assert_eq!(socket_last_error(None), 0, "PHP leaves the last error alone");
    let error = socket_addrinfo_lookup("127.0.0.1\0", None, hints).expect_err("a NUL byte");
    assert_eq!(error.code(), EAI_NONAME);
    let error = socket_addrinfo_lookup("127.0.0.1", "80\0", hints).expect_err("a NUL byte");
    assert_eq!(error.code(), EAI_SERVICE);
}

#[test]
#[cfg(target_os = "linux")]
fn reasons_are_those_of_the_system() {
    let numeric = AddrInfoHints { ai_flags: AI_NUMERICHOST, ..Default::default() };
    let cases = [
        ("127.0.0.1", Some("no such service"), numeric, EAI_SERVICE),
        ("127.0.0.1", None, AddrInfoHints { ai_family: AF_INET6, ..numeric }, EAI_ADDRFAMILY),
        ("127.0.0.1", None, AddrInfoHints { ai_socktype: 99, ..numeric }, EAI_SOCKTYPE),
        ("127.0.0.1", None, AddrInfoHints { ai_flags: i32::MAX, ..numeric }, EAI_BADFLAGS),
    ];
    for (host, service, hints, code) in cases {
        let error = socket_addrinfo_lookup(host, service, hints).expect_err("it cannot be found");
        assert!(matches!(error, Error::Lookup { .. }) && error.code() == code, "{host} {service:?} {hints:?}: {error}");
    }
}

#[test]
fn hints_out_of_range_are_refused() {
    let none = AddrInfoHints::default();
    let range = "key must be between 0 and 2147483647";
    let cases = [
        (AddrInfoHints { ai_flags: -1, ..none }, format!("\"ai_flags\" {range}")),
        (AddrInfoHints { ai_socktype: -1, ..none }, format!("\"ai_socktype\" {range}")),
        (AddrInfoHints { ai_protocol: -1, ..none }, format!("\"ai_protocol\" {range}")),
        (AddrInfoHints { ai_family: AF_UNIX, ..none }, "\"ai_family\" key must be AF_INET or AF_INET6".to_owned()),
        (AddrInfoHints { ai_family: -1, ..none }, "\"ai_family\" key must be AF_INET or AF_INET6".to_owned()),
    ];
    for (hints, text) in cases {
        let error = socket_addrinfo_lookup("127.0.0.1", None, hints).expect_err(&text);
        assert!(matches!(error, Error::ValueError { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("socket_addrinfo_lookup(): Argument #3 ($hints) {text}"));
    }
}

#[test]
fn sockets_are_bound_and_connected() -> Result<()> {
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ai_protocol: SOL_TCP, ..Default::default() };
    for host in ["127.0.0.1", "::1"] {
        let listener = socket_addrinfo_bind(&socket_addrinfo_lookup(host, "0", hints)?[0])?;
        socket_listen(&listener, None)?;
        let name = socket_getsockname(&listener)?;
        assert_eq!(name.0, host);
        let address = &socket_addrinfo_lookup(host, name.1.to_string().as_str(), hints)?[0];
        let client = socket_addrinfo_connect(address)?;
        assert_eq!(socket_getpeername(&client)?, name);
        socket_write(&client, "你好", None)?;
        assert_eq!(socket_read(&socket_accept(&listener)?, 100, None)?, "你好".as_bytes());
        let error = socket_addrinfo_bind(address).expect_err("it is in use");
        assert!(error.to_string().starts_with("socket_addrinfo_bind(): Unable to bind address ["), "{error}");
        assert_eq!((error.code(), socket_last_error(None)), (SOCKET_EADDRINUSE, SOCKET_EADDRINUSE));
    }
    Ok(())
}

#[test]
fn failures_are_recorded_for_the_thread() -> Result<()> {
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
    let (_held, port) = crate::support::nobody_listens()?;
    let address = &socket_addrinfo_lookup("127.0.0.1", port.to_string().as_str(), hints)?[0];
    let error = socket_addrinfo_connect(address).expect_err("nobody listens");
    assert!(error.to_string().starts_with("socket_addrinfo_connect(): Unable to connect address ["), "{error}");
    assert_eq!((error.code(), socket_last_error(None)), (SOCKET_ECONNREFUSED, SOCKET_ECONNREFUSED));
    #[cfg(target_os = "linux")]
    {
        let hints = AddrInfoHints { ai_socktype: SOCK_RAW, ..hints };
        let address = &socket_addrinfo_lookup("127.0.0.1", None, hints)?[0];
        let error = socket_addrinfo_connect(address).expect_err("a raw socket needs a protocol");
        assert_eq!(
            error.to_string(),
            "socket_addrinfo_connect(): Unable to create socket [93]: Protocol not supported"
        );
        assert_eq!(socket_last_error(None), SOCKET_EPROTONOSUPPORT);
    }
    Ok(())
}

/// getaddrinfo(3) would take the lower 16 bits.
#[test]
fn a_service_is_a_port_or_none() -> Result<()> {
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
    for service in ["99999", "65536", "-1", " 70000", "+4294967376", "99999999999999999999"] {
        let error = socket_addrinfo_lookup("127.0.0.1", service, hints).expect_err(service);
        assert_eq!(error.code(), EAI_SERVICE, "{service}");
    }
    for service in ["0", "65535", "00080"] {
        assert_eq!(socket_addrinfo_lookup("127.0.0.1", service, hints)?.len(), 1, "{service}");
    }
    Ok(())
}
