use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// The manual's server: a line at a time, "quit" ends a connection, "shutdown" the server.
fn server() -> Result<()> {
    let sock = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    'server: loop {
        let msgsock = socket_accept(&sock)?;
        let msg =
            "\nWelcome to the PHP Test Server. \nTo quit, type 'quit'. To shut down the server type 'shutdown'.\n";
        socket_write(&msgsock, msg, msg.len())?;
        loop {
            let buf = match socket_read(&msgsock, 2048, PHP_NORMAL_READ) {
                Ok(buf) => buf,
                Err(error) => {
                    warn(&error);
                    echo!("socket_read() failed: reason: ", socket_strerror(socket_last_error(&msgsock)), "\n");
                    break;
                }
            };
            let buf = String::from_utf8_lossy(&buf);
            let buf = buf.trim();
            if buf.is_empty() {
                continue;
            }
            if buf == "quit" {
                break;
            }
            if buf == "shutdown" {
                socket_close(&msgsock)?;
                break 'server;
            }
            let talkback = format!("PHP: You said '{buf}'.\n");
            socket_write(&msgsock, &talkback, talkback.len())?;
            echo!(buf, "\n");
        }
        socket_close(&msgsock)?;
    }
    socket_close(&sock)
}

// Three visitors: one quits, one vanishes, one shuts the server down. telnet ends its lines with \r\n.
fn client() -> Result<()> {
    for lines in [&["hello\r\n", "你好\n", "quit\n"][..], &["I will vanish\n"], &["\r\n", "last\n", "shutdown\n"]] {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
        for _ in 0..3 {
            echo!(socket_read(&socket, 2048, PHP_NORMAL_READ)?);
        }
        for line in lines {
            socket_write(&socket, line, line.len())?;
            if !line.trim().is_empty() && !["quit", "shutdown"].contains(&line.trim()) {
                echo!(socket_read(&socket, 2048, PHP_NORMAL_READ)?);
            }
        }
        if lines.len() > 1 {
            echo!(socket_read(&socket, 2048, None)?.len(), "\n");
        }
        socket_close(&socket)?;
    }
    Ok(())
}
