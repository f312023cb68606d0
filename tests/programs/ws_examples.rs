//! The WebSocket examples as their users run them: with a browser, in a terminal, and with each other.

use std::io::{BufReader, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

use crate::devtools::Browser;
use crate::program::{Outcome, Server, example, line, run};

#[test]
fn a_browser_is_greeted_by_the_tutorial_s_first_page() -> Outcome {
    let mut server = Server::start("hello_ws", &[])?;

    let mut page = server.connect()?;
    page.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let mut text = String::new();
    page.read_to_string(&mut text)?;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("new WebSocket(wsurl)"), "{text}");
    let mut nothing = server.connect()?;
    nothing.get_mut().write_all(b"GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n")?;
    assert_eq!(line(&mut nothing)?, "HTTP/1.1 404 Not Found\r\n");

    let profile = tempfile::tempdir()?;
    let Some(mut browser) = Browser::start(profile.path())? else { return Ok(()) };
    let page = browser.open(&format!("http://{}/", server.address), "zh-CN")?;
    browser.wait_for(&page, "document.querySelectorAll('p').length === 2")?;
    let text = browser.evaluate(&page, "[...document.querySelectorAll('p')].map(it => it.textContent).join()")?;
    assert_eq!(text, "conneted success!,测试成功！");
    assert_eq!(server.line()?, "收到的信息:谢谢！\n");
    Ok(())
}

#[test]
fn the_terminal_client_talks_while_the_news_come() -> Outcome {
    let server = Server::start("ws_threads", &[])?;
    let url = format!("ws://{}/", server.address);
    let mut client = example("ws_client").arg(url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = client.stdin.take().ok_or("no input")?;
    let mut output = BufReader::new(client.stdout.take().ok_or("no output")?);
    assert_eq!(line(&mut output)?, "Connection open ...\n");
    stdin.write_all("你好\n".as_bytes())?;
    let mut seen = String::new();
    // The news come from a thread of their own, before the answers or after them.
    while !["you said: Hello WebSockets!\n", "you said: 你好\n", " 0 s\n"].iter().all(|line| seen.contains(line)) {
        let next = line(&mut output)?;
        assert!(next.starts_with("Received Message: "), "{seen}{next}");
        seen += &next;
    }
    drop(stdin);
    let mut rest = String::new();
    output.read_to_string(&mut rest)?;
    assert!(rest.ends_with("Connection closed. 1005 \n"), "{rest}");
    assert!(client.wait()?.success());
    Ok(())
}

/// Of two with one nickname the first to leave does not take it with him.
#[cfg(feature = "server")]
#[test]
fn a_nickname_is_its_latest_owner_s() -> Outcome {
    use php_sockets::ws::{Connection, Message};

    let server = Server::start("ws_rooms", &[])?;
    let mut buffer = Vec::new();
    let mut enter = |nickname: &str, room: &str| -> Result<_, Box<dyn std::error::Error>> {
        let url = format!("ws://{}/?nickname={nickname}&room={room}", server.address);
        let mut connection = Connection::connect(&url)?;
        connection.set_read_timeout(Some(std::time::Duration::from_secs(20)))?;
        let Message::Text(text) = connection.read(&mut buffer)? else { return Err("no text".into()) };
        assert!(text.starts_with(&format!("{nickname} joined")), "{text}");
        Ok(connection)
    };
    let older = enter("小明", "诗")?;
    let mut newer = enter("小明", "诗")?;
    let mut other = enter("小红", "画")?;
    older.finish()?;
    // The older one's news may come to another thread after the newer one has come there.
    let left = loop {
        match newer.read(&mut buffer)? {
            Message::Text(text) if text.starts_with("小明 joined") => {}
            message => break message.as_bytes().to_vec(),
        }
    };
    assert_eq!(String::from_utf8(left)?, "小明 left");
    other.send("@小明 你好")?;
    assert_eq!(newer.read(&mut buffer)?, Message::Text("小红, to you alone: 你好"));
    Ok(())
}

/// One line says what is wrong; no panic.
#[test]
fn wrong_arguments_are_told_in_a_line() -> Outcome {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let broken = std::ffi::OsString::from_vec(vec![0xFF, b':', 0xFE]);
    let form = "the address is IP:PORT, as 127.0.0.1:";
    let url = "invalid WebSocket URL: it starts with neither ws:// nor wss://";
    for (programs, cases) in [
        (
            if cfg!(feature = "tls") {
                &["ws_echo", "ws_poll", "ws_threads", "hello_ws", "wss_echo"][..]
            } else {
                &["ws_echo", "ws_poll", "ws_threads", "hello_ws"][..]
            },
            [("nonsense", form), ("::1:x", form), (&address, "in use")],
        ),
        (
            &["ws_client", "autobahn_client"],
            [("nonsense", url), ("ftp://a/", url), ("ws://127.0.0.1:0/", "port is not")],
        ),
    ] {
        let directory = tempfile::tempdir()?;
        for program in programs {
            for (argument, text) in cases {
                let output = run(example(program).current_dir(&directory).arg(argument), "")?;
                let error = String::from_utf8(output.stderr)?;
                assert!(error.contains(text) && error.lines().count() == 1, "{program} {argument}: {error}");
                assert_eq!(output.status.code(), Some(1), "{program} {argument}");
            }
            let output = run(example(program).current_dir(&directory).arg(&broken), "")?;
            let error = String::from_utf8(output.stderr)?;
            assert!(output.status.code() == Some(1) && error.lines().count() == 1, "{program}: {error}");
        }
    }
    Ok(())
}

/// More clients than descriptors: the server goes on with those who left room.
#[test]
fn a_server_with_threads_outlives_a_crowd() -> Outcome {
    for (name, answer) in [("ws_threads", "HTTP/1.1 426 "), ("hello_ws", "HTTP/1.1 200 ")] {
        let program = example(name);
        let mut server = Command::new("sh");
        server.args(["-c", "ulimit -n 20; exec \"$0\" 127.0.0.1:0"]).arg(program.get_program());
        let mut server = Server::spawn(server.stderr(Stdio::piped()))?;
        let crowd = (0..40).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
        let mut errors = BufReader::new(server.process.stderr.take().ok_or("no errors")?);
        assert!(line(&mut errors)?.contains("Too many open files"));
        drop(crowd);
        let mut client = server.connect()?;
        client.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
        assert!(line(&mut client)?.starts_with(answer), "{name}");
    }
    Ok(())
}
