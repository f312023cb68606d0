//! sendmsg, recvmsg and their control messages. Facts observed on the real PHP stand here as data.

use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};

use php_sockets::*;

use crate::skip;

/// Two connected sockets; a read that waits for what never comes ends with an error.
fn pair(r#type: i32) -> Result<[Socket; 2]> {
    let pair = socket_create_pair(AF_UNIX, r#type, 0)?;
    for socket in &pair {
        socket_set_option(socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    }
    Ok(pair)
}

fn datagrams() -> Result<[Socket; 2]> {
    pair(SOCK_DGRAM)
}

/// A datagram socket on the loopback address of a family, and its port.
pub(super) fn bound(family: i32) -> Result<(Socket, i32)> {
    let socket = socket_create(family, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, if family == AF_INET { "127.0.0.1" } else { "::1" }, 0)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    let (_, port) = socket_getsockname(&socket)?;
    Ok((socket, port))
}

pub(super) fn text(text: &str) -> MessageHeader {
    MessageHeader { iov: vec![text.into()], ..Default::default() }
}

pub(super) fn room(controllen: usize) -> MessageHeader {
    MessageHeader { controllen, ..Default::default() }
}

pub(super) fn with_control(level: i32, r#type: i32, data: impl Into<ControlData>) -> MessageHeader {
    MessageHeader { control: vec![ControlMessage::new(level, r#type, data)], ..text("hi") }
}

/// A file without a name.
fn file() -> std::io::Result<std::fs::File> {
    tempfile::tempfile()
}

/// How many descriptors this process has open on the file.
#[cfg(target_os = "linux")]
fn descriptors_on(file: &std::fs::File) -> std::io::Result<usize> {
    let target = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    let links = std::fs::read_dir("/proc/self/fd")?.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    Ok(links.filter(|link| *link == target).count())
}

#[test]
fn parts_are_joined() -> Result<()> {
    let [left, right] = datagrams()?;
    let message =
        MessageHeader { iov: vec!["a".into(), "".into(), "bc".into(), "，德".into()], ..Default::default() };
    assert_eq!(socket_sendmsg(&left, &message, None)?, 9);
    let mut message = room(10);
    assert_eq!(socket_recvmsg(&right, &mut message, None)?, 9);
    assert_eq!(message.iov, ["abc，德".as_bytes()]);
    assert_eq!((message.name, message.control.len(), message.flags), (None, 0, 0));
    assert_eq!(socket_sendmsg(&left, &MessageHeader::default(), None)?, 0);
    let mut message = room(10);
    assert_eq!(socket_recvmsg(&right, &mut message, None)?, 0);
    assert!(message.iov.is_empty());
    Ok(())
}

#[test]
fn a_long_datagram_is_clipped() -> Result<()> {
    let [left, right] = datagrams()?;
    let mut message = MessageHeader { buffer_size: Some(3), ..room(10) };
    socket_sendmsg(&left, &text("abcdef"), None)?;
    assert_eq!(socket_recvmsg(&right, &mut message, MSG_PEEK)?, 3);
    assert_eq!((message.iov.concat(), message.flags & MSG_TRUNC), (b"abc".to_vec(), MSG_TRUNC));
    // As in PHP, whose text says 1 and more.
    let mut nothing = MessageHeader { buffer_size: Some(0), ..room(10) };
    assert_eq!(socket_recvmsg(&right, &mut nothing, MSG_PEEK)?, 0);
    assert_eq!((nothing.iov.len(), nothing.flags & MSG_TRUNC), (0, MSG_TRUNC));
    // Linux tells the whole length when it is asked to; the data is still what fits.
    #[cfg(target_os = "linux")]
    {
        assert_eq!(socket_recvmsg(&right, &mut message, MSG_TRUNC)?, 6);
        assert_eq!((message.iov.concat(), message.flags), (b"abc".to_vec(), MSG_TRUNC));
    }
    Ok(())
}

#[test]
fn the_memory_of_a_message_is_used_again() -> Result<()> {
    let [left, right] = datagrams()?;
    let mut message = room(10);
    socket_sendmsg(&left, &text("first"), None)?;
    socket_recvmsg(&right, &mut message, None)?;
    let memory = message.iov[0].as_ptr();
    socket_sendmsg(&left, &text("2nd"), None)?;
    socket_recvmsg(&right, &mut message, None)?;
    assert_eq!((message.iov[0].as_slice(), message.iov[0].as_ptr()), (b"2nd".as_slice(), memory));
    Ok(())
}

/// An address that is good on one interface alone comes with that.
#[test]
#[cfg(target_os = "linux")]
fn a_link_local_sender_has_a_scope() -> Result<()> {
    let interfaces = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    // 0x20: the link's scope, as in "fe80... 02 40 20 80     eth0".
    let local =
        interfaces.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>()).find(|line| line[3] == "20");
    let Some(index) = local.and_then(|line| u32::from_str_radix(line[1], 16).ok()) else {
        skip::skip("there is no interface with a link-local address");
        return Ok(());
    };
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, "::", 0)?;
    let (_, port) = socket_getsockname(&socket)?;
    socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, i64::from(index))?;
    socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_GROUP,
        GroupReq { group: "ff02::7068".into(), interface: index.into() },
    )?;
    let name = MessageName { addr: "ff02::7068".into(), port, ..Default::default() };
    socket_sendmsg(&socket, &MessageHeader { name: Some(name), ..text("hi") }, None)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    let mut message = MessageHeader { name: Some(MessageName::default()), ..room(10) };
    socket_recvmsg(&socket, &mut message, None)?;
    let sender = message.name.expect("it has a name");
    assert!(sender.addr.starts_with("fe80::") && sender.scope_id == index, "{sender:?}");
    Ok(())
}

#[test]
fn names_are_those_of_the_sender() -> Result<()> {
    for family in [AF_INET, AF_INET6] {
        let (socket, port) = bound(family)?;
        let addr = if family == AF_INET { "127.0.0.1" } else { "::1" };
        let name = MessageName { addr: addr.into(), port, ..Default::default() };
        socket_sendmsg(&socket, &MessageHeader { name: Some(name.clone()), ..text("hi") }, None)?;
        let mut message = MessageHeader { name: Some(MessageName::default()), ..room(10) };
        socket_recvmsg(&socket, &mut message, None)?;
        assert_eq!(message.name, Some(MessageName { family: Some(family), ..name.clone() }));
        socket_sendmsg(&socket, &MessageHeader { name: Some(name), ..text("hi") }, None)?;
        let mut message = room(10);
        socket_recvmsg(&socket, &mut message, None)?;
        assert_eq!(message.name, None, "nobody asked for it");
    }
    let [left, right] = datagrams()?;
    socket_sendmsg(&left, &text("hi"), None)?;
    let mut message = MessageHeader { name: Some(MessageName::default()), ..room(10) };
    socket_recvmsg(&right, &mut message, None)?;
    assert_eq!(message.name, None, "the sender has no name");
    Ok(())
}

#[test]
fn unix_names_are_paths() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| {
        folder.path().join(name).into_os_string().into_string().map_err(|_| "the temporary directory is not UTF-8")
    };
    let (here, there) = (path("here")?, path("there")?);
    let sender = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&sender, &here, None)?;
    let receiver = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&receiver, &there, None)?;
    let name = MessageName { path: there.clone(), ..Default::default() };
    let sent = socket_sendmsg(&sender, &MessageHeader { name: Some(name), ..text("hi") }, None);
    let mut message = MessageHeader { name: Some(MessageName::default()), ..room(10) };
    let received = socket_recvmsg(&receiver, &mut message, MSG_DONTWAIT);
    assert_eq!((sent?, received?), (2, 2));
    assert_eq!(message.name, Some(MessageName { family: Some(AF_UNIX), path: here, ..Default::default() }));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn abstract_names_are_reached() -> Result<()> {
    let receiver = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let path = format!("\0php-sockets-message-{}", std::process::id());
    socket_bind(&receiver, &path, None)?;
    let sender = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let name = Some(MessageName { path, ..Default::default() });
    assert_eq!(socket_sendmsg(&sender, &MessageHeader { name: name.clone(), ..text("hi") }, None)?, 2);
    assert_eq!(socket_read(&receiver, 10, None)?, b"hi");

    // They come as they go.
    let path = format!("\0php-sockets-message-sender-{}", std::process::id());
    socket_bind(&sender, &path, None)?;
    assert_eq!(socket_sendmsg(&sender, &MessageHeader { name, ..text("hi") }, None)?, 2);
    let mut message = MessageHeader { name: Some(MessageName::default()), ..room(64) };
    assert_eq!(socket_recvmsg(&receiver, &mut message, None)?, 2);
    assert_eq!(message.name, Some(MessageName { family: Some(AF_UNIX), path, ..Default::default() }));
    Ok(())
}

