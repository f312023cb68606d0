//! Every family and type of socket: Unix paths, IPv6 with its scopes, sequenced packets, raw and packet sockets.

use php_sockets::*;

/// A connected pair from a listener bound to `address` and a client that connects to what it is bound to.
fn connected(family: i32, r#type: i32, address: &str) -> Result<(Socket, Socket)> {
    let listener = socket_create(family, r#type, 0)?;
    socket_bind(&listener, address, 0)?;
    socket_listen(&listener, None)?;
    let client = socket_create(family, r#type, 0)?;
    let (bound, port) = socket_getsockname(&listener)?;
    socket_connect(&client, if bound.is_empty() { address } else { &bound }, port)?;
    Ok((client, socket_accept(&listener)?))
}

#[test]
fn unix_paths() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("套接字.sock");
    let path = path.to_str().ok_or("no text")?;
    for kind in [SOCK_STREAM, SOCK_SEQPACKET] {
        let (client, server) = connected(AF_UNIX, kind, path)?;
        socket_write(&client, "你好", None)?;
        assert_eq!(socket_read(&server, 100, None)?, "你好".as_bytes());
        assert_eq!(socket_getsockname(&server)?, (path.to_owned(), 0));
        assert_eq!(socket_getpeername(&client)?, (path.to_owned(), 0));
        assert_eq!(socket_getpeername(&server)?, (String::new(), 0));
        std::fs::remove_file(path)?;
    }

    let one = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&one, path, None)?;
    let error = socket_bind(&socket_create(AF_UNIX, SOCK_DGRAM, 0)?, path, None).expect_err("it is there already");
    assert_eq!(error.to_string(), "socket_bind(): Unable to bind address [98]: Address already in use");
    let other = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_sendto(&other, "x", 1, 0, path, None)?;
    assert_eq!(socket_read(&one, 16, None)?, b"x");
    Ok(())
}

#[test]
fn unix_names_that_do_not_fit() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    for name in ["x".repeat(108), format!("\0{}", "x".repeat(107))] {
        let text = |number| format!("(): Argument #{number} ($address) must be less than 108");
        assert_eq!(socket_bind(&socket, &name, 0).expect_err("long").to_string(), "socket_bind".to_owned() + &text(2));
        assert_eq!(
            socket_connect(&socket, &name, 0).expect_err("long").to_string(),
            "socket_connect".to_owned() + &text(2)
        );
        assert_eq!(
            socket_sendto(&socket, "", 0, 0, &name, 0).expect_err("long").to_string(),
            "socket_sendto".to_owned() + &text(5)
        );
    }
    Ok(())
}

#[test]
fn sequenced_packets_keep_their_borders() -> Result<()> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_write(&a, "one", None)?;
    socket_write(&a, "two", None)?;
    assert_eq!(socket_read(&b, 100, None)?, b"one");
    assert_eq!(socket_read(&b, 100, None)?, b"two");
    Ok(())
}

#[test]
fn internet_addresses_of_both_versions() -> Result<()> {
    for (family, address, bound) in [
        (AF_INET, "127.1", "127.0.0.1"),
        (AF_INET, "2130706433", "127.0.0.1"),
        (AF_INET, "0", "0.0.0.0"),
        (AF_INET, "localhost", "127.0.0.1"),
        (AF_INET6, "::1", "::1"),
        (AF_INET6, "::1%1", "::1"),
        (AF_INET6, "127.0.0.1", "::ffff:127.0.0.1"),
        (AF_INET6, "127.1", "::ffff:127.0.0.1"),
    ] {
        let (client, server) = connected(family, SOCK_STREAM, address)?;
        assert_eq!(socket_getsockname(&server)?.0, if address == "0" { "127.0.0.1" } else { bound }, "{address}");
        assert_eq!(socket_getpeername(&server)?, socket_getsockname(&client)?, "{address}");
    }
    for (family, address) in [
        (AF_INET, ""),
        (AF_INET, "::1"),
        (AF_INET, "0x7f000001"),
        (AF_INET, "127.0.0.1 "),
        (AF_INET, "256.0.0.1"),
        (AF_INET6, "::1%nope"),
        (AF_INET6, "::g"),
        (AF_INET, &"a".repeat(300)),
    ] {
        let socket = socket_create(family, SOCK_STREAM, 0)?;
        let error = socket_bind(&socket, address, 0).expect_err("no address");
        assert!(error.to_string().starts_with("socket_bind(): Host lookup failed [-1000"), "{address}: {error}");
        assert_eq!((socket_last_error(&socket), socket_last_error(None)), (error.code(), error.code()));
    }
    Ok(())
}

