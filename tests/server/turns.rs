//! What a turn sends to one client leaves in one write. A socket of packets shows each write.

use std::{path::Path, sync::mpsc};

use php_sockets::{
    ws::server::{Callbacks, Server},
    *,
};

use crate::support::{REQUEST, frame};

/// A server's frame.
fn heard(payload: &str) -> Vec<u8> {
    [&[0x81, u8::try_from(payload.len()).expect("short")], payload.as_bytes()].concat()
}

/// A server whose clients' packets show each write, and where it listens.
fn packets(folder: &Path) -> Result<(Server, String)> {
    let path = folder.join("socket").to_string_lossy().into_owned();
    let listener = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_bind(&listener, &path, None)?;
    socket_listen(&listener, 5)?;
    Ok((Server::new(listener).expect("it is open"), path))
}

fn client(path: &str) -> Result<Socket> {
    let socket = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
    socket_connect(&socket, path, None)?;
    socket_write(&socket, REQUEST, None)?;
    assert!(socket_read(&socket, 4096, None)?.starts_with(b"HTTP/1.1 101 "));
    Ok(socket)
}

#[test]
fn a_turn_is_one_write_for_each_client() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (server, path) = packets(folder.path())?;
    let handle = server.handle();
    let (release, wait) = mpsc::channel::<()>();
    let (waits, waiting) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        server.run(Callbacks::new().onmessage(move |client, message| {
            match message.as_bytes() {
                // Meanwhile the messages of all others come.
                b"wait" => _ = waits.send(()).map(|()| wait.recv()),
                b"say" => {
                    client.send("to you");
                    client.broadcast("to all");
                    client.others().for_each(|other| other.send("to others"));
                }
                _ => client.send(message),
            }
        }))
    });
    let [first, one, two, silent] = [client(&path)?, client(&path)?, client(&path)?, client(&path)?];
    socket_write(&first, frame(0x81, "wait"), None)?;
    waiting.recv()?;
    // The first one's second message is a packet, and a turn, of its own.
    socket_write(&one, [frame(0x81, "say"), frame(0x81, "还有")].concat(), None)?;
    socket_write(&two, [frame(0x89, "ping"), frame(0x81, "say"), frame(0x88, "")].concat(), None)?;
    release.send(())?;
    let to_all = [heard("to all"), heard("to others")].concat();
    let twice = to_all.repeat(2);
    assert_eq!(socket_read(&silent, 4096, None)?, twice);
    assert_eq!(socket_read(&first, 4096, None)?, twice);
    // Its own in the order of its messages, and what the other one's message led to before or behind, as the system woke them.
    let own = [heard("to you"), heard("to all"), heard("还有")].concat();
    let answers = socket_read(&one, 4096, None)?;
    let is_first = answers.starts_with(&own);
    let expected = if is_first { [&own[..], &to_all].concat() } else { [&to_all[..], &own].concat() };
    assert_eq!(answers, expected);
    // A Pong's place is free; the answer to the Close frame is the last, and one who is being closed hears no more.
    let answers = socket_read(&two, 4096, None)?;
    let own = [heard("to you"), heard("to all")].concat();
    let expected = if is_first { [&to_all[..], &own].concat() } else { own };
    assert!(answers.ends_with(&[0x88, 0]) || socket_read(&two, 4096, None)? == [0x88, 0], "{answers:x?}");
    assert!(answers.windows(expected.len()).any(|part| part == expected), "{answers:x?}");
    assert!(answers.windows(6).any(|part| part == b"\x8a\x04ping"), "{answers:x?}");
    handle.stop();
    drop([first, one, silent]);
    thread.join().expect("no panic")?;
    Ok(())
}

#[test]
fn answers_do_not_wait_for_the_callbacks_of_others() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (server, path) = packets(folder.path())?;
    let handle = server.handle();
    let (release, wait) = mpsc::channel::<()>();
    let (waits, waiting) = mpsc::channel::<()>();
    let mut heard_so_far = 0;
    let thread = std::thread::spawn(move || {
        server.run(Callbacks::new().onmessage(move |client, message| {
            // The first one gathers the turn; in that turn the third message finds the second one answered.
            heard_so_far += 1;
            if heard_so_far == 1 || heard_so_far == 4 {
                _ = waits.send(()).map(|()| wait.recv());
            }
            client.send(message);
        }))
    });
    let clients = [client(&path)?, client(&path)?, client(&path)?];
    socket_write(&clients[0], frame(0x81, "wait"), None)?;
    waiting.recv()?;
    for client in &clients[1..] {
        socket_write(client, [frame(0x81, "one"), frame(0x81, "two")].concat(), None)?;
    }
    release.send(())?;
    assert_eq!(socket_read(&clients[0], 4096, None)?, heard("wait"));
    let mut answered: Vec<_> = clients[1..].iter().collect();
    assert_eq!(socket_select(&mut answered, None, None, 20, None)?, 1, "one of the two has its answer");
    assert_eq!(socket_read(answered[0], 4096, None)?, [heard("one"), heard("two")].concat(), "in one write");
    release.send(())?;
    let other = if *answered[0] == clients[1] { &clients[2] } else { &clients[1] };
    assert_eq!(socket_read(other, 4096, None)?, [heard("one"), heard("two")].concat());
    handle.stop();
    drop(clients);
    thread.join().expect("no panic")?;
    Ok(())
}
