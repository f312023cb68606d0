//! A descriptor handed to another process: the receiver prints a file that only the sender has opened.
//!
//! ```sh
//! cargo run --release --example unix_pass_fd                            # the receiver, waits for one file
//! cargo run --release --example unix_pass_fd -- --send Cargo.toml       # the sender, in another terminal
//! ```
//!
//! Both take the path of the socket as their last argument; it is `php-sockets.sock` in the folder for temporary files.

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
    use std::process::ExitCode;

    use php_sockets::*;

    pub(crate) fn main() -> ExitCode {
        if let Err(error) = run() {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }

    fn run() -> Result<(), Box<dyn Error>> {
        let mut path = std::env::temp_dir().join("php-sockets.sock");
        let mut file = None;
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                lexopt::Arg::Long("send") => file = Some(arguments.value()?),
                lexopt::Arg::Value(value) => path = value.into(),
                other => return Err(other.unexpected().into()),
            }
        }
        let path = path.to_str().ok_or("the path is no text")?;
        match file {
            Some(file) => send(&File::open(file)?, path),
            None => receive(path),
        }
    }

    fn send(file: &File, path: &str) -> Result<(), Box<dyn Error>> {
        let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_connect(&socket, path, None)?;
        let message = Message {
            iov: vec!["这是一个文件".into()],
            control: vec![ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![file.try_clone()?])],
            ..Default::default()
        };
        socket_sendmsg(&socket, &message, None)?;
        Ok(())
    }

    fn receive(path: &str) -> Result<(), Box<dyn Error>> {
        let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_bind(&listener, path, None)?;
        socket_listen(&listener, None)?;
        writeln!(stdout(), "listening on {path}")?;
        let socket = socket_accept(&listener);
        std::fs::remove_file(path)?;

        let mut message = Message { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?, ..Default::default() };
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
