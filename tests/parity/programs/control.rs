use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// The control socket of a daemon: each command is a packet with its sender's credentials; a file that comes along is the log.
fn server() -> Result<(), Box<dyn std::error::Error>> {
    let sock = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    let Ok(()) = socket_bind(&sock, "control", None) else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
    socket_set_option(&sock, SOL_SOCKET, SO_PASSCRED, 1)?; // who is accepted takes it over: set later, the first command could have come without
    socket_listen(&sock, 5)?;
    listening("control");
    let mut settings = vec![("level".to_owned(), "info".to_owned())];
    let mut clients: BTreeMap<i32, Socket> = BTreeMap::new();
    let mut next = 0;
    let mut log: Option<Descriptor> = None;
    let mut packets = 0;
    let mut running = true;
    while running || !clients.is_empty() {
        let mut read = clients.clone();
        if running {
            read.insert(-1, sock.clone());
        }
        if socket_select(&mut read, None, None, 10, None)? == 0 {
            panic!("nobody");
        }
        if read.remove(&-1).is_some() {
            let client = socket_accept(&sock)?;
            clients.insert(next, client);
            next += 1;
        }
        for (key, client) in read {
            let controllen =
                socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)? + socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, None)?;
            let mut message = MessageHeader { buffer_size: Some(64), controllen, ..Default::default() };
            let Ok(1..) = socket_recvmsg(&client, &mut message, None) else {
                socket_close(&client)?;
                clients.remove(&key);
                continue;
            };
            packets += 1;
            let mut sender = None;
            for control in message.control {
                match control.data {
                    ControlData::Ucred(data) => sender = Some(data),
                    ControlData::Rights(data) => log = data.into_iter().next(),
                    _ => {}
                }
            }
            if message.flags & MSG_TRUNC != 0 {
                answer(&client, "too long");
                continue;
            }
            let text = String::from_utf8_lossy(&message.iov[0]).into_owned();
            let words: Vec<&str> = text.split(' ').collect();
            if let Some(Descriptor::Fd(log)) = &log {
                writeln!(File::from(log.try_clone()?), "{}", words[0])?;
            }
            match words[0] {
                "whoami" => {
                    let own = std::fs::metadata("/proc/self")?.uid();
                    let known = sender.is_some_and(|sender| sender.pid.to_string() == words[1] && sender.uid == own);
                    answer(&client, if known { "known" } else { "unknown" });
                }
                "set" => {
                    settings.push((words[1].to_owned(), words[2..].join(" ")));
                    answer(&client, "ok");
                }
                "list" => {
                    for (name, value) in &settings {
                        answer(&client, &format!("{name}={value}"));
                    }
                    answer(&client, ".");
                }
                "log" => {
                    answer(&client, if matches!(log, Some(Descriptor::Socket(_))) { "a socket" } else { "a file" });
                }
                "stop" => {
                    running = false;
                    socket_close(&sock)?;
                    std::fs::remove_file("control")?;
                    answer(&client, "bye");
                }
                other => answer(&client, &format!("what is {other}?")),
            }
        }
    }
    echo!(packets, " packets\n");
    Ok(())
}

fn answer(client: &Socket, text: &str) {
    let message = MessageHeader { iov: vec![text.into(), "\n".into()], ..Default::default() };
    if socket_sendmsg(client, &message, MSG_NOSIGNAL).ok() != Some(text.len() + 1) {
        echo!("not told: ", socket_strerror(socket_last_error(client)), "\n");
    }
}

fn client() -> Result<(), Box<dyn std::error::Error>> {
    let first = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    let Ok(()) = socket_connect(&first, argument(), None) else { panic!("nobody there") };
    let second = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_connect(&second, argument(), None)?;
    let (own, one) = (format!("whoami {}", std::process::id()), "whoami 1");
    echo!(ask(&first, &own)?, ask(&first, one)?);
    echo!(ask(&second, "set colour dark blue")?, ask(&second, "set 名字 小明")?);
    socket_write(&first, "list", None)?;
    loop {
        let line = socket_read(&first, 100, None)?;
        echo!(line);
        if line == b".\n" {
            break;
        }
    }
    echo!(ask(&first, &"long ".repeat(20))?, ask(&second, "dance")?);
    std::fs::write("log", "")?;
    let log = File::options().append(true).open("log")?;
    let message = MessageHeader {
        iov: vec!["log".into()],
        control: vec![ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![log])],
        ..Default::default()
    };
    echo!(socket_sendmsg(&second, &message, None)?, " ", socket_read(&second, 100, None)?);
    // One that does not hear the answer.
    socket_shutdown(&first, 0)?;
    socket_write(&first, "set deaf yes", None)?;
    let mut line = ask(&second, "list")?;
    while line != b".\n" {
        echo!(line);
        line = socket_read(&second, 100, None)?;
    }
    socket_close(&first)?;
    echo!(ask(&second, "stop")?);
    let third = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    match socket_connect(&third, argument(), None) {
        Ok(()) => echo!("still there\n"),
        Err(_) => echo!(socket_strerror(socket_last_error(&third)), "\n"),
    }
    socket_shutdown(&second, 1)?;
    echo!("'", socket_read(&second, 100, None)?, "'\n");
    let mut words: Vec<String> = Vec::new();
    for line in std::fs::read_to_string("log")?.lines() {
        if !words.iter().any(|word| word == line) {
            words.push(line.to_owned());
        }
    }
    echo!(words.join(" "), "\n");
    Ok(())
}

fn ask(socket: &Socket, command: &str) -> Result<Vec<u8>> {
    socket_write(socket, command, command.len())?;
    socket_read(socket, 100, None)
}
