//! Options: how each value goes in, comes out, and is refused. Facts observed on the real PHP stand here as data.

use php_sockets::*;

/// A datagram socket of a family, bound to its loopback address.
fn datagram(family: i32) -> Result<Socket> {
    let socket = socket_create(family, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, if family == AF_INET { "127.0.0.1" } else { "::1" }, 0)?;
    Ok(socket)
}

fn stream() -> Result<Socket> {
    socket_create(AF_INET, SOCK_STREAM, SOL_TCP)
}

/// One row: an option, what it is set to, and what it then reads.
struct Row {
    level: i32,
    option: i32,
    set: i64,
    get: i64,
}

const fn row(level: i32, option: i32, set: i64, get: i64) -> Row {
    Row { level, option, set, get }
}

#[test]
fn ints_of_a_stream_go_in_and_out() -> Result<()> {
    const ROWS: &[Row] = &[
        row(SOL_SOCKET, SO_BROADCAST, 1, 1),
        row(SOL_SOCKET, SO_KEEPALIVE, 1, 1),
        row(SOL_SOCKET, SO_OOBINLINE, 1, 1),
        row(SOL_SOCKET, SO_REUSEADDR, 1, 1),
        row(SOL_SOCKET, SO_REUSEADDR, 0, 0),
        #[cfg(unix)]
        row(SOL_TCP, TCP_KEEPCNT, 3, 3),
        #[cfg(unix)]
        row(SOL_TCP, TCP_KEEPINTVL, 7, 7),
        row(SOL_TCP, TCP_NODELAY, 1, 1),
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_DONTROUTE, 1, 1),
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_RCVLOWAT, 5, 5),
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_REUSEADDR, 5, 1), // any truth is 1
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_REUSEPORT, 1, 1),
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_SNDBUF, 10_000, 20_000), // the kernel doubles it
        #[cfg(target_os = "linux")]
        row(SOL_SOCKET, SO_ZEROCOPY, 1, 1),
        #[cfg(target_os = "linux")]
        row(SOL_TCP, TCP_KEEPIDLE, 60, 60),
        #[cfg(target_os = "linux")]
        row(SOL_TCP, TCP_NOTSENT_LOWAT, 4096, 4096), // PHP takes it for SO_BINDTODEVICE
        #[cfg(target_os = "linux")]
        row(SOL_TCP, TCP_QUICKACK, 1, 1),
        #[cfg(target_os = "linux")]
        row(SOL_TCP, TCP_SYNCNT, 4, 4),
        #[cfg(target_os = "linux")]
        row(SOL_TCP, TCP_USER_TIMEOUT, 3000, 3000),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO as i64, IP_PMTUDISC_DO as i64),
    ];
    for row in ROWS {
        let socket = stream()?;
        socket_set_option(&socket, row.level, row.option, row.set)
            .unwrap_or_else(|error| panic!("level {}, option {}: {error}", row.level, row.option));
        let got = socket_get_option(&socket, row.level, row.option)?;
        // BSD answers a boolean with the bit of the option.
        let got = if cfg!(target_os = "linux") { got } else { OptionValue::Int(i64::from(got != 0)) };
        let want = if cfg!(target_os = "linux") { row.get } else { row.get.min(1) };
        assert_eq!(got, want, "level {}, option {}", row.level, row.option);
    }
    Ok(())
}

#[test]
fn ints_of_multicast_go_in_and_out() -> Result<()> {
    const V4: &[Row] = &[
        row(IPPROTO_IP, IP_MULTICAST_LOOP, 7, 1),
        row(IPPROTO_IP, IP_MULTICAST_LOOP, 0, 0),
        row(IPPROTO_IP, IP_MULTICAST_TTL, 255, 255),
        row(IPPROTO_IP, IP_MULTICAST_TTL, 0, 0),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IP, IP_MULTICAST_IF, 1, 1),
        row(IPPROTO_IP, IP_MULTICAST_IF, 0, 0),
    ];
    const V6: &[Row] = &[
        row(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 7, 1),
        row(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, 0),
        row(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255, 255),
        row(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9, 9),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_MULTICAST_IF, 1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_RECVTCLASS, 1, 1),
        #[cfg(target_os = "linux")]
        row(IPPROTO_IPV6, IPV6_TCLASS, 32, 32),
    ];
    for (family, rows) in [(AF_INET, V4), (AF_INET6, V6)] {
        let socket = datagram(family)?;
        for row in rows {
            socket_set_option(&socket, row.level, row.option, row.set)?;
            let got = socket_get_option(&socket, row.level, row.option)?;
            assert_eq!(got, row.get, "level {}, option {}", row.level, row.option);
        }
    }
    Ok(())
}

