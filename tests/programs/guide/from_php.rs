//! The fragments of `docs/from-php.md`, with what they need around them.

use std::collections::BTreeMap;

use php_sockets::*;

#[test]
fn false_becomes_err() -> Result<()> {
    // shown
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let _ = socket_bind(&sock, "127.0.0.1", 0);
    // not shown
    Ok(())
}

#[test]
fn a_line_that_php_does_not_check_goes_on() -> Result<()> {
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    if let Err(error) = socket_write(&client, "hello\n", None) {
        eprintln!("PHP Warning:  {error}");
    }
    // not shown
    Ok(())
}

#[test]
fn a_socket_is_cloned_where_php_copies_the_variable() -> Result<()> {
    let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    let mut clients = Vec::new();
    clients.push(conn.clone());
    assert!(clients[0] == conn);
    // not shown
    Ok(())
}

#[test]
fn a_socket_as_text_and_as_an_array_key() -> Result<()> {
    let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    let mut clients = std::collections::HashMap::new();
    clients.insert(conn.id(), conn.clone());
    println!("Client {conn}");
    // not shown
    assert!(clients[&conn.id()] == conn);
    Ok(())
}

#[test]
fn socket_close_closes_for_every_clone() -> Result<()> {
    let (mut clients, key) = (vec![socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?], 0);
    let clone = clients[key].clone();
    // shown
    socket_close(&clients[key])?;
    clients.remove(key);
    // not shown
    assert!(matches!(socket_listen(&clone, None), Err(Error::Closed { .. })));
    Ok(())
}

#[test]
fn an_optional_argument_is_none_or_just_the_value() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    socket_listen(&sock, None)?;
    socket_listen(&sock, 4)?;
    // not shown
    let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    socket_write(&socket_accept(&sock)?, "all\nline\n", None)?;
    // shown
    let all = socket_read(&conn, 4, None)?;
    let line = socket_read(&conn, 2048, PHP_NORMAL_READ)?;
    // not shown
    assert_eq!((&*all, &*line), (&b"all\n"[..], &b"line\n"[..]));
    Ok(())
}

#[test]
fn a_string_in_is_text_or_bytes() -> Result<()> {
    let [msgsock, other] = pair()?;
    // shown
    let msg = "测试成功！";
    socket_write(&msgsock, msg, msg.len())?;
    // not shown
    let buf = socket_read(&other, 8192, None)?;
    // shown
    println!("收到的信息:{}", String::from_utf8_lossy(&buf));
    // not shown
    fn pair() -> Result<[Socket; 2]> {
        let sock = socket_create_listen(0, None)?;
        let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
        Ok([socket_accept(&sock)?, conn])
    }
    Ok(())
}

#[test]
fn data_is_a_vec_and_the_address_is_returned() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    let conn = socket_accept(&sock)?;
    socket_write(&other, "hi", None)?;
    let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&udp, "127.0.0.1", 0)?;
    socket_sendto(&udp, "hi", 2, 0, "127.0.0.1", socket_getsockname(&udp)?.1)?;
    // shown
    let mut buf = Vec::new();
    let bytes = socket_recv(&conn, &mut buf, 1024, MSG_PEEK)?;
    let (ip, port) = socket_getpeername(&conn)?;
    let (ip, _) = socket_getpeername(&conn)?;
    let (n, from, port) = socket_recvfrom(&udp, &mut buf, 512, 0)?;
    // not shown
    assert_eq!((bytes, n), (2, 2));
    Ok(())
}

#[test]
fn an_associative_array_is_a_struct() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    socket_set_option(&sock, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    socket_set_option(&sock, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    if socket_get_option(&sock, SOL_SOCKET, SO_TYPE)? == SOCK_STREAM {}
    // not shown
    Ok(())
}

#[test]
fn an_option_as_a_number() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    println!("{}", socket_strerror(socket_get_option(&sock, SOL_SOCKET, SO_ERROR)?.try_into()?));
    println!("{}", Timeval::try_from(socket_get_option(&sock, SOL_SOCKET, SO_RCVTIMEO)?)?.usec);
    // not shown
    Ok(())
}

