//! `socket_sendmsg`, `socket_recvmsg` and their control messages.

mod credentials;
mod datagrams;
mod keys;
mod packet_info;
mod recvmsg_errors;
mod rights;
mod sendmsg_errors;
mod space;
mod stream;
mod unknown;