#[test]
fn structs_go_in_and_out() -> Result<()> {
    for family in [AF_INET, AF_INET6] {
        let socket = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        let linger = Linger { l_onoff: 1, l_linger: 65_535 };
        socket_set_option(&socket, SOL_SOCKET, SO_LINGER, linger)?;
        let got: Linger = socket_get_option(&socket, SOL_SOCKET, SO_LINGER)?.try_into()?;
        assert_eq!((got.l_onoff != 0, got.l_linger), (true, 65_535));
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            let timeout = Timeval { sec: 1, usec: 500_000 };
            socket_set_option(&socket, SOL_SOCKET, option, timeout)?;
            assert_eq!(Timeval::try_from(socket_get_option(&socket, SOL_SOCKET, option)?)?, timeout);
            assert_eq!(socket_get_option(&socket, SOL_SOCKET, option)?.to_string(), "Array");
        }
    }
    Ok(())
}

#[test]
fn a_timeout_is_a_duration_rounded_up() -> Result<()> {
    use std::time::Duration;
    let socket = stream()?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Duration::from_millis(2500))?;
    let timeout = Timeval::try_from(socket_get_option(&socket, SOL_SOCKET, SO_RCVTIMEO)?)?;
    assert_eq!(timeout, Timeval { sec: 2, usec: 500_000 });
    assert_eq!(Duration::try_from(timeout)?, Duration::from_millis(2500));
    // 0 would be no timeout.
    for (nanoseconds, sec, usec) in [(0, 0, 0), (1, 0, 1), (1000, 0, 1), (1001, 0, 2), (999_999_001, 1, 0)] {
        assert_eq!(Timeval::from(Duration::from_nanos(nanoseconds)), Timeval { sec, usec }, "{nanoseconds}");
    }
    assert_eq!(Timeval::from(Duration::MAX).sec, i64::MAX);
    for wrong in [Timeval { sec: -1, usec: 0 }, Timeval { sec: 0, usec: -1 }] {
        assert!(Duration::try_from(wrong).is_err(), "{wrong:?}");
    }
    Ok(())
}

#[test]
fn a_receive_timeout_ends_a_read() -> Result<()> {
    let socket = datagram(AF_INET)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 20_000 })?;
    let error = socket_read(&socket, 10, None).expect_err("nothing is sent");
    assert!(matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{error}");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn names_and_memory_go_in_and_out() -> Result<()> {
    let socket = stream()?;
    socket_set_option(&socket, SOL_TCP, TCP_CONGESTION, "reno")?;
    assert_eq!(socket_get_option(&socket, SOL_TCP, TCP_CONGESTION)?, "reno");
    assert_eq!(socket_get_option(&socket, SOL_SOCKET, SO_BINDTODEVICE)?, "");
    // Older kernels need a privilege for it.
    if socket_set_option(&socket, SOL_SOCKET, SO_BINDTODEVICE, "lo").is_ok() {
        assert_eq!(socket_get_option(&socket, SOL_SOCKET, SO_BINDTODEVICE)?, "lo");
    }
    let memory: MemInfo = socket_get_option(&socket, SOL_SOCKET, SO_MEMINFO)?.try_into()?;
    assert_eq!(i64::from(memory.sndbuf), i64::try_from(socket_get_option(&socket, SOL_SOCKET, SO_SNDBUF)?)?);
    assert_eq!((memory.rmem_alloc, memory.drops), (0, 0));
    Ok(())
}

