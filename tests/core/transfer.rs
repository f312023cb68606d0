//! Reading and writing: the values at each end, the lines of `PHP_NORMAL_READ`, the last errors.

use php_sockets::*;

use crate::support::{tcp_pair, tcp_pair_of};

fn line(socket: &Socket) -> Result<String> {
    socket_read(socket, 2048, PHP_NORMAL_READ).map(|line| String::from_utf8_lossy(&line).into_owned())
}

#[test]
fn lines_end_at_either_byte_and_keep_it() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "ab\ncd\r\n\0e\n测试成功！\n", None)?;
    for expected in ["ab\n", "cd\r", "\n", "\0e\n", "测试成功！\n"] {
        assert_eq!(line(&b)?, expected);
    }
    Ok(())
}

#[test]
fn a_line_takes_no_byte_too_many_in_whichever_mode_the_next_read_is() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "one\ntwo\nbinary\0rest", None)?;
    assert_eq!(line(&b)?, "one\n");
    assert_eq!(socket_read(&b, 3, None)?, b"two");
    assert_eq!(line(&b)?, "\n");
    assert_eq!(socket_read(&b, 2048, PHP_BINARY_READ)?, b"binary\0rest");
    Ok(())
}

#[test]
fn a_line_stops_at_the_length() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "abcdef\n", None)?;
    assert_eq!(socket_read(&b, 4, PHP_NORMAL_READ)?, b"abcd");
    assert_eq!(socket_read(&b, 3, PHP_NORMAL_READ)?, b"ef\n");
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_line_in_pieces_is_put_together() -> Result<(), Box<dyn std::error::Error>> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "piece", None)?;
    let queue = b.clone();
    let reader = std::thread::spawn(move || line(&b));
    // The reader takes what has arrived and waits on: once the queue is empty, it is in the middle of the line.
    let mut buf = Vec::new();
    while socket_recv(&queue, &mut buf, 1, MSG_PEEK | MSG_DONTWAIT).is_ok() {
        std::thread::yield_now();
    }
    socket_write(&a, " by piece\n", None)?;
    assert_eq!(reader.join().map_err(|_| "the reader panicked")??, "piece by piece\n");
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_line_in_pieces_stops_at_the_length_too() -> Result<(), Box<dyn std::error::Error>> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "piece", None)?;
    let queue = b.clone();
    let reader = std::thread::spawn(move || socket_read(&b, 8, PHP_NORMAL_READ));
    let mut buf = Vec::new();
    while socket_recv(&queue, &mut buf, 1, MSG_PEEK | MSG_DONTWAIT).is_ok() {
        std::thread::yield_now();
    }
    socket_write(&a, " by piece\n", None)?;
    assert_eq!(reader.join().map_err(|_| "the reader panicked")??, b"piece by");
    assert_eq!(line(&queue)?, " piece\n");
    Ok(())
}

/// The system tells it once; whoever asks twice would take the connection for ended in order.
#[test]
#[cfg(target_os = "linux")]
fn a_reset_is_no_end() -> Result<()> {
    for mode in [PHP_BINARY_READ, PHP_NORMAL_READ] {
        let (a, b) = tcp_pair()?;
        socket_set_option(&a, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
        socket_close(&a)?;
        socket_select(&mut vec![&b], None, None, 5, None)?;
        socket_set_nonblock(&b)?;
        let error = socket_read(&b, 16, mode).expect_err("it was reset");
        assert_eq!(error.code(), SOCKET_ECONNRESET);
    }
    Ok(())
}

#[test]
fn the_end_of_the_connection_in_each_mode() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "last words", None)?;
    socket_close(&a)?;
    assert_eq!(line(&b)?, "last words", "an unfinished line is not lost");
    let error = line(&b).expect_err("the end");
    let text = socket_strerror(SOCKET_ECONNRESET);
    assert_eq!(error.to_string(), format!("socket_read(): unable to read from socket [{SOCKET_ECONNRESET}]: {text}"));
    assert_eq!((socket_last_error(&b), socket_last_error(None)), (SOCKET_ECONNRESET, SOCKET_ECONNRESET));
    assert_eq!(socket_read(&b, 2048, None)?, b"");
    let mut buf = b"old".to_vec();
    assert_eq!(socket_recv(&b, &mut buf, 2048, 0)?, 0);
    assert!(buf.is_empty());
    socket_set_nonblock(&b)?;
    assert_eq!(line(&b)?, "", "PHP tells the end so on a non-blocking socket");
    Ok(())
}

