//! One client's work does not become another one's loss.

use std::{sync::mpsc, thread, time::Duration};

use php_sockets::{
    ws::{Message, server::Callbacks},
    *,
};

use crate::support::{LONG, REQUEST, Running, frame};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

/// Who answered a Ping while the server was kept busy, or stopped by Ctrl-Z, has answered in time.
#[test]
fn nobody_is_blamed_for_what_the_server_has_not_read() -> TestResult {
    const SHORT: Duration = Duration::from_millis(500);
    let (tell, busy) = mpsc::channel();
    let (wakes, sleeps) = mpsc::channel::<()>();
    let server = Running::start(
        |server| server.config(|config| config.keepalive(SHORT).pong_timeout(SHORT)),
        move || {
            Callbacks::new().onmessage(move |client, message| {
                if message == Message::Text("work") {
                    tell.send(()).expect("somebody waits");
                    let _ = sleeps.recv();
                }
                client.send(message);
            })
        },
    )?;
    let pinged = server.socket()?;
    socket_write(&pinged, REQUEST, None)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(socket_read(&pinged, 1, None)?);
    }
    let ping = socket_read(&pinged, 6, None)?;
    assert_eq!(ping[..2], [0x89, 4]);
    let mut other = server.client()?;
    other.send("work")?;
    busy.recv_timeout(LONG)?;
    socket_write(&pinged, [&[0x8A, 0x84, 0, 0, 0, 0], &ping[2..]].concat(), None)?;
    socket_write(&pinged, frame(0x81, "here"), None)?;
    thread::sleep(4 * SHORT);
    wakes.send(())?;
    assert_eq!(socket_read(&pinged, 100, None)?, b"\x81\x04here");
    Ok(())
}
