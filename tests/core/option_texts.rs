//! Options that are refused, in the words of PHP: observed on the real one, or written in the source of newer versions.

use php_sockets::*;

fn stream() -> Result<Socket> {
    socket_create(AF_INET, SOCK_STREAM, SOL_TCP)
}

fn datagram(family: i32) -> Result<Socket> {
    socket_create(family, SOCK_DGRAM, SOL_UDP)
}

/// Sets an option that is refused: `text` is what both names of the function say, `number` what is recorded.
#[track_caller]
fn refuse(socket: &Socket, level: i32, option: i32, value: impl Into<OptionValue>, number: i32, text: &str) {
    let value = value.into();
    let numbers = || (socket_last_error(socket), socket_last_error(None));
    socket_clear_error(socket);
    socket_clear_error(None);
    let error = socket_set_option(socket, level, option, value.clone()).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_set_option(): {text}"));
    assert_eq!(numbers(), (number, number), "{text}");
    let error = socket_setopt(socket, level, option, value).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_setopt(): {text}"));
}

/// The same for the texts in which PHP names no function.
#[track_caller]
fn refuse_barely(socket: &Socket, level: i32, option: i32, value: impl Into<OptionValue>, text: &str) {
    let error = socket_set_option(socket, level, option, value).expect_err(text);
    assert!(matches!(error, Error::ValueError { .. }), "{error:?}");
    assert_eq!(error.to_string(), text);
}

#[test]
fn types() -> Result<()> {
    /// Checks the text of a value of the wrong type.
    #[track_caller]
    fn wrong(socket: &Socket, level: i32, option: (i32, &str), value: impl Into<OptionValue>, types: (&str, &str)) {
        let (expected, given) = types;
        let name = option.1;
        let text = format!(
            "Argument #4 ($value) must be of type {expected} when argument #3 ($option) is {name}, {given} given"
        );
        refuse(socket, level, option.0, value, 0, &text);
    }
    let stream = stream()?;
    let v4 = datagram(AF_INET)?;
    let v6 = datagram(AF_INET6)?;
    let linger = Linger::default();
    wrong(&stream, SOL_SOCKET, (SO_LINGER, "SO_LINGER"), 1, ("array", "int"));
    wrong(&stream, SOL_SOCKET, (SO_RCVTIMEO, "SO_RCVTIMEO"), "x", ("array", "string"));
    // An array of another option lacks a key, as in PHP.
    refuse(&stream, SOL_SOCKET, SO_SNDTIMEO, linger, 0, "Argument #4 ($value) must have key \"sec\"");
    wrong(&stream, SOL_SOCKET, (SO_BINDTODEVICE, "SO_BINDTODEVICE"), 1, ("string", "int"));
    wrong(&stream, SOL_SOCKET, (SO_BINDTODEVICE, "SO_BINDTODEVICE"), linger, ("string", "array"));
    wrong(&stream, SOL_SOCKET, (SO_ATTACH_REUSEPORT_CBPF, "SO_ATTACH_REUSEPORT_CBPF"), "1", ("int", "string"));
    wrong(&stream, SOL_TCP, (TCP_CONGESTION, "TCP_CONGESTION"), 1, ("string", "int"));
    wrong(&v4, IPPROTO_IP, (IP_MULTICAST_IF, "IP_MULTICAST_IF"), linger, ("string", "array"));
    for (socket, level) in [(&v4, IPPROTO_IP), (&v6, IPPROTO_IPV6)] {
        wrong(socket, level, (MCAST_JOIN_GROUP, "MCAST_JOIN_GROUP"), true, ("array", "true"));
        wrong(socket, level, (MCAST_LEAVE_GROUP, "MCAST_LEAVE_GROUP"), "x", ("array", "string"));
        wrong(socket, level, (MCAST_LEAVE_GROUP, "MCAST_LEAVE_GROUP"), false, ("array", "false"));
        let request = GroupReq { group: "232.1.1.1".to_owned(), ..GroupReq::default() };
        refuse_barely(socket, level, MCAST_BLOCK_SOURCE, request, "No key \"source\" passed in optval");
        wrong(socket, level, (MCAST_UNBLOCK_SOURCE, "MCAST_UNBLOCK_SOURCE"), 0, ("array", "int"));
        wrong(socket, level, (MCAST_JOIN_SOURCE_GROUP, "MCAST_JOIN_SOURCE_GROUP"), 0, ("array", "int"));
        wrong(socket, level, (MCAST_LEAVE_SOURCE_GROUP, "MCAST_LEAVE_SOURCE_GROUP"), 0, ("array", "int"));
    }
    // Where PHP takes a text for 0 and an array for 1.
    for (level, option) in [(SOL_SOCKET, SO_REUSEADDR), (SOL_TCP, TCP_NODELAY)] {
        refuse(&stream, level, option, "abc", 0, "Argument #4 ($value) must be of type int, string given");
        refuse(&stream, level, option, linger, 0, "Argument #4 ($value) must be of type int, array given");
    }
    Ok(())
}

