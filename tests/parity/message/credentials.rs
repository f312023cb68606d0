use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn received(socket: &Socket, mine: Ucred) -> Result<String> {
    let mut message =
        MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, None)?, ..MessageHeader::default() };
    show(socket_recvmsg(socket, &mut message, None));
    let ControlData::Ucred(Ucred { pid, uid, gid }) = message.control[0].data else { panic!("credentials came") };
    let right = (pid == mine.pid, uid == mine.uid, gid == mine.gid);
    let theirs = message.control[0].data.describe();
    Ok(message.describe().replace(&theirs, &right.describe()))
}

fn port() -> Result<()> {
    let [ours, theirs] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_set_option(&theirs, SOL_SOCKET, SO_PASSCRED, 1));

    // The system adds them to every message.
    let mine = mine();
    socket_write(&ours, "我是谁", None)?;
    show(Answer::text(received(&theirs, mine)?));

    // Ours, by hand; others' need a privilege.
    let credentials = ControlMessage::new(SOL_SOCKET, SCM_CREDENTIALS, mine);
    show(socket_sendmsg(
        &ours,
        &MessageHeader { iov: vec!["x".into()], control: vec![credentials], ..MessageHeader::default() },
        None,
    ));
    show(Answer::text(received(&theirs, mine)?));
    Ok(())
}

/// Who runs this process, as the system's files tell.
fn mine() -> Ucred {
    use std::os::unix::fs::MetadataExt;

    let owner = std::fs::metadata("/proc/self").expect("Linux has it");
    let pid = i32::try_from(std::process::id()).expect("it is a pid_t");
    Ucred { pid, uid: owner.uid(), gid: owner.gid() }
}