#[test]
fn without_data_a_non_blocking_socket_is_a_silent_error() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_set_nonblock(&b)?;
    for mode in [PHP_BINARY_READ, PHP_NORMAL_READ] {
        let error = socket_read(&b, 2048, mode).expect_err("no data");
        assert!(error.is_silent() && error.code() == SOCKET_EAGAIN, "{error}");
        assert_eq!(socket_last_error(&b), SOCKET_EAGAIN);
    }
    socket_write(&a, "half", None)?;
    let mut read = vec![b.clone()];
    socket_select(&mut read, None, None, 5, None)?;
    assert_eq!(line(&b)?, "half");
    Ok(())
}

#[test]
#[cfg(unix)]
fn an_empty_datagram_is_empty_and_gone() -> Result<()> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    for mode in [PHP_BINARY_READ, PHP_NORMAL_READ] {
        socket_send(&a, "", 0, 0)?;
        socket_send(&a, "next\n", 5, 0)?;
        match mode {
            PHP_BINARY_READ => assert_eq!(socket_read(&b, 16, mode)?, b""),
            _ => assert!(socket_read(&b, 16, mode).is_err()),
        }
        assert_eq!(socket_read(&b, 16, mode)?, b"next\n");
    }
    Ok(())
}

#[test]
fn lengths_clip_and_zero_is_false() -> Result<()> {
    let (a, b) = tcp_pair()?;
    assert_eq!(socket_write(&a, "abc", 2)?, 2);
    assert_eq!(socket_write(&a, "cde", 100)?, 3);
    assert_eq!(socket_write(&a, "fgh", 0)?, 0);
    assert_eq!(socket_send(&a, "fgh", usize::MAX, 0)?, 3);
    let mut buf = Vec::new();
    assert_eq!((socket_recv(&b, &mut buf, 8, MSG_WAITALL)?, &*buf), (8, &b"abcdefgh"[..]));
    let mut buf = b"kept".to_vec();
    socket_set_nonblock(&b)?;
    // What PHP's int cannot hold is less than 0 to it.
    for length in [0, isize::MAX.unsigned_abs(), usize::MAX] {
        let errors = [
            socket_read(&b, length, None).err(),
            socket_read(&b, length, PHP_NORMAL_READ).err(),
            socket_recv(&b, &mut buf, length, 0).err(),
            socket_recvfrom(&b, &mut buf, length, 0).err(),
        ];
        for error in errors {
            let error = error.expect("false");
            assert!(error.is_silent() && error.code() == 0, "{length}: {error}");
        }
    }
    assert_eq!((&*buf, socket_last_error(&b)), (&b"kept"[..], 0));
    Ok(())
}

#[test]
fn a_length_beyond_memory_is_an_error_or_not_needed() -> Result<()> {
    const HUGE: usize = isize::MAX.unsigned_abs() - 1;
    let (a, b) = tcp_pair()?;
    // Half of what 32 bits can address may be there.
    if cfg!(target_pointer_width = "64") {
        let error = socket_read(&b, HUGE, None).expect_err("too much");
        assert_eq!(error.code(), if cfg!(unix) { 12 } else { SOCKET_ENOBUFS });
    }
    // A line takes the room that it needs.
    let long = [vec![b'x'; 20_000], b"\n".to_vec()].concat();
    socket_write(&a, &long, None)?;
    socket_write(&a, "next", None)?;
    assert_eq!(socket_read(&b, HUGE, PHP_NORMAL_READ)?, long);
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_truncated_datagram_tells_its_length_and_is_not_read_beyond() -> Result<()> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let mut buf = Vec::new();
    socket_send(&a, "hello world", 11, 0)?;
    assert_eq!(socket_recv(&b, &mut buf, 5, MSG_TRUNC)?, 11);
    assert_eq!(buf, b"hello");
    socket_send(&a, "hello world", 11, 0)?;
    assert_eq!(socket_recvfrom(&b, &mut buf, 5, MSG_TRUNC)?.0, 11);
    assert_eq!(buf, b"hello");
    Ok(())
}

