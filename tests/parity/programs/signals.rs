use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// A signal ends every wait; a timeout keeps the system from beginning it again.
fn server() -> Result<(), Box<dyn std::error::Error>> {
    signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::new(AtomicBool::new(false)))?;
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    // The test has threads: the signals are for this one.
    let thread = std::fs::read_link("/proc/thread-self")?;
    listening(format!("{port} {}", thread.file_name().and_then(|name| name.to_str()).ok_or("no thread")?));
    let control = socket_accept(&listener)?;
    let timeout = Timeval { sec: 20, usec: 0 };
    socket_set_option(&listener, SOL_SOCKET, SO_RCVTIMEO, timeout)?;
    socket_set_option(&control, SOL_SOCKET, SO_RCVTIMEO, timeout)?;

    let mut read = vec![control.clone()];
    show(socket_select(&mut read, None, None, 20, None));
    show(socket_last_error(None) == SOCKET_EINTR);
    show(read.len());
    show(socket_read(&control, 100, None));
    show(socket_last_error(&control) == SOCKET_EINTR);
    show(socket_read(&control, 100, PHP_NORMAL_READ));
    let mut data = Vec::new();
    show(socket_recv(&control, &mut data, 100, 0));
    show(socket_recvfrom(&control, &mut data, 100, 0));
    let mut message = MessageHeader { controllen: 1, ..MessageHeader::default() };
    show(socket_recvmsg(&control, &mut message, None));
    show(socket_accept(&listener));
    socket_write(&control, "够了", None)?;
    Ok(())
}

// Sends a signal every hundredth of a second until the server has had enough.
fn client() -> Result<(), Box<dyn std::error::Error>> {
    let argument = argument();
    let (port, process) = argument.split_once(' ').ok_or("a port and a process")?;
    let control = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&control, "127.0.0.1", port.parse::<i32>()?)?;
    loop {
        Command::new("kill").args(["-USR1", process]).status()?;
        let mut read = vec![control.clone()];
        if socket_select(&mut read, None, None, 0, 10000)? != 0 {
            break;
        }
    }
    show(socket_read(&control, 100, None));
    Ok(())
}
