use std::fs::File;
use std::io::{Read, Seek, Write};

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Reads a file that it was handed as a descriptor.
fn server() -> Result<(), Box<dyn std::error::Error>> {
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, format!("\0php-sockets parity {}", std::process::id()), None)?;
    socket_listen(&listener, None)?;
    // An abstract name begins with a NUL byte; the announcement does without.
    listening(format!("php-sockets parity {}", std::process::id()));
    let connection = socket_accept(&listener)?;
    let mut message =
        MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?, ..MessageHeader::default() };
    socket_recvmsg(&connection, &mut message, None)?;
    echo!(message.iov.concat(), "\n");
    let ControlData::Rights(mut received) = message.control.remove(0).data else { return Err("no descriptors".into()) };
    let Descriptor::Fd(file) = received.remove(0) else { return Err("no file".into()) };
    let mut file = File::from(file);
    file.rewind()?;
    let mut letter = String::new();
    file.read_to_string(&mut letter)?;
    echo!(letter, "\n");
    file.write_all("，读过了".as_bytes())?;
    socket_write(&connection, "thanks", None)?;
    Ok(())
}

fn client() -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::options().create(true).truncate(true).read(true).write(true).open("letter.txt")?;
    file.write_all("亲爱的服务器".as_bytes())?;
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_connect(&socket, format!("\0{}", argument()), None));
    let rights = ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![file]);
    show(socket_sendmsg(
        &socket,
        &MessageHeader { iov: vec!["a letter".into()], control: vec![rights], ..MessageHeader::default() },
        None,
    ));
    show(socket_read(&socket, 100, None));
    show(std::fs::read_to_string("letter.txt")?);
    Ok(())
}