#[test]
fn an_array_that_php_fills() -> Result<()> {
    // shown
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_sendmsg(&pair[0], &MessageHeader { iov: vec!["half ".into(), "and half".into()], ..Default::default() }, None)?;
    let mut message = MessageHeader {
        name: Some(MessageName::default()),
        buffer_size: Some(1500),
        controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?,
        ..Default::default()
    };
    let n = socket_recvmsg(&pair[1], &mut message, None)?;
    println!("{}", String::from_utf8_lossy(&message.iov.concat()));
    // not shown
    assert_eq!((n, message.iov.concat()), (13, b"half and half".to_vec()));
    Ok(())
}

#[test]
fn streams() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    // shown
    let stream: std::net::TcpListener = socket_export_stream(&sock)?;
    let sock = socket_import_stream(stream)?;
    // not shown
    Ok(())
}

#[test]
fn false_as_an_option() -> Result<()> {
    // shown
    fn warn<T>(result: Result<T>) -> Option<T> {
        if let Err(error) = &result {
            if !error.is_silent() {
                eprintln!("PHP Warning:  {error}");
            }
        }
        result.ok()
    }

    fn quiet<T>(result: Result<T>) -> Option<T> {
        result.ok()
    }

    // not shown
    let sock = socket_create_listen(0, None)?;
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    socket_write(&other, "hi", None)?;
    // shown
    let Some(client) = warn(socket_accept(&sock)) else { return Ok(()) };
    let data = quiet(socket_read(&client, 2048, None));
    if data.is_none() { return Ok(()) }
    // not shown
    assert_eq!(data.as_deref(), Some(&b"hi"[..]));
    Ok(())
}

#[test]
fn who_holds_a_connection() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    socket_set_nonblock(&sock)?;
    // shown
    let mut client;
    while let Ok(next) = socket_accept(&sock) { client = next; let _ = socket_write(&client, "hello\n", None); }
    // not shown
    Ok(())
}

#[test]
fn pcntl_fork() -> Result<()> {
    fn serve(client: &Socket) {
        let _ = socket_write(client, "served", None);
    }
    fn parent(sock: &Socket) -> Result<()> {
        // shown
        loop {
            let client = socket_accept(&sock)?;
            std::thread::spawn(move || {
                serve(&client);
                socket_close(&client)
            });
        }
        // not shown
    }
    let sock = socket_create_listen(0, None)?;
    socket_set_nonblock(&sock)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    assert_eq!(parent(&sock).map_err(|error| error.code()), Err(SOCKET_EAGAIN));
    assert_eq!(socket_read(&client, 100, None)?, b"served");
    assert_eq!(socket_read(&client, 100, None)?, b"");
    Ok(())
}

#[test]
fn workers_that_wait_for_clients() -> Result<()> {
    fn work(sock: &Socket) -> Result<()> {
        while let Ok(client) = socket_accept(sock) {
            if socket_read(&client, 100, None)? == b"stop" {
                break;
            }
            socket_write(&client, "served", None)?;
        }
        Ok(())
    }
    fn parent(sock: Socket) {
        // shown
        let mut children = Vec::new();
        for _ in 0..4 {
            let sock = sock.clone();
            children.push(std::thread::spawn(move || work(&sock)));
        }
        drop(sock);
        for child in children { let _ = child.join(); }
        // not shown
    }
    let sock = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&sock)?;
    let parent = std::thread::spawn(move || parent(sock));
    for (text, answer) in [("hello", &b"served"[..]), ("stop", b""), ("stop", b""), ("stop", b""), ("stop", b"")] {
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&client, "127.0.0.1", port)?;
        socket_write(&client, text, None)?;
        assert_eq!(socket_read(&client, 100, None)?, answer);
    }
    parent.join().expect("every worker was stopped");
    Ok(())
}

#[test]
fn the_same_null_for_two_arrays() -> Result<()> {
    let clients = vec![socket_create_listen(0, None)?];
    for _ in 0..1 {
        // shown
        let mut read = clients.clone();
        let Ok(1..) = socket_select(&mut read, None, None, 0, 200_000) else { continue };
        // not shown
        panic!("nobody has come");
    }
    Ok(())
}

#[test]
fn an_array_of_references_with_keys() -> Result<()> {
    struct Client { conn: Socket }
    let conn = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let clients = std::collections::BTreeMap::from([("小明", Client { conn })]);
    // shown
    let mut read: Vec<_> = clients.iter().map(|(name, client)| (name, &client.conn)).collect();
    socket_select(&mut read, None, None, 0, 200_000)?;
    for (name, conn) in read { println!("{name}: {}", String::from_utf8_lossy(&socket_read(conn, 2048, None).unwrap_or_default())); }
    // not shown
    Ok(())
}

