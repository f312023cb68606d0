use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Workers that were started before their clients came; all wait at the same listening socket.
fn server() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&sock, "127.0.0.1", None)?;
    socket_listen(&sock, 16)?;
    let (_, port) = socket_getsockname(&sock)?;
    let reports = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let mut children = Vec::new();
    for _worker in 0..3 {
        let (sock, report) = (sock.clone(), reports[1].clone());
        children.push(std::thread::spawn(move || -> Result<()> {
            let mut served = 0;
            while let Ok(conn) = socket_accept(&sock) {
                let line = socket_read(&conn, 1024, PHP_NORMAL_READ)?;
                if line == b"stop\n" {
                    socket_close(&conn)?;
                    break;
                }
                let line: Vec<u8> = line.trim_ascii_end().iter().rev().copied().collect();
                socket_write(&conn, [&*line, b"\n"].concat(), None)?;
                socket_close(&conn)?;
                served += 1;
            }
            socket_write(&report, served.to_string(), None)?;
            Ok(())
        }));
    }
    listening(port);
    drop(sock);
    let mut total = 0;
    for _ in &children {
        total += String::from_utf8_lossy(&socket_read(&reports[0], 100, None)?).parse().unwrap_or(0);
    }
    for child in children {
        let status = i32::from(!child.join().is_ok_and(|result| result.is_ok()));
        echo!(status, "\n");
    }
    echo!(total, " served\n");
    Ok(())
}

fn ask(port: &str, text: &str) -> Result<Vec<u8>> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&sock, "127.0.0.1", port.parse::<i32>().expect("a port"))?;
    socket_write(&sock, format!("{text}\n"), None)?;
    let answer = socket_read(&sock, 1024, None);
    socket_close(&sock)?;
    answer
}

fn client() -> Result<()> {
    let port = argument();
    for text in ["one", "two", "three", "four", "five", "six"] {
        echo!(ask(&port, text)?);
    }
    for _ in 0..3 {
        show(ask(&port, "stop"));
    }
    Ok(())
}
