//! PHP's functions, a topic a module.

#[path = "../support/port.rs"]
mod port;
#[path = "../support/mod.rs"]
mod support;

#[path = "../support/skip.rs"]
mod skip;

mod addrinfo;
mod close;
mod constants;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod families;
#[cfg(unix)]
mod message;
#[cfg(target_os = "linux")]
mod message_texts;
#[cfg(target_os = "linux")]
mod option_texts;
mod options;
mod select;
mod transfer;
