use std::net::Ipv4Addr;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Answers a few names over UDP, as DNS does: every third answer is somebody else's.
fn server() -> Result<()> {
    let known = |name: &[u8]| match name {
        b"example.test" => Some(Ipv4Addr::new(192, 0, 2, 1)),
        b"www.example.test" => Some(Ipv4Addr::new(192, 0, 2, 2)),
        _ => None,
    };
    let sock = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
    let Ok(sock) = sock else { panic!("{}", socket_strerror(socket_last_error(None))) };
    let Ok(()) = socket_bind(&sock, "127.0.0.1", None) else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
    let (_, port) = socket_getsockname(&sock)?;
    socket_set_option(&sock, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
    listening(port);
    let (mut count, mut query) = (0, Vec::new());
    loop {
        let received = socket_recvfrom(&sock, &mut query, 512, 0);
        let Ok((bytes, from, port)) = received else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
        if bytes < 2 {
            break;
        }
        count += 1;
        let (id, name) = query.split_at(2);
        let id = if count % 3 == 0 { b"??" } else { id };
        let answer = known(name).map_or(Vec::new(), |ip| ip.octets().to_vec());
        let sent = socket_sendto(&sock, [id, &answer].concat(), 2 + answer.len(), 0, from, port);
        if sent.ok() != Some(2 + answer.len()) {
            echo!("short\n");
        }
    }
    socket_close(&sock)?;
    echo!(count, " queries\n");
    Ok(())
}

fn client() -> Result<()> {
    let Ok(sock) = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP) else { panic!("no socket") };
    socket_connect(&sock, "127.0.0.1", argument().parse::<i32>().ok())?;
    socket_set_option(&sock, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
    for (number, name) in (0..).zip(["example.test", "www.example.test", "nobody.test", "example.test"]) {
        echo!(name, ": ", lookup(&sock, number, name).unwrap_or_else(|| "unknown".to_owned()), "\n");
    }
    socket_set_nonblock(&sock)?;
    if socket_recv(&sock, &mut Vec::new(), 512, 0).is_err() && socket_last_error(&sock) == SOCKET_EAGAIN {
        echo!("nothing more\n");
    }
    socket_clear_error(&sock);
    socket_send(&sock, ".", 1, 0)?;
    socket_close(&sock)
}

fn lookup(sock: &Socket, number: u16, name: &str) -> Option<String> {
    let id = number.to_be_bytes();
    for _ in 0..3 {
        let Ok(1..) = socket_send(sock, [&id, name.as_bytes()].concat(), 2 + name.len(), 0) else { return None };
        let answer = socket_read(sock, 512, None);
        if answer.is_err() && socket_last_error(sock) == SOCKET_EAGAIN {
            continue;
        }
        if let Some(ip) = answer.ok().as_deref().and_then(|answer| answer.strip_prefix(&id)) {
            return <[u8; 4]>::try_from(ip).ok().map(|ip| Ipv4Addr::from(ip).to_string());
        }
    }
    None
}
