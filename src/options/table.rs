//! The table of the options whose value is more than an int.

use crate::constants::*;

/// How the value of an option goes in and comes out.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A C int; on the way in any number of 32 bits.
    Int,
    /// The same within limits.
    IntWithin(i64, i64),
    /// The same, but a byte on the way in.
    ByteWithin(i64, i64),
    /// A C int, 0 or 1.
    Flag,
    /// The same, but a byte on the way in.
    ByteFlag,
    /// A [`Linger`](super::Linger).
    Linger,
    /// A [`Timeval`](super::Timeval).
    Timeval,
    /// The index or the name of an interface; the system has its index.
    Interface,
    /// The same; the system has its IPv4 address.
    InterfaceAddress,
    /// A [`GroupReq`](super::GroupReq).
    Group,
    /// A [`GroupSourceReq`](super::GroupSourceReq).
    GroupSource,
    /// An [`In6PktInfo`](crate::In6PktInfo).
    #[cfg(unix)]
    In6PktInfo,
    /// A string.
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    Name,
    /// A [`Ucred`](crate::Ucred).
    #[cfg(target_os = "linux")]
    Ucred,
    /// A [`MemInfo`](super::MemInfo).
    #[cfg(target_os = "linux")]
    MemInfo,
    /// What a filter looks at, 0 to detach it.
    #[cfg(target_os = "linux")]
    ReuseportFilter,
}

/// A row of the table.
pub(super) struct Row {
    /// The option's name, for PHP's texts; empty for one that is just an int.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// Turns the rows of the table into the function that finds one.
macro_rules! table {
    ($($(#[$attribute:meta])* $level:ident $name:ident => $kind:expr;)+) => {
        /// Finds an option by its level and number; one that is not in the table is an int.
        pub(super) fn find(level: i32, option: i32) -> &'static Row {
            match (level, option) {
                $($(#[$attribute])* ($level, $name) => &Row { name: stringify!($name), kind: $kind },)+
                _ => &Row { name: "", kind: Kind::Int },
            }
        }
    };
}

// Sorted by level and name.
table! {
    IPPROTO_IP IP_MULTICAST_IF => Kind::InterfaceAddress;
    IPPROTO_IP IP_MULTICAST_LOOP => Kind::ByteFlag;
    IPPROTO_IP IP_MULTICAST_TTL => Kind::ByteWithin(0, 255);
    IPPROTO_IP MCAST_BLOCK_SOURCE => Kind::GroupSource;
    IPPROTO_IP MCAST_JOIN_GROUP => Kind::Group;
    IPPROTO_IP MCAST_JOIN_SOURCE_GROUP => Kind::GroupSource;
    IPPROTO_IP MCAST_LEAVE_GROUP => Kind::Group;
    IPPROTO_IP MCAST_LEAVE_SOURCE_GROUP => Kind::GroupSource;
    IPPROTO_IP MCAST_UNBLOCK_SOURCE => Kind::GroupSource;
    IPPROTO_IPV6 IPV6_MULTICAST_HOPS => Kind::IntWithin(-1, 255);
    IPPROTO_IPV6 IPV6_MULTICAST_IF => Kind::Interface;
    IPPROTO_IPV6 IPV6_MULTICAST_LOOP => Kind::Flag;
    #[cfg(unix)]
    IPPROTO_IPV6 IPV6_PKTINFO => Kind::In6PktInfo;
    IPPROTO_IPV6 MCAST_BLOCK_SOURCE => Kind::GroupSource;
    IPPROTO_IPV6 MCAST_JOIN_GROUP => Kind::Group;
    IPPROTO_IPV6 MCAST_JOIN_SOURCE_GROUP => Kind::GroupSource;
    IPPROTO_IPV6 MCAST_LEAVE_GROUP => Kind::Group;
    IPPROTO_IPV6 MCAST_LEAVE_SOURCE_GROUP => Kind::GroupSource;
    IPPROTO_IPV6 MCAST_UNBLOCK_SOURCE => Kind::GroupSource;
    #[cfg(target_os = "linux")]
    SOL_SOCKET SO_ATTACH_REUSEPORT_CBPF => Kind::ReuseportFilter;
    #[cfg(target_os = "linux")]
    SOL_SOCKET SO_BINDTODEVICE => Kind::Name;
    SOL_SOCKET SO_LINGER => Kind::Linger;
    #[cfg(target_os = "linux")]
    SOL_SOCKET SO_MEMINFO => Kind::MemInfo;
    #[cfg(target_os = "linux")]
    SOL_SOCKET SO_PEERCRED => Kind::Ucred;
    SOL_SOCKET SO_RCVTIMEO => Kind::Timeval;
    SOL_SOCKET SO_SNDTIMEO => Kind::Timeval;
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    SOL_TCP TCP_CONGESTION => Kind::Name;
    #[cfg(target_os = "linux")]
    SOL_TCP TCP_USER_TIMEOUT => Kind::IntWithin(0, 4_294_967_295);
    #[cfg(target_os = "linux")]
    SOL_UDP UDP_SEGMENT => Kind::IntWithin(0, 65_535);
}
