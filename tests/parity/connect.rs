//! Binding, listening, accepting, connecting, and the names of both ends.

mod accept;
mod accept_errors;
mod bind_inet;
mod bind_inet6;
mod bind_lookup;
mod bind_port;
mod bind_unix;
mod blocking;
mod connect_errors;
mod connect_inet6;
mod connect_nonblocking;
mod connect_port;
mod connect_refused;
mod connect_unix;
mod listen;
mod names;
mod shutdown;
