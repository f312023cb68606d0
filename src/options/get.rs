//! How the value of an option comes out.

use std::io;

use super::table::{self, Kind};
use super::{Linger, OptionValue, Timeval};
use crate::{Error, Result, Socket, sys};

/// Reads an option; `function` is the name that it is called by.
pub(super) fn get(socket: &Socket, function: &'static str, level: i32, option: i32) -> Result<OptionValue> {
    let system = socket.open(function)?;
    let fail = |error: io::Error| socket.fail(function, "Unable to retrieve socket option", &error);
    match table::find(level, option).kind {
        Kind::Linger => {
            let (linger, _) = sys::get_option::<sys::Linger>(&system, level, option).map_err(fail)?;
            let (l_onoff, l_linger) = linger.onoff_and_seconds();
            Ok(Linger { l_onoff, l_linger }.into())
        }
        Kind::Timeval => {
            let (timeout, _) = sys::get_option::<sys::Timeout>(&system, level, option).map_err(fail)?;
            let (sec, usec) = timeout.seconds_and_microseconds();
            Ok(Timeval { sec, usec }.into())
        }
        Kind::InterfaceAddress => {
            let (address, _) = sys::get_option::<[u8; 4]>(&system, level, option).map_err(fail)?;
            let index = sys::multicast_interface_index(&system, address).map_err(fail)?;
            index.map(Into::into).ok_or_else(|| {
                let address = std::net::Ipv4Addr::from(address);
                let message = format!("The interface with IP address {address} was not found");
                Error::Failure { function, message: message.into() }
            })
        }
        #[cfg(unix)]
        Kind::In6PktInfo => match sys::get_option(&system, level, option) {
            Ok((bytes, _)) => Ok(crate::In6PktInfo::from_bytes(bytes).into()),
            Err(error) => Err(socket.fail(function, "unable to get socket option", &error)),
        },
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        Kind::Name => {
            /// Both an interface's name and an algorithm's, with the NUL at its end.
            const NAME_SIZE: usize = 16;
            let (name, length) = sys::get_option::<[u8; NAME_SIZE]>(&system, level, option).map_err(fail)?;
            let name = name[..length].split(|&byte| byte == 0).next().unwrap_or_default();
            Ok(String::from_utf8_lossy(name).into_owned().into())
        }
        #[cfg(target_os = "linux")]
        Kind::Ucred => {
            let (bytes, _) = sys::get_option(&system, level, option).map_err(fail)?;
            Ok(crate::Ucred::from_bytes(bytes).into())
        }
        #[cfg(target_os = "linux")]
        Kind::MemInfo => {
            let (values, length) = sys::get_option::<[u32; 9]>(&system, level, option).map_err(fail)?;
            if length != size_of_val(&values) {
                let message = "Unable to retrieve all socket meminfo data".into();
                return Err(Error::Failure { function, message });
            }
            let [rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops] = values;
            let value = super::MemInfo {
                rmem_alloc,
                rcvbuf,
                wmem_alloc,
                sndbuf,
                fwd_alloc,
                wmem_queued,
                optmem,
                backlog,
                drops,
            };
            Ok(value.into())
        }
        _ => {
            let (value, length) = sys::get_option::<i32>(&system, level, option).map_err(fail)?;
            Ok(if length == 1 { value.to_ne_bytes()[0].into() } else { value.into() })
        }
    }
}
