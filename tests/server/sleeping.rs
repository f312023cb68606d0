//! Whatever its clients leave undone, the server sleeps until there is something to do.

use std::{
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        CloseCode,
        handshake::Response,
        server::{Answer, Callbacks, Client, Server},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, frame};

type TestResult<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What comes too early, or for nobody.
static GARBAGE: [u8; 20_000] = [0xFF; 20_000];

/// A server with one client, and how long its thread has worked.
struct Watched {
    what: String,
    server: Running,
    times: String,
    client: Socket,
}

impl Watched {
    /// Starts a server with a client that has sent something.
    fn start(
        what: impl Into<String>,
        set: impl FnOnce(Server) -> Server,
        make: impl FnOnce() -> Callbacks<()> + Send + 'static,
        bytes: impl AsRef<[u8]>,
    ) -> TestResult<Self> {
        Self::start_on(what, set(Server::bind("127.0.0.1", 0)?), Running::socket, make, bytes)
    }

    /// The same with a server that listens somewhere.
    fn start_on(
        what: impl Into<String>,
        server: Server,
        connect: impl FnOnce(&Running) -> Result<Socket>,
        make: impl FnOnce() -> Callbacks<()> + Send + 'static,
        bytes: impl AsRef<[u8]>,
    ) -> TestResult<Self> {
        let (tell, told) = std::sync::mpsc::channel();
        let server = Running::start_on(server, move || {
            tell.send(std::fs::read_link("/proc/thread-self")).expect("somebody waits");
            make()
        })?;
        let times = format!("/proc/{}/schedstat", told.recv_timeout(LONG)??.display());
        let client = connect(&server)?;
        socket_write(&client, bytes, None)?;
        Ok(Self { what: what.into(), server, times, client })
    }

    /// The same with a WebSocket, whose opening handshake has been read.
    fn upgraded(
        what: impl Into<String>,
        set: impl FnOnce(Server) -> Server,
        make: impl FnOnce() -> Callbacks<()> + Send + 'static,
    ) -> TestResult<Self> {
        Self::start(what, set, make, REQUEST)?.opened()
    }

    fn opened(self) -> TestResult<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(socket_read(&self.client, 1, None)?);
        }
        Ok(self)
    }

    /// Sends more, when the server has answered the first. It may have ended the connection already.
    fn then(self, bytes: &[u8], half_closes: bool) -> TestResult<Self> {
        assert!(!socket_read(&self.client, 1, None)?.is_empty());
        let _ = socket_write(&self.client, bytes, None);
        if half_closes {
            let _ = socket_shutdown(&self.client, 1);
        }
        Ok(self)
    }

    fn worked(&self) -> TestResult<Duration> {
        let times = std::fs::read_to_string(&self.times)?;
        Ok(Duration::from_nanos(times.split(' ').next().ok_or("a field")?.parse()?))
    }
}

/// Nothing happens any more, and the servers do nothing.
fn assert_sleep(all: &[Watched]) -> TestResult {
    let started = Instant::now();
    loop {
        let before = all.iter().map(Watched::worked).collect::<TestResult<Vec<_>>>()?;
        thread::sleep(Duration::from_millis(500));
        let mut busy = Ok(());
        for (watched, before) in all.iter().zip(before) {
            // Twenty of them that spin share the processors.
            let worked = watched.worked()?.saturating_sub(before);
            if worked >= Duration::from_millis(15) {
                busy = Err(format!("{}: it worked for {worked:?}", watched.what));
            }
        }
        // What is on its way may take a busy machine a while.
        if busy.is_ok() || started.elapsed() > LONG {
            return Ok(busy?);
        }
    }
}

/// Sends until something waits for the client, but not much.
fn fill(client: &Client<'_, ()>) {
    while client.buffered_amount() == 0 {
        client.send(&vec![7; 8 << 10]);
    }
}

#[test]
fn while_a_request_or_an_answer_is_not_taken() -> TestResult {
    let mut all = Vec::new();
    for half_closes in [false, true] {
        let opening =
            Watched::start("opening", |server| server, Callbacks::new, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX")?;
        if half_closes {
            socket_shutdown(&opening.client, 1)?;
        }
        all.push(opening);
        for (what, rest) in [
            ("half a body", "Content-Length: 9\r\n\r\nhalf"),
            ("half a chunk", "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"),
            ("no body after 100", "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"),
            ("a body that is too long", "Content-Length: 20000\r\n\r\nhalf"),
        ] {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}");
            let body = Watched::start(what, |server| server.max_body(10), Callbacks::new, head)?;
            if half_closes {
                socket_shutdown(&body.client, 1)?;
            }
            all.push(body);
        }
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n";
        let large = || Callbacks::new().onrequest(|_, _| Response::new(200).with_html("x".repeat(16 << 20)).into());
        all.push(Watched::start("a large answer", |server| server, large, head)?.then(&GARBAGE, half_closes)?);
        let refuse = |server: Server| server.max_connections(0);
        all.push(Watched::start("a refusal", refuse, Callbacks::new, head)?.then(&GARBAGE, half_closes)?);
    }
    assert_sleep(&all)
}

