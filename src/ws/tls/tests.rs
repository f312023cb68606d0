use std::{
    io::{self, Read, Write},
    sync::Arc,
    thread,
};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig, client::UnbufferedClientConnection, crypto::ring,
    server::UnbufferedServerConnection,
};

use super::{Certificates, TlsStream, session::Session};
use crate::{
    AF_INET, AF_UNIX, SOCK_STREAM, socket_create_pair,
    ws::{Stream as _, memory::Buffer},
};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn configs() -> Outcome<(Arc<ClientConfig>, Arc<ServerConfig>)> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone())?;
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem())?.server_config()?;
    Ok((client.into(), server))
}

fn sessions() -> Outcome<[Session; 2]> {
    let (client, server) = configs()?;
    let client = UnbufferedClientConnection::new(client, "localhost".try_into()?)?;
    Ok([client.into(), UnbufferedServerConnection::new(server)?.into()])
}

/// Carries what one has to say to the other, in pieces.
fn carry(from: &mut Session, to: &mut Session, piece: usize, read: &mut Vec<u8>) -> io::Result<bool> {
    let mut all = Buffer::default();
    from.take_outgoing(&mut all);
    let mut space = [0; 100];
    for bytes in all.data().chunks(piece) {
        let mut buffer = Buffer::default();
        buffer.push(bytes);
        to.feed(&mut buffer, 0);
        while let Some(count @ 1..) = to.read(&mut space)? {
            read.extend_from_slice(&space[..count]);
        }
    }
    Ok(!all.is_empty())
}

fn converse(sessions: &mut [Session; 2], piece: usize) -> io::Result<[Vec<u8>; 2]> {
    let [client, server] = sessions;
    let mut read = [Vec::new(), Vec::new()];
    client.go_on()?;
    while carry(client, server, piece, &mut read[1])? | carry(server, client, piece, &mut read[0])? {}
    Ok(read)
}

#[test]
fn what_is_written_early_comes_after_the_handshake() -> Outcome {
    for piece in [1, 7, 100, 100_000] {
        let mut sessions = sessions()?;
        assert_eq!(sessions[0].write(&[b"one ", b"two"])?, 7);
        assert_eq!(sessions[1].write(&[b"three"])?, 5);
        let read = converse(&mut sessions, piece)?;
        assert_eq!(read, [b"three".to_vec(), b"one two".to_vec()]);
        // More than may wait.
        let [mut client, _] = self::sessions()?;
        let large = vec![0; 60_000];
        assert_eq!((client.write(&[&large])?, client.write(&[&large])?), (60_000, 5536));
        assert_eq!(client.write(&[&large]).expect_err("it is full").kind(), io::ErrorKind::WouldBlock);
    }
    Ok(())
}

#[test]
fn keys_are_renewed_on_the_way() -> Outcome {
    for piece in [1, 1000] {
        let mut sessions = sessions()?;
        converse(&mut sessions, piece)?;
        for round in 0..10 {
            for (index, session) in sessions.iter_mut().enumerate() {
                if (round + index) % 3 != 0 {
                    session.refresh_keys()?;
                }
                session.write(&[format!("{round} ").as_bytes()])?;
            }
            let expected = format!("{round} ").into_bytes();
            assert_eq!(converse(&mut sessions, piece)?, [expected.clone(), expected]);
        }
    }
    Ok(())
}

#[test]
fn an_end_is_one_only_when_it_is_said() -> Outcome {
    let mut sessions = sessions()?;
    converse(&mut sessions, 1000)?;
    let [client, server] = &mut sessions;
    client.write(&[b"the last"])?;
    client.close();
    assert!(client.is_closed());
    assert_eq!(client.write(&[b"more"]).expect_err("it has ended").kind(), io::ErrorKind::BrokenPipe);
    let mut read = Vec::new();
    carry(client, server, 1000, &mut read)?;
    assert_eq!(read, b"the last");
    let mut space = [0; 100];
    server.cut();
    assert_eq!(server.read(&mut space)?, Some(0));
    // The other direction goes on, and ends without a word.
    server.write(&[b"still here"])?;
    read.clear();
    carry(server, client, 1000, &mut read)?;
    assert_eq!(read, b"still here");
    client.cut();
    assert_eq!(client.read(&mut space).expect_err("cut off").kind(), io::ErrorKind::UnexpectedEof);
    Ok(())
}

