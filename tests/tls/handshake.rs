//! The handshake in pieces, cut off, and damaged; and that nobody turns in circles meanwhile.

use std::{
    io::{self, Read, Write},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        Acceptor, CloseFrame, Config, Connection, Connector, Message, Opening, Protocol, Role, Transport, Upgrade,
        handshake::Url,
    },
    *,
};

use php_sockets::ws::tls::rustls::{ClientConfig, ServerConfig, client::Resumption};

use super::support::{Authority, LONG, Outcome, Running, certificates, client, connect, pair};

/// Pairs of the system's own kind, which hold little.
const FAMILY: i32 = if cfg!(unix) { AF_UNIX } else { AF_INET };

/// Both ends without waiting, and the bytes between them by hand.
struct Between {
    opening: Opening<Transport>,
    upgrade: Upgrade<Transport>,
    /// The far ends of both sockets.
    to_client: Socket,
    to_server: Socket,
    client: Option<Connection<Transport>>,
    server: Option<Connection<Transport>>,
}

/// Without sessions that are resumed: each handshake is a whole one.
fn configs() -> Outcome<(Arc<ClientConfig>, Arc<ServerConfig>)> {
    let authority = Authority::new()?;
    let mut client = authority.client_config()?;
    client.resumption = Resumption::disabled();
    Ok((Arc::new(client), certificates(&authority)?.server_config()?))
}

fn read_now(socket: &Socket) -> Outcome<Vec<u8>> {
    let mut all = Vec::new();
    let mut block = [0; 4096];
    loop {
        match (&mut &*socket).read(&mut block) {
            Ok(0) => return Ok(all),
            Ok(count) => all.extend_from_slice(&block[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(all),
            Err(error) => return Err(error.into()),
        }
    }
}

impl Between {
    fn new((client_config, server_config): &(Arc<ClientConfig>, Arc<ServerConfig>)) -> Outcome<Self> {
        let [client, to_client] = socket_create_pair(FAMILY, SOCK_STREAM, 0)?;
        let [server, to_server] = socket_create_pair(FAMILY, SOCK_STREAM, 0)?;
        for socket in [&client, &to_client, &server, &to_server] {
            socket_set_nonblock(socket)?;
        }
        let client = Transport::tls_client(client, Arc::clone(client_config), "localhost")?;
        let server = Transport::tls_server(server, Arc::clone(server_config))?;
        let opening = Connector::new().timeout(LONG).open(client, &Url::parse("wss://localhost/")?)?;
        let upgrade = Acceptor::new().timeout(LONG).upgrade(server);
        Ok(Self { opening, upgrade, to_client, to_server, client: None, server: None })
    }

    fn go_on_client(&mut self) -> Result<(), ws::WebSocketError> {
        if self.client.is_none() {
            self.client = self.opening.advance()?;
        }
        Ok(())
    }

    fn go_on_server(&mut self) -> Result<(), ws::WebSocketError> {
        if self.server.is_none() && self.upgrade.read()?.is_some() {
            self.server = Some(self.upgrade.accept()?);
        }
        Ok(())
    }

    /// Takes what the client has to say, and hands it over in pieces cut at `cut` of all that it ever says.
    fn carry(&mut self, cut: usize, done: &mut [usize; 2]) -> Outcome<bool> {
        self.go_on_client()?;
        let bytes = read_now(&self.to_client)?;
        let is_quiet = bytes.is_empty();
        for piece in pieces(&bytes, cut, &mut done[0]) {
            (&mut &self.to_server).write_all(piece)?;
            self.go_on_server()?;
        }
        let bytes = read_now(&self.to_server)?;
        for piece in pieces(&bytes, cut, &mut done[1]) {
            (&mut &self.to_client).write_all(piece)?;
            self.go_on_client()?;
        }
        Ok(!is_quiet || !bytes.is_empty())
    }
}

/// Cuts at a place of the whole stream, of which so many bytes have gone; 0 cuts everywhere.
fn pieces<'b>(bytes: &'b [u8], cut: usize, gone: &mut usize) -> Vec<&'b [u8]> {
    let at = cut.wrapping_sub(*gone);
    *gone += bytes.len();
    match cut {
        0 => bytes.chunks(1).collect(),
        _ if at < bytes.len() => vec![&bytes[..at], &bytes[at..]],
        _ => vec![bytes],
    }
}

fn converse(mut between: Between, cut: usize) -> Outcome<[usize; 2]> {
    let mut done = [0; 2];
    while between.carry(cut, &mut done)? {}
    let (mut client, mut server) = (between.client.expect("a client"), between.server.expect("a server"));
    let mut buffer = Vec::new();
    client.send("你好")?;
    for piece in pieces(&read_now(&between.to_client)?, cut, &mut done[0]) {
        (&mut &between.to_server).write_all(piece)?;
        server.receive()?;
    }
    assert_eq!(server.next(&mut buffer)?, Some(Message::Text("你好")), "cut at {cut}");
    Ok(done)
}

