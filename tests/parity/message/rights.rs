use std::fs::File;
use std::io::{Read, Seek, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let [ours, theirs] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;

    // A file and a listening socket, which PHP can send as a stream only.
    let mut file =
        File::options().create_new(true).read(true).write(true).open("note.txt").expect("the directory is ours");
    file.write_all("一张便条".as_bytes()).expect("the file is ours");
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let descriptors = [OwnedFd::from(file), OwnedFd::from(listener)];
    let rights = || {
        let copies = descriptors.iter().map(|descriptor| descriptor.try_clone().expect("there is a descriptor"));
        ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, copies.collect::<Vec<_>>())
    };
    show(socket_sendmsg(
        &ours,
        &MessageHeader { iov: vec!["here".into()], control: vec![rights()], ..MessageHeader::default() },
        None,
    ));

    let mut message =
        MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 2)?, ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);
    let ControlData::Rights(received) = message.control.remove(0).data else { panic!("descriptors came") };
    let [Descriptor::Fd(file), Descriptor::Socket(listener)] = <[_; 2]>::try_from(received).expect("two came") else {
        panic!("a file and a socket came")
    };
    let mut file = File::from(file);
    let mut text = String::new();
    show(file.rewind().and_then(|()| file.read_to_string(&mut text)).map(|_| &text).ok());
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&client, "127.0.0.1", port));
    show(socket_accept(&listener));

    // Without room for them they are lost, and the message says so.
    show(socket_sendmsg(
        &ours,
        &MessageHeader { iov: vec!["here".into()], control: vec![rights()], ..MessageHeader::default() },
        None,
    ));
    let mut message = MessageHeader { controllen: 1, ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(message.flags == MSG_CTRUNC);
    show(&message.control[..]);
    Ok(())
}
