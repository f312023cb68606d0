//! Both ends of a connection, driven by bytes that say what happens next: a part of what one has sent reaches the other, is
//! damaged, is cut off, one sends a message. `tests/tls` takes random ones, and the fuzz target `tls` what it finds.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    sync::{Arc, OnceLock},
};

use php_sockets::{
    ws::{
        Acceptor, Connection, Connector, Message, Opening, Transport, Upgrade,
        handshake::Url,
        tls::{
            Certificates,
            rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring},
        },
    },
    *,
};

type Configs = (Arc<ClientConfig>, Arc<ServerConfig>);

fn configs() -> Configs {
    static CONFIGS: OnceLock<Configs> = OnceLock::new();
    let make = || {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).expect("a root");
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let certificates = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem()).expect("a pair");
        (Arc::new(client), certificates.server_config().expect("a configuration"))
    };
    CONFIGS.get_or_init(make).clone()
}

/// One end, before and after its opening handshake.
enum End {
    Opening(Box<Opening<Transport>>),
    Upgrade(Box<Upgrade<Transport>>),
    Open(Box<Connection<Transport>>),
    Failed,
}

/// One end and what comes out of it.
struct Side {
    end: End,
    /// The other end of its socket.
    far: Socket,
    /// What it has said and the other side has not heard.
    said: VecDeque<u8>,
    sent: Vec<usize>,
    heard: Vec<usize>,
}

impl Side {
    fn new(end: End, far: Socket) -> Self {
        Self { end, far, said: VecDeque::new(), sent: Vec::new(), heard: Vec::new() }
    }

    /// Goes on as far as it can; `false` when it has failed.
    fn go_on(&mut self) -> bool {
        let next = match &mut self.end {
            End::Opening(opening) => opening.advance().map(|connection| connection.map(Box::new)),
            End::Upgrade(upgrade) => match upgrade.read() {
                Ok(Some(_)) => upgrade.accept().map(|connection| Some(Box::new(connection))),
                Ok(None) => Ok(None),
                Err(error) => {
                    // What has failed goes on failing.
                    assert!(upgrade.read().is_err(), "{error}");
                    Err(error)
                }
            },
            End::Open(connection) => {
                let mut buffer = Vec::new();
                let mut converse = || {
                    connection.flush()?;
                    let received = connection.receive()?;
                    while let Some(message) = connection.next(&mut buffer)? {
                        match message {
                            Message::Close(_) => return Err(ws::WebSocketError::Closed),
                            message => self.heard.push(message.as_bytes().len()),
                        }
                    }
                    Ok(received)
                };
                loop {
                    match converse() {
                        Ok(0) => break Ok(None),
                        Ok(_) => {}
                        Err(error) => break Err(error),
                    }
                }
            }
            End::Failed => return false,
        };
        match next {
            Ok(Some(connection)) => self.end = End::Open(connection),
            Ok(None) => {}
            Err(_) => self.end = End::Failed,
        }
        let mut block = [0; 4096];
        // Until there is no more now, or, as the end has failed, ever.
        while let Ok(count @ 1..) = (&mut &self.far).read(&mut block) {
            self.said.extend(&block[..count]);
        }
        !matches!(self.end, End::Failed)
    }

    /// Hears bytes, and says how many.
    fn hear(&mut self, bytes: &[u8]) -> usize {
        match (&mut &self.far).write(bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            // An end that has failed may have closed.
            Err(_) => bytes.len(),
        }
    }

    fn send(&mut self, length: usize) {
        if let End::Open(connection) = &mut self.end {
            if connection.send(&vec![7; length]).is_ok() {
                self.sent.push(length);
            }
        }
    }
}

/// Has one side hear so many bytes of what the other has said.
fn carry(from: &mut Side, to: &mut Side, count: usize) {
    let bytes = from.said.make_contiguous();
    let count = to.hear(&bytes[..count.min(bytes.len())]);
    from.said.drain(..count);
    to.go_on();
}

/// Does what the bytes say, two at a time.
pub(crate) fn drive(orders: &[u8]) {
    let (client, server) = configs();
    let family = if cfg!(unix) { AF_UNIX } else { AF_INET };
    let pair = || {
        let pair = socket_create_pair(family, SOCK_STREAM, 0).expect("sockets");
        pair.iter().for_each(|socket| socket_set_nonblock(socket).expect("non-blocking"));
        pair
    };
    let ([near, far], [other_near, other_far]) = (pair(), pair());
    let near = Transport::tls_client(near, client, "localhost").expect("a client");
    let other_near = Transport::tls_server(other_near, server).expect("a server");
    let url = Url::parse("wss://localhost/").expect("a URL");
    let opening = Connector::new().open(near, &url).expect("random bytes");
    let mut sides = [
        Side::new(End::Opening(Box::new(opening)), far),
        Side::new(End::Upgrade(Box::new(Acceptor::new().upgrade(other_near))), other_far),
    ];
    let mut is_whole = true;
    for order in orders.chunks_exact(2).take(200) {
        let (what, argument) = (order[0], usize::from(order[1]));
        let from = usize::from(what & 1);
        let [one, two] = &mut sides;
        let (from, to) = if from == 0 { (one, two) } else { (two, one) };
        match what >> 1 & 7 {
            0..=2 => {
                carry(from, to, argument * argument + 1);
            }
            3 | 4 => from.send(argument * argument),
            5 => {
                from.go_on();
            }
            6 if what & 0x80 != 0 => {
                if let Some(byte) = from.said.get_mut(argument) {
                    *byte ^= what >> 4 | 1;
                    is_whole = false;
                }
            }
            7 if what & 0xF0 == 0xF0 => {
                to.hear(&order.repeat(argument));
                is_whole = false;
            }
            _ => {}
        }
        assert!(from.go_on() || !is_whole, "nothing was damaged");
    }
    // What nobody has damaged arrives.
    for _ in 0..20_000 {
        let [one, two] = &mut sides;
        one.go_on();
        two.go_on();
        let is_quiet = one.said.is_empty() && two.said.is_empty();
        carry(one, two, usize::MAX);
        carry(two, one, usize::MAX);
        if is_quiet {
            break;
        }
    }
    let [one, two] = &sides;
    for (from, to) in [(one, two), (two, one)] {
        if is_whole {
            assert!(matches!(to.end, End::Open(_)), "nothing was damaged");
            assert_eq!(from.sent, to.heard);
        } else {
            // Damage takes the rest; it brings nothing that was not sent.
            assert!(from.sent.starts_with(&to.heard), "{:?} {:?}", from.sent, to.heard);
        }
    }
}
