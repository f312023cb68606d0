//! Options, in and out.

mod buffers;
mod closed;
mod congestion;
mod device;
mod errors;
mod ints;
mod level;
mod linger;
mod memory;
mod multicast_group;
mod multicast_group6;
mod multicast_interface;
mod multicast_source;
mod multicast_traffic;
mod newer;
mod other_arrays;
mod packet_info;
mod tcp;
mod timeouts;
mod timeouts_at_work;
mod values;