/// The system would cut both, and take the name that is left for it.
#[test]
#[cfg(target_os = "linux")]
fn a_name_is_not_cut() -> Result<()> {
    let socket = stream()?;
    for (level, option, name) in [(SOL_SOCKET, SO_BINDTODEVICE, "lo\0x"), (SOL_TCP, TCP_CONGESTION, "reno\0x")] {
        let error = socket_set_option(&socket, level, option, name).expect_err("there is none of that name");
        assert!(error.is_thrown(), "{error:?}");
        assert_eq!(error.to_string(), "socket_set_option(): Argument #4 ($value) must not contain any null bytes");
    }
    assert_eq!(socket_get_option(&socket, SOL_SOCKET, SO_BINDTODEVICE)?, "");
    // Of a longer one the kernel takes fifteen bytes, which nothing may have for its name: the answer is the same.
    for (level, option, code) in
        [(SOL_SOCKET, SO_BINDTODEVICE, SOCKET_ENODEV), (SOL_TCP, TCP_CONGESTION, SOCKET_ENOENT)]
    {
        for name in ["a12345678901234", "a123456789012345"] {
            let error = socket_set_option(&socket, level, option, name).expect_err("there is none");
            assert_eq!(error.code(), code);
        }
    }
    Ok(())
}

/// The interface of the loopback address, by name.
#[cfg(target_os = "linux")]
const LOOPBACK: &str = "lo";

#[test]
#[cfg(target_os = "linux")]
fn an_interface_is_an_index_or_a_name() -> Result<()> {
    for (family, level, option) in [(AF_INET, IPPROTO_IP, IP_MULTICAST_IF), (AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_IF)]
    {
        let socket = datagram(family)?;
        socket_set_option(&socket, level, option, LOOPBACK)?;
        assert_eq!(socket_get_option(&socket, level, option)?, 1);
        let interface = Interface::from(LOOPBACK);
        socket_set_option(&socket, level, option, interface)?;
        assert_eq!(socket_get_option(&socket, level, option)?, 1);
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_group_is_joined_once_and_left_once() -> Result<()> {
    for (family, level, group) in [(AF_INET, IPPROTO_IP, "224.0.0.23"), (AF_INET6, IPPROTO_IPV6, "ff02::17")] {
        let socket = datagram(family)?;
        let request = GroupReq { group: group.into(), interface: LOOPBACK.into() };
        socket_set_option(&socket, level, MCAST_JOIN_GROUP, request.clone())?;
        let error = socket_set_option(&socket, level, MCAST_JOIN_GROUP, request.clone()).expect_err("joined already");
        assert_eq!(error.to_string(), "socket_set_option(): Unable to set socket option [98]: Address already in use");
        assert_eq!(socket_last_error(&socket), SOCKET_EADDRINUSE);
        socket_set_option(&socket, level, MCAST_LEAVE_GROUP, request.clone())?;
        let error = socket_set_option(&socket, level, MCAST_LEAVE_GROUP, request).expect_err("left already");
        assert_eq!(error.code(), SOCKET_EADDRNOTAVAIL);
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_group_delivers_to_its_members_unless_the_source_is_blocked() -> Result<()> {
    let receiver = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&receiver, "0", 0)?;
    let (_, port) = socket_getsockname(&receiver)?;
    let sender = datagram(AF_INET)?;
    socket_set_option(&sender, IPPROTO_IP, IP_MULTICAST_IF, LOOPBACK)?;
    // By IP_MULTICAST_ALL a socket hears what any other on this machine has joined: no other test joins this group.
    let group = GroupReq { group: "224.0.0.24".into(), interface: LOOPBACK.into() };
    let source = GroupSourceReq { group: group.group.clone(), source: "127.0.0.1".into(), interface: LOOPBACK.into() };
    // What is sent to the socket itself comes last: until then the group's message has arrived, or does not.
    socket_set_option(&receiver, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    let arrives = || -> Result<bool> {
        socket_sendto(&sender, "组播", 6, 0, "224.0.0.24", port)?;
        socket_sendto(&sender, "last", 4, 0, "127.0.0.1", port)?;
        let first = socket_read(&receiver, 100, None)?;
        Ok(first == "组播".as_bytes() && socket_read(&receiver, 100, None)? == b"last")
    };
    assert!(!arrives()?, "before it joins");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_JOIN_GROUP, group.clone())?;
    assert!(arrives()?, "joined");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_BLOCK_SOURCE, source.clone())?;
    assert!(!arrives()?, "blocked");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, source.clone())?;
    assert!(arrives()?, "unblocked");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_LEAVE_GROUP, group)?;
    assert!(!arrives()?, "left");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, source.clone())?;
    assert!(arrives()?, "joined for the source");
    socket_set_option(&receiver, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, source)?;
    assert!(!arrives()?, "left for the source");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn sticky_packet_information_is_the_source() -> Result<()> {
    let socket = datagram(AF_INET6)?;
    let source = In6PktInfo { addr: "::1".into(), ifindex: LOOPBACK.into() };
    socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, source)?;
    let error = socket_get_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO).expect_err("Linux cannot tell it");
    assert_eq!(error.to_string(), "socket_get_option(): unable to get socket option [92]: Protocol not available");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_filter_is_attached_and_detached() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_REUSEPORT, 1)?;
    for filter in [SKF_AD_CPU, SKF_AD_QUEUE, 0] {
        socket_set_option(&socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, filter)?;
    }
    let error = socket_set_option(&socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, 0).expect_err("detached already");
    assert_eq!(error.code(), SOCKET_ENOENT);
    Ok(())
}