/// tcp(7): with `MSG_TRUNC` the bytes are counted and thrown away, so what the memory held before must not show.
#[test]
#[cfg(target_os = "linux")]
fn bytes_that_tcp_discards_are_zeroes() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "hello world", None)?;
    for flags in [MSG_TRUNC | MSG_PEEK, MSG_TRUNC] {
        let mut buf = b"secret".to_vec();
        assert_eq!((socket_recv(&b, &mut buf, 5, flags)?, &*buf), (5, &[0; 5][..]));
    }
    let mut buf = b"secret".to_vec();
    assert_eq!((socket_recvfrom(&b, &mut buf, 3, MSG_TRUNC)?.0, &*buf), (3, &[0; 3][..]));
    let mut message = MessageHeader {
        iov: vec![b"secret".to_vec()],
        buffer_size: Some(2),
        controllen: 16,
        ..MessageHeader::default()
    };
    assert_eq!((socket_recvmsg(&b, &mut message, MSG_TRUNC)?, message.iov), (2, vec![vec![0; 2]]));
    assert_eq!(socket_read(&b, 100, None)?, b"d");
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_dead_peer_is_an_error_and_never_a_signal() -> Result<()> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_close(&b)?;
    let error = socket_write(&a, "x", None).expect_err("nobody is there");
    assert_eq!(error.to_string(), "socket_write(): unable to write to socket [32]: Broken pipe");
    let error = socket_send(&a, "x", 1, 0).expect_err("nobody is there");
    assert_eq!(error.to_string(), "socket_send(): Unable to write to socket [32]: Broken pipe");
    Ok(())
}

#[test]
fn a_full_buffer_takes_a_part_then_nothing() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_set_nonblock(&a)?;
    let data = vec![b'x'; 4 << 20];
    let taken = socket_write(&a, &data, None)?;
    assert!(taken > 0 && taken < data.len());
    let mut total = taken;
    let error = loop {
        match socket_write(&a, &data, None) {
            Ok(taken) => total += taken,
            Err(error) => break error,
        }
    };
    assert!(error.is_silent() && error.code() == SOCKET_EAGAIN);
    let mut received = 0;
    while received < total {
        received += socket_read(&b, 1 << 20, None)?.len();
    }
    assert_eq!(received, total);
    Ok(())
}

#[test]
fn a_connected_stream_tells_no_sender() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    let mut buf = Vec::new();
    assert_eq!(socket_recvfrom(&b, &mut buf, 16, 0)?, (1, "0.0.0.0".to_owned(), 0));
    let (a, b) = tcp_pair_of(AF_INET6, "::1")?;
    socket_write(&a, "x", None)?;
    assert_eq!(socket_recvfrom(&b, &mut buf, 16, 0)?, (1, "::".to_owned(), 0));
    // PHP writes the failure with a capital letter for some families.
    for (family, text) in [(AF_INET, "Unable"), (AF_INET6, "unable")] {
        let socket = socket_create(family, SOCK_DGRAM, SOL_UDP)?;
        socket_set_nonblock(&socket)?;
        let error = socket_recvfrom(&socket, &mut buf, 16, 0).expect_err("nothing was sent");
        assert!(error.to_string().starts_with(&format!("socket_recvfrom(): {text} to recvfrom [")), "{error}");
    }
    if cfg!(unix) {
        let [socket, _other] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
        socket_set_nonblock(&socket)?;
        let error = socket_recvfrom(&socket, &mut buf, 16, 0).expect_err("nothing was sent");
        assert!(error.to_string().starts_with("socket_recvfrom(): Unable to recvfrom ["), "{error}");
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn abstract_names_can_be_reached() -> Result<()> {
    let name = format!("\0php-sockets-测试-{}", std::process::id());
    let server = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&server, &name, None)?;
    let client = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    assert_eq!(socket_sendto(&client, "hi", 2, 0, &name, None)?, 2);
    assert_eq!(socket_read(&server, 16, None)?, b"hi");
    assert_eq!(socket_getsockname(&server)?, (name.clone(), 0));

    // A client with such a name can be answered.
    let client_name = format!("{name}-client");
    socket_bind(&client, &client_name, None)?;
    socket_sendto(&client, "hi", 2, 0, &name, None)?;
    let mut data = Vec::new();
    let (_, from, port) = socket_recvfrom(&server, &mut data, 16, 0)?;
    assert_eq!((&from, port), (&client_name, 0));
    socket_sendto(&server, "hello", 5, 0, &from, None)?;
    socket_connect(&server, &from, None)?;
    assert_eq!(socket_getpeername(&server)?.0, client_name);
    assert_eq!(socket_read(&client, 16, None)?, b"hello");
    Ok(())
}

