use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

type Clients = BTreeMap<u64, Socket>;
type Users = BTreeMap<u64, (String, String)>;

// Rooms: the first line is "room name", each other line goes to the others in the room; "/quit" leaves.
fn server() -> Result<()> {
    let Ok(sock) = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) else { panic!("no socket") };
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    let Ok(()) = socket_bind(&sock, "127.0.0.1", 0) else { panic!("{}", socket_strerror(socket_last_error(&sock))) };
    socket_listen(&sock, None)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    let mut clients = Clients::new();
    let mut users = Users::new();
    let mut came = 0;
    loop {
        let mut read = clients.clone();
        read.insert(sock.id(), sock.clone());
        let Ok(1..) = socket_select(&mut read, None, None, 20, None) else { break };
        for (id, conn) in read {
            if conn == sock {
                let new = socket_accept(&sock)?;
                clients.insert(new.id(), new);
                came += 1;
                continue;
            }
            let line = socket_read(&conn, 1024, PHP_NORMAL_READ).map(|line| text(&line));
            if line.is_err() || line.as_deref() == Ok("/quit") {
                if line.is_ok() {
                    let _ = socket_write(&conn, "bye\n", None);
                }
                socket_close(&conn)?;
                clients.remove(&id);
                if let Some((room, name)) = users.get(&id) {
                    say(&clients, &users, room, id, &format!("{name} has left"));
                }
                users.remove(&id);
                continue;
            }
            let line = line?;
            if let Some((room, name)) = users.get(&id) {
                say(&clients, &users, room, id, &format!("{name}: {line}"));
            } else {
                let (room, name) = line.split_once(' ').unwrap_or_default();
                users.insert(id, (room.to_owned(), name.to_owned()));
                socket_write(&conn, format!("in {room}\n"), None)?;
            }
        }
        if came == 3 && clients.is_empty() {
            break;
        }
    }
    socket_close(&sock)?;
    echo!(came, " have been here\n");
    Ok(())
}

fn say(clients: &Clients, users: &Users, room: &str, from: u64, text: &str) {
    for (id, to) in clients {
        if *id == from || users.get(id).is_none_or(|user| user.0 != room) {
            continue;
        }
        if socket_write(to, format!("{text}\n"), None).is_err() {
            echo!(socket_strerror(socket_last_error(to)), "\n");
        }
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.trim_ascii()).into_owned()
}

fn client() -> Result<()> {
    let port: i32 = argument().parse().expect("a port");
    let ming = enter(port, "诗 小明")?;
    let hong = enter(port, "诗 小红")?;
    let alone = enter(port, "tea Tim")?;
    socket_write(&ming, "床前明月光\n", None)?;
    echo!(heard(&hong)?);
    socket_write(&alone, "anybody?\n", None)?;
    socket_write(&hong, "疑是地上霜\n", None)?;
    echo!(heard(&ming)?);
    socket_write(&hong, "/quit\n", None)?;
    echo!(heard(&hong)?);
    let end = socket_read(&hong, 100, None)?;
    echo!("string(", end.len(), ") \"", end, "\"\n");
    echo!(heard(&ming)?);
    socket_write(&alone, "/quit\n", None)?;
    echo!(heard(&alone)?);
    socket_shutdown(&ming, 1)?;
    echo!(socket_recv(&ming, &mut Vec::new(), 100, MSG_WAITALL)?, " more\n");
    for socket in [ming, hong, alone] {
        socket_close(&socket)?;
    }
    Ok(())
}

fn enter(port: i32, first: &str) -> Result<Socket> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    let Ok(()) = socket_connect(&socket, "127.0.0.1", port) else {
        panic!("{}", socket_strerror(socket_last_error(&socket)))
    };
    socket_write(&socket, format!("{first}\n"), None)?;
    echo!(heard(&socket)?);
    Ok(socket)
}

fn heard(socket: &Socket) -> Result<Vec<u8>> {
    socket_read(socket, 1024, PHP_NORMAL_READ)
}