#[test]
fn the_listener_beside_clients_with_keys() -> Result<()> {
    fn serve(sock: Socket) {
        // shown
        let mut clients = BTreeMap::new();
        loop {
            let mut read = clients.clone();
            read.insert(sock.id(), sock.clone());
            let Ok(1..) = socket_select(&mut read, None, None, 0, 200_000) else { continue };
            for (id, conn) in read {
                if conn == sock {
                    if let Ok(new) = socket_accept(&sock) { clients.insert(new.id(), new); }
                    else { std::thread::sleep(std::time::Duration::from_millis(100)); }
                    continue;
                }
                let data = socket_read(&conn, 2048, None).unwrap_or_default();
                if data.is_empty() {
                    clients.remove(&id);
                    // not shown
                    if clients.is_empty() { return }
                    // shown
                    continue;
                }
                for (other, to) in &clients { if *other != id { let _ = socket_write(to, [format!("{id}: ").as_bytes(), &data].concat(), None); } }
            }
        }
        // not shown
    }
    let sock = socket_create_listen(0, None)?;
    let port = socket_getsockname(&sock)?.1;
    let server = std::thread::spawn(move || serve(sock));
    let connect = || -> Result<Socket> {
        let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&conn, "127.0.0.1", port)?;
        Ok(conn)
    };
    let (one, two) = (connect()?, connect()?);
    socket_set_nonblock(&one)?;
    let heard = loop {
        // The first that one hears: both are clients of the server then.
        socket_write(&two, "hi\n", None)?;
        if let Ok(data) = socket_read(&one, 100, PHP_NORMAL_READ) { break data }
        std::thread::yield_now();
    };
    assert!(heard.ends_with(b": hi\n"), "{heard:?}");
    // Closing so resets the connection: reading from it and writing to it are errors, and the others go on.
    let gone = connect()?;
    socket_write(&gone, "about to leave\n", None)?;
    socket_set_block(&one)?;
    while !socket_read(&one, 100, PHP_NORMAL_READ)?.ends_with(b"about to leave\n") {}
    socket_set_option(&gone, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_close(&gone)?;
    for _ in 0..3 {
        socket_write(&two, "still here\n", None)?;
        while !socket_read(&one, 100, PHP_NORMAL_READ)?.ends_with(b"still here\n") {}
    }
    socket_close(&two)?;
    socket_close(&one)?;
    server.join().expect("no panic");
    Ok(())
}

#[test]
fn the_listener_beside_clients_that_are_structs() -> Result<()> {
    struct Client { conn: Socket }
    let sock = socket_create_listen(0, None)?;
    let clients = BTreeMap::from([("小明".to_owned(), Client { conn: socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)? })]);
    socket_bind(&clients["小明"].conn, "127.0.0.1", 0)?;
    let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    // shown
    let mut read: Vec<_> = clients.iter().map(|(name, client)| (name.clone(), client.conn.clone())).collect();
    read.push((String::new(), sock.clone()));
    socket_select(&mut read, None, None, None, None)?;
    // not shown
    assert_eq!(read.len(), 1);
    assert!(read[0] == (String::new(), sock));
    Ok(())
}

#[test]
fn the_select_loop() -> Result<()> {
    // shown
    fn chat(sock: Socket) {
        let mut clients = vec![sock.clone()];
        loop {
            let mut read = clients.clone();
            let Ok(1..) = socket_select(&mut read, None, None, None, None) else { continue };
            if read.contains(&sock) {
                if let Ok(newsock) = socket_accept(&sock) {
                    let _ = socket_set_nonblock(&newsock);
                    clients.push(newsock.clone());
                    let _ = socket_write(&newsock, format!("There are {} client(s) connected\n", clients.len() - 1), None);
                } else {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                if let Some(key) = read.iter().position(|s| *s == sock) { read.remove(key); }
            }
            for read_sock in &read {
                let data = socket_read(read_sock, 1024, PHP_NORMAL_READ).unwrap_or_default();
                if data.is_empty() {
                    if let Some(key) = clients.iter().position(|s| s == read_sock) { clients.remove(key); }
                    // not shown
                    if clients.len() == 1 { return }
                    // shown
                    continue;
                }
                let data = data.trim_ascii();
                if !data.is_empty() {
                    for send_sock in &clients {
                        if send_sock == &sock || send_sock == read_sock { continue; }
                        let _ = socket_write(send_sock, [data, b"\n"].concat(), None);
                    }
                }
            }
        }
    }
    // not shown
    let sock = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&sock)?;
    let server = std::thread::spawn(move || chat(sock));
    let connect = || -> Result<Socket> {
        let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&conn, "127.0.0.1", port)?;
        socket_read(&conn, 100, PHP_NORMAL_READ)?;
        Ok(conn)
    };
    let (one, two, gone) = (connect()?, connect()?, connect()?);
    // Closing so resets the connection: writing to it is an error, and the others go on.
    socket_set_option(&gone, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_close(&gone)?;
    for _ in 0..3 {
        socket_write(&one, "你好\n", None)?;
        assert_eq!(socket_read(&two, 100, PHP_NORMAL_READ)?, "你好\n".as_bytes());
    }
    socket_close(&one)?;
    socket_close(&two)?;
    server.join().expect("no panic");
    Ok(())
}