#[test]
fn a_success_leaves_the_last_error() -> Result<()> {
    let (a, b) = tcp_pair()?;
    assert!(socket_listen(&a, None).is_err());
    assert_eq!((socket_last_error(&a), socket_last_error(&b)), (SOCKET_EINVAL, 0));
    socket_write(&a, "x", None)?;
    assert_eq!((socket_last_error(&a), socket_last_error(None)), (SOCKET_EINVAL, SOCKET_EINVAL));
    // The number without a socket belongs to the thread.
    let elsewhere = std::thread::spawn(|| socket_last_error(None)).join().expect("no panic");
    assert_eq!(elsewhere, 0);
    socket_clear_error(&a);
    assert_eq!((socket_last_error(&a), socket_last_error(None)), (0, SOCKET_EINVAL));
    socket_clear_error(None);
    assert_eq!(socket_last_error(None), 0);
    Ok(())
}

/// Windows' datagrams: a longer one than there is room is an error there, and is gone.
#[test]
#[cfg(windows)]
fn a_datagram_and_its_sender() -> Result<()> {
    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "127.0.0.1", 0)?;
    let port = socket_getsockname(&server)?.1;
    let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    assert_eq!(socket_sendto(&client, "测试", 6, 0, "127.0.0.1", port)?, 6);
    let mut buf = Vec::new();
    let (length, ip, from) = socket_recvfrom(&server, &mut buf, 100, 0)?;
    assert_eq!((length, &*buf, &*ip, from), (6, "测试".as_bytes(), "127.0.0.1", socket_getsockname(&client)?.1));
    socket_sendto(&client, "", 0, 0, "127.0.0.1", port)?;
    assert_eq!(socket_recvfrom(&server, &mut buf, 100, 0)?.0, 0);
    assert!(buf.is_empty());
    socket_sendto(&client, "hello", 5, 0, "127.0.0.1", port)?;
    let error = socket_recvfrom(&server, &mut buf, 2, 0).expect_err("it is longer");
    assert_eq!(error.code(), SOCKET_EMSGSIZE);
    Ok(())
}

#[test]
fn a_failed_accept_is_recorded_on_the_listening_socket() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let error = socket_accept(&socket).expect_err("it does not listen");
    let text = format!("[{SOCKET_EINVAL}]: {}", socket_strerror(SOCKET_EINVAL));
    assert_eq!(error.to_string(), format!("socket_accept(): unable to accept incoming connection {text}"));
    assert_eq!((socket_last_error(&socket), socket_last_error(None)), (SOCKET_EINVAL, SOCKET_EINVAL));
    Ok(())
}

#[test]
fn any_stream_read_by_lines_and_bytes_in_turn_is_the_same_stream() -> Result<()> {
    let mut state = 1_u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for _ in 0..200 {
        let (a, b) = tcp_pair()?;
        let stream: Vec<u8> = (0..random(400)).map(|_| b"ab\r\n\0\xe6"[random(6) as usize]).collect();
        socket_write(&a, &stream, None)?;
        socket_close(&a)?;
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let length = 1 + random(40) as usize;
            let (expected, mode) = if random(2) == 0 {
                (rest.len().min(length), PHP_BINARY_READ)
            } else {
                let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(rest.len(), |end| end + 1);
                (line.min(length), PHP_NORMAL_READ)
            };
            assert_eq!(socket_read(&b, length, mode)?, rest[..expected]);
            rest = &rest[expected..];
        }
        assert_eq!(socket_read(&b, 1, None)?, b"");
    }
    Ok(())
}