#[test]
fn values_convert_and_print_as_in_php() -> Result<()> {
    assert_eq!(OptionValue::from(true), 1);
    assert_eq!(OptionValue::from(false), false);
    assert_eq!(OptionValue::from("lo").to_string(), "lo");
    assert_eq!((OptionValue::from(true).to_string(), OptionValue::from(false).to_string()), ("1".into(), "".into()));
    assert!(OptionValue::from("1") != 1 && OptionValue::from(1) != "1" && OptionValue::Int(1) != false, "as PHP's ===");
    let text = OptionValue::from("lo");
    assert!(text == *"lo" && text != *"l" && text == "lo" && text != "l");
    assert_eq!(OptionValue::from(-1).to_string(), "-1");
    assert_eq!(i32::try_from(OptionValue::Int(7))?, 7);
    assert_eq!(OptionValue::from("值".len()), 3_usize);
    assert_eq!(usize::try_from(OptionValue::Int(7))?, 7);
    assert!(usize::try_from(OptionValue::Int(-1)).is_err() && OptionValue::Int(-1) != usize::MAX);
    let greatest = OptionValue::from(usize::MAX);
    assert!(
        cfg!(target_pointer_width = "32") || greatest == i64::MAX && greatest != usize::MAX,
        "PHP has no greater int"
    );
    assert_eq!(String::from("值"), String::try_from(OptionValue::from("值"))?);
    let error = i32::try_from(OptionValue::Int(1 << 40)).expect_err("too large for an i32");
    assert!(matches!(error, Error::TypeError { .. }));
    let error = Linger::try_from(OptionValue::Int(1)).expect_err("an int is no array");
    assert_eq!(error.to_string(), "socket_get_option(): Return value is of type int, array expected");
    Ok(())
}

#[test]
fn a_string_of_digits_is_a_number() -> Result<()> {
    let socket = stream()?;
    socket_set_option(&socket, SOL_SOCKET, SO_REUSEADDR, " 1 ")?;
    assert!(socket_get_option(&socket, SOL_SOCKET, SO_REUSEADDR)? != 0);
    Ok(())
}

/// The length of this option counts instructions of eight bytes: asked for an int, the system would write thirty-two bytes.
#[test]
#[cfg(target_os = "linux")]
fn a_packet_filter_is_not_read_into_an_int() -> Result<(), Box<dyn std::error::Error>> {
    const SO_GET_FILTER: i32 = 26;
    let system = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    let accept_all = |_| socket2::SockFilter::new(0x06, 0, 0, u32::MAX);
    system.attach_filter(&std::array::from_fn::<_, 4, _>(accept_all))?;
    let socket = socket_import_stream(system)?;
    let error = socket_get_option(&socket, SOL_SOCKET, SO_GET_FILTER).expect_err("it is no int");
    assert_eq!(error.code(), SOCKET_ENOPROTOOPT);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_at_the_other_end_is_told() -> Result<()> {
    let [one, _other] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let peer: Ucred = socket_get_option(&one, SOL_SOCKET, SO_PEERCRED)?.try_into()?;
    assert_eq!(u32::try_from(peer.pid).ok(), Some(std::process::id()));
    let stranger: Ucred = socket_get_option(&stream()?, SOL_SOCKET, SO_PEERCRED)?.try_into()?;
    assert_eq!(stranger.pid, 0);
    Ok(())
}

/// As PHP, which asks the socket for the interface's address.
#[test]
#[cfg(target_os = "linux")]
fn a_socket_without_ip_knows_no_interface() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let error = socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_IF, 1).expect_err("no addresses");
    let text = "socket_set_option(): Failed obtaining address for interface 1: error 25";
    assert_eq!((&*error.to_string(), socket_last_error(&socket)), (text, 0));
    // 0 stands for any interface, and the system knows no such option.
    let error = socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_IF, 0).expect_err("no such option");
    assert_eq!((error.code(), socket_last_error(&socket)), (SOCKET_EOPNOTSUPP, SOCKET_EOPNOTSUPP));
    Ok(())
}

