//! PHP's constants: PHP's names, the numbers of the system's headers.
//!
//! A constant exists where the headers have it; PHP registers it under the same condition.

#[cfg(unix)]
use libc as system;
#[cfg(windows)]
use winsock as system;

pub use errno::*;

/// Turns rows into public constants: `NAME: "doc"` has the number of the system's header, `NAME = HEADER_NAME: "doc"` that
/// of another name there, `NAME (number): "doc"` its own.
macro_rules! constants {
    ($($name:ident $(= $header:ident)? $(($number:literal))?: $doc:literal;)+) => {
        $(#[doc = $doc] pub const $name: i32 = constants!(@ $name $(= $header)? $(($number))?);)+
    };
    (@ $name:ident) => { system::$name };
    (@ $name:ident = $header:ident) => { system::$header };
    (@ $name:ident ($number:literal)) => { $number };
}

mod errno;
#[cfg(windows)]
mod winsock;

// Address families.
constants! {
    AF_UNIX: "Sockets of this machine, named by a path or, on Linux, by an abstract name that begins with a NUL byte.";
    AF_INET: "IPv4.";
    AF_INET6: "IPv6.";
    AF_UNSPEC: "Any family: a hint of [`socket_addrinfo_lookup`](crate::socket_addrinfo_lookup).";
}
#[cfg(target_os = "linux")]
constants! {
    AF_PACKET: "Frames of the link layer, packet(7).";
    ETH_P_IP: "IPv4 frames, as the protocol of an `AF_PACKET` socket.";
    ETH_P_IPV6: "IPv6 frames, as the protocol of an `AF_PACKET` socket.";
    ETH_P_LOOP: "Ethernet loopback frames, as the protocol of an `AF_PACKET` socket.";
    ETH_P_ALL: "Every frame, as the protocol of an `AF_PACKET` socket.";
}

// Socket types.
constants! {
    SOCK_STREAM: "A connection that carries bytes in order.";
    SOCK_DGRAM: "Datagrams, without a connection.";
    SOCK_RAW: "Packets with the header of their protocol.";
    SOCK_SEQPACKET: "A connection that carries whole messages in order.";
    SOCK_RDM: "Reliable datagrams in no order.";
}
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
constants! {
    SOCK_CLOEXEC: "Flag of the type: the descriptor is closed by exec(2).";
    SOCK_NONBLOCK: "Flag of the type: the socket is non-blocking.";
}

#[cfg(target_os = "linux")]
constants! {
    SOCK_DCCP: "Datagrams with congestion control, DCCP (RFC 4340).";
}

// Levels of options, and protocols.
constants! {
    SOL_SOCKET: "Level of the options of every socket.";
    SOL_TCP (6): "TCP: protocol, and level of its options.";
    SOL_UDP (17): "UDP: protocol, and level of its options.";
    IPPROTO_IP: "IPv4: protocol, and level of its options.";
    IPPROTO_IPV6: "IPv6: protocol, and level of its options.";
    IPPROTO_ICMP: "ICMP, the protocol of an IPv4 raw socket that pings.";
    IPPROTO_ICMPV6: "ICMP for IPv6, the protocol of an IPv6 raw socket that pings.";
}
#[cfg(target_os = "linux")]
constants! {
    SOL_UDPLITE (136): "UDP-Lite (RFC 3828): protocol, and level of its options.";
}

// Flags of the calls that transfer data.
constants! {
    MSG_OOB: "Out-of-band data.";
    MSG_PEEK: "Leave what is read in the queue.";
    MSG_DONTROUTE: "Send to hosts on directly connected networks only.";
    MSG_WAITALL: "Wait until the whole length is there.";
    MSG_TRUNC: "The datagram was longer than the buffer.";
    MSG_CTRUNC: "The control messages were longer than their buffer.";
}
#[cfg(unix)]
constants! {
    MSG_EOR: "End of a record.";
    MSG_DONTWAIT: "Do not block in this call.";
    MSG_NOSIGNAL: "No SIGPIPE when the peer has closed the connection.";
}
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
constants! {
    MSG_WAITFORONE: "Do not block after the first message: a flag of recvmmsg(2).";
    MSG_CMSG_CLOEXEC: "Received descriptors are closed by exec(2).";
}
#[cfg(target_os = "linux")]
constants! {
    MSG_EOF (0x200): "Shut down the sending side behind this data: `MSG_FIN`.";
    MSG_CONFIRM: "The peer has answered: no need to look for its link address again.";
    MSG_MORE: "More data follows: hold back a partial packet.";
    MSG_ZEROCOPY: "Ignored: the system would read the caller's memory after the call.";
}
#[cfg(any(windows, target_os = "linux"))]
constants! {
    MSG_ERRQUEUE: "Read the queue of errors.";
}

// The modes of socket_read.
constants! {
    PHP_NORMAL_READ (1): "[`socket_read`](crate::socket_read) stops behind `\\n` or `\\r`.";
    PHP_BINARY_READ (2): "[`socket_read`](crate::socket_read) is one recv(2): its default.";
}

// The modes of socket_shutdown.
constants! {
    SHUT_RD: "Shut down receiving.";
    SHUT_WR: "Shut down sending.";
    SHUT_RDWR: "Shut down both directions.";
}

// Options of SOL_SOCKET.
constants! {
    SO_BROADCAST: "Datagrams may go to a broadcast address.";
    SO_DEBUG: "The protocol keeps debugging information.";
    SO_DONTROUTE: "No gateway: hosts on directly connected networks only.";
    SO_ERROR: "The pending error number, cleared by reading it.";
    SO_KEEPALIVE: "An idle connection is probed.";
    SO_LINGER: "Closing waits for unsent data: a [`Linger`](crate::Linger).";
    SO_OOBINLINE: "Out-of-band data stays in the stream.";
    SO_RCVBUF: "Size of the receive buffer in bytes.";
    SO_RCVLOWAT: "Bytes that must be there before a read returns.";
    SO_RCVTIMEO: "How long a read may block: a [`Timeval`](crate::Timeval), 0 is for ever.";
    SO_REUSEADDR: "bind(2) may reuse an address that old connections still occupy.";
    SO_SNDBUF: "Size of the send buffer in bytes.";
    SO_SNDLOWAT: "Bytes that must fit before a write proceeds.";
    SO_SNDTIMEO: "How long a write may block: a [`Timeval`](crate::Timeval), 0 is for ever.";
    SO_TYPE: "The type of the socket, one of `SOCK_*`.";
    SOMAXCONN: "The longest backlog of [`socket_listen`](crate::socket_listen).";
}
#[cfg(unix)]
constants! {
    SO_REUSEPORT: "Several sockets may bind one address and port.";
}
#[cfg(target_os = "linux")]
constants! {
    SO_ATTACH_REUSEPORT_CBPF: "What picks one socket of a `SO_REUSEPORT` group: `SKF_AD_CPU`, `SKF_AD_QUEUE` or 0.";
    SO_BINDTODEVICE: "Name of the only network interface that the socket uses.";
    SO_BINDTOIFINDEX: "Index of the only network interface that the socket uses.";
    SO_BPF_EXTENSIONS: "The packet filter's extensions that the kernel knows.";
    SO_BUSY_POLL: "Microseconds of busy polling before a read blocks.";
    SO_DETACH_BPF: "Detaches the packet filter: `SO_DETACH_FILTER`.";
    SO_DETACH_FILTER: "Detaches the packet filter.";
    SO_DETACH_REUSEPORT_BPF: "Detaches what picks one socket of a `SO_REUSEPORT` group.";
    SO_INCOMING_CPU: "The processor that handles the socket's packets.";
    SO_MARK: "The mark of the socket's packets, for routing and filters.";
    SO_MEMINFO: "The memory that the socket occupies: a [`MemInfo`](crate::MemInfo).";
    SO_PASSCRED: "Messages carry the sender's credentials, `SCM_CREDENTIALS`. What was sent before it was set \
        carries none: set it on the listening socket, from which accepted ones take it over.";
    SO_ZEROCOPY: "Allows `MSG_ZEROCOPY`, which this crate does not pass on.";
}

// Options of SOL_TCP.
constants! {
    TCP_NODELAY: "Small segments are sent at once: no Nagle's algorithm.";
    TCP_KEEPCNT: "Unanswered keepalive probes before the connection is dropped.";
    TCP_KEEPINTVL: "Seconds between keepalive probes.";
}
#[cfg(not(any(target_os = "macos", target_os = "ios")))]
constants! {
    TCP_KEEPIDLE: "Seconds of silence before the first keepalive probe.";
}
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
constants! {
    TCP_CONGESTION: "Name of the congestion control algorithm.";
}
#[cfg(target_os = "linux")]
constants! {
    TCP_DEFER_ACCEPT: "Seconds to wait for data before a connection is accepted.";
    TCP_NOTSENT_LOWAT: "Unsent bytes below which the socket counts as writable.";
    TCP_QUICKACK: "Acknowledge at once.";
    TCP_REPAIR: "Repair mode, for moving a connection.";
    TCP_SYNCNT: "How often SYN is sent before connecting fails.";
    TCP_USER_TIMEOUT: "Milliseconds that sent data may stay unacknowledged.";
}

// Options of IPPROTO_IP and IPPROTO_IPV6.
constants! {
    IP_MULTICAST_IF: "The interface that IPv4 multicast leaves by: index or name.";
    IP_MULTICAST_LOOP: "IPv4 multicast comes back to this machine.";
    IP_MULTICAST_TTL: "Time to live of IPv4 multicast, 0 to 255.";
    IPV6_HOPLIMIT: "Control message: the hop limit of a packet.";
    IPV6_MULTICAST_HOPS: "Hop limit of IPv6 multicast, -1 (the default) to 255.";
    IPV6_MULTICAST_IF: "The interface that IPv6 multicast leaves by: index or name.";
    IPV6_MULTICAST_LOOP: "IPv6 multicast comes back to this machine.";
    IPV6_PKTINFO: "Control message and option: a packet's address and interface, an [`In6PktInfo`](crate::In6PktInfo).";
    IPV6_RECVHOPLIMIT: "Received messages carry `IPV6_HOPLIMIT`.";
    IPV6_RECVPKTINFO: "Received messages carry `IPV6_PKTINFO`.";
    IPV6_RECVTCLASS: "Received messages carry `IPV6_TCLASS`.";
    IPV6_TCLASS: "Control message and option: the traffic class of a packet.";
    IPV6_UNICAST_HOPS: "Hop limit of unicast packets, -1 is the default.";
    IPV6_V6ONLY: "An IPv6 socket takes no IPv4 connections.";
    MCAST_BLOCK_SOURCE: "Ignores one source of a joined group: a [`GroupSourceReq`](crate::GroupSourceReq).";
    MCAST_JOIN_GROUP: "Joins a multicast group: a [`GroupReq`](crate::GroupReq).";
    MCAST_JOIN_SOURCE_GROUP: "Joins a multicast group for one source: a [`GroupSourceReq`](crate::GroupSourceReq).";
    MCAST_LEAVE_GROUP: "Leaves a multicast group: a [`GroupReq`](crate::GroupReq).";
    MCAST_LEAVE_SOURCE_GROUP: "Leaves a group joined for one source: a [`GroupSourceReq`](crate::GroupSourceReq).";
    MCAST_UNBLOCK_SOURCE: "Listens to a blocked source again: a [`GroupSourceReq`](crate::GroupSourceReq).";
}
#[cfg(target_os = "linux")]
constants! {
    IP_BIND_ADDRESS_NO_PORT: "bind(2) with port 0 leaves the choice of the port to connect(2).";
    IP_MTU_DISCOVER: "Path MTU discovery, one of `IP_PMTUDISC_*`.";
    IP_PMTUDISC_DO: "Never fragment.";
    IP_PMTUDISC_DONT: "No path MTU discovery.";
    IP_PMTUDISC_INTERFACE: "The interface's MTU, whatever the path says; never fragment.";
    IP_PMTUDISC_OMIT: "The interface's MTU, whatever the path says; fragment if need be.";
    IP_PMTUDISC_PROBE: "Never fragment, and ignore the path's MTU.";
    IP_PMTUDISC_WANT: "Discover, and fragment by it.";
}

// What PHP has not, for messages and their options.
#[cfg(target_os = "linux")]
constants! {
    IP_PKTINFO: "Control message: a packet's addresses and interface, an [`InPktInfo`](crate::InPktInfo). Option: received messages carry it.";
    IP_RECVTOS: "Received messages carry `IP_TOS`.";
    IP_RECVTTL: "Received messages carry `IP_TTL`.";
    IP_TOS: "Control message and option: the type of service of a packet.";
    IP_TTL: "Control message and option: the time to live of a packet.";
    SO_PEERCRED: "The process at the other end of an `AF_UNIX` connection: a [`Ucred`](crate::Ucred).";
    SO_TIMESTAMPNS: "Control message: when the message came, a [`Timespec`](crate::Timespec). Option: received messages carry it.";
}

// Options of SOL_UDP and SOL_UDPLITE.
#[cfg(target_os = "linux")]
constants! {
    UDP_SEGMENT: "Option and control message: size of the datagrams into which the kernel cuts one message.";
    UDPLITE_RECV_CSCOV (11): "Bytes of a UDP-Lite datagram that its checksum must cover.";
    UDPLITE_SEND_CSCOV (10): "Bytes of a UDP-Lite datagram that its checksum covers.";
}

// Control messages of SOL_SOCKET.
#[cfg(unix)]
constants! {
    SCM_RIGHTS: "Control message: descriptors.";
}
#[cfg(target_os = "linux")]
constants! {
    SCM_CREDENTIALS: "Control message: the sender's process, user and group, a [`Ucred`](crate::Ucred).";
}

// What a packet filter can ask of a packet, linux/filter.h.
#[cfg(target_os = "linux")]
constants! {
    SKF_AD_OFF: "Base of the numbers below in a filter's load instruction.";
    SKF_AD_PROTOCOL: "The protocol, `ETH_P_*`.";
    SKF_AD_PKTTYPE: "The packet's type, `PACKET_*`.";
    SKF_AD_IFINDEX: "The index of the interface.";
    SKF_AD_NLATTR: "A netlink attribute.";
    SKF_AD_NLATTR_NEST: "A nested netlink attribute.";
    SKF_AD_MARK: "The mark.";
    SKF_AD_QUEUE: "The number of the receive queue.";
    SKF_AD_HATYPE: "The type of the interface.";
    SKF_AD_RXHASH: "The hash of the flow.";
    SKF_AD_CPU: "The number of the processor.";
    SKF_AD_ALU_XOR_X: "Exclusive or with the index register.";
    SKF_AD_VLAN_TAG: "The VLAN tag.";
    SKF_AD_VLAN_TAG_PRESENT: "Whether there is a VLAN tag.";
    SKF_AD_PAY_OFFSET: "Where the payload begins.";
    SKF_AD_RANDOM: "A random number.";
    SKF_AD_VLAN_TPID: "The VLAN's protocol.";
    SKF_AD_MAX: "The end of these numbers.";
}

// Flags of socket_addrinfo_lookup's hints.
constants! {
    AI_ADDRCONFIG: "Only families of which this machine has an address.";
    AI_ALL: "With `AI_V4MAPPED`: IPv6 addresses and mapped IPv4 ones.";
    AI_CANONNAME: "Ask for the canonical name.";
    AI_NUMERICHOST: "The host is an address: no lookup.";
    AI_NUMERICSERV: "The service is a port number: no lookup.";
    AI_PASSIVE: "The addresses are for binding: no host means any address.";
    AI_V4MAPPED: "IPv4 addresses mapped into IPv6 where there are no others.";
}
#[cfg(all(target_os = "linux", target_env = "gnu"))]
constants! {
    AI_CANONIDN (0x80): "The canonical name is decoded from IDN.";
    AI_IDN (0x40): "The host is encoded as IDN.";
}

// Why socket_addrinfo_lookup failed.
constants! {
    EAI_AGAIN: "The name server failed for now.";
    EAI_BADFLAGS: "Wrong `ai_flags`.";
    EAI_FAIL: "The name server failed.";
    EAI_FAMILY: "Unsupported `ai_family`.";
    EAI_NONAME: "No such host or service.";
    EAI_SERVICE: "No such service for this type of socket.";
    EAI_SOCKTYPE: "Unsupported `ai_socktype`.";
}
#[cfg(unix)]
constants! {
    EAI_OVERFLOW: "A buffer was too small.";
    EAI_SYSTEM: "A system call failed.";
}
#[cfg(all(target_os = "linux", target_env = "gnu"))]
constants! {
    EAI_ADDRFAMILY (-9): "The host has no address of this family.";
    EAI_ALLDONE (-103): "All requests are done.";
    EAI_CANCELED (-101): "The request was cancelled.";
    EAI_IDN_ENCODE (-105): "The host cannot be encoded as IDN.";
    EAI_INPROGRESS (-100): "The request is still in progress.";
    EAI_INTR (-104): "A signal interrupted the lookup.";
    EAI_NODATA: "The host exists, but has no address.";
    EAI_NOTCANCELED (-102): "The request could not be cancelled.";
}