#[test]
fn a_short_answer_keeps_no_room_for_a_long_one() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "line\nrest", None)?;
    for mode in [PHP_NORMAL_READ, PHP_BINARY_READ] {
        assert!(socket_read(&b, 1 << 20, mode)?.capacity() < 64);
    }
    Ok(())
}

/// With `SO_ZEROCOPY` and `MSG_ZEROCOPY` the system would go on reading the caller's memory after the call.
#[test]
#[cfg(target_os = "linux")]
fn what_was_sent_does_not_change_afterwards() -> Result<()> {
    const LENGTH: usize = 512 * 1024;
    let (a, b) = tcp_pair()?;
    socket_set_option(&a, SOL_SOCKET, SO_SNDBUF, 4 << 20)?;
    socket_set_option(&a, SOL_SOCKET, SO_ZEROCOPY, 1)?;
    type Send = fn(&Socket, Vec<u8>) -> Result<usize>;
    let sends: [Send; 3] = [
        |socket, data| socket_send(socket, data, LENGTH, MSG_ZEROCOPY | MSG_DONTWAIT),
        |socket, data| socket_sendto(socket, data, LENGTH, MSG_ZEROCOPY | MSG_DONTWAIT, "127.0.0.1", 1),
        |socket, data| {
            let message = MessageHeader { iov: vec![data], ..Default::default() };
            socket_sendmsg(socket, &message, MSG_ZEROCOPY | MSG_DONTWAIT)
        },
    ];
    for send in sends {
        let sent = send(&a, vec![b'1'; LENGTH])?;
        // The same memory, with something else in it.
        let other = vec![b'2'; LENGTH];
        let mut rest = sent;
        while rest > 0 {
            let data = socket_read(&b, rest, None)?;
            assert!(data.iter().all(|byte| *byte == b'1'), "other memory was sent");
            rest -= data.len();
        }
        drop(other);
        // Nobody has to be told that the memory is free again.
        let mut data = Vec::new();
        assert_eq!(socket_recv(&a, &mut data, 1, MSG_ERRQUEUE).map_err(|error| error.code()), Err(SOCKET_EAGAIN));
    }
    Ok(())
}

/// As PHP, which asks for one byte at a time.
#[test]
#[cfg(unix)]
fn a_line_does_not_wait_for_more_than_it_has() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_set_option(&b, SOL_SOCKET, SO_RCVLOWAT, 100)?;
    socket_set_option(&b, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    socket_write(&a, "one\n", None)?;
    assert_eq!(line(&b)?, "one\n");
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20)); // so that the reader waits
        socket_write(&a, "two\nthr", None)?;
        std::thread::sleep(std::time::Duration::from_millis(20));
        socket_write(&a, "ee\n", None)
    });
    assert_eq!((line(&b)?, line(&b)?), ("two\n".to_owned(), "three\n".to_owned()));
    writer.join().expect("no panic")?;
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_line_ends_with_its_packet() -> Result<()> {
    for r#type in [SOCK_SEQPACKET, SOCK_DGRAM] {
        let [a, b] = socket_create_pair(AF_UNIX, r#type, 0)?;
        let long = "x".repeat(10_000);
        for text in ["one", "two\nrest", "", &long, "three"] {
            socket_write(&a, text, None)?;
        }
        assert_eq!((line(&b)?, line(&b)?), ("one".to_owned(), "two\n".to_owned()));
        assert_eq!(line(&b).map_err(|error| error.code()), Err(SOCKET_ECONNRESET), "an empty one");
        assert_eq!(socket_read(&b, 20_000, PHP_NORMAL_READ)?.len(), long.len());
        assert_eq!(line(&b)?, "three");
    }
    Ok(())
}