#[test]
fn while_a_client_that_is_closed_stays() -> TestResult {
    let close = frame(0x88, "");
    let mut all = Vec::new();
    for fills in [false, true] {
        for half_closes in [false, true] {
            let then = [
                ("nothing", Vec::new()),
                ("garbage", GARBAGE.to_vec()),
                ("half a Close", close[..1].to_vec()),
                ("a Close and more", [&close[..], &GARBAGE].concat()),
            ];
            for (name, bytes) in then {
                let what = format!("closed, then {name}, fills {fills}, half closes {half_closes}");
                let closes = move || {
                    Callbacks::new().onmessage(move |client, _| {
                        if fills {
                            fill(client);
                        }
                        client.close(CloseCode::NORMAL);
                    })
                };
                let watched = Watched::upgraded(what, |server| server, closes)?;
                socket_write(&watched.client, frame(0x81, "x"), None)?;
                all.push(watched.then(&bytes, half_closes)?);
            }
        }
    }
    assert_sleep(&all)
}

#[test]
fn while_a_client_does_not_read() -> TestResult {
    let mut all = Vec::new();
    for half_closes in [false, true] {
        for more in [0, 50] {
            let speaks = move || {
                Callbacks::new().onmessage(move |client, _| {
                    fill(client);
                    (0..more).for_each(|_| client.send(&vec![7; 8 << 10]));
                })
            };
            let what = format!("{more} messages more, half closes {half_closes}");
            let watched = Watched::upgraded(what, |server| server, speaks)?;
            socket_write(&watched.client, frame(0x81, "x"), None)?;
            all.push(watched.then(&frame(0x89, "x").repeat(1000), half_closes)?);
        }
    }
    assert_sleep(&all)
}

#[test]
fn while_it_stops() -> TestResult {
    let stopping = Watched::upgraded("stopping", |server| server, Callbacks::new)?;
    stopping.server.handle.stop();
    assert_sleep(&[stopping])
}

#[test]
fn while_a_client_is_paused() -> TestResult {
    let mut all = Vec::new();
    for fills in [false, true] {
        for half_closes in [false, true] {
            let pauses = move || {
                Callbacks::new().onmessage(move |client, _| {
                    client.pause();
                    if fills {
                        fill(client);
                    }
                    client.send("paused");
                })
            };
            let what = format!("paused, fills {fills}, half closes {half_closes}");
            let watched = Watched::upgraded(what, |server| server, pauses)?;
            socket_write(&watched.client, frame(0x81, "x"), None)?;
            all.push(watched.then(&GARBAGE, half_closes)?);
        }
    }
    assert_sleep(&all)
}

/// On a Unix socket that is an end in both directions, which the system tells whatever it is asked for.
#[test]
fn while_a_client_that_has_left_is_paused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("socket").display().to_string();
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, &path, None)?;
    socket_listen(&listener, None)?;
    let connect = |_: &Running| {
        let client = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_connect(&client, &path, None)?;
        Ok(client)
    };
    let pauses = || {
        Callbacks::new().onmessage(|client, _| {
            client.pause();
            client.send("paused");
        })
    };
    let watched = Watched::start_on("paused", Server::new(listener)?, connect, pauses, REQUEST)?.opened()?;
    socket_write(&watched.client, frame(0x81, "x"), None)?;
    assert_eq!(socket_read(&watched.client, 100, None)?, b"\x81\x06paused");
    socket_close(&watched.client)?;
    assert_sleep(&[watched])
}

#[test]
fn while_an_answer_is_to_come() -> TestResult {
    let later = || Callbacks::new().onrequest(|_, _| Answer::later(LONG));
    let watched = [REQUEST, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"].map(|request| {
        [false, true].map(|half_closes| {
            let watched = Watched::start(format!("{half_closes} {request}"), |server| server, later, request)?;
            socket_write(&watched.client, frame(0x81, "x"), None)?;
            if half_closes {
                socket_shutdown(&watched.client, 1)?;
            }
            Ok(watched)
        })
    });
    assert_sleep(&watched.into_iter().flatten().collect::<TestResult<Vec<_>>>()?)
}
