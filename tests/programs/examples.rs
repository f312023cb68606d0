//! The examples as their users run them: the programs that `cargo test` has built, with a real `php`, with `nc`, and with
//! each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::program::{Outcome, Server, example, line, run};
use crate::support::nobody_listens;

/// Tells whether a program is there; in CI it must be.
fn available(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        crate::skip::missing(program);
    }
    found
}

#[test]
fn the_tutorial_s_server_serves_php_nc_and_its_own_client_and_ends_after_five() -> Outcome {
    let mut server = Server::start("echo_server", &[])?;
    let mut left = 5;

    let own = run(example("echo_client").args([&server.address, "你好"]), "")?;
    assert_eq!((own.stdout, own.status.success()), ("测试成功！\n".into(), true));
    assert_eq!(server.line()? + &server.line()?, "测试成功了啊\n收到的信息:你好\n");
    left -= 1;

    if available("php", "-v") {
        let script = r#"
            [$ip, $port] = explode(':', $argv[1]);
            $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
            socket_connect($socket, $ip, (int) $port);
            echo socket_read($socket, 8192);
            socket_write($socket, 'from PHP');
        "#;
        let php = run(Command::new("php").args(["-r", script, "--", &server.address]), "")?;
        assert_eq!(String::from_utf8(php.stdout)?, "测试成功！", "{}", String::from_utf8_lossy(&php.stderr));
        assert_eq!(server.line()? + &server.line()?, "测试成功了啊\n收到的信息:from PHP\n");
        left -= 1;
    }
    if available("nc", "-h") {
        let (ip, port) = server.address.rsplit_once(':').ok_or("no port")?;
        let nc = run(Command::new("nc").args(["-N", ip, port]), "from nc")?;
        assert_eq!(String::from_utf8(nc.stdout)?, "测试成功！");
        assert_eq!(server.line()? + &server.line()?, "测试成功了啊\n收到的信息:from nc\n");
        left -= 1;
    }
    for _ in 0..left {
        let mut client = server.connect()?;
        client.get_mut().write_all(b"one more")?;
        server.line()?;
        server.line()?;
    }
    assert!(server.process.wait()?.success());
    Ok(())
}

#[test]
fn a_port_in_use_a_bad_address_and_a_refusal_are_one_line_in_php_s_words() -> Outcome {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    for name in ["echo_server", "threaded_server", "talkback", "select_chat"] {
        let output = run(example(name).arg(&address), "")?;
        let message = String::from_utf8(output.stderr)?;
        let words = "socket_bind(): Unable to bind address [98]: Address already in use (127.0.0.1:";
        assert!(message.starts_with(words) && message.lines().count() == 1, "{name}: {message}");
        assert_eq!(output.status.code(), Some(1), "{name}");

        let output = run(example(name).arg("256.0.0.1:80"), "")?;
        let message = String::from_utf8(output.stderr)?;
        assert!(message.starts_with("socket_bind(): Host lookup failed [-1000"), "{name}: {message}");
        assert_eq!((message.lines().count(), output.status.code()), (1, Some(1)), "{name}");

        let output = run(example(name).arg("nonsense"), "")?;
        let message = String::from_utf8(output.stderr)?;
        assert!(message.starts_with("the address is IP:PORT"), "{name}: {message}");
        assert_eq!(output.status.code(), Some(1), "{name}");

        let output = run(example(name).arg("127.0.0.1:八十"), "")?;
        let message = String::from_utf8(output.stderr)?;
        assert!(message.starts_with("the port is a number, not \"八十\""), "{name}: {message}");
        assert_eq!((message.lines().count(), output.status.code()), (1, Some(1)), "{name}");
    }
    let (_held, closed) = nobody_listens()?;
    let output = run(example("echo_client").arg(format!("127.0.0.1:{closed}")), "")?;
    let message = "socket_connect(): unable to connect [111]: Connection refused\n";
    assert_eq!((String::from_utf8(output.stderr)?.as_str(), output.status.code()), (message, Some(1)));
    Ok(())
}

