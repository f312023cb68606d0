//! Servers and clients as PHP programmers write them: PHP talks to Rust in both directions.

mod broadcast;
mod chat;
mod connect_proxy;
mod control;
mod dual_stack;
mod echo;
mod file_transfer;
mod forking;
mod guess;
mod half_close;
mod hand_over;
mod http;
mod mail;
mod names;
mod pass_file;
mod passive;
mod port_scan;
mod records;
mod remote_calls;
mod rooms;
mod signals;
mod talkback;
mod timeouts;
mod udp_echo;
