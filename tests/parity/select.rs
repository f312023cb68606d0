//! `socket_select` and its sets.

mod arguments;
mod keys;
mod many;
mod states;
mod timeout;