#[test]
fn talkback_says_back_quits_and_shuts_down() -> Outcome {
    let mut server = Server::start("talkback", &[])?;
    let mut client = server.connect()?;
    assert_eq!(line(&mut client)?, "\n");
    assert_eq!(line(&mut client)?, "Welcome to the PHP Test Server. \n");
    line(&mut client)?;
    client.get_mut().write_all("你好\r\nquit\n".as_bytes())?;
    assert_eq!(line(&mut client)?, "PHP: You said '你好'.\n");
    assert_eq!(line(&mut client)?, "");
    // A client that leaves without a word does not end the server.
    drop(server.connect()?);
    let mut client = server.connect()?;
    client.get_mut().write_all(b"shutdown\n")?;
    client.read_to_string(&mut String::new())?;
    assert!(server.process.wait()?.success());
    Ok(())
}

#[test]
fn select_chat_brings_each_line_to_the_others() -> Outcome {
    let server = Server::start("select_chat", &[])?;
    let mut one = server.connect()?;
    assert_eq!(line(&mut one)?, "欢迎！There are 0 others here.\n");
    let mut two = server.connect()?;
    assert_eq!(line(&mut two)?, "欢迎！There are 1 others here.\n");
    assert_eq!(line(&mut one)?, "2 has joined\n");
    one.get_mut().write_all("你好，大家\r\n".as_bytes())?;
    assert_eq!(line(&mut two)?, "1: 你好，大家\n");
    two.get_mut().write_all(b"quit\n")?;
    assert_eq!(line(&mut one)?, "2 has left\n");
    assert_eq!(line(&mut two)?, "");
    let mut three = server.connect()?;
    assert_eq!(line(&mut three)?, "欢迎！There are 1 others here.\n");
    drop(one);
    assert_eq!(line(&mut three)?, "1 has left\n");
    Ok(())
}

#[test]
fn threaded_server_serves_several_at_once() -> Outcome {
    let server = Server::start("threaded_server", &[])?;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(server.connect()?);
    }
    for (number, client) in clients.iter_mut().enumerate().rev() {
        client.get_mut().write_all(format!("客户端 {number}\n").as_bytes())?;
        assert_eq!(line(client)?, format!("客户端 {number}\n"));
    }
    clients[0].get_mut().write_all(b"quit\n")?;
    assert_eq!(line(&mut clients[0])?, "");
    Ok(())
}

#[test]
fn http_client_prints_the_answer() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port().to_string();
    let server = std::thread::spawn(move || -> std::io::Result<String> {
        let (stream, _) = listener.accept()?;
        let mut reader = BufReader::new(&stream);
        let mut request = String::new();
        while reader.read_line(&mut request)? > 2 {}
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nX-Test: yes\r\n\r\n")?;
        Ok(request)
    });
    let output = run(example("http_client").args(["127.0.0.1", &port]), "")?;
    let request = server.join().map_err(|_| "the server panicked")??;
    assert_eq!(request, "HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Close\r\n\r\n");
    let text = String::from_utf8(output.stdout)?;
    assert!(text.ends_with("Reading response:\n\nHTTP/1.1 200 OK\r\nX-Test: yes\r\n\r\n"), "{text}");
    assert!(output.status.success());
    Ok(())
}

#[test]
fn udp_echo_answers_its_client() -> Outcome {
    let server = Server::start("udp_echo", &[])?;
    let output = run(example("udp_echo").args(["--send", "你好", &server.address]), "")?;
    assert_eq!((String::from_utf8(output.stdout)?.as_str(), output.status.success()), ("你好\n", true));
    Ok(())
}

#[test]
fn unix_pass_fd_hands_a_file_over() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pass.sock");
    let path = path.to_str().ok_or("no text")?;
    let mut receiver = example("unix_pass_fd").arg(path).stdout(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(receiver.stdout.take().ok_or("no output")?);
    assert_eq!(line(&mut output)?, format!("listening on {path}\n"));
    let file = folder.path().join("文件.txt");
    std::fs::write(&file, "内容\n")?;
    assert!(example("unix_pass_fd").arg("--send").args([file.as_os_str(), path.as_ref()]).status()?.success());
    let mut rest = String::new();
    output.read_to_string(&mut rest)?;
    assert_eq!((rest.as_str(), receiver.wait()?.success()), ("这是一个文件:\n内容\n", true));
    Ok(())
}