#[test]
fn ranges() -> Result<()> {
    let stream = stream()?;
    let v4 = datagram(AF_INET)?;
    let v6 = datagram(AF_INET6)?;
    for (l_onoff, l_linger, key) in
        [(-1, 0, "l_onoff"), (65_536, 0, "l_onoff"), (1, -1, "l_linger"), (1, 65_536, "l_linger")]
    {
        let text = format!("Argument #4 ($value) \"{key}\" must be between 0 and 65535");
        refuse(&stream, SOL_SOCKET, SO_LINGER, Linger { l_onoff, l_linger }, 0, &text);
    }
    for value in [-1, 256] {
        let text = "Argument #4 ($value) must be between 0 and 255";
        refuse(&v4, IPPROTO_IP, IP_MULTICAST_TTL, value, 0, text);
    }
    for value in [-2, 256] {
        let text = "Argument #4 ($value) must be between -1 and 255";
        refuse(&v6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, value, 0, text);
    }
    for value in [-1, 65_536] {
        refuse(&v4, SOL_UDP, UDP_SEGMENT, value, 0, "Argument #4 ($value) must be between 0 and 65535");
    }
    for value in [-1, 1_i64 << 32] {
        let text = "Argument #4 ($value) must be between 0 and 4294967295";
        refuse(&stream, SOL_TCP, TCP_USER_TIMEOUT, value, 0, text);
    }
    // Where PHP truncates.
    for value in [i64::MIN, -(1 << 31) - 1, 1 << 32, i64::MAX] {
        let text = "Argument #4 ($value) must be between -2147483648 and 4294967295";
        refuse(&stream, SOL_SOCKET, SO_REUSEADDR, value, 0, text);
    }
    Ok(())
}

#[test]
fn numbers_of_the_system() -> Result<()> {
    let stream = stream()?;
    let v6 = datagram(AF_INET6)?;
    let [unix, _] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let timeout = Timeval { sec: 1, usec: 1_000_000 };
    let text = "Unable to set socket option [33]: Numerical argument out of domain";
    refuse(&stream, SOL_SOCKET, SO_RCVTIMEO, timeout, 33, text);
    let text = "Unable to set socket option [92]: Protocol not available";
    for option in [SO_MEMINFO, SO_TYPE, 9999] {
        refuse(&stream, SOL_SOCKET, option, 1, SOCKET_ENOPROTOOPT, text);
    }
    let text = "Unable to set socket option [2]: No such file or directory";
    refuse(&stream, SOL_TCP, TCP_CONGESTION, "nix", SOCKET_ENOENT, text);
    let text = "Unable to set socket option [19]: No such device";
    refuse(&stream, SOL_SOCKET, SO_BINDTODEVICE, "nope0", SOCKET_ENODEV, text);
    refuse(&v6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 999, SOCKET_ENODEV, text);
    let text = "Unable to set socket option [95]: Operation not supported";
    refuse(&unix, SOL_SOCKET, SO_ZEROCOPY, 1, SOCKET_EOPNOTSUPP, text);
    refuse(&stream, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, 1, 0, "Unsupported CBPF filter");
    Ok(())
}

