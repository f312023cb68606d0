//! What messages consist of: PHP's arrays as structs.

use std::os::fd::OwnedFd;

use crate::{In6PktInfo, InPktInfo, Socket, Timespec, Ucred};

/// A message with its address and control messages: the keys of PHP's `$message` array, the system call's `msghdr`.
///
/// [`socket_sendmsg`](crate::socket_sendmsg) reads `name`, `iov` and `control`. [`socket_recvmsg`](crate::socket_recvmsg)
/// reads `name`, `buffer_size` and `controllen`, and replaces `name`, `iov`, `control` and `flags`.
#[derive(Debug, Default)]
pub struct MessageHeader {
    /// The other side's address. To receive it, `Some(MessageName::default())` asks for it.
    pub name: Option<MessageName>,
    /// The data: any number of parts to send; one part received, or none for 0 bytes.
    pub iov: Vec<Vec<u8>>,
    /// How many bytes to receive at most, 0 to 104857600; `None` is 8192.
    pub buffer_size: Option<usize>,
    /// The control messages.
    pub control: Vec<ControlMessage>,
    /// How many bytes of control messages to receive at most, 1 to 4294967295: see
    /// [`socket_cmsg_space`](crate::socket_cmsg_space).
    pub controllen: usize,
    /// What is to say of the received message: [`MSG_TRUNC`](crate::MSG_TRUNC), [`MSG_CTRUNC`](crate::MSG_CTRUNC).
    pub flags: i32,
}

/// The address of a [`MessageHeader`]: the keys of PHP's `name` array.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MessageName {
    /// [`AF_INET`](crate::AF_INET), [`AF_INET6`](crate::AF_INET6) or [`AF_UNIX`](crate::AF_UNIX); `None` is the socket's.
    pub family: Option<i32>,
    /// The IP address, or to send to, a host name; empty is no address (0.0.0.0, ::).
    pub addr: String,
    /// The port, 0 to 65535.
    pub port: i32,
    /// The flow label of IPv6.
    pub flowinfo: u32,
    /// The index of the interface that a link-local IPv6 address belongs to.
    pub scope_id: u32,
    /// The path of a Unix address; `"\0name"` is an abstract one.
    pub path: String,
}

/// A control message: the keys of PHP's array.
#[derive(Debug)]
pub struct ControlMessage {
    /// The level, such as [`SOL_SOCKET`](crate::SOL_SOCKET).
    pub level: i32,
    /// The type within the level, such as [`SCM_RIGHTS`](crate::SCM_RIGHTS).
    pub r#type: i32,
    /// What the type carries.
    pub data: ControlData,
}

impl ControlMessage {
    /// Makes a control message.
    ///
    /// ```
    /// use php_sockets::*;
    ///
    /// let hop_limit = ControlMessage::new(IPPROTO_IPV6, IPV6_HOPLIMIT, 1);
    /// assert!(matches!(hop_limit.data, ControlData::Int(1)));
    /// ```
    #[must_use]
    pub fn new(level: i32, r#type: i32, data: impl Into<ControlData>) -> Self {
        Self { level, r#type, data: data.into() }
    }
}

/// What a control message carries.
#[derive(Debug)]
#[non_exhaustive]
pub enum ControlData {
    /// [`SCM_RIGHTS`](crate::SCM_RIGHTS): descriptors; so does that of the sender's process come, which `SO_PASSPIDFD` (76) asks for.
    Rights(Vec<Descriptor>),
    /// `SCM_CREDENTIALS`: who has sent the message.
    Ucred(Ucred),
    /// [`IPV6_PKTINFO`](crate::IPV6_PKTINFO): address and interface.
    In6PktInfo(In6PktInfo),
    /// `IP_PKTINFO`: addresses and interface.
    InPktInfo(InPktInfo),
    /// [`IPV6_HOPLIMIT`](crate::IPV6_HOPLIMIT), [`IPV6_TCLASS`](crate::IPV6_TCLASS), `IP_TTL`, `IP_TOS`, `UDP_SEGMENT`: a
    /// number.
    Int(i32),
    /// `SO_TIMESTAMPNS`: when the message came.
    Timespec(Timespec),
    /// A received message of any other type, or one that was cut short.
    Bytes(Vec<u8>),
}

/// A descriptor that a message carries.
///
/// A received one is a [`Socket`] where it is a socket, and close-on-exec.
#[derive(Debug)]
pub enum Descriptor {
    /// A socket.
    Socket(Socket),
    /// Any other descriptor: PHP's stream.
    Fd(OwnedFd),
}

impl From<Socket> for Descriptor {
    fn from(socket: Socket) -> Self {
        Self::Socket(socket)
    }
}

impl From<OwnedFd> for Descriptor {
    fn from(descriptor: OwnedFd) -> Self {
        Self::Fd(descriptor)
    }
}

impl From<std::fs::File> for Descriptor {
    fn from(file: std::fs::File) -> Self {
        Self::Fd(file.into())
    }
}

impl<T: Into<Descriptor>> From<Vec<T>> for ControlData {
    fn from(descriptors: Vec<T>) -> Self {
        Self::Rights(descriptors.into_iter().map(Into::into).collect())
    }
}

impl From<Ucred> for ControlData {
    fn from(credentials: Ucred) -> Self {
        Self::Ucred(credentials)
    }
}

impl From<InPktInfo> for ControlData {
    fn from(info: InPktInfo) -> Self {
        Self::InPktInfo(info)
    }
}

impl From<In6PktInfo> for ControlData {
    fn from(info: In6PktInfo) -> Self {
        Self::In6PktInfo(info)
    }
}

impl From<i32> for ControlData {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}
