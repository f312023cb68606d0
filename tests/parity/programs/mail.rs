use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Takes one mail, as an SMTP server does.
fn server() -> Result<()> {
    let Ok(sock) = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) else {
        panic!("{}", socket_strerror(socket_last_error(None)))
    };
    let Ok(()) = socket_bind(&sock, "127.0.0.1", 0) else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
    let Ok(()) = socket_listen(&sock, 1) else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    let client = socket_accept(&sock)?;
    let (ip, _) = socket_getpeername(&client)?;
    echo!("from ", ip, "\n");
    say(&client, "220 mail.example ready");
    let mut mail = Vec::new();
    while let Ok(line) = socket_read(&client, 1000, PHP_NORMAL_READ) {
        let line = String::from_utf8_lossy(line.trim_ascii()).into_owned();
        if line.is_empty() {
            continue;
        }
        match &*line.split(' ').next().unwrap_or_default().to_uppercase() {
            "HELO" => say(&client, "250 hello"),
            "MAIL" | "RCPT" => {
                mail.push(line);
                say(&client, "250 ok");
            }
            "DATA" => {
                say(&client, "354 go on");
                let (mut text, mut data) = (Vec::new(), Vec::new());
                while let Ok(1..) = socket_recv(&client, &mut data, 512, 0) {
                    text.extend_from_slice(&data);
                    if text.ends_with(b"\r\n.\r\n") {
                        break;
                    }
                }
                mail.push(format!("{} bytes", text.len()));
                say(&client, "250 taken");
            }
            "QUIT" => {
                say(&client, "221 bye");
                break;
            }
            _ => say(&client, "500 what?"),
        }
    }
    socket_shutdown(&client, 2)?;
    socket_close(&client)?;
    socket_close(&sock)?;
    echo!(mail.join("\n"), "\n");
    Ok(())
}

fn say(client: &Socket, text: &str) {
    let text = format!("{text}\r\n");
    let mut text = text.as_bytes();
    while !text.is_empty() {
        let Ok(sent) = socket_write(client, text, text.len()) else { return };
        text = &text[sent..];
    }
}

fn client() -> Result<()> {
    let Ok(socket) = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) else { panic!("no socket") };
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    let Ok(()) = socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().ok()) else {
        panic!("{}", socket_strerror(socket_last_error(&socket)))
    };
    echo!(answer(&socket)?);
    for command in ["HELO a", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "XYZZY", "DATA"] {
        socket_write(&socket, format!("{command}\r\n"), None)?;
        echo!(command, ": ", answer(&socket)?);
    }
    let text = format!("Subject: 你好\r\n\r\n{}.\r\n", "一行\r\n".repeat(200));
    socket_send(&socket, &text, text.len(), 0)?;
    echo!(answer(&socket)?);
    socket_write(&socket, "QUIT\r\n", None)?;
    echo!(answer(&socket)?);
    let end = socket_read(&socket, 100, None)?;
    echo!("string(", end.len(), ") \"", end, "\"\n");
    socket_close(&socket)
}

fn answer(socket: &Socket) -> Result<String> {
    let line = socket_read(socket, 512, PHP_NORMAL_READ)?;
    socket_recv(socket, &mut Vec::new(), 1, 0)?;
    Ok(format!("{}\n", String::from_utf8_lossy(line.trim_ascii())))
}