#[test]
fn what_is_damaged_is_an_error_for_good() -> Outcome {
    let mut sessions = sessions()?;
    converse(&mut sessions, 1000)?;
    let [client, server] = &mut sessions;
    client.write(&[b"good"])?;
    let mut bytes = Buffer::default();
    client.take_outgoing(&mut bytes);
    client.write(&[b"bad"])?;
    let mut damaged = Buffer::default();
    client.take_outgoing(&mut damaged);
    damaged.data_mut()[10] ^= 1;
    bytes.push(damaged.data());
    server.feed(&mut bytes, 0);
    let mut space = [0; 100];
    assert_eq!(server.read(&mut space)?, Some(4));
    assert!(server.has_more());
    for _ in 0..3 {
        assert_eq!(server.read(&mut space).expect_err("damaged").to_string(), "cannot decrypt peer's message");
        assert!(server.write(&[b"x"]).is_err());
    }
    // It is told.
    carry(server, client, 1000, &mut Vec::new()).expect_err("an alert");
    assert_eq!(client.read(&mut space).expect_err("an alert").to_string(), "received fatal alert: BadRecordMac");
    Ok(())
}

/// Keys that are renewed all the time, by both sides, whose readers and writers are four threads.
#[test]
fn keys_are_renewed_while_both_sides_write() -> Outcome {
    const ROUNDS: usize = 200;
    const SIZE: usize = 40_000;
    let [one, two] = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
    let [client, server] = sessions()?;
    let streams = [TlsStream::new(one, client), TlsStream::new(two, server)];
    // The handshake.
    let [mut client, mut server] = streams.clone();
    let greeting = thread::spawn(move || -> io::Result<()> {
        server.read_exact(&mut [0; 5])?;
        server.write_all(b"hello")
    });
    client.write_all(b"hello")?;
    client.read_exact(&mut [0; 5])?;
    greeting.join().expect("no panic")?;
    let threads: Vec<_> = streams
        .into_iter()
        .flat_map(|stream| {
            let (mut reading, mut writing) = (stream.clone(), stream);
            let reader = thread::spawn(move || -> io::Result<()> {
                let mut bytes = vec![0; SIZE];
                for round in 0..ROUNDS {
                    reading.read_exact(&mut bytes)?;
                    assert!(bytes.iter().all(|byte| usize::from(*byte) == round % 256), "{round}");
                }
                Ok(())
            });
            let writer = thread::spawn(move || -> io::Result<()> {
                for round in 0..ROUNDS {
                    if round % 20 == 0 {
                        writing.session().refresh_keys()?;
                    }
                    writing.write_all(&vec![u8::try_from(round % 256).unwrap_or(0); SIZE])?;
                }
                Ok(())
            });
            [reader, writer]
        })
        .collect();
    threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))?;
    Ok(())
}

/// What is left of a write goes with the next read too, so that whoever waits for both is not woken for nothing.
#[test]
fn a_read_writes_what_is_left() -> Outcome {
    let [one, two] = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
    let [client, server] = sessions()?;
    let (mut client, mut server) = (TlsStream::new(one.clone(), client), TlsStream::new(two.clone(), server));
    let mut far = client.clone();
    let greeting = thread::spawn(move || -> io::Result<()> {
        far.write_all(b"hello")?;
        far.read_exact(&mut [0; 5])
    });
    server.read_exact(&mut [0; 5])?;
    server.write_all(b"hello")?;
    greeting.join().expect("no panic")?;
    // Nothing more goes.
    let junk = [0; 4096];
    let mut filled = 0;
    while let Ok(count) = two.clone().write_now(&junk) {
        filled += count;
    }
    let mut space = [0; 100];
    assert_eq!(server.write_now(b"x")?, 1);
    assert!(server.wants_write());
    assert!(server.read_now(&mut space).is_err() && server.wants_write());
    assert!(server.write_now(b"x").is_err());
    let mut bytes = vec![0; filled];
    (&one).read_exact(&mut bytes)?;
    assert!(server.read_now(&mut space).is_err() && !server.wants_write());
    assert_eq!(client.read(&mut space)?, 1);
    Ok(())
}

/// Whoever writes much before the handshake is done waits for it, without turning in circles.
#[test]
fn a_large_write_goes_on_with_the_handshake() -> Outcome {
    let [one, two] = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
    let [client, server] = sessions()?;
    let (mut client, mut server) = (TlsStream::new(one, client), TlsStream::new(two, server));
    let reading = thread::spawn(move || -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; 200_000];
        server.read_exact(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = vec![7; 200_000];
    client.write_all(&bytes)?;
    assert!(reading.join().expect("no panic")? == bytes);
    Ok(())
}