#[test]
fn or_die() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let (address, port) = ("127.0.0.1", 0);
    // shown
    if socket_bind(&sock, address, port).is_err() {
        eprintln!("bind: {}", socket_strerror(socket_last_error(&sock)));
        std::process::exit(1);
    }
    // not shown
    Ok(())
}

#[test]
fn the_error_number_decides() -> Result<()> {
    fn serve(conn: &Socket) -> Result<()> {
        // shown
        let data = match socket_read(conn, 1024, None) {
            Err(error) if [SOCKET_EWOULDBLOCK, SOCKET_EINTR].contains(&error.code()) => return Ok(()),
            data => data?,
        };
        if data.is_empty() { /* the client has left */ }
        // not shown
        Ok(())
    }
    let [one, two] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_set_nonblock(&one)?;
    serve(&one)?; // nothing has come
    socket_close(&two)?;
    serve(&one)?; // the client has left
    assert_eq!(serve(&two).map_err(|error| error.is_thrown()), Err(true));
    Ok(())
}

#[test]
fn read_until_there_is_nothing_more() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    let conn = socket_accept(&sock)?;
    socket_write(&other, "all", None)?;
    socket_close(&other)?;
    // shown
    let (mut all, mut buf) = (Vec::new(), Vec::new());
    while let Ok(1..) = socket_recv(&conn, &mut buf, 2048, 0) { all.extend_from_slice(&buf); }
    // not shown
    assert_eq!(all, b"all");
    Ok(())
}

#[test]
fn what_a_loop_compares_with_false() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    socket_set_nonblock(&sock)?;
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_set_nonblock(&udp)?;
    let (mut clients, mut buf) = (Vec::new(), Vec::new());
    // shown
    while let Ok(conn) = socket_accept(&sock) { clients.push(conn); }
    while let Ok((n, from, port)) = socket_recvfrom(&udp, &mut buf, 1500, MSG_DONTWAIT) { println!("{n} from {from}"); }
    // not shown
    assert_eq!(clients.len(), 1);
    Ok(())
}

#[test]
fn write_until_everything_is_gone() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
    let mut msg = &b"hello"[..];
    // shown
    while !msg.is_empty() { msg = &msg[socket_write(&conn, msg, msg.len())?..]; }
    // not shown
    Ok(())
}

#[test]
fn every_address() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let port = 0;
    // shown
    socket_bind(&sock, "0", port)?;
    // not shown
    Ok(())
}

#[test]
fn a_time_limit_on_connecting() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (host, port) = ("127.0.0.1", socket_getsockname(&listener)?.1);
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // shown
    socket_set_nonblock(&sock)?;
    match socket_connect(&sock, host, port) {
        Err(error) if error.code() != SOCKET_EINPROGRESS => { eprintln!("{error}"); std::process::exit(1) }
        _ => {}
    }
    let mut write = vec![sock.clone()];
    if socket_select(None, &mut write, None, 5, None)? != 1 { eprintln!("timed out"); std::process::exit(1) }
    if socket_get_option(&sock, SOL_SOCKET, SO_ERROR)? != 0 { eprintln!("refused"); std::process::exit(1) }
    socket_set_block(&sock)?;
    // not shown
    Ok(())
}

#[test]
fn a_path() -> Result<()> {
    let path = &format!("\0porting-{}", std::process::id());
    let sock = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    let conn = sock.clone();
    fn serve(_conn: &Socket) {}
    // shown
    socket_bind(&sock, path, None)?;
    std::thread::spawn(move || serve(&conn));
    // not shown
    Ok(())
}
