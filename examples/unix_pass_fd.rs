//! A descriptor handed to another process: the receiver prints a file that only the sender has opened.
//!
//! ```sh
//! cargo run --release --example unix_pass_fd                            # the receiver, waits for one file
//! cargo run --release --example unix_pass_fd -- --send Cargo.toml       # the sender, in another terminal
//! ```
//!
//! Both take the path of the socket as their last argument; it is `php-sockets.sock` in the folder for temporary files.

#[cfg(unix)]
mod support;

#[cfg(unix)]
use unix::main;

#[cfg(not(unix))]
fn main() {
    eprintln!("only Unix hands descriptors over");
}

#[cfg(unix)]
mod unix {
    use std::error::Error;
    use std::fs::File;
    use std::io::{self, Write, stdout};
    use std::os::unix::fs::FileTypeExt;
    use std::path::PathBuf;
    use std::process::ExitCode;

    use php_sockets::*;

    use crate::support::Arguments;

    pub(crate) fn main() -> ExitCode {
        crate::support::run(include_str!("unix_pass_fd.rs"), run)
    }

    fn run(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
        let file = arguments.option("--send")?;
        let [path] = arguments.values()?;
        let path = path.map_or_else(|| std::env::temp_dir().join("php-sockets.sock"), PathBuf::from);
        let path = path.to_str().ok_or("the path is no text")?;
        match file {
            Some(file) => send(&File::open(file)?, path),
            None => receive(path),
        }
    }

    fn send(file: &File, path: &str) -> Result<(), Box<dyn Error>> {
        let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_connect(&socket, path, None)?;
        let message = MessageHeader {
            iov: vec!["这是一个文件".into()],
            control: vec![ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![file.try_clone()?])],
            ..Default::default()
        };
        socket_sendmsg(&socket, &message, None)?;
        Ok(())
    }

    /// Says whether this is the socket of a receiver that was ended before it could remove it: nobody listens there.
    fn is_left_over(path: &str) -> bool {
        let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
        // Of another type, so that a receiver that is there does not take it for its sender.
        let refuses = || socket_connect(&socket_create(AF_UNIX, SOCK_DGRAM, 0)?, path, None);
        is_socket && refuses().is_err_and(|error| error.code() == SOCKET_ECONNREFUSED)
    }

    fn receive(path: &str) -> Result<(), Box<dyn Error>> {
        let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        if let Err(error) = socket_bind(&listener, path, None) {
            if !is_left_over(path) {
                return Err(
                    format!("{error} ({path}: end the program that listens there, or name another path)").into()
                );
            }
            std::fs::remove_file(path)?;
            socket_bind(&listener, path, None)?;
        }
        socket_listen(&listener, None)?;
        writeln!(stdout(), "listening on {path}")?;
        let socket = socket_accept(&listener);
        std::fs::remove_file(path)?;

        let mut message =
            MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?, ..Default::default() };
        socket_recvmsg(&socket?, &mut message, None)?;
        writeln!(stdout(), "{}:", String::from_utf8_lossy(&message.iov.concat()))?;
        for control in message.control {
            let ControlData::Rights(descriptors) = control.data else { continue };
            for descriptor in descriptors {
                match descriptor {
                    Descriptor::Fd(descriptor) => drop(io::copy(&mut File::from(descriptor), &mut stdout())?),
                    Descriptor::Socket(socket) => writeln!(stdout(), "{socket:?}")?,
                }
            }
        }
        Ok(())
    }
}