#[test]
fn a_handshake_may_be_cut_at_every_byte() -> Outcome {
    let configs = configs()?;
    let all = converse(Between::new(&configs)?, usize::MAX)?;
    converse(Between::new(&configs)?, 0)?;
    for cut in 1..*all.iter().max().expect("two") {
        converse(Between::new(&configs)?, cut)?;
    }
    Ok(())
}

#[test]
fn a_handshake_that_is_cut_off_is_no_connection() -> Outcome {
    let configs = configs()?;
    let mut all = Vec::new();
    let mut between = Between::new(&configs)?;
    between.go_on_client()?;
    all.extend(read_now(&between.to_client)?);
    for length in 0..all.len() {
        let mut between = Between::new(&configs)?;
        (&mut &between.to_server).write_all(&all[..length])?;
        between.go_on_server()?;
        socket_shutdown(&between.to_server, 1)?;
        let error = between.go_on_server().expect_err("the stream has ended");
        assert_eq!(error.to_string(), "the peer ended the connection during the TLS handshake", "{length}");
    }
    Ok(())
}

#[test]
fn a_damaged_handshake_is_an_error() -> Outcome {
    let configs = configs()?;
    let mut between = Between::new(&configs)?;
    between.go_on_client()?;
    let hello = read_now(&between.to_client)?;
    for place in 0..hello.len() {
        let mut between = Between::new(&configs)?;
        let mut bytes = hello.clone();
        bytes[place] ^= 0x20;
        (&mut &between.to_server).write_all(&bytes)?;
        // It may be an error, be ignored, or wait for more; it neither panics nor is it a request.
        if between.go_on_server().is_err() {
            // Nor does it go on afterwards.
            assert!(between.go_on_server().is_err(), "{place}");
        }
        assert!(between.server.is_none(), "{place}");
    }
    Ok(())
}

#[test]
fn a_non_blocking_client_waits_for_what_it_waits_for() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let socket = connect(server.port)?;
    socket_set_nonblock(&socket)?;
    let transport = Transport::tls_client(socket.clone(), authority.client_config()?, "localhost")?;
    let mut opening = Connector::new().open(transport, &Url::parse("wss://localhost/")?)?;
    let started = Instant::now();
    let mut waits = 0;
    let mut connection = loop {
        if let Some(connection) = opening.advance()? {
            break connection;
        }
        let mut read = vec![socket.clone()];
        let mut write = if opening.wants_write() { read.clone() } else { Vec::new() };
        socket_select(&mut read, &mut write, None, 20, None)?;
        waits += 1;
        assert!(waits < 20 && started.elapsed() < LONG, "it turns in circles");
    };
    let mut buffer = Vec::new();
    connection.send("你好")?;
    while connection.next(&mut buffer)?.is_none() {
        assert_ne!(socket_select(&mut vec![socket.clone()], None, None, 20, None)?, 0);
        connection.receive()?;
    }
    assert!(!connection.wants_write());
    drop((connection, socket));
    server.stop()?;
    Ok(())
}

#[test]
fn what_a_peer_does_not_take_waits_until_it_does() -> Outcome {
    let authority = Authority::new()?;
    let [one, two] = socket_create_pair(FAMILY, SOCK_STREAM, 0)?;
    socket_set_nonblock(&one)?;
    let client = Transport::tls_client(one.clone(), authority.client_config()?, "localhost")?;
    let server = Transport::tls_server(two, certificates(&authority)?.server_config()?)?;
    let accepting = thread::spawn(|| Acceptor::new().timeout(LONG).accept(server));
    let mut opening = Connector::new().open(client, &Url::parse("wss://localhost/")?)?;
    let mut connection = loop {
        if let Some(connection) = opening.advance()? {
            break connection;
        }
        socket_select(&mut vec![one.clone()], None, None, 20, None)?;
    };
    let mut server = accepting.join().expect("no panic")?;
    // More than both sockets hold.
    let message = vec![7; 8 << 20];
    connection.send(&message)?;
    assert!(connection.wants_write());
    let expected = message.clone();
    let reading = thread::spawn(move || {
        let mut buffer = Vec::new();
        server.read(&mut buffer).map(|message| message == Message::Binary(&expected))
    });
    let mut rounds = 0;
    while connection.wants_write() {
        assert_ne!(socket_select(None, &mut vec![one.clone()], None, 20, None)?, 0);
        connection.flush()?;
        rounds += 1;
    }
    assert!(reading.join().expect("no panic")?);
    assert!(rounds < message.len() >> 10, "{rounds}: it turns in circles");
    Ok(())
}

