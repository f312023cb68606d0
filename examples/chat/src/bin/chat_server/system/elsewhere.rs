//! Here no signal arrives; Ctrl-C ends the program at once, and the history holds what was acknowledged all the same. A file that
//! is open stays.

use std::error::Error;
use std::io;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use php_sockets::Socket;
use php_sockets::ws::server::Handle;

pub(crate) fn start_next(_: &Socket) -> Result<u32, Box<dyn Error>> {
    Err("only Unix has it".into())
}

pub(crate) type Identity = ();

pub(crate) fn identity(_: &Path) -> Option<Identity> {
    None
}

pub(crate) fn restart(_: NonZeroU32) -> Result<String, Box<dyn Error>> {
    Err("only Unix has it".into())
}

pub(crate) fn on_signals(_: Handle) -> io::Result<Receiver<i32>> {
    Ok(channel().1)
}

pub(crate) fn tell(_: i32, _: (bool, &str)) {}

pub(crate) fn inherited() -> io::Result<Option<Socket>> {
    Ok(None)
}

pub(crate) fn notify() {}
