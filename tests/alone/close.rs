//! `socket_close` and the numbers of descriptors, which are the whole process's.

use crate::support::tcp_pair;
use std::os::fd::AsRawFd;

use php_sockets::*;
use rlimit::Resource;

/// Not even one for what takes the place of the closed one, which is opened once for the whole process.
pub(crate) fn without_descriptors_the_connection_ends_all_the_same() -> Result<(), Box<dyn std::error::Error>> {
    let (client, server) = tcp_pair()?;
    socket_set_option(&server, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    let listener = socket_create_listen(0, None)?;
    let caller = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let (_, port) = socket_getsockname(&listener)?;
    let clones = [client.clone(), listener.clone()];

    let (soft, hard) = Resource::NOFILE.get()?;
    Resource::NOFILE.set(0, hard)?;
    let (closed, ended) = (socket_close(&client), socket_close(&listener));
    let (data, refused) = (socket_read(&server, 16, None), socket_connect(&caller, "127.0.0.1", port));
    Resource::NOFILE.set(soft, hard)?;

    closed?;
    ended?;
    assert_eq!(data?, b"");
    assert_eq!(refused.map_err(|error| error.code()), Err(SOCKET_ECONNREFUSED));
    for clone in &clones {
        assert!(matches!(socket_read(clone, 16, None), Err(Error::Closed { .. })));
    }
    // The next one is closed in full again.
    let clone = server.clone();
    let (_, port) = socket_getsockname(&server)?;
    socket_close(&server)?;
    drop(clones);
    socket_create_listen(port, None)?;
    drop(clone);
    Ok(())
}

pub(crate) fn the_last_clone_frees_the_number() -> Result<()> {
    for _ in 0..2000 {
        let socket = socket_create(AF_INET, SOCK_STREAM, 0)?;
        let clone = socket.clone();
        socket_close(&socket)?;
        assert!(clone.as_raw_fd() < 1000, "closed sockets have piled up");
    }
    Ok(())
}

/// What takes a closed socket's place must not be a way to anywhere: out of a chroot, or into a file system that can no
/// longer be unmounted.
pub(crate) fn nothing_is_kept_open_that_leads_anywhere() -> Result<(), Box<dyn std::error::Error>> {
    use std::os::{fd::AsFd, unix::fs::FileTypeExt};

    let socket = socket_create(AF_INET, SOCK_STREAM, 0)?;
    socket_close(&socket)?;
    let place = std::fs::File::from(socket.as_fd().try_clone_to_owned()?);
    assert!(place.metadata()?.file_type().is_fifo());
    assert!(!paths().any(|path| path == std::path::Path::new("/")));
    Ok(())
}

/// What the open descriptors lead to; nothing where there is no /proc.
fn paths() -> impl Iterator<Item = std::path::PathBuf> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
}

/// There it is opened in another way.
pub(crate) fn nor_where_there_is_no_proc() -> Result<(), Box<dyn std::error::Error>> {
    let test = std::env::current_exe()?;
    let jail = |command: &str| {
        let mut jailed = std::process::Command::new("unshare");
        jailed.args(["--mount", "sh", "-c", &format!("umount --lazy /proc && {command}")]).arg(&test);
        jailed.args([crate::CASE, "close::nothing_is_kept_open_that_leads_anywhere"]).output()
    };
    if !jail("true").is_ok_and(|output| output.status.success()) {
        crate::skip::skip("this process may not unmount /proc");
        return Ok(());
    }
    let output = jail("test ! -e /proc/self && exec \"$0\" \"$@\"")?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