#[test]
fn ports_are_16_bits_and_needed() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let socket6 = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    for port in [-1, 65_536, i32::MAX, i32::MIN] {
        let errors = [
            (socket_bind(&socket, "127.0.0.1", port).err(), "socket_bind(): Argument #3"),
            (socket_connect(&socket, "127.0.0.1", port).err(), "socket_connect(): Argument #3"),
            (socket_sendto(&socket, "", 0, 0, "127.0.0.1", port).err(), "socket_sendto(): Argument #6"),
            (socket_create_listen(port, None).err(), "socket_create_listen(): Argument #1"),
        ];
        for (error, start) in errors {
            let error = error.expect("no port").to_string();
            assert_eq!(error, format!("{start} ($port) must be between 0 and 65535"));
        }
    }
    for (socket, family) in [(&socket, "AF_INET"), (&socket6, "AF_INET6")] {
        for (error, start) in [
            (socket_connect(socket, "127.0.0.1", None).err(), "socket_connect(): Argument #3"),
            (socket_sendto(socket, "", 0, 0, "127.0.0.1", None).err(), "socket_sendto(): Argument #6"),
        ] {
            let error = error.expect("no port").to_string();
            assert_eq!(error, format!("{start} ($port) cannot be null when the socket type is {family}"));
        }
    }
    Ok(())
}

#[test]
fn addresses_are_written_as_inet_ntop_does() -> Result<()> {
    for address in ["::127.0.0.1", "::0.1.0.0", "::ffff:1.2.3.4", "::2", "1::", "2001:db8::1:0:0:1"] {
        let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
        let found = socket_addrinfo_lookup(address, None, hints)?;
        let text = format!("{:?}", socket_addrinfo_explain(&found[0]));
        assert!(text.contains(&format!("\"{address}\"")), "{address}: {text}");
    }
    Ok(())
}

/// `None` where the privilege is missing.
fn privileged(domain: i32, r#type: i32, protocol: i32) -> Result<Option<Socket>> {
    match socket_create(domain, r#type, protocol) {
        Err(error) if [SOCKET_EPERM, SOCKET_EACCES].contains(&error.code()) => {
            crate::skip::skip(&error.to_string());
            Ok(None)
        }
        socket => socket.map(Some),
    }
}

#[test]
fn a_raw_socket_pings() -> Result<()> {
    let Some(socket) = privileged(AF_INET, SOCK_RAW, IPPROTO_ICMP)? else { return Ok(()) };
    // An echo request with its checksum, as the ping programs of PHP's manual send it.
    let package = b"\x08\x00\x7d\x4b\x00\x00\x00\x00PingHost";
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    socket_connect(&socket, "127.0.0.1", 0)?;
    socket_send(&socket, package, package.len(), 0)?;
    loop {
        let answer = socket_read(&socket, 255, None)?;
        // The IP header comes first; the request itself arrives here too, and what others are answered.
        if answer.get(20) == Some(&0) && answer.ends_with(b"PingHost") {
            return Ok(());
        }
    }
}

