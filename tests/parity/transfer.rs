//! Reading, writing, receiving, sending.

mod out_of_band;
mod packet;
mod read;
mod read_errors;
mod read_line;
mod read_line_end;
mod recv;
mod recv_errors;
mod recv_truncated;
mod recvfrom_errors;
mod recvfrom_stream;
mod send;
mod sendto_errors;
mod sendto_inet;
mod sendto_inet6;
mod sendto_unix;
mod write;
mod write_errors;
mod write_partial;