#[test]
fn what_comes_right_behind_the_handshake_is_not_lost() -> Outcome {
    let authority = Authority::new()?;
    let acceptor = Acceptor::new().tls(certificates(&authority)?.server_config()?);
    let listener = socket_create_listen(0, None)?;
    let url = format!("wss://localhost:{}/", socket_getsockname(&listener)?.1);
    // The answer and messages in one write, which is more than a client's buffer for the head takes at once.
    let server = thread::spawn(move || -> Result<(), ws::WebSocketError> {
        let mut upgrade = acceptor.upgrade(socket_accept(&listener)?)?;
        upgrade.read()?;
        let mut connection = upgrade.accept()?;
        connection.cork();
        for number in 0..1000 {
            connection.send(&format!("message {number} {}", "x".repeat(100)))?;
        }
        connection.flush()?;
        connection.finish()
    });
    let mut connection = client(&url, authority.client_config()?)?;
    let mut buffer = Vec::new();
    for number in 0..1000 {
        let message = connection.read(&mut buffer)?;
        assert!(matches!(message, Message::Text(text) if text.starts_with(&format!("message {number} "))), "{number}");
    }
    assert!(matches!(connection.read(&mut buffer)?, Message::Close(_)));
    drop(connection);
    server.join().expect("no panic")?;
    Ok(())
}

/// A byte now and then, for as long as the other side takes any.
fn trickle(mut socket: Socket) {
    let _ = socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 50_000 });
    let started = Instant::now();
    let mut byte = [0];
    while started.elapsed() < LONG && socket.write_all(&[1]).is_ok() {
        match socket.read(&mut byte) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}

#[test]
fn a_byte_now_and_then_does_not_stretch_a_blocking_deadline() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let listener = socket_create_listen(0, None)?;
    let port = socket_getsockname(&listener)?.1;
    let limit = Duration::from_millis(500);
    for is_server in [true, false] {
        let (near, mut far) = {
            let connected = connect(port)?;
            let accepted = socket_accept(&listener)?;
            if is_server { (accepted, connected) } else { (connected, accepted) }
        };
        // The head of a record of TLS's handshake, whose rest does not come.
        far.write_all(&[22, 3, 3, 2, 0])?;
        let trickling = thread::spawn(move || trickle(far));
        let started = Instant::now();
        let error = if is_server {
            Acceptor::new().timeout(limit).tls(config.clone()).accept(near).map(drop)
        } else {
            let transport = Transport::tls_client(near, authority.client_config()?, "localhost")?;
            let connector = Connector::new().timeout(limit);
            connector.open(transport, &Url::parse("wss://localhost/")?)?.advance().map(drop)
        };
        let error = error.expect_err("no handshake").to_string();
        assert_eq!(error, "the opening handshake took too long", "{is_server}");
        let elapsed = started.elapsed();
        assert!(elapsed >= limit && elapsed < LONG, "{elapsed:?}");
        trickling.join().expect("no panic");
    }
    Ok(())
}

/// What TLS holds no wait for the socket tells of: one call takes it all.
#[test]
fn what_comes_in_one_record_is_received_at_once() -> Outcome {
    let authority = Authority::new()?;
    let [mut far, mut near] = pair(&authority)?;
    let greeting = thread::spawn(move || -> io::Result<Transport> {
        near.read_exact(&mut [0; 5])?;
        near.write_all(b"hello")?;
        Ok(near)
    });
    far.write_all(b"hello")?;
    far.read_exact(&mut [0; 5])?;
    let near = greeting.join().expect("no panic")?;
    socket_set_nonblock(near.socket())?;
    let mut connection = Connection::new(near, Protocol::new(Role::Client, Config::client()));
    let mut buffer = Vec::new();
    for size in [0, 1, 100, 3000, 16_000] {
        // A large message but for its last bytes, for which the connection has just the space they need ...
        far.write_all(&[&[0x82, 127][..], &300_000_u64.to_be_bytes(), &[7; 299_990]].concat())?;
        let started = Instant::now();
        let mut received = 0;
        while received < 300_000 {
            received += connection.receive()?;
            assert_eq!(connection.next(&mut buffer)?, None);
            assert!(started.elapsed() < LONG);
        }
        // ... and these with other messages in one record.
        let small = [&[0x82, 126][..], &u16::try_from(size)?.to_be_bytes(), &vec![7; size]].concat();
        let small = if size < 126 { [&[0x82, u8::try_from(size)?][..], &vec![7; size]].concat() } else { small };
        far.write_all(&[&[7; 10][..], &small].concat())?;
        assert_eq!(socket_select(&mut vec![connection.stream().socket().clone()], None, None, 20, None)?, 1);
        connection.receive()?;
        assert_eq!(connection.next(&mut buffer)?.map(|message| message.as_bytes().len()), Some(300_000));
        assert_eq!(connection.next(&mut buffer)?.map(|message| message.as_bytes().len()), Some(size), "{size}");
    }
    // The end is told with the last bytes, not with the next ones, which do not come.
    far.write_all(&[0x81, 0])?;
    socket_set_nonblock(far.socket())?;
    drop(far);
    assert_eq!(socket_select(&mut vec![connection.stream().socket().clone()], None, None, 20, None)?, 1);
    while connection.next(&mut buffer)?.is_none() {
        connection.receive()?;
    }
    assert!(matches!(connection.next(&mut buffer)?, Some(Message::Close(Some(CloseFrame::ABNORMAL)))));
    Ok(())
}