#[test]
fn descriptors_arrive_as_what_they_are() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let [left, right] = pair(SOCK_STREAM)?;
    let [near, far] = pair(SOCK_STREAM)?;
    let mut written = file()?;
    written.write_all("文件".as_bytes())?;
    let descriptors: Vec<Descriptor> = vec![far.into(), written.into()];
    let message = with_control(SOL_SOCKET, SCM_RIGHTS, descriptors);
    assert_eq!(socket_sendmsg(&left, &message, None)?, 2);
    drop(message);

    let mut message = room(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 2)?);
    assert_eq!(socket_recvmsg(&right, &mut message, None)?, 2);
    assert_eq!(message.flags, 0);
    let received = message.control.remove(0);
    assert_eq!((received.level, received.r#type), (SOL_SOCKET, SCM_RIGHTS));
    let ControlData::Rights(received) = received.data else { return Err("descriptors were sent".into()) };
    let [Descriptor::Socket(socket), Descriptor::Fd(descriptor)] = &received[..] else {
        return Err("a socket and a file were sent".into());
    };
    socket_write(&near, "through", None)?;
    assert_eq!(socket_read(socket, 100, None)?, b"through");
    let mut file = std::fs::File::from(descriptor.try_clone()?);
    file.rewind()?;
    let mut content = String::new();
    file.read_to_string(&mut content)?;
    assert_eq!(content, "文件");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn received_descriptors_are_close_on_exec() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let [left, right] = datagrams()?;
    socket_sendmsg(&left, &with_control(SOL_SOCKET, SCM_RIGHTS, vec![file()?]), None)?;
    let mut message = room(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?);
    socket_recvmsg(&right, &mut message, None)?;
    let ControlData::Rights(descriptors) = &message.control[0].data else { return Err("descriptors were sent".into()) };
    let Descriptor::Fd(descriptor) = &descriptors[0] else { return Err("a file was sent".into()) };
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", descriptor.as_fd().as_raw_fd()))?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).ok_or("no flags")?.trim();
    assert_ne!(u32::from_str_radix(flags, 8)? & 0o2_000_000, 0, "O_CLOEXEC is missing in {flags}");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn descriptors_without_room_do_not_leak() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let [left, right] = datagrams()?;
    let file = file()?;
    // The room in bytes, and how many of three descriptors fit into it. In front of them are a length and two numbers.
    const HEAD: usize = size_of::<usize>() + 8;
    for (controllen, fit) in
        [(1, 0), (HEAD, 0), (HEAD + 4, 1), (HEAD + 8, 2), (HEAD + 12, 3), (HEAD + 16, 3), (HEAD + 84, 3)]
    {
        let copies = vec![file.try_clone()?, file.try_clone()?, file.try_clone()?];
        let message = with_control(SOL_SOCKET, SCM_RIGHTS, copies);
        socket_sendmsg(&left, &message, None)?;
        drop(message);
        assert_eq!(descriptors_on(&file)?, 1);
        let mut message = room(controllen);
        assert_eq!(socket_recvmsg(&right, &mut message, None)?, 2);
        let arrived: usize = message
            .control
            .iter()
            .map(|control| if let ControlData::Rights(descriptors) = &control.data { descriptors.len() } else { 0 })
            .sum();
        assert_eq!((arrived, descriptors_on(&file)?), (fit, 1 + fit), "in {controllen} bytes");
        assert_eq!(message.flags, if fit < 3 { MSG_CTRUNC } else { 0 }, "in {controllen} bytes");
        drop(message);
        assert_eq!(descriptors_on(&file)?, 1, "after {controllen} bytes");
    }
    Ok(())
}

#[test]
fn a_closed_socket_is_not_sent() -> Result<()> {
    let [left, right] = datagrams()?;
    let [near, far] = datagrams()?;
    socket_close(&near)?;
    let message = with_control(SOL_SOCKET, SCM_RIGHTS, vec![far, near]);
    let error = socket_sendmsg(&left, &message, None).expect_err("it is closed");
    let text = "(path: msghdr > control > element #0 > data > element #2): socket is already closed";
    assert_eq!(error.to_string(), format!("socket_sendmsg(): error converting user data {text}"));
    let error = socket_recvmsg(&right, &mut room(100), MSG_DONTWAIT).expect_err("nothing was sent");
    assert_eq!(error.code(), SOCKET_EAGAIN);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn an_accepted_socket_takes_over_that_credentials_come() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = &folder.path().join("listener").into_os_string().into_string().map_err(|_| "not UTF-8")?;
    let listener = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_set_option(&listener, SOL_SOCKET, SO_PASSCRED, 1)?;
    socket_bind(&listener, path, None)?;
    socket_listen(&listener, 1)?;
    let client = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_connect(&client, path, None)?;
    let accepted = socket_accept(&listener)?;
    socket_write(&client, "hi", None)?;
    let mut message = room(socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, None)?);
    socket_recvmsg(&accepted, &mut message, None)?;
    let [ControlMessage { data: ControlData::Ucred(sender), .. }] = &message.control[..] else {
        return Err(format!("{:?}", message.control).into());
    };
    assert_eq!(u32::try_from(sender.pid)?, std::process::id());
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn credentials_are_those_of_the_sender() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let [left, right] = datagrams()?;
    socket_set_option(&right, SOL_SOCKET, SO_PASSCRED, true)?;
    assert_eq!(socket_get_option(&right, SOL_SOCKET, SO_PASSCRED)?, 1);
    let controllen = socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, None)?;
    socket_sendmsg(&left, &text("hi"), None)?;
    let mut message = room(controllen);
    socket_recvmsg(&right, &mut message, None)?;
    let ControlData::Ucred(ours) = message.control[0].data else { return Err("no credentials".into()) };
    assert_eq!(u32::try_from(ours.pid)?, std::process::id());
    // What the kernel has said can be said to it.
    socket_sendmsg(&left, &with_control(SOL_SOCKET, SCM_CREDENTIALS, ours), None)?;
    let mut message = room(controllen);
    socket_recvmsg(&right, &mut message, None)?;
    assert!(matches!(message.control[0].data, ControlData::Ucred(again) if again == ours));
    for pid in [0, i32::MAX] {
        let nobody = Ucred { pid, ..ours };
        let error = socket_sendmsg(&left, &with_control(SOL_SOCKET, SCM_CREDENTIALS, nobody), None)
            .expect_err("there is no such process");
        assert!(matches!(error.code(), SOCKET_ESRCH | SOCKET_EPERM), "{error}");
    }
    // PHP loses the message when the room is too small for credentials.
    socket_sendmsg(&left, &text("hi"), None)?;
    let mut message = room(size_of::<usize>() + 8 + 4);
    assert_eq!(socket_recvmsg(&right, &mut message, None)?, 2);
    assert_eq!((message.iov.concat(), message.flags), (b"hi".to_vec(), MSG_CTRUNC));
    assert!(matches!(&message.control[0].data, ControlData::Bytes(part) if part.len() == 4));
    Ok(())
}