#[test]
fn groups_and_interfaces() -> Result<()> {
    let v4 = datagram(AF_INET)?;
    let v6 = datagram(AF_INET6)?;
    let [unix, _] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let group = |group: &str, interface: Interface| GroupReq { group: group.into(), interface };

    refuse_barely(&v4, IPPROTO_IP, MCAST_JOIN_GROUP, GroupReq::default(), "No key \"group\" passed in optval");
    let request = GroupSourceReq { group: "232.0.0.1".into(), ..Default::default() };
    refuse_barely(&v4, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, request, "No key \"source\" passed in optval");
    let request = GroupSourceReq { source: "127.0.0.1".into(), ..Default::default() };
    refuse_barely(&v4, IPPROTO_IP, MCAST_BLOCK_SOURCE, request, "No key \"group\" passed in optval");
    let text = "IP address used in the context of an unexpected type of socket";
    refuse_barely(&unix, IPPROTO_IP, MCAST_JOIN_GROUP, group("224.0.0.23", 0.into()), text);
    let text = "Index must be between 0 and 4294967295";
    for index in [-1, 1_i64 << 32] {
        refuse_barely(&v4, IPPROTO_IP, MCAST_JOIN_GROUP, group("224.0.0.23", index.into()), text);
        refuse_barely(&v4, IPPROTO_IP, IP_MULTICAST_IF, index, text);
        refuse_barely(&v6, IPPROTO_IPV6, IPV6_MULTICAST_IF, index, text);
    }

    let text = "Host lookup failed [-10001]: Unknown host";
    refuse(&v4, IPPROTO_IP, MCAST_JOIN_GROUP, group("::g", 0.into()), -10_001, text);
    refuse(&v6, IPPROTO_IPV6, MCAST_JOIN_GROUP, group("::g", 0.into()), -10_001, text);
    let text = "No interface with name \"没有\" could be found";
    refuse(&v4, IPPROTO_IP, MCAST_JOIN_GROUP, group("224.0.0.23", "没有".into()), 0, text);
    refuse(&v4, IPPROTO_IP, IP_MULTICAST_IF, "没有", 0, text);
    refuse(&v6, IPPROTO_IPV6, IPV6_MULTICAST_IF, "没有", 0, text);
    let text = "Failed obtaining address for interface 999: error 19";
    refuse(&v4, IPPROTO_IP, IP_MULTICAST_IF, 999, 0, text);
    Ok(())
}

#[test]
fn packet_information() -> Result<()> {
    /// Checks the text about a value that cannot be converted.
    #[track_caller]
    fn unconverted(value: impl Into<OptionValue>, number: i32, text: &str) -> Result<()> {
        let text = format!("error converting user data (path: in6_pktinfo{text}");
        refuse(&datagram(AF_INET6)?, IPPROTO_IPV6, IPV6_PKTINFO, value, number, &text);
        Ok(())
    }
    let packet = |addr: &str, ifindex: Interface| In6PktInfo { addr: addr.into(), ifindex };
    unconverted(1, 0, "): expected an array here")?;
    unconverted(In6PktInfo::default(), 0, "): The key 'addr' is required")?;
    let text = " > addr): could not resolve address '::g' to get an AF_INET6 address";
    unconverted(packet("::g", 1.into()), -10_001, text)?;
    let text = " > ifindex): no interface with name \"nope\" could be found";
    unconverted(packet("::1", "nope".into()), 0, text)?;
    let text = " > ifindex): the interface index cannot be negative or larger than 4294967295; given -1";
    unconverted(packet("::1", (-1).into()), 0, text)?;
    Ok(())
}

#[test]
fn reading() -> Result<()> {
    let stream = stream()?;
    for (level, option, text, number) in [
        (SOL_SOCKET, 9999, "Unable to retrieve socket option [92]: Protocol not available", SOCKET_ENOPROTOOPT),
        (-1, SO_REUSEADDR, "Unable to retrieve socket option [95]: Operation not supported", SOCKET_EOPNOTSUPP),
        (
            IPPROTO_IP,
            MCAST_JOIN_GROUP,
            "Unable to retrieve socket option [92]: Protocol not available",
            SOCKET_ENOPROTOOPT,
        ),
    ] {
        let error = socket_get_option(&stream, level, option).expect_err(text);
        assert_eq!(error.to_string(), format!("socket_get_option(): {text}"));
        assert_eq!((socket_last_error(&stream), socket_last_error(None)), (number, number));
        let error = socket_getopt(&stream, level, option).expect_err(text);
        assert_eq!(error.to_string(), format!("socket_getopt(): {text}"));
    }
    Ok(())
}

#[test]
fn closed_sockets() -> Result<()> {
    let socket = stream()?;
    socket_close(&socket)?;
    let text = "Argument #1 ($socket) has already been closed";
    refuse(&socket, SOL_SOCKET, SO_REUSEADDR, 1, 0, text);
    let error = socket_get_option(&socket, SOL_SOCKET, SO_TYPE).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_get_option(): {text}"));
    let error = socket_getopt(&socket, SOL_SOCKET, SO_TYPE).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_getopt(): {text}"));
    Ok(())
}
