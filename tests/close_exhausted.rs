//! `socket_close` where there is no descriptor left, not even for what it puts in the place of the closed one. Alone in its
//! file: that one is opened once for the whole process.
#![cfg(target_os = "linux")]

mod support;

use php_sockets::*;
use rlimit::Resource;
use support::tcp_pair;

#[test]
fn without_descriptors_the_connection_ends_all_the_same() -> Result<(), Box<dyn std::error::Error>> {
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