/// ESRCH, which PHP has no constant for.
#[cfg(target_os = "linux")]
const SOCKET_ESRCH: i32 = 3;

/// PHP and the libc crate have neither of the two numbers.
#[cfg(target_os = "linux")]
#[test]
fn the_descriptor_of_a_process_belongs_to_who_receives_it() -> std::result::Result<(), Box<dyn std::error::Error>> {
    const SO_PASSPIDFD: i32 = 76;
    const SCM_PIDFD: i32 = 4;
    let [receiver, sender] = datagrams()?;
    if socket_set_option(&receiver, SOL_SOCKET, SO_PASSPIDFD, 1).is_err() {
        skip::skip("this kernel is older than 6.5");
        return Ok(());
    }
    socket_write(&sender, "x", None)?;
    let mut message = room(64);
    socket_recvmsg(&receiver, &mut message, None)?;
    let found = &message.control[0];
    assert_eq!((found.level, found.r#type), (SOL_SOCKET, SCM_PIDFD));
    let ControlData::Rights(descriptors) = &found.data else { panic!("{found:?}") };
    let [Descriptor::Fd(process)] = &descriptors[..] else { panic!("{descriptors:?}") };
    let number = process.as_raw_fd();
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}"))?;
    assert!(info.lines().any(|line| line.split_whitespace().eq(["Pid:", &std::process::id().to_string()])), "{info}");
    Ok(())
}

#[test]
fn a_dead_peer_is_an_error_not_a_signal() -> Result<()> {
    let [left, right] = pair(SOCK_STREAM)?;
    drop(right);
    let error = socket_sendmsg(&left, &text("hi"), None).expect_err("the peer is gone");
    assert_eq!((error.code(), socket_last_error(&left)), (SOCKET_EPIPE, SOCKET_EPIPE));
    Ok(())
}

#[test]
fn a_call_that_would_block_is_silent_and_recorded() -> Result<()> {
    let [left, _right] = datagrams()?;
    let error = socket_recvmsg(&left, &mut room(10), MSG_DONTWAIT).expect_err("nothing is there");
    assert!(error.is_silent(), "{error}");
    assert_eq!((socket_last_error(&left), socket_last_error(None)), (SOCKET_EAGAIN, SOCKET_EAGAIN));
    Ok(())
}

#[test]
fn the_room_of_control_messages() {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        // Observed on the real PHP, but for UDP_SEGMENT.
        let cases = [
            (SOL_SOCKET, SCM_RIGHTS, 0, 16),
            (SOL_SOCKET, SCM_RIGHTS, 1, 24),
            (SOL_SOCKET, SCM_RIGHTS, 3, 32),
            (SOL_SOCKET, SCM_RIGHTS, i32::MAX, 8_589_934_608),
            (SOL_SOCKET, SCM_CREDENTIALS, 5, 32),
            (IPPROTO_IPV6, IPV6_PKTINFO, 0, 40),
            (IPPROTO_IPV6, IPV6_HOPLIMIT, 0, 24),
            (IPPROTO_IPV6, IPV6_TCLASS, 0, 24),
            (SOL_UDP, UDP_SEGMENT, 0, 24),
        ];
        for (level, r#type, num, space) in cases {
            assert_eq!(socket_cmsg_space(level, r#type, num), Ok(space), "{level} {type} {num}");
        }
    }
    let error = socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, -1).expect_err("negative");
    assert_eq!(error.to_string(), "socket_cmsg_space(): Argument #3 ($num) must be greater than or equal to 0");
    let error = socket_cmsg_space(SOL_SOCKET, 99, 0).expect_err("unknown");
    assert_eq!(error.to_string(), format!("Pair level {SOL_SOCKET} and/or type 99 is not supported"));
}