#[test]
fn a_packet_socket_sees_the_loopback_interface() -> Result<()> {
    let Some(socket) = privileged(AF_PACKET, SOCK_DGRAM, ETH_P_IP)? else { return Ok(()) };
    let error = socket_getsockname(&socket).expect_err("bound to no interface");
    assert_eq!((error.to_string().as_str(), socket_last_error(&socket)), ("invalid interface index", 0));
    socket_bind(&socket, "lo", None)?;
    let (interface, index) = socket_getsockname(&socket)?;
    assert_eq!(interface, "lo");
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;

    let (udp, silent) = (socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?);
    socket_bind(&silent, "127.0.0.1", 0)?;
    socket_connect(&udp, "127.0.0.1", socket_getsockname(&silent)?.1)?;
    let mark = format!("packet {}", std::process::id());
    // Everybody's traffic comes by, as here, and what finds the buffer full is lost.
    for _ in 0..1000 {
        socket_send(&udp, [0; 1000], 1000, 0)?;
    }
    let mut frame = Vec::new();
    loop {
        // So it is sent until it has been seen: what is read below makes room.
        socket_send(&udp, &mark, mark.len(), 0)?;
        let (length, from, port) = socket_recvfrom(&socket, &mut frame, 2048, 0)?;
        assert_eq!(length, frame.len());
        // What came by before the socket was bound may be of other interfaces.
        if frame.ends_with(mark.as_bytes()) {
            assert_eq!((&*from, port), ("lo", index));
            break;
        }
    }
    let error = socket_recvfrom(&socket, &mut frame, 2048, MSG_DONTWAIT | MSG_TRUNC).expect_err("not with this flag");
    assert_eq!(
        error.to_string(),
        "socket_recvfrom(): Argument #4 ($flags) must be a combination of MSG_OOB, MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, \
         MSG_ERRQUEUE, and MSG_CMSG_CLOEXEC for AF_PACKET sockets"
    );
    // Each of those is the system's to judge.
    for flag in [MSG_OOB, MSG_PEEK, MSG_WAITALL, MSG_ERRQUEUE, MSG_CMSG_CLOEXEC] {
        let result = socket_recvfrom(&socket, &mut frame, 2048, MSG_DONTWAIT | flag);
        assert!(!matches!(result, Err(Error::ValueError { .. })), "{flag}: {result:?}");
    }
    let error = socket_bind(&socket, "no such interface", None).expect_err("no interface");
    assert_eq!(error.to_string(), "socket_bind(): Unable to bind address [19]: No such device");
    let error = socket_sendto(&socket, "", 0, 0, "", None).expect_err("no interface");
    assert_eq!(
        error.to_string(),
        "socket_sendto(): Argument #6 ($port) cannot be null when the socket type is AF_PACKET"
    );
    let error = socket_connect(&socket, "lo", 0).expect_err("not of this family");
    assert_eq!(
        error.to_string(),
        "socket_connect(): Argument #1 ($socket) must be one of AF_UNIX, AF_INET, or AF_INET6"
    );
    Ok(())
}

/// `SOCK_PACKET` of old: its addresses are of another form.
#[test]
fn a_packet_of_type_10_comes_without_an_address() -> Result<()> {
    /// A protocol for experiments, which nobody else uses here.
    const PROTOCOL: u16 = 0x88b6;
    let Some(socket) = privileged(AF_PACKET, 10, PROTOCOL.into())? else { return Ok(()) };
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    let sender = socket_create(AF_PACKET, SOCK_RAW, 0)?;
    let frame = [&[0; 12][..], &PROTOCOL.to_be_bytes(), b"hello"].concat();
    socket_sendto(&sender, &frame, frame.len(), 0, "", 1)?;
    let mut data = Vec::new();
    assert_eq!(socket_recvfrom(&socket, &mut data, 2048, 0)?, (19, String::new(), 0));
    assert_eq!(data, frame);
    Ok(())
}

#[test]
fn what_cannot_be_created() {
    for (domain, r#type, protocol, text) in [
        (99, 1, 0, "Argument #1 ($domain) must be one of AF_UNIX, AF_PACKET, AF_INET6, or AF_INET"),
        (
            AF_INET,
            11,
            0,
            "Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM \
             optionally OR'ed with SOCK_CLOEXEC, SOCK_NONBLOCK",
        ),
        (AF_INET, 0, 0, "Unable to create socket [94]: Socket type not supported"),
        (AF_INET, -1, 0, "Unable to create socket [22]: Invalid argument"),
        (AF_INET, SOCK_STREAM, SOL_UDP, "Unable to create socket [93]: Protocol not supported"),
    ] {
        socket_clear_error(None);
        let error = socket_create(domain, r#type, protocol).expect_err("not to be had");
        assert_eq!(error.to_string(), format!("socket_create(): {text}"));
        assert_eq!(socket_last_error(None), error.code());
    }
    let error = socket_create_pair(AF_INET, SOCK_STREAM, 0).expect_err("not to be had");
    assert_eq!(error.to_string(), "socket_create_pair(): Unable to create socket pair [95]: Operation not supported");
    let error = socket_create_pair(AF_PACKET, SOCK_STREAM, 0).expect_err("not to be had");
    assert_eq!(
        error.to_string(),
        "socket_create_pair(): Argument #1 ($domain) must be one of AF_UNIX, AF_INET6, or AF_INET"
    );
}

#[test]
fn the_flags_of_a_type_are_honoured() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)?;
    let error = socket_read(&socket, 1, None).expect_err("it does not wait");
    assert_eq!((error.code(), error.is_silent()), (SOCKET_EAGAIN, true));
    Ok(())
}