/// Each option that leads to memory of the program, or lets the system keep a part of it, is refused as an int, whatever its
/// number is passed as; reading any option writes nothing behind an int.
#[test]
#[cfg(target_os = "linux")]
fn no_option_takes_an_address() -> Result<()> {
    const SOL_PACKET: i32 = 263;
    const SO_ATTACH_FILTER: i32 = 26;
    const TCP_ULP: i32 = 31;
    let addresses = [
        (SOL_SOCKET, SO_ATTACH_FILTER),
        (SOL_SOCKET, 50), // SO_ATTACH_BPF: a descriptor, here of no program
        (SOL_SOCKET, 52), // SO_ATTACH_REUSEPORT_EBPF
        (SOL_PACKET, 5),  // PACKET_RX_RING
        (SOL_PACKET, 13), // PACKET_TX_RING
        (SOL_TCP, 22),    // TCP_REPAIR_OPTIONS
        (SOL_TCP, 35),    // TCP_ZEROCOPY_RECEIVE
        (SOL_TCP, TCP_ULP),
        (IPPROTO_IP, 64), // IPT_SO_SET_REPLACE
        (IPPROTO_IP, 41), // IP_MSFILTER
        (IPPROTO_IPV6, 64),
        (283, 4), // XDP_UMEM_REG
    ];
    for socket in [stream()?, datagram(AF_INET)?, socket_create(AF_UNIX, SOCK_STREAM, 0)?] {
        for (level, option) in addresses {
            for value in [1, -1, i32::MAX] {
                assert!(socket_set_option(&socket, level, option, value).is_err(), "{level}, {option}");
            }
        }
    }
    let received = socket_get_option(&stream()?, SOL_TCP, 35).map_err(|error| error.code());
    assert_eq!(received, Err(SOCKET_EINVAL), "TCP_ZEROCOPY_RECEIVE leads to an address");

    // Every number of every level, at both ends of a connection.
    let (a, b) = crate::support::tcp_pair()?;
    let [c, _d] = socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0)?;
    for socket in [&a, &b, &c, &datagram(AF_INET)?] {
        for level in (0..300).filter(|level| ![SOL_SOCKET].contains(level)).chain([SOL_SOCKET]) {
            for option in (0..256).filter(|option| (level, *option) != (SOL_SOCKET, 77)) {
                let _ = socket_get_option(socket, level, option);
            }
        }
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_send_timeout_bounds_connecting() -> Result<()> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, 0)?;
    let (_, port) = socket_getsockname(&listener)?;
    let mut clients = Vec::new();
    loop {
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&client, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 0, usec: 100_000 })?;
        match socket_connect(&client, "127.0.0.1", port) {
            Ok(()) => clients.push(client), // as many as the backlog holds
            Err(error) => {
                assert!(error.code() == SOCKET_EINPROGRESS && error.is_silent(), "{error:?}");
                return Ok(());
            }
        }
        assert!(clients.len() < 10, "nobody waits");
    }
}

/// The level of a multicast option is that of the socket's family.
#[test]
#[cfg(target_os = "linux")]
fn a_group_on_the_wrong_level_is_refused() -> Result<()> {
    let group = |group: &str| GroupReq { group: group.into(), interface: "lo".into() };
    let six = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    let four = datagram(AF_INET)?;
    for (socket, level, address, code) in [
        (&six, IPPROTO_IP, "239.1.2.3", SOCKET_EINVAL),
        (&six, IPPROTO_IPV6, "239.1.2.3", SOCKET_EINVAL),
        (&four, IPPROTO_IPV6, "239.1.2.3", SOCKET_ENOPROTOOPT),
        (&four, IPPROTO_IPV6, "ff02::114", -10001),
    ] {
        let error = socket_set_option(socket, level, MCAST_JOIN_GROUP, group(address)).expect_err(address);
        assert_eq!(error.code(), code, "{level} {address}");
    }
    socket_set_option(&six, IPPROTO_IPV6, MCAST_JOIN_GROUP, group("ff02::114"))?;
    Ok(())
}