#[test]
fn a_wrong_mode_of_shutdown() -> Result<()> {
    let (a, _b) = crate::support::tcp_pair()?;
    for mode in [-1, 3] {
        let error = socket_shutdown(&a, mode).expect_err("no such mode");
        assert_eq!(
            error.to_string(),
            "socket_shutdown(): Argument #2 ($mode) must be one of SHUT_RD, SHUT_WR or SHUT_RDWR"
        );
    }
    let error = socket_shutdown(&socket_create(AF_INET, SOCK_STREAM, 0)?, None).expect_err("not connected");
    assert_eq!(
        error.to_string(),
        "socket_shutdown(): Unable to shutdown socket [107]: Transport endpoint is not connected"
    );
    Ok(())
}

/// The system would cut the path there, and bind or connect to another one.
#[test]
fn a_path_has_no_nul_byte() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    for path in ["/tmp/php-sockets\0.sock", "a\0"] {
        for error in
            [socket_bind(&socket, path, None).expect_err(path), socket_connect(&socket, path, None).expect_err(path)]
        {
            assert!(
                error.to_string().ends_with("(): Argument #2 ($address) must not contain any null bytes"),
                "{error}"
            );
        }
        let error = socket_sendto(&socket, "x", 1, 0, path, None).expect_err(path);
        let text = "socket_sendto(): Argument #5 ($address) must not contain any null bytes";
        assert_eq!(error.to_string(), text);
        let name = MessageName { path: path.to_owned(), ..Default::default() };
        let message = MessageHeader { name: Some(name), iov: vec![b"x".to_vec()], ..Default::default() };
        let error = socket_sendmsg(&socket, &message, None).expect_err(path).to_string();
        assert!(error.ends_with("(path: msghdr > name > path): the path must not contain any null bytes"), "{error}");
    }
    Ok(())
}

/// Without its scope such an address would lead nowhere.
#[test]
fn a_link_local_address_comes_with_its_scope() -> Result<()> {
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    // A group of this interface alone: an address that every machine has.
    socket_bind(&socket, "ff02::1%lo", 0)?;
    let (address, port) = socket_getsockname(&socket)?;
    let (ip, scope) = address.split_once('%').expect("a scope");
    assert!(ip == "ff02::1" && scope.parse::<u32>().is_ok(), "{address}");
    let other = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&other, &address, 0)?;
    assert_eq!(socket_getsockname(&other)?.0, address);
    // The others have none.
    let (client, server) = connected(AF_INET6, SOCK_STREAM, "::1")?;
    assert_eq!((&*socket_getpeername(&client)?.0, &*socket_getpeername(&server)?.0), ("::1", "::1"));
    assert!(port > 0);
    Ok(())
}

/// What the system does not take for text is a name all the same.
#[test]
fn an_address_may_be_bytes() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = [folder.path().as_os_str().as_encoded_bytes(), b"/\xff.sock"].concat();
    let server = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&server, &path, None)?;
    let client = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_connect(&client, &path, None)?;
    socket_sendto(&client, "x", 1, 0, &path, None)?;
    assert_eq!(socket_read(&server, 16, None)?, b"x");

    let listener = socket_create_listen(0, None)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, b"127.0.0.1", socket_getsockname(&listener)?.1)?;
    let error = socket_connect(&client, b"\xff", 1).expect_err("no name");
    assert_eq!(error.code(), -10001);
    Ok(())
}
